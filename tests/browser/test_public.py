"""The public page in a real browser: without a script, by touch, in the dark, at 390 pixels."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.service import Service
from storage import outages
from tests.browser import axe, demo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        demo.CHROMIUM is None and not os.environ.get("CI"),
        reason="Debian's chromium is not installed: apt-get install chromium",
    ),
]
SMALLEST_TARGET = 24  # pixels, WCAG 2.2 (2.5.8); buttons have 48


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with demo.filled(tmp_path_factory.mktemp("public")) as made:
        yield made


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A small phone. Fails afterwards when the browser complained."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=address, color_scheme=request.param
    )
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda m: complaints.extend([m.text] * (m.type == "error")))
    yield made
    assert context.cookies() == []
    context.close()
    assert complaints == []


def an_outage(service: Service) -> str:
    return str(outages.list_outages(service.database, states=("active",))[0]["id"])


@pytest.mark.parametrize(
    "path",
    ["/?lang=lv", "/?lang=ru", "/search?q=miera&lang=en", "/search?q=xyzzy", "/outages",
     "/outages?town=R%C4%ABga", "one"],
)  # fmt: skip
def test_every_page_is_for_everybody(page: Page, service: Service, path: str) -> None:
    page.goto(f"/outages/{an_outage(service)}" if path == "one" else path)
    assert axe.findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """least => [...document.querySelectorAll("a, button, input:not([type=hidden])")]
           .filter(e => e.getBoundingClientRect().height < least).map(e => e.outerHTML)""",
        SMALLEST_TARGET,
    )
    assert small == []


def test_one_finds_a_street_and_its_outage_by_touch_alone(page: Page) -> None:
    page.goto("/?lang=en")
    page.fill("#q", "dzelzavas")
    page.press("#q", "Enter")
    expect(page.locator("section h2")).to_have_text("Dzelzavas iela, Rīga")
    page.locator("li.one a").first.click()
    expect(page.locator("h1")).to_contain_text("Dzelzavas iela")
    expect(page.locator("dl")).to_contain_text("A fault since")
    page.get_by_role("link", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.locator("h1")).to_contain_text("Dzelzavas iela")


def test_the_first_page_asks_for_nothing_but_itself_and_its_sign(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto("/?lang=lv")
    assert answer is not None
    page.wait_for_load_state("networkidle")
    assert {url.partition("?")[0].rpartition("/")[2] for url in asked} <= {"", "favicon.svg"}
    assert len(answer.body()) < 30_000


def test_the_demo_leads_to_the_public_page(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address)
    made = context.new_page()
    made.goto("/phone/")
    made.get_by_role("link", name="The public page").click()
    expect(made.locator("h1")).to_have_text("Power outages")
    context.close()
