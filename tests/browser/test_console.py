"""Every page of the console in a real browser: axe-core, light and dark, on a phone's width."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

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
NARROW = 390


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with demo.filled(tmp_path_factory.mktemp("console"), lived=True) as made:
        yield made


@pytest.fixture(scope="module", params=["light", "dark"])
def marta(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A browser of somebody who has all roles, in light and in dark."""
    context = browser.new_context(base_url=address, color_scheme=request.param)
    page = context.new_page()
    demo.enter(page, "marta")
    yield page
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_grave_finding_and_fits_a_phone(
    marta: Page, service: Service, name: str
) -> None:
    complaints: list[str] = []
    marta.on("pageerror", lambda error: complaints.append(str(error)))
    marta.set_viewport_size({"width": 1280, "height": 800})
    answer = marta.goto(PAGES[name](service))
    assert answer is not None
    assert answer.status == 200
    assert findings(marta) == []
    marta.set_viewport_size({"width": NARROW, "height": 844})
    assert marta.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert complaints == []


def test_the_door_has_no_grave_finding(browser: Browser, address: str) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(base_url=address, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/console/enter")
        assert findings(page) == []
        context.close()
