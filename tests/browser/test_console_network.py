"""The network in a browser: phones report, a cluster shows up, one click, the phones are told."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.service import Service
from storage import network
from tests.browser import demo

REPORTERS = 3
STRANGER = "+37120000777"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        demo.CHROMIUM is None and not os.environ.get("CI"),
        reason="Debian's chromium is not installed: apt-get install chromium",
    ),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo, with its worker."""
    with demo.filled(tmp_path_factory.mktemp("network")) as made, demo.sending(made):
        yield made


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The dispatcher's page. Fails afterwards when the browser had anything to complain of."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda m: complaints.extend([m.text] * (m.type == "error")))
    demo.enter(made, "ilze")
    yield made
    context.close()
    assert complaints == []


def dark_street(service: Service) -> tuple[str, list[str]]:
    """A transformer on which nothing happens, and phones of customers who live there alone."""
    rows = service.database.all(
        """SELECT p.transformer, min(c.value) AS phone FROM premises p
           JOIN contacts c ON c.customer_number = p.customer_number AND c.kind = 'mobile'
           WHERE p.transformer NOT IN (
               SELECT q.transformer FROM outage_premises op JOIN premises q ON q.eic = op.eic)
           GROUP BY p.transformer, p.customer_number
           HAVING (SELECT count(*) FROM premises o
                   WHERE o.customer_number = p.customer_number) = 1
           ORDER BY p.transformer, phone"""
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(str(row["transformer"]), []).append(str(row["phone"]))
    return next((name, many[:REPORTERS]) for name, many in found.items() if len(many) >= 6)


def write(phone: Page, number: str, *texts: str) -> None:
    """Texts from a simulated phone, each answered before the next."""
    phone.goto(f"/phone/{number}")
    for count, text in enumerate(texts, 1):
        phone.fill("#text", text)
        phone.press("#text", "Enter")
        expect(phone.locator(".bubble.theirs:not(.from-alert)")).to_have_count(count)


def test_reports_become_an_outage_in_one_click_and_the_phones_are_told(
    page: Page, service: Service, browser: Browser, address: str
) -> None:
    transformer, phones = dark_street(service)
    page.goto("/console/network")
    row = page.locator(f'tr[data-row="{transformer}"]')
    expect(row).to_have_count(0)
    context = browser.new_context(base_url=address)
    phone = context.new_page()
    for number in phones:
        write(phone, number, "Nav elektrības", "jā", "1")
    expect(row).to_contain_text(f"{len(phones)} reports", timeout=8000)
    row.get_by_role("link", name="Make an outage").click()
    expect(page.locator("#look")).to_contain_text("Sadales tikls")
    page.click("[data-hours='2']")
    expect(page.get_by_label("Not known yet")).not_to_be_checked()
    page.fill("#new-reason", "kabeļa bojājums")
    expect(page.locator("#look")).to_contain_text("kabela bojajums")
    page.click("#make")
    expect(page.locator(".told").first).to_contain_text("The outage is made")
    expect(page.locator("h1")).to_contain_text("G-")
    phone.goto(f"/phone/{phones[0]}")
    expect(phone.locator(".bubble.from-alert")).to_have_count(1, timeout=15000)
    page.get_by_role("button", name="on the way").click()
    expect(page.locator("h1 ~ .tag").last).to_contain_text("on the way")
    expect(phone.locator(".bubble.from-alert")).to_have_count(2, timeout=15000)
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#restore")
    expect(page.locator("h1 ~ .tag").first).to_contain_text("restored")
    expect(phone.locator(".bubble.from-alert")).to_have_count(3, timeout=15000)
    phone.fill("#text", "1")
    phone.press("#text", "Enter")
    expect(page.locator("#dark")).to_contain_text("1 answer", timeout=15000)
    context.close()


def test_the_map_is_drawn_larger_and_stays_so_when_it_is_freshened(
    page: Page, service: Service
) -> None:
    page.goto("/console/network")
    whole = page.locator("#map").get_attribute("viewBox")
    page.click("#zoom-in")
    page.click("#zoom-in")
    nearer = page.locator("#map").get_attribute("viewBox")
    assert nearer != whole
    before = network.version(service.database)
    service.database.run("UPDATE outages SET updated_at = '2099-01-01T00:00:00.000Z'")
    assert network.version(service.database) != before
    with page.expect_response(lambda answer: "/network/now" in answer.url and answer.ok):
        pass
    page.wait_for_timeout(200)
    assert page.locator("#map").get_attribute("viewBox") == nearer
    page.click("#zoom-all")
    assert page.locator("#map").get_attribute("viewBox") == whole


def test_circles_and_rows_are_reached_with_the_keyboard(page: Page) -> None:
    page.goto("/console/network")
    first = page.locator("#map a").first
    first.focus()
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/network/**")
    page.goto("/console/network")
    page.keyboard.press("j")
    expect(page.locator("[data-row].selected")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/network/**")
    page.goto("/console/network/outages")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


@pytest.mark.parametrize(
    "path", ["network", "network/new", "network/outages", "network/outages?show=planned"]
)
def test_no_page_is_wider_than_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/console/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
