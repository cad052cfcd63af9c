"""Operators at work in a real browser: works from file to phone, frost, and a wrong message."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from bot.policy import RIGA
from bot.service import Service
from storage import Row
from storage import campaigns as rows
from tests.browser import demo
from tests.browser.axe import findings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        demo.CHROMIUM is None and not os.environ.get("CI"),
        reason="Debian's chromium is not installed: apt-get install chromium",
    ),
]
ANNA = "+37120000001"
SOON = 60_000  # milliseconds within which a worker on a busy machine has sent what is due
HEADER = "external_id,sequence,kind,state,starts_at,ends_at,reason,feeder"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo with a worker, and without quiet hours: tests run at night too."""
    with demo.filled(tmp_path_factory.mktemp("alerts")) as made:
        policy = replace(made.policy, quiet_hours_end=made.policy.quiet_hours_start)
        awake = Service(made.settings, policy, made.database)
        with demo.sending(awake):
            yield awake


def signed_in(browser: Browser, address: str, name: str) -> Page:
    """A browser of this person, who says yes to every question."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    page = context.new_page()
    page.on("dialog", lambda question: accept(question))
    demo.enter(page, name)
    return page


def accept(question: Dialog) -> None:
    question.accept()


@pytest.fixture(scope="module")
def ilze(browser: Browser, address: str) -> Iterator[Page]:
    page = signed_in(browser, address, "ilze")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def marta(browser: Browser, address: str) -> Iterator[Page]:
    page = signed_in(browser, address, "marta")
    yield page
    page.context.close()


def feeder_of(service: Service, phone: str) -> str:
    sql = """SELECT p.feeder FROM premises p
             JOIN contacts c ON c.customer_number = p.customer_number WHERE c.value = ?"""
    return str(service.database.all(sql, [phone])[0]["feeder"])


def newest(service: Service, kind: str) -> Row:
    return next(row for row in rows.list_campaigns(service.database) if row["kind"] == kind)


def own_page(row: Row) -> str:
    return f"/console/alerts/campaign/{row['id']}"


def approve(page: Page, row: Row, reason: str = "") -> None:
    page.goto(own_page(row))
    if reason:
        page.fill("#reason", reason)
    page.get_by_role("button", name="Approve for").click()
    expect(page.locator(".told")).to_contain_text("Approved.")


def expect_on_phone(page: Page, phone: str, text: str | re.Pattern[str]) -> None:
    page.goto(f"/phone/{phone}")
    bubble = page.locator(".bubble.theirs", has_text=text)
    expect(bubble.first).to_be_visible(timeout=SOON)


# The three stories follow each other: what the second calls off, the first has told.


def test_works_from_the_file_to_the_phone_past_the_law_and_a_second_person(
    service: Service, ilze: Page, marta: Page, tmp_path: Path
) -> None:
    day = datetime.now(RIGA).date() + timedelta(days=2)
    feeder = feeder_of(service, ANNA)
    times = f"{day}T09:00:00+02:00,{day}T13:00:00+02:00"
    file = tmp_path / "outages.csv"
    file.write_text(
        f"{HEADER}\nS-1,1,planned,scheduled,{times},Balstu nomaiņa,{feeder}\n"
        f"S-2,1,planned,scheduled,{times},Balstu nomaiņa,NOWHERE\n"
    )
    ilze.goto("/console/alerts/import")
    ilze.set_input_files("#file", file)
    ilze.get_by_role("button", name="Check").click()
    expect(ilze.locator("table")).to_contain_text("NOWHERE")
    ilze.get_by_role("button", name="Load the 1 right line").click()
    expect(ilze.locator("#result")).to_contain_text("loaded")
    with ilze.expect_download() as loaded:
        ilze.click("#download")
    assert "NOWHERE" in Path(loaded.value.path()).read_text("utf-8")
    row = newest(service, "planned_notice")
    assert row["made_by"] == "ilze"
    assert row["recipients"] > service.policy.campaign_four_eyes_over
    ilze.locator("section[aria-labelledby=result] li a").first.click()
    expect(ilze.get_by_text("The legal 5 days ended")).to_be_visible()
    expect(ilze.get_by_text("another person must approve it")).to_be_visible()
    expect(ilze.get_by_role("button", name="Approve for")).to_be_disabled()
    assert findings(ilze) == []

    marta.goto(own_page(row))
    expect(marta.locator(".screen")).to_have_count(3)
    marta.get_by_role("button", name="Approve for").click()
    expect(marta.locator("#reason:invalid")).to_be_visible()
    assert newest(service, "planned_notice")["state"] == "draft"
    approve(marta, row, "Bojāts balsts, drošība")
    expect(marta.locator(".course")).to_contain_text("Sent", timeout=SOON)
    expect(marta.locator(".course .tag").first).to_contain_text("done", timeout=SOON)
    assert findings(marta) == []
    expect_on_phone(ilze, ANNA, "Balstu nomaina")


def test_frost_calls_off_many_works_in_one_act(service: Service, ilze: Page, marta: Page) -> None:
    today = datetime.now(RIGA).date()
    ilze.goto("/console/alerts/works")
    assert findings(ilze) == []
    ilze.get_by_role("link", name="Call off many works").click()
    ilze.fill("#from", str(today + timedelta(days=1)))
    ilze.fill("#to", str(today + timedelta(days=20)))
    ilze.fill("#reason", "Sals")
    ilze.get_by_role("button", name="Count them").click()
    works = int(ilze.locator(".figures dd").first.inner_text())
    assert works > 30
    expect(ilze.locator(".screen")).to_have_count(3)
    assert findings(ilze) == []
    ilze.get_by_role("button", name=f"Call off the works at {works} places").click()
    expect(ilze.locator(".told").first).to_contain_text(f"at {works} places are called off.")
    row = newest(service, "cancelled")
    assert row["made_by"] == "ilze"
    approve(marta, row)
    expect_on_phone(ilze, ANNA, "atcelti")
    mine = service.database.all(
        "SELECT id FROM messages WHERE peer = ? AND kind = 'cancelled'", [ANNA]
    )
    assert len(mine) == 1, "one message, however many works it were"


def test_a_wrong_message_is_stopped_halfway_and_corrected_for_who_has_read_it(
    service: Service, ilze: Page, marta: Page
) -> None:
    database = service.database
    ilze.goto("/console/alerts/announce")
    ilze.check("input[name=everybody]")
    for language in ("lv", "ru", "en"):
        ilze.fill(f"#text-{language}", f"8403 ir slēgts. {language}")
    expect(ilze.locator("[data-sms=lv]")).to_contain_text("8403 ir slegts. lv")
    expect(ilze.locator("#reach")).to_contain_text("customers")
    expect(ilze.locator("#price")).to_contain_text("€")
    assert findings(ilze) == []
    ilze.get_by_role("button", name="Make the draft").click()
    row = newest(service, "announcement")
    approve(marta, row)
    expect(marta.locator(".course tbody td").nth(2)).to_have_text(re.compile(r"\d+"), timeout=SOON)
    marta.get_by_role("button", name="Pause").click()
    expect(marta.locator(".course .tag").first).to_have_text("paused")
    ilze.goto(own_page(row))
    ilze.get_by_role("link", name="Correct it for").click()
    expect(ilze.locator(".reach").first).to_contain_text("exactly those whom")
    assert findings(ilze) == []
    for language in ("lv", "ru", "en"):
        ilze.fill(f"#text-{language}", f"8403 ir atvērts. {language}")
    ilze.get_by_role("button", name="Make the correction").click()
    correction = newest(service, "correction")
    expect(ilze.get_by_role("button", name="Approve for")).to_be_disabled()
    approve(marta, correction)
    told = {
        str(each["peer"])
        for each in database.all(
            "SELECT peer FROM messages WHERE campaign_id = ? AND status = 'delivered'", [row["id"]]
        )
    }
    everybody = database.all("SELECT value FROM contacts WHERE kind = 'mobile'")
    assert 0 < len(told) < len(everybody)
    expect_on_phone(ilze, min(told), re.compile("8403 ir atv[eē]rts"))
    expect(marta.locator(".course .tag").first).to_contain_text("done", timeout=SOON)
    corrected = database.all(
        "SELECT DISTINCT peer FROM messages WHERE campaign_id = ?", [correction["id"]]
    )
    assert told <= {str(each["peer"]) for each in corrected}
    marta.goto(own_page(row))
    marta.get_by_role("button", name="Stop", exact=True).click()
    expect(marta.locator(".course .tag").first).to_have_text("stopped")
