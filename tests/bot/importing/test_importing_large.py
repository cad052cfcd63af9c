"""Files of any size: no row is kept, and one that came before is known all the same."""

from __future__ import annotations

import os
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importing import FileRefused, load_file
from bot.importing.files import Columns, Lines
from bot.importing.seen import Seen
from storage import Database
from tests.bot import grid

COLUMNS = Columns(("number", "name"))
HEADER = "customer_number,name,kind,language,postal_address,postcode\n"
ROW = "C{0},Klients {0},household,lv,Brīvības iela {0},LV-1001\n"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 2))))
def test_what_came_before_is_known_with_its_line(rows: list[tuple[int, int]]) -> None:
    seen, first = Seen(), dict[int, tuple[int, int]]()
    for line, (key, said) in enumerate(rows, 2):
        before = seen.add((key,), (said,), line)
        kept = first.setdefault(key, (line, said))
        assert before == (None if kept[0] == line else (kept[0], kept[1] == said))


def test_ten_thousand_keys_are_told_apart() -> None:
    seen = Seen()
    assert [seen.add(str(n), n, n) for n in range(10_000)] == [None] * 10_000
    assert seen.add("77", 77, 10_001) == (77, True)
    assert seen.add("78", 77, 10_002) == (78, False)


def test_a_repetition_is_seen_across_chunks(tmp_path: Path, database: Database) -> None:
    file = tmp_path / "customers.csv"
    rows = [ROW.format(n) for n in range(10, 700)]
    file.write_text(HEADER + "".join(rows) + rows[0] + rows[1].replace("lv", "ru"), "utf-8")
    report = load_file(
        database, "customers", file, by="anna", now=grid.NOW, policy=grid.POLICY
    )  # fmt: skip
    assert (report.new, report.same, report.wrong) == (690, 1, 1)
    assert [problem.line for problem in report.problems] == [692, 693]
    assert "line 3 says something else" in report.problems[1].reason


def test_a_file_takes_no_memory_for_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("number,name\n" + "".join(f"{n},{'ā' * 40}\n" for n in range(60_000)), "utf-8")
    tracemalloc.start()
    lines = Lines(file, COLUMNS)
    assert len(lines) == sum(1 for _ in lines) == 60_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000  # bytes; the file has twice as many


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a" * (1 << 20) + b"\n\x00", "NUL byte in line 2"),
        (b"\n" * (1 << 20) + "ā".encode()[:1], "not in UTF-8 (line 1048577)"),
        (b" " * ((1 << 20) - 1) + "ā".encode() + b"\n\xff", "not in UTF-8 (line 2)"),
        (b"\xef\xbb\xbf" + b" \n" * (1 << 20), "is empty"),
    ],
)
def test_what_is_wrong_behind_the_first_piece_is_found(
    tmp_path: Path, data: bytes, why: str
) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(data)
    with pytest.raises(FileRefused, match=r".*") as refused:
        Lines(file, COLUMNS)
    assert why in str(refused.value)


def test_an_error_at_the_end_keeps_all_rows_out(tmp_path: Path, database: Database) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(HEADER + "".join(ROW.format(n) for n in range(10, 700)) + '"open', "utf-8")
    with pytest.raises(FileRefused):
        load_file(database, "customers", file, by="anna", now=grid.NOW, policy=grid.POLICY)
    assert database.all("SELECT * FROM customers") == []


def test_a_pipe_is_read_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("number,name\n1,ā\n", "utf-8"))
    writer.start()
    lines = Lines(pipe, COLUMNS)
    writer.join()
    assert [line.fields for line in lines] == [{"number": "1", "name": "ā"}]
