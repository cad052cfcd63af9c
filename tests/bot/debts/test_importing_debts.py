"""debts.csv: sums, days, stages, and what is wrong with a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.importing import ImportReport, load_file
from bot.importing.debts import euros
from bot.importing.report import RowRefused
from storage import Database
from tests.bot import owing
from tests.bot.owing import NOW, POLICY

HEADER = "customer_number,reference,sum_eur,due_on,stage\n"


def load(database: Database, path: Path, text: str, header: str = HEADER) -> ImportReport:
    path.write_text(header + text, "utf-8")
    return load_file(database, "debts", path, by="test", now=NOW, policy=POLICY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "debts.csv"


def test_right_rows_load_and_wrong_ones_are_named(database: Database, path: Path) -> None:
    owing.owing(database)
    rows = [
        "1000001,B-1,12.50,2026-10-01,",
        '1000001,B-2,"12,5",2026-10-01,first',
        "1000009,B-3,1,2026-10-01,",
        "1000001,B-4,-1,2026-10-01,",
        "1000001,B-5,1.005,2026-10-01,",
        "1000001,B-6,1,1.10.2026,",
        "1000001,B-7,1,2026-10-01,plan",
        "1000002,R-1,1,2026-10-01,",
        "1000001,,1,2026-10-01,",
        "1000001,B-8,,2026-10-01,",
    ]
    report = load(database, path, "\n".join(rows))
    assert (report.new, report.wrong) == (2, 8)
    assert [(each.line, each.field) for each in report.problems] == [
        (4, "customer_number"), (5, "sum_eur"), (6, "sum_eur"), (7, "due_on"), (8, "stage"),
        (9, "reference"), (10, "reference"), (11, "sum_eur"),
    ]  # fmt: skip
    assert owing.debt(database, "B-2")["sum_cents"] == 1250
    assert load(database, path, "\n".join(rows)).same == 2


def test_cents_will_do_and_the_stage_may_be_left_out(database: Database, path: Path) -> None:
    owing.owing(database)
    header = "customer_number,reference,sum_cents,due_on\n"
    assert load(database, path, "1000001,B-1,1250,2026-10-01", header).new == 1
    assert owing.debt(database, "B-1")["sum_cents"] == 1250


def test_a_stage_that_would_go_back_is_flagged(database: Database, path: Path) -> None:
    owing.owing(database, stage="second")
    report = load(database, path, "1000001,R-1,100.01,2026-10-15,first")
    assert (report.same, report.wrong) == (1, 0)
    assert "come to 'second' already" in report.problems[0].reason


@pytest.mark.parametrize("text", ["", "x", "1 0", "NaN", "inf", "1e400", "1.005", "1,2,3"])
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        euros(text)
