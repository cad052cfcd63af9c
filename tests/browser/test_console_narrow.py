"""On a phone's width: the menu shows that it goes on, rows have room, no text is half hidden."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.service import Service
from tests.browser import demo
from tests.browser.axe import findings
from tests.browser.pages import PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        demo.CHROMIUM is None and not os.environ.get("CI"),
        reason="Debian's chromium is not installed: apt-get install chromium",
    ),
]
# Circles on the map over the names of towns.
_COVERED = """() => {
  const marks = [...document.querySelectorAll("#map .mark")].map((m) => m.getBoundingClientRect());
  const names = [...document.querySelectorAll("#map .town:not(.minor) text")];
  return names.filter((name) => {
    const at = name.getBoundingClientRect(), middle = at.top + at.height / 2;
    return marks.some((m) => m.left < at.left + 6 && m.right > at.left + 2
      && m.top < middle && m.bottom > middle);
  }).map((name) => name.textContent);
}"""
_CUT = """() => {
  const edge = document.getElementById("state").getBoundingClientRect().bottom;
  return [...document.querySelectorAll("#thread .lines > .line")].filter((line) => {
    const at = line.getBoundingClientRect();
    return at.top < edge && at.bottom > edge;
  }).length;
}"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with demo.filled(tmp_path_factory.mktemp("narrow"), lived=True) as made:
        yield made


@pytest.fixture(scope="module")
def marta(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport={"width": 390, "height": 844})
    page = context.new_page()
    demo.enter(page, "marta")
    yield page
    context.close()


def test_a_menu_that_goes_on_fades_at_that_edge(marta: Page) -> None:
    marta.goto("/console/inbox")
    menu = marta.locator(".sections")
    expect(menu).to_have_class("sections fades more-after")
    menu.evaluate("menu => { menu.scrollLeft = menu.scrollWidth; }")
    expect(menu).to_have_class("sections fades more-before")
    marta.set_viewport_size({"width": 1280, "height": 800})
    expect(menu).to_have_class("sections")
    marta.set_viewport_size({"width": 390, "height": 844})


def test_what_narrows_the_inbox_is_behind_a_button(marta: Page) -> None:
    marta.goto("/console/inbox")
    button, town = marta.locator("#fold"), marta.locator("#town")
    expect(button).to_have_text("Filters")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(town).to_be_hidden()
    form = marta.locator("#narrow").bounding_box()
    assert form is not None
    assert form["height"] < 844 / 6
    marta.focus("#q")
    marta.keyboard.press("Tab")
    expect(button).to_be_focused()
    marta.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    marta.keyboard.press("Tab")
    expect(town).to_be_focused()
    assert findings(marta) == []
    town.select_option(index=1)  # asks at once
    expect(button).to_have_text("Filters (1)")
    marta.set_viewport_size({"width": 1280, "height": 800})
    expect(button).to_be_hidden()
    expect(town).to_be_visible()
    marta.set_viewport_size({"width": 390, "height": 844})


def test_rows_of_the_network_take_the_width_and_names_stand_beside_circles(marta: Page) -> None:
    marta.goto("/console/network")
    row = marta.locator(".stacks tbody tr").first
    whole, place = row.bounding_box(), row.locator("th").bounding_box()
    assert whole is not None
    assert place is not None
    assert place["width"] > whole["width"] * 0.9
    assert marta.evaluate(_COVERED) == []


def test_no_text_of_a_conversation_is_half_under_its_state(marta: Page, service: Service) -> None:
    marta.goto(PAGES["conversation"](service))
    marta.wait_for_function("scrollY > 0")
    marta.wait_for_timeout(300)  # nothing scrolls on by itself
    assert marta.evaluate(_CUT) == 0
