"""Simulated days: a stormy one, and those on which the calendar turns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.policy import RIGA, read_policy
from storage import Database
from tests.long.life import Life, Size, unkept
from tests.long.statements import Statements, listening

TURNS_OF_YEAR = (date(2026, 10, 25), date(2026, 12, 31), date(2028, 2, 29), date(2027, 3, 28))


def begin(database: Database, folder: Path, day: date, size: Size) -> Life:
    starts = datetime(day.year, day.month, day.day, tzinfo=RIGA).astimezone(UTC)
    return Life(database, read_policy(), folder, size, starts)


def on_hot_path(heard: Statements, database: Database) -> list[str]:
    """Statements that ran often and walk over what grows."""
    return [
        f"{','.join(tables)}: {heard.seen[sql].runs} times: {' '.join(sql.split())[:200]}"
        for sql, tables in heard.scans(database).items()
        if heard.seen[sql].runs > 50
    ]


@pytest.mark.parametrize("day", TURNS_OF_YEAR, ids=str)
def test_a_day_on_which_the_calendar_turns(database: Database, tmp_path: Path, day: date) -> None:
    size = Size(people=200, texts=20, works=2, faults=2, step=timedelta(hours=1))
    life = begin(database, tmp_path, day, size)
    life.day()
    assert life.now.astimezone(RIGA).date() == day + timedelta(days=1)
    assert life.counts["texts"] == size.texts
    assert set(unkept(database, life.now).values()) == {0}


@pytest.mark.sqlite  # its plans are looked at
def test_a_stormy_day_leaves_nothing_undone(database: Database, tmp_path: Path) -> None:
    size = Size(people=1000, texts=60, storm_texts=300, step=timedelta(minutes=20))
    life = begin(database, tmp_path, date(2026, 12, 1), size)
    with listening() as heard:
        life.day(storm=True)
        assert on_hot_path(heard, database) == []
    assert life.counts["outages"] > 5
    assert life.counts["messages"] > life.counts["outages"]
    assert set(unkept(database, life.now).values()) == {0}
