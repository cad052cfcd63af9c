"""docs/security.md against the tests: what it names is there, and no chapter is missing."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([\d., to-]+) \|[^|]*\|[^|]*\|$", PAGE, re.MULTILINE)
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


# How many requirements each section of ASVS 5.0.0 has, and the level of each: the third of 1.2 is
# of level 1. https://github.com/OWASP/ASVS/tree/v5.0.0
LEVELS = re.findall(
    r"([\d.]+) (\d+)",
    """
1.1 22  1.2 1111122223  1.3 112222222223  1.4 222  1.5 123  2.1 122  2.2 112  2.3 12223  2.4 23
3.1 3  3.2 113  3.3 12223  3.4 11222233  3.5 11122333  3.6 3  3.7 22333
4.1 12233  4.2 23333  4.3 22  4.4 1222  5.1 2  5.2 112333  5.3 113  5.4 222
6.1 122  6.2 111111112222  6.3 11223333  6.4 112233  6.5 22222333  6.6 2223  6.7 33  6.8 2222
7.1 222  7.2 1111  7.3 22  7.4 11222  7.5 223  7.6 22  8.1 1233  8.2 1123  8.3 133  8.4 23
9.1 111  9.2 1222  10.1 22  10.2 223  10.3 22223  10.4 1111122222233333  10.5 22222  10.6 22
10.7 222  11.1 2233  11.2 22233  11.3 11233  11.4 1222  11.5 23  11.6 23  11.7 33
12.1 12233  12.2 11  12.3 22223  13.1 2333  13.2 222223  13.3 2233  13.4 1222233
14.1 22  14.2 12223333  14.3 122  15.1 12233  15.2 12233  15.3 1222222  15.4 3333
16.1 2  16.2 22222  16.3 2222  16.4 222  16.5 2223  17.1 23  17.2 22223333  17.3 22
""",
)


def test_every_requirement_of_levels_1_and_2_has_its_line_and_no_other_number_is_there() -> None:
    levels = {
        f"{section}.{number}": level
        for section, each in LEVELS
        for number, level in enumerate(each, 1)
    }
    assert [sum(level == str(n) for level in levels.values()) for n in (1, 2, 3)] == [70, 183, 92]
    told = {number for cell in ROWS for number in numbers(cell)}
    assert {number for number, level in levels.items() if level != "3"} - told == set()
    assert told - levels.keys() == set()


def test_a_number_stands_in_its_own_chapter() -> None:
    chapters = re.split(r"^### V(\d+) .*$", PAGE, flags=re.MULTILINE)[1:]
    for chapter, text in zip(chapters[::2], chapters[1::2], strict=True):
        cells = re.findall(r"^\| ([\d., to]+) \|", text, re.MULTILINE)
        strange = [n for cell in cells for n in numbers(cell) if n.split(".")[0] != chapter]
        assert strange == []


def numbers(cell: str) -> set[str]:
    """'1.2.3, 1.2.5 to 1.2.7' as the single numbers."""
    found = set()
    for part in cell.replace("-", "").split(","):
        first, _, last = part.strip().partition(" to ")
        if first:
            section, _, begin = first.rpartition(".")
            end = last.rpartition(".")[2] or begin
            assert not last or last.rpartition(".")[0] == section, part
            found |= {f"{section}.{number}" for number in range(int(begin), int(end) + 1)}
    return found
