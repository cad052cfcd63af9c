"""A simulated day in every run, with GAISMA_LONG_LIFE=1 two weeks with a storm in each.

Flat must be, from week to week: memory, threads, files, the time of a step and of a text. The days
go over the end of summer time, New Year, the leap day and the beginning of summer time.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from bot.policy import RIGA, read_policy
from storage import Database, open_database
from tests.long.life import Life, Size
from tests.long.statements import Statements, listening

LONG = bool(os.environ.get("GAISMA_LONG_LIFE"))
TOLD = os.environ.get("GAISMA_LONG_LIFE_TOLD", "")  # a file for the figures of each day
TURNS_OF_YEAR = (date(2026, 10, 25), date(2026, 12, 31), date(2028, 2, 29), date(2027, 3, 28))

# Retention of conversations asks for their turns one by one: docs/progress.md.
KNOWN = "FROM turns t WHERE t.conversation_id = conversations.id"


@dataclass
class Day:
    """What a day left behind. `step_ms`, `text_ms`: medians."""

    day: str
    texts: int
    messages: int
    rss_mb: float
    file_mb: float
    rows: int
    threads: int
    files: int
    step_ms: float
    text_ms: float


def measured(life: Life, steps: list[float], texts: list[float]) -> Day:
    gc.collect()
    process = psutil.Process()
    pages = life.database.one("PRAGMA page_count")
    free = life.database.one("PRAGMA freelist_count")
    assert pages is not None and free is not None
    rows = life.database.one("SELECT count(*) AS n FROM messages")
    assert rows is not None
    return Day(
        str((life.now - timedelta(hours=6)).astimezone(RIGA).date()), life.counts["texts"],
        life.counts["messages"], round(process.memory_info().rss / 1e6, 1),
        round((pages[0] - free[0]) * 4096 / 1e6, 2), int(rows["n"]),  # type: ignore[index]
        threading.active_count(), process.num_fds(),
        round(statistics.median(steps) * 1e3, 2), round(statistics.median(texts or [0]) * 1e3, 2),
    )  # fmt: skip


def live(life: Life, *, storm: bool = False) -> Day:
    """A day, its steps and texts timed."""
    steps: list[float] = []
    texts: list[float] = []
    plain_step, plain_take = life.step, life.turns.take

    def step() -> None:
        began = time.process_time()
        plain_step()
        steps.append(time.process_time() - began)

    def take(*given):  # type: ignore[no-untyped-def]
        began = time.process_time()
        answer = plain_take(*given)
        texts.append(time.process_time() - began)
        return answer

    life.step, life.turns.take = step, take  # type: ignore[method-assign]
    try:
        life.day(storm=storm)
    finally:
        del life.step
        life.turns.take = plain_take  # type: ignore[method-assign]
    return measured(life, steps, texts)


@pytest.fixture
def database(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = open_database(f"sqlite:///{tmp_path}/life.db?synchronous=OFF")
    made.migrate()
    yield made
    made.close()


def begin(database: Database, folder: Path, day: date, size: Size) -> Life:
    starts = datetime(day.year, day.month, day.day, tzinfo=RIGA).astimezone(UTC)
    return Life(database, read_policy(), folder, size, starts)


def unkept(database: Database, now: datetime) -> dict[str, int]:
    """Promises that were broken, by kind: all must be 0."""
    texts = "SELECT count(*) FROM messages WHERE direction = 'in'"
    asked = {
        "texts without a turn": f"{texts} AND id NOT IN (SELECT message_id FROM turns)",
        "waits for over a day": "SELECT count(*) FROM messages WHERE direction = 'out' AND status"
        " IN ('queued', 'sending', 'unknown') AND channel = 'sms' AND due_at < ?",
        "notices told twice on a channel": "SELECT count(*) FROM (SELECT n.notice_id, m.channel"
        " FROM notice_messages n JOIN messages m ON m.id = n.message_id"
        " WHERE m.status = 'delivered'"
        " GROUP BY n.notice_id, m.channel, m.peer HAVING count(*) > 1)",
    }  # fmt: skip
    ago = (now - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    found = {}
    for name, sql in asked.items():
        row = database.one(sql, [ago] if "?" in sql else [])
        found[name] = int(row[0])  # type: ignore[index]
    return found


def on_hot_path(heard: Statements, database: Database) -> list[str]:
    """Statements that ran often and walk over what grows."""
    return [
        f"{','.join(tables)}: {heard.seen[sql].runs} times: {' '.join(sql.split())[:200]}"
        for sql, tables in heard.scans(database).items()
        if heard.seen[sql].runs > 50 and KNOWN not in sql
    ]


@pytest.mark.parametrize("day", TURNS_OF_YEAR, ids=str)
def test_a_day_on_which_the_calendar_turns(database: Database, tmp_path: Path, day: date) -> None:
    size = Size(people=200, texts=20, works=2, faults=2, step=timedelta(hours=1))
    life = begin(database, tmp_path, day, size)
    live(life)
    assert life.now.astimezone(RIGA).date() == day + timedelta(days=1)
    assert life.counts["texts"] == size.texts
    assert set(unkept(database, life.now).values()) == {0}


def test_a_stormy_day_leaves_nothing_undone(database: Database, tmp_path: Path) -> None:
    size = Size(people=1000, texts=60, storm_texts=300, step=timedelta(minutes=20))
    life = begin(database, tmp_path, date(2026, 12, 1), size)
    with listening() as heard:
        live(life, storm=True)
        assert on_hot_path(heard, database) == []
    assert life.counts["outages"] > 5
    assert life.counts["messages"] > life.counts["outages"]
    assert set(unkept(database, life.now).values()) == {0}


@pytest.mark.skipif(not LONG, reason="takes minutes: GAISMA_LONG_LIFE=1")
@pytest.mark.timeout(7200)
def test_two_weeks_with_a_storm_in_each(database: Database, tmp_path: Path) -> None:
    life = begin(database, tmp_path, date(2026, 11, 30), Size())
    began, days = time.monotonic(), []
    with listening() as heard:
        for number in range(14):
            heard.begin()
            days.append(live(life, storm=number % 7 == 2))
            tell(days, life, time.monotonic() - began)
        hot = on_hot_path(heard, database)
    assert set(unkept(database, life.now).values()) == {0}
    assert hot == []
    first, second = days[:7], days[7:]
    last = max(day.rss_mb for day in second)
    assert last < max(day.rss_mb for day in first) * 1.1 + 10
    assert max(day.threads for day in second) <= max(day.threads for day in first)
    assert max(day.files for day in second) <= max(day.files for day in first) + 2
    for name in ("step_ms", "text_ms"):
        before, after = ([getattr(day, name) for day in week] for week in (first, second))
        assert statistics.median(after) < statistics.median(before) * 1.5, name
    # Grows by what is kept, and not by more the more there is.
    each = [
        (b.file_mb - a.file_mb) / max(b.rows - a.rows, 1)
        for a, b in ((days[0], days[6]), (days[6], days[13]))
    ]
    assert each[1] < each[0] * 1.3


def tell(days: list[Day], life: Life, seconds: float) -> None:
    if TOLD:
        told = {"days": [asdict(day) for day in days], "seconds": round(seconds), **life.counts}
        Path(TOLD).write_text(json.dumps(told, indent=1))
