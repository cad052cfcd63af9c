"""What README, tutorial and how-to pages show is what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import shown

ROOT = Path(__file__).parent.parent
PAGES = [
    page
    for page in [
        ROOT / "README.md",
        ROOT / "docs" / "tutorial.md",
        *sorted((ROOT / "docs" / "howto").glob("*.md")),
    ]
    if any(shown.blocks(page))
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shown.make_demo(tmp_path_factory.mktemp("shown") / "demo.db")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(
    page: Path, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with shown.staged(demo) as stage:
        for block in shown.blocks(page):
            for each in block:
                printed = stage.run(each.command)
                lost = stage.difference(each, printed)
                told = "\n".join(printed)
                assert not lost, f"{page.name}: {each.command}\nnot there: {lost}\n---\n{told}"
