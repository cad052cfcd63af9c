"""Makes the pictures in docs/images anew: `./run python -m tests.browser.screenshots [FOLDER]`.

They show the demo of today, so dates and times differ from run to run.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from bot.campaigns import rules as campaigns
from bot.service import Service
from storage import campaigns as rows
from tests.browser.demo import chromium, enter, filled, sending, served
from tests.browser.pages import PAGES

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}
ANNA, JANIS, SVETLANA = "+37120000001", "+37120000002", "+37120000003"
DRAWN = 400  # milliseconds until a page of the console stands still
SETTLED = 4500  # milliseconds until the list has been asked for once more


def main(folder: Path) -> None:
    """All pictures, into a folder."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with chromium() as browser:
        _phones(browser, folder)
        _console(browser, folder)


def _console(browser: Browser, folder: Path) -> None:
    """Each page of the console, light and dark, as somebody with all roles sees it."""
    with (
        tempfile.TemporaryDirectory() as data,
        filled(Path(data), lived=True) as service,
        _sending(service),
        served(service) as address,
    ):
        for scheme in ("light", "dark"):
            page = _page(browser, address, WIDE, dark=scheme == "dark")
            enter(page, "marta")
            for name, where in PAGES.items():
                page.goto(where(service))
                page.wait_for_timeout(DRAWN)
                page.screenshot(path=folder / f"console-{name}-{scheme}.png")
                print(folder / f"console-{name}-{scheme}.png")
            page.context.close()


def _phones(browser: Browser, folder: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as data,
        filled(Path(data)) as service,
        _sending(service),
        served(service) as address,
    ):
        for name, (shape, dark, scene) in SCENES.items():
            page = _page(browser, address, shape, dark=dark)
            scene(page)
            page.screenshot(path=folder / f"{name}.png")
            page.context.close()
            print(folder / f"{name}.png")


@contextmanager
def _sending(service: Service) -> Iterator[None]:
    """The alerts of the demo's outages approved, and a worker that sends them."""
    now = datetime.now(UTC)
    for row in rows.list_campaigns(service.database):
        if row["kind"] == "unplanned" and row["state"] == "draft":
            campaigns.approve(
                service.database, row["id"], by="Zane", now=now, policy=service.policy
            )
    with sending(service):
        yield


def _page(browser: Browser, address: str, shape: ViewportSize, *, dark: bool) -> Page:
    context = browser.new_context(
        viewport=shape, base_url=address, color_scheme="dark" if dark else "light"
    )
    return context.new_page()


def _say(page: Page, *texts: str) -> None:
    for number, text in enumerate(texts, 1):
        page.fill("#text", text)
        page.press("#text", "Enter")
        page.locator(".bubble.mine").nth(number - 1).wait_for()
        page.wait_for_function("!document.querySelector('.pending')")
        page.wait_for_timeout(800)


def _light(page: Page) -> None:
    page.goto(f"/phone/{ANNA}")
    page.locator(".bubble.from-alert").first.wait_for()
    _say(page, "Paldies! Vai rīt arī būs atslēgums?")
    page.fill("#text", "Kad būs elektrība?")
    page.wait_for_timeout(SETTLED)


def _dark(page: Page) -> None:
    page.goto(f"/phone/{SVETLANA}")
    _say(page, "Здравствуйте, есть ли плановые работы?", "Нет света", "да")
    page.wait_for_timeout(SETTLED)


def _narrow_list(page: Page) -> None:
    page.goto("/phone/")
    page.wait_for_timeout(SETTLED)


def _narrow(page: Page) -> None:
    page.goto(f"/phone/{JANIS}")
    _say(page, "Pazuda elektrība", "2")


def _narrow_examples(page: Page) -> None:
    page.goto(f"/phone/{JANIS}")
    page.click(".all-hints")
    page.wait_for_timeout(500)


def _narrow_card(page: Page) -> None:
    page.goto(f"/phone/{JANIS}")
    page.click(".about")
    page.wait_for_timeout(500)


def _public(page: Page) -> None:
    page.goto("/?lang=lv")


def _public_russian(page: Page) -> None:
    page.goto("/?lang=ru")


def _public_search(page: Page) -> None:
    page.goto("/search?q=dzelzavas 55&lang=en")


def _public_outage(page: Page) -> None:
    page.goto("/?lang=en")
    page.click("li.one a >> nth=0")
    page.wait_for_selector("dl")


SCENES: dict[str, tuple[ViewportSize, bool, Callable[[Page], None]]] = {
    "phone-light": (WIDE, False, _light),
    "phone-dark": (WIDE, True, _dark),
    "phone-narrow-list": (NARROW, False, _narrow_list),
    "phone-narrow": (NARROW, False, _narrow),
    "phone-narrow-examples": (NARROW, False, _narrow_examples),
    "phone-narrow-card": (NARROW, True, _narrow_card),
    "public-light": (WIDE, False, _public),
    "public-narrow": (NARROW, True, _public_russian),
    "public-search": (NARROW, False, _public_search),
    "public-outage": (NARROW, False, _public_outage),
}

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
