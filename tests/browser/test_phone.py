"""The simulated phones in a real browser: typing, ticks, alerts that arrive by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.service import Service
from locales.segments import measure
from storage import messages
from tests.browser import demo

ANNA, SVETLANA, STRANGER = "+37120000001", "+37120000003", "+37120000555"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        demo.CHROMIUM is None and not os.environ.get("CI"),
        reason="Debian's chromium is not installed: apt-get install chromium",
    ),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with demo.filled(tmp_path_factory.mktemp("phones")) as made:
        yield made


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of a new visitor. Fails afterwards when the browser had anything to complain of."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda m: complaints.extend([m.text] * (m.type == "error")))
    yield made
    context.close()
    assert complaints == []


def write(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def alert(service: Service, phone: str, body: str) -> str:
    now = datetime.now(UTC)
    made = messages.NewMessage("sms", "unplanned", "alert", phone, body=body, segments=1)
    (message_id,) = service.database.transaction(lambda tx: messages.enqueue(tx, [made], now))
    move(service, message_id, "accepted")
    return message_id


def move(service: Service, message_id: str, status: str) -> None:
    step = messages.Progress(message_id, status, "sandbox", f"sandbox-{message_id}")
    now = datetime.now(UTC)
    service.database.transaction(lambda tx: messages.move_forward(tx, [step], now))


def test_a_text_is_written_and_answered(page: Page) -> None:
    page.goto(f"/phone/{ANNA}")
    write(page, "Labdien! Nav gaismas")
    expect(page.locator(".bubble.mine .body")).to_have_text("Labdien! Nav gaismas")
    expect(page.locator(".bubble.theirs .body")).to_contain_text("Dzelzavas")
    expect(page.locator(".bubble.theirs .ticks.delivered")).to_be_visible()
    expect(page.locator("#text")).to_have_value("")


def test_an_alert_arrives_by_itself_and_its_ticks_move(page: Page, service: Service) -> None:
    page.goto(f"/phone/{STRANGER}")
    expect(page.locator(".empty")).to_be_visible()
    message_id = alert(service, STRANGER, "Avārija")
    bubble = page.locator(".bubble.from-alert")
    expect(bubble).to_contain_text("Avārija")
    expect(page.locator(".empty")).to_have_count(0)
    for status in ("accepted", "sent", "delivered"):
        move(service, message_id, status)
        expect(bubble.locator(f".ticks.{status}")).to_be_visible()


def test_an_alert_on_another_phone_marks_it_as_unread(page: Page, service: Service) -> None:
    page.goto(f"/phone/{ANNA}")
    entry = page.locator(f'.person[data-phone="{SVETLANA}"]')
    expect(entry.locator(".dot")).to_be_hidden()
    alert(service, SVETLANA, "Авария")
    expect(entry.locator(".dot")).to_be_visible(timeout=8000)
    entry.click()
    expect(page.locator(".bubble.from-alert")).to_contain_text("Авария")
    page.goto(f"/phone/{ANNA}")
    expect(page.locator(f'.person[data-phone="{SVETLANA}"] .dot')).to_be_hidden()


def test_a_stranger_registers_by_tapping_numbers(page: Page) -> None:
    page.goto("/phone/")
    page.click("text=A stranger’s phone")
    page.click(".hint:first-child")
    page.press("#text", "Enter")
    expect(page.locator(".bubble.theirs")).to_have_count(1)
    page.locator(".homes .fill").first.click()
    page.press("#text", "Enter")
    expect(page.locator(".bubble.theirs")).to_have_count(2)
    expect(page.locator("#card")).not_to_contain_text("A stranger")
    expect(page.locator(".hint").first).not_to_contain_text("register")


@pytest.mark.parametrize(
    "text",
    [
        "Labdien",
        "Gaisma pazuda jau vakar! " * 7,
        "a€" * 60,
        "Нет света",
        "Нет света. " * 8,
        "⚡" * 71,
        "😀" * 40,
    ],
)
def test_the_counter_counts_as_the_service_does(page: Page, text: str) -> None:
    page.goto(f"/phone/{ANNA}")
    page.fill("#text", text)
    count = measure(text)
    used = count.per_segment - count.left
    expect(page.locator("#count")).to_have_text(
        f"{used}/{count.per_segment} · {count.segments} SMS"
    )


def test_hostile_text_is_shown_and_nothing_more(page: Page) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    page.goto("/phone/+37120000556")
    write(page, hostile)
    expect(page.locator(".bubble.mine .body")).to_have_text(hostile)
    expect(page.locator(".bubble.theirs")).to_have_count(1)
    assert page.locator(".texts img").count() == 0
    assert "owned" not in page.title()


def test_the_list_is_searched_while_typing(page: Page) -> None:
    page.goto("/phone/")
    page.locator("#search").press_sequentially("berzina dzelz")
    expect(page.locator("#list .person")).to_have_count(1)
    expect(page.locator("#search")).to_be_focused()
    page.click("#list .person")
    expect(page.locator(".about-panel h2").first).to_contain_text("Anna Bērziņa")


def test_a_lost_connection_is_told_and_the_text_is_given_back(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto(f"/phone/{ANNA}")
    page.wait_for_selector(".bubble, .empty")
    context.set_offline(True)
    write(page, "Vai kāds dzird?")
    expect(page.locator("#trouble")).not_to_be_empty()
    expect(page.locator("#text")).to_have_value("Vai kāds dzird?")
    context.close()


def test_a_narrow_screen_shows_the_list_and_then_the_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/phone/")
    page.click(f'.person[data-phone="{ANNA}"]')
    expect(page.locator(".device")).to_be_visible()
    expect(page.locator(".people")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.click(".about")
    expect(page.locator("#card")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    page.click(".back")
    expect(page.locator(".people")).to_be_visible()


@pytest.mark.parametrize("width", [390, 900])
def test_all_examples_can_be_seen_at_once(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"/phone/{ANNA}")
    last = page.locator(".hint").last
    more = page.get_by_role("button", name="All examples")
    expect(last).not_to_be_in_viewport()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(last).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    last.click()
    expect(more).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#text")).to_be_focused()


@pytest.mark.parametrize("width", [390, 900])
def test_the_card_can_be_closed_where_it_covers_the_phone(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"/phone/{ANNA}")
    expect(page.locator("#card")).to_be_hidden()
    page.click(".about")
    expect(page.locator("#card")).to_be_visible()
    expect(page.locator(".close")).to_be_in_viewport(ratio=1)
    page.click(".close")
    expect(page.locator("#card")).to_be_hidden()
    expect(page.locator(".about")).to_be_focused()


def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    page.goto(f"/phone/{ANNA}")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Paldies")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("visiem")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.mine .body").last).to_have_text("Paldies\nvisiem")
    page.locator("body").press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
