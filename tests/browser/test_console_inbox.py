"""An agent at work in a real browser: a customer is handed over, answered, handed back."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.service import Service
from tests.browser import demo
from tests.browser.axe import findings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        demo.CHROMIUM is None and not os.environ.get("CI"),
        reason="Debian's chromium is not installed: apt-get install chromium",
    ),
]
STRANGER = "+37120000557"
LIVE = 15_000  # milliseconds within which a page has asked for news, also on a busy machine
SENT = 60_000  # within which a worker has sent what is due


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo with a worker, as agents' words go through the outbox."""
    with demo.filled(tmp_path_factory.mktemp("inbox")) as made, demo.sending(made):
        yield made


def page_of(browser: Browser, address: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    return context.new_page()


def write(phone: Page, text: str) -> None:
    """Send a text from the simulated phone, and see it there."""
    phone.fill("#text", text)
    phone.press("#text", "Enter")
    expect(phone.locator(".bubble.mine .body").last).to_have_text(text)
    phone.wait_for_function("!document.querySelector('.pending')")


def test_a_customer_is_handed_over_answered_by_an_agent_and_handed_back(
    browser: Browser, address: str
) -> None:
    phone, anna = page_of(browser, address), page_of(browser, address)
    demo.enter(anna, "anna")
    anna.goto("/console/inbox")
    phone.goto(f"/phone/{STRANGER}")
    theirs = phone.locator(".bubble.theirs")
    write(phone, "Gribu runāt ar cilvēku")
    expect(theirs).to_have_count(1)

    # The inbox shows it by itself; it is opened by the keyboard.
    waiting = anna.locator("[data-row]", has_text=STRANGER)
    expect(waiting).to_be_visible(timeout=LIVE)
    anna.keyboard.press("j")
    anna.keyboard.press("Enter")
    expect(anna.locator("#thread")).to_contain_text("Gribu runāt ar cilvēku")
    assert findings(anna) == []

    anna.keyboard.press("r")
    expect(anna.locator("#answer")).to_be_focused()
    anna.fill("#answer", "Labdien, te Anna. Kā varu palīdzēt?")
    anna.get_by_role("button", name="Sūtīt").click()
    expect(anna.locator("#thread .from-agent")).to_contain_text("te Anna")
    expect(theirs.last).to_contain_text("te Anna", timeout=SENT)

    # What comes in meanwhile takes nothing from what is being typed; the bot is silent.
    anna.fill("#answer", "Vēl rakstu ...")
    write(phone, "Man ir jautājums par skaitītāju")
    expect(anna.locator("#thread")).to_contain_text("jautājums par skaitītāju", timeout=LIVE)
    expect(anna.locator("#answer")).to_have_value("Vēl rakstu ...")
    expect(theirs).to_have_count(2)

    anna.fill("#answer", "")
    anna.locator("#answer").press("Escape")
    anna.keyboard.press("b")
    anna.locator("#back-now").click()
    expect(anna.locator("#state, [data-row]").first).to_be_visible()
    write(phone, "Paldies!")
    expect(theirs).to_have_count(3)
    phone.context.close()
    anna.context.close()


def test_an_act_leaves_what_is_being_typed(browser: Browser, address: str) -> None:
    phone, anna = page_of(browser, address), page_of(browser, address)
    demo.enter(anna, "anna")
    phone.goto("/phone/+37120000559")
    write(phone, "Gribu runāt ar cilvēku")
    anna.goto("/console/inbox")
    anna.locator("[data-row]", has_text="+37120000559").locator("a").click()
    anna.fill("#answer", "Labdien, tūlīt")
    anna.locator(".side-acts summary").first.click()
    anna.fill("#note", "Zvanīja arī.")
    anna.locator(".side-acts form[action$='/note'] button").click()
    expect(anna.locator("#thread .from-note")).to_contain_text("Zvanīja arī.")
    expect(anna.locator("main > .told")).to_be_visible()
    expect(anna.locator("#answer")).to_have_value("Labdien, tūlīt")
    anna.locator(".talk-acts form[action$='/assign'] button").first.click()
    expect(anna.locator("#thread .from-act")).to_have_count(1)
    expect(anna.locator("#answer")).to_have_value("Labdien, tūlīt")
    # Menus work as before, and closing leads to the list.
    anna.fill("#answer", "")
    anna.locator("#answer").press("Escape")
    anna.keyboard.press("e")
    expect(anna.locator("#inbox-list")).to_be_visible()
    phone.context.close()
    anna.context.close()


def test_a_slash_after_other_words_picks_a_ready_answer_and_escape_leads_back_to_the_keys(
    browser: Browser, address: str
) -> None:
    phone, anna = page_of(browser, address), page_of(browser, address)
    demo.enter(anna, "anna")
    phone.goto("/phone/+37120000558")
    write(phone, "Gribu runāt ar cilvēku")
    anna.goto("/console/inbox")
    anna.locator("[data-row]", has_text="+37120000558").locator("a").click()
    box, picker = anna.locator("#answer"), anna.locator("#picker")
    box.press_sequentially("Labdien! Darbs 24/7 /")
    expect(picker).to_be_visible()
    ready = picker.locator(".option span").first.text_content() or ""
    box.press("Enter")
    expect(picker).to_be_hidden()
    expect(box).to_have_value(f"Labdien! Darbs 24/7 {ready}")

    # In the middle of what is typed; words that no answer has are words.
    box.fill("Sveiki visiem")
    box.press("Home")
    for _ in "Sveiki":
        box.press("ArrowRight")
    box.press_sequentially(" /")
    expect(picker).to_be_visible()
    box.press_sequentially("qqqq")
    expect(picker).to_be_hidden()
    expect(box).to_have_value("Sveiki /qqqq visiem")

    # Escape puts the list aside for good, and then leads out of the box.
    box.fill("Zvaniet 8403 ")
    box.press("End")
    box.press_sequentially("/")
    expect(picker).to_be_visible()
    box.press("Escape")
    expect(picker).to_be_hidden()
    box.press_sequentially("a")
    expect(picker).to_be_hidden()
    box.press("Escape")
    expect(anna.locator("#thread")).to_be_focused()
    anna.keyboard.press("/")  # the button of ready answers: what is typed stays
    expect(box).to_have_value("Zvaniet 8403 /a /")
    expect(picker).to_be_visible()
    box.press("Escape")
    box.fill("")
    box.press("Escape")
    anna.keyboard.press("u")
    expect(anna.locator("#inbox-list")).to_be_visible()
    anna.keyboard.press("j")
    expect(anna.locator("[data-row].selected")).to_have_count(1)
    phone.context.close()
    anna.context.close()
