"""docs/security.md against the tests: what it names is there, and no chapter is missing."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_every_test_that_the_page_names_exists() -> None:
    assert len(NAMED) > 80
    lost = []
    for path, name in NAMED:
        file = ROOT / path
        found = file.is_file() and (not name or f"def {name}(" in file.read_text("utf-8"))
        if not found:
            lost.append(f"{path}::{name}")
    assert lost == []


def test_every_chapter_has_its_place() -> None:
    assert re.findall(r"^### V(\d+) ", PAGE, re.MULTILINE) == [str(n) for n in range(1, 18)]


def test_every_row_says_how_it_is_shown_or_why_not() -> None:
    rows = re.findall(r"^\| ([\d., to-]+) \|([^|]*)\|([^|]*)\|$", PAGE, re.MULTILINE)
    assert len(rows) > 90
    assert [row[0] for row in rows if len(row[2].strip()) < 4] == []


def test_every_test_of_attackers_is_told() -> None:
    """A file of attacks that the page does not name holds nothing that anybody looks up."""
    files = {f"tests/attacks/{path.name}" for path in (ROOT / "tests/attacks").glob("test_*.py")}
    assert files - {path for path, _ in NAMED} == set()
