"""axe-core on a page: what it finds serious."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

_GRAVE = ("serious", "critical")


def findings(page: Page) -> list[str]:
    """Each serious or critical finding with the first place where it is; [] when all is well."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']} ({len(each['nodes'])}) {each['nodes'][0]['html'][:160]}"
        for each in found
        if each["impact"] in _GRAVE
    ]
