"""Weeks with a storm in each, of which hardly anything is kept for longer than two days.

After a week in which the works of the next ones are planned, two are compared: the second must need
no more rows of what is let go of, room, memory, threads, files, nor steps of any statement; on
PostgreSQL, vacuumed each night, no more rows read of any table. In every run weeks of two small
days, with GAISMA_LONG_LIFE=1 whole ones; GAISMA_LONG_LIFE_TOLD names a file for the figures.
Agents, other systems and webhooks use it meanwhile. The night on which an hour comes twice is among
them, and each day the clock is set back by 40 minutes, and later put forward by an hour.
"""

from __future__ import annotations

import gc
import os
import statistics
import threading
import time
import uuid
from collections import Counter
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest
import uuid_utils

from bot.policy import RIGA, Policy, read_policy
from storage import Database
from storage.database import stamp
from tests.long import server
from tests.long.counting import Runs, clocked, counted
from tests.long.kept import AS_LARGE_AS_LIFE, GROWS, LET_GO, tables
from tests.long.life import Life, Size, too_soon, unkept
from tests.long.use import Use, in_use

ROOT = Path(__file__).parents[2]
LONG = bool(os.environ.get("GAISMA_LONG_LIFE"))
TOLD = os.environ.get("GAISMA_LONG_LIFE_TOLD", "")
WEEK = 7 if LONG else 2
SIZE = (
    Size(people=600, texts=60, storm_texts=300, works=2, faults=2, step=timedelta(minutes=20))
    if LONG
    else Size(people=200, texts=10, storm_texts=20, works=1, faults=1, step=timedelta(hours=2))
)
STARTS = date(2026, 10, 12) if LONG else date(2026, 10, 23)  # summer time ends on the 25th
CONNECTION = 3  # files of one: the data, the log and its index; readers come as they are wanted
READS = 5000  # of a table in a week, that are nothing
LOOKS = 200  # steps between two looks at what a statement does
KEPT = {"receipts": 1, "sessions": 1, "tokens": 1, "notices": 3, "audit": 3}


@dataclass
class Day:
    """What a day left behind. `step_ms`, `text_ms`: medians of processor time. `used_mb`,
    `file_mb`: pages in use and the file, or tables with their indexes and the whole database."""

    day: str
    texts: int
    messages: int
    rows: int
    rss_mb: float
    used_mb: float
    file_mb: float
    threads: int
    files: int
    step_ms: float
    text_ms: float
    server_mb: float = 0.0


@dataclass
class Ids:
    """Ids that begin with the simulated moment, as those of life begin with the real one."""

    life: Life | None = None
    last: int = 0

    def __call__(self) -> uuid.UUID:
        now = self.life.now if self.life else datetime(2026, 1, 1, tzinfo=UTC)
        # The clock may be set back; ids go on, as they do in life.
        self.last = max(self.last + 1, int(now.timestamp() * 1000) << 12)
        milliseconds, number = divmod(self.last, 1 << 12)
        return uuid.UUID(int=milliseconds << 80 | 7 << 76 | number << 64 | 2 << 62 | number)


def forgetful() -> Policy:
    """The policy, with two days for each class of data, and for some fewer or more."""
    policy = read_policy()
    days = {each.name: 2 for each in fields(policy) if each.name.startswith("retention_")}
    days |= {f"retention_{name}": many for name, many in KEPT.items()}
    return replace(policy, console_two_steps_for="nobody", **days)  # type: ignore[arg-type]


def close_day(life: Life) -> None:
    """What is over by then: reports and complaints are closed, debts paid."""
    ago = stamp(life.now - timedelta(days=1))
    now = stamp(life.now)
    for sql in (
        "UPDATE complaints SET state = 'closed', closed_at = ?"
        " WHERE state = 'open' AND made_at < ?",
        "UPDATE debts SET stage = 'paid', updated_at = ? WHERE stage <> 'paid' AND updated_at < ?",
        "UPDATE fault_reports SET state = 'closed', closed_at = ?"
        " WHERE state = 'open' AND made_at < ?",
    ):
        life.database.run(sql, (now, ago))


def live(use: Use, *, storm: bool) -> Day:
    """A day; steps and texts are timed, and the clock is set back and put forward on the way."""
    life = use.life
    took: dict[str, list[float]] = {"step": [], "take": []}
    step, take = life.step, life.turns.take

    def timed(name: str, act, *given):  # type: ignore[no-untyped-def]
        began = time.process_time()
        answer = act(*given)
        took[name].append(time.process_time() - began)
        return answer

    def stepped() -> None:
        timed("step", step)
        if len(took["step"]) == 8:
            life.go(life.now - timedelta(minutes=40))
        if len(took["step"]) == 12:
            life.go(life.now + timedelta(hours=1))

    life.step = stepped  # type: ignore[method-assign]
    life.turns.take = lambda *given: timed("take", take, *given)  # type: ignore[method-assign]
    try:
        life.day(storm=storm)
        close_day(life)
    finally:
        life.step, life.turns.take = step, take  # type: ignore[method-assign]
    use.settled()
    return measured(life, took)


def measured(life: Life, took: dict[str, list[float]]) -> Day:
    gc.collect()
    process = psutil.Process()
    on_server = life.database.engine != "sqlite"
    used, whole = server.sizes_mb(life.database) if on_server else pages_mb(life.database)
    rows = int(life.database.one("SELECT count(*) FROM messages")[0])  # type: ignore[index]
    return Day(
        str((life.now - timedelta(hours=6)).astimezone(RIGA).date()), life.counts["texts"],
        life.counts["messages"], rows, round(process.memory_info().rss / 1e6, 1),
        used, whole, threading.active_count(), process.num_fds(),
        *(round(statistics.median(took[name] or [0]) * 1e3, 2) for name in ("step", "take")),
        server.memory_mb(life.database) if on_server else 0.0,
    )  # fmt: skip


def pages_mb(database: Database) -> tuple[float, float]:
    """(pages in use, the file)."""
    pages, free, size = (
        int(database.one(f"PRAGMA {name}")[0])  # type: ignore[index]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return round((pages - free) * size / 1e6, 2), round(pages * size / 1e6, 2)


def sizes(database: Database) -> dict[str, int]:
    counts = ((name, database.one(f"SELECT count(*) FROM {name}")) for name in tables(database))
    return {name: int(row[0]) for name, row in counts if row is not None}  # type: ignore[index]


@dataclass
class Week:
    """What a week left behind. `rows`: the most of each table at the end of a day; `steps` and
    `values`: of all runs of a statement; `read`: rows read of each table in the week (PostgreSQL).
    """

    days: list[Day]
    rows: Counter[str]
    steps: Counter[str]
    runs: Runs
    read: Counter[str]
    values: Counter[str]

    def most(self, name: str) -> float:
        return max(float(getattr(day, name)) for day in self.days)

    def each(self, sql: str) -> float:
        """Steps of one run of a statement."""
        return self.steps[sql] / len(self.runs[sql])

    def each_value(self, sql: str) -> float:
        """Steps for one of its values: of a list with more of them each run takes more."""
        return self.steps[sql] / (self.values[sql] or len(self.runs[sql]))


def live_week(use: Use, address: str) -> Week:
    life, week = use.life, Week([], Counter(), Counter(), {}, Counter(), Counter())
    on_server = life.database.engine != "sqlite"
    before = server.rows_read(life.database) if on_server else Counter()
    count = clocked(week.runs) if on_server else counted(LOOKS, week.runs, week.values)
    with count as week.steps:
        for number in range(WEEK):
            week.days.append(live(use, storm=number == (2 if LONG else 0)))
            tell(week.days[-1:])
            for name, many in sizes(life.database).items():
                week.rows[name] = max(week.rows[name], many)
            assert set(unkept(life.database, life.now).values()) == {0}
            assert too_soon(life.database) == 0
            if on_server:
                server.tidy(address)
    if on_server:
        week.read = server.rows_read(life.database) - before
    return week


def grown(first: Week, second: Week) -> list[str]:
    """Statements that ran often and need more steps a run than in the first week, and tables of
    which more rows were read."""
    often = [
        sql
        for sql, runs in second.runs.items()
        if min(len(runs), len(first.runs.get(sql, []))) > 20
    ]
    return [
        f"{first.each(sql):.0f} to {second.each(sql):.0f} steps: {' '.join(sql.split())[:150]}"
        for sql in often
        if second.each(sql) > first.each(sql) * 1.5 + 2 * LOOKS
        and second.each_value(sql) > first.each_value(sql) * 1.5
    ] + [
        f"{first.read[name]} to {many} rows read of {name}"
        for name, many in second.read.items()
        if many > first.read[name] * 1.5 + READS
    ]  # fmt: skip


@pytest.mark.both
@pytest.mark.timeout(3000)
def test_another_week_needs_no_more_than_the_one_before(
    database: Database, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = Ids()
    monkeypatch.setattr(uuid_utils, "uuid7", ids)
    starts = datetime(STARTS.year, STARTS.month, STARTS.day, tzinfo=RIGA).astimezone(UTC)

    def begin() -> Life:
        ids.life = Life(database, forgetful(), tmp_path, SIZE, starts)
        if database.engine != "sqlite":
            server.simulate_ids(address)
            ids.life.hands.append(partial(server.set_clock, database))
        return ids.life

    _write(database.engine)
    with in_use(begin, monkeypatch) as use:
        live_week(use, address)
        first, second = live_week(use, address), live_week(use, address)
    tell_weeks(first, second, use)
    life = use.life
    oldest = database.one("SELECT min(at) AS at FROM turns")
    assert oldest is not None and oldest["at"] > stamp(life.now - timedelta(days=3))
    assert second.most("threads") <= first.most("threads")
    assert second.most("files") <= first.most("files") + CONNECTION
    rows = {
        name: (first.rows[name], many)
        for name, many in second.rows.items()
        if name in LET_GO and many > first.rows[name] * 1.3 + 20
    }
    if LONG:  # the short form has not lived through all that works bring before it ends
        assert rows == {}
        assert second.most("used_mb") < first.most("used_mb") * 1.15
        assert second.most("file_mb") < first.most("file_mb") * 1.15
        assert second.most("rss_mb") < first.most("rss_mb") * 1.05 + 5
        assert grown(first, second) == []


def tell(days: list[Day]) -> None:
    lines = ["| " + " | ".join(str(each) for each in astuple(day)) + " |" for day in days]
    _write("\n".join(lines))


def tell_weeks(first: Week, second: Week, use: Use) -> None:
    """The table of statements and of tables, for whoever reads the figures."""
    cost = second.steps or {sql: sum(runs) for sql, runs in second.runs.items()}
    for sql in [each for each in sorted(cost, key=lambda sql: -cost[sql]) if each in first.runs][
        :12
    ]:
        told = [
            (week.each(sql), statistics.median(week.runs[sql]) * 1e3) for week in (first, second)
        ]
        figures = " | ".join(f"{steps:.0f} steps {ms:.3f} ms" for steps, ms in told)
        _write(f"{figures} | {len(second.runs[sql])} | {' '.join(sql.split())[:90]}")
    _write(f"{sorted(each.name for each in threading.enumerate())}")
    _write(f"{dict(use.life.counts | use.counts)}\ngrown: {grown(first, second)}")
    for name in sorted(second.rows):
        if second.rows[name]:
            why = "grows" if name in GROWS else ""
            read = f"{first.read[name]} | {second.read[name]} read" if second.read else ""
            _write(f"{name} | {first.rows[name]} | {second.rows[name]} | {read} | {why}")


def _write(text: str) -> None:
    if TOLD:
        with Path(TOLD).open("a") as file:
            file.write(text + "\n")


@pytest.mark.both
def test_every_table_is_let_go_of_or_has_a_reason_to_stay(database: Database) -> None:
    assert set(tables(database)) == LET_GO | AS_LARGE_AS_LIFE | GROWS
    told = (ROOT / "docs" / "reliability.md").read_text()
    assert [name for name in sorted(AS_LARGE_AS_LIFE | GROWS) if f"`{name}`" not in told] == []
