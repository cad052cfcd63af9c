"""`gaisma bench fanout`: notices of one great campaign become messages, beside a bare INSERT.

The floor writes the same rows (messages, links, states) in one piece, without rules or chunks.
Texts are written when messages are claimed, so neither side writes any.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.bench.client import run_paced
from bot.bench.inbound import Side, await_start, free_port, requests, start
from bot.bench.processes import end, outcome
from bot.bench.rows import Measured, compared, percentile
from bot.campaigns import fanout
from storage import Tx, benchmark, campaigns, open_database

CAMPAIGN = "bench"
PEOPLE_AT_ONCE = 50_000
TEXTS_A_SECOND = 200
IDLE_SECONDS = 8


def measure(customers: int, recipients: int, rounds: int, *, postgres: str = "") -> list[Measured]:
    """Ours and the floor in turn, each on a copy of one database; then texts meanwhile.

    `postgres`: the address of a server, on which both are measured too.
    """
    with ExitStack() as undo:
        folder = undo.enter_context(tempfile.TemporaryDirectory(prefix="gaisma-bench-"))
        base = Path(folder, "base.db")
        _fill(f"sqlite:///{base}?synchronous=OFF", customers, recipients)
        sides = [_Sides("", lambda: f"sqlite:///{_copy(base)}")]
        if postgres:
            from storage import rooms  # late: the driver is an extra

            (room,) = undo.enter_context(rooms.rooms(postgres, ("base",)))
            undo.callback(rooms.drop, postgres, "run")
            _fill(room, customers, recipients)
            sides.append(_Sides("PostgreSQL: ", lambda: rooms.copy(postgres, "base", "run")))
        for _ in range(rounds):
            for side in sides:
                side.measure()
        idle, busy = _texts_meanwhile(base)
    rows = [row for side in sides for row in side.rows(recipients)]
    meanwhile = f"p99 of {TEXTS_A_SECOND} texts a second meanwhile, beside idle"
    rows.insert(3, compared(meanwhile, busy, idle, "ms", busy))
    if postgres:
        file, server = (side.seconds(side.ours) for side in sides)
        rows.append(compared("PostgreSQL beside SQLite", server, file, "s"))
    return rows


@dataclass
class _Sides:
    """Ours and the floor on one engine; `fresh` makes a new copy of the database."""

    name: str
    fresh: Callable[[], str]
    ours: list[dict[str, float]] = field(default_factory=list)
    floor: list[dict[str, float]] = field(default_factory=list)

    def measure(self) -> None:
        self.floor.append(_run(self.fresh(), "floor"))
        self.ours.append(_run(self.fresh(), "ours"))
        told = ", ".join(f"{side[-1]['seconds']:.1f} s" for side in (self.ours, self.floor))
        click.echo(f"  {self.name}ours and floor: {told}", err=True)

    def seconds(self, runs: list[dict[str, float]]) -> float:
        return statistics.median(run["seconds"] for run in runs)

    def rows(self, recipients: int) -> list[Measured]:
        longest = statistics.median(run["longest_ms"] for run in self.ours)
        rss = max(run["rss_mb"] for run in self.ours)
        ours, floor, name = self.seconds(self.ours), self.seconds(self.floor), self.name
        return [
            compared(f"{name}{recipients} notices queued durably", ours, floor, "s"),
            Measured(f"{name}longest transaction", round(longest, 1), unit="ms"),
            Measured(f"{name}memory of the fan-out", round(rss), unit="MB", rss_mb=round(rss)),
        ]


def _fill(url: str, customers: int, recipients: int) -> None:
    database = open_database(url)
    database.migrate()
    now = datetime.now(UTC)
    per_mille = min(1000, -(-recipients * 1000 // customers))
    for first in range(1, customers + 1, PEOPLE_AT_ONCE):
        last = min(first + PEOPLE_AT_ONCE - 1, customers)
        database.transaction(_people(first, last, per_mille, now))
    made = database.transaction(lambda tx: benchmark.add_campaign(tx, CAMPAIGN, recipients, now))
    database.transaction(benchmark.settle_plans)
    database.close()
    if made != recipients:
        raise click.ClickException(f"only {made} of {recipients} customers have a mobile.")


def _people(first: int, last: int, per_mille: int, now: datetime) -> Callable[[Tx], None]:
    return lambda tx: benchmark.add_people(tx, first, last, per_mille=per_mille, now=now)


def _copy(base: Path) -> Path:
    path = base.with_name("run.db")
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.copy(base, path)
    return path


def _run(url: str, side: str) -> dict[str, float]:
    """One side on this database, in a process of its own, so that memory is its own."""
    told: dict[str, float] = json.loads(outcome("bot.bench.fanout", side, url))
    return told


def _one_side(side: str, url: str) -> dict[str, float]:
    database = open_database(url)
    now = datetime.now(UTC)
    spans: list[float] = []
    plain = database.transaction

    def timed(work: Callable[[Tx], Any], **how: Any) -> Any:
        began = time.perf_counter()
        try:
            return plain(work, **how)
        finally:
            spans.append(time.perf_counter() - began)

    database.transaction = timed  # type: ignore[method-assign]
    began = time.perf_counter()
    if side == "ours":
        database.transaction(_let_go(now))
        fanout.fan_out(database, now)
    else:
        database.transaction(lambda tx: benchmark.queue_bare(tx, CAMPAIGN, now))
    seconds = time.perf_counter() - began
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    database.close()
    return {"seconds": seconds, "longest_ms": max(spans) * 1000, "rss_mb": rss}


def _let_go(now: datetime) -> Callable[[Tx], bool]:
    return lambda tx: campaigns.set_state(tx, CAMPAIGN, "sending", when=("paused",), now=now)


def _texts_meanwhile(base: Path) -> tuple[float, float]:
    """p99 in ms of texts to `gaisma serve`: with nothing else to do, and while it fans out."""
    url = f"sqlite:///{_copy(base)}"
    side = Side("ours", free_port(), "m")
    process = start(side, url, worker=True)
    database = open_database(url)
    try:
        await_start(side)
        texts = requests(side, TEXTS_A_SECOND * 600, 0)
        warm = TEXTS_A_SECOND * IDLE_SECONDS
        run_paced("127.0.0.1", side.port, texts[:warm], TEXTS_A_SECOND)
        idle = run_paced("127.0.0.1", side.port, texts[warm : 2 * warm], TEXTS_A_SECOND)
        database.transaction(_let_go(datetime.now(UTC)))

        def left() -> bool:
            return campaigns.notice_counts(database, CAMPAIGN).get("approved", 0) > 0

        busy = run_paced("127.0.0.1", side.port, texts[2 * warm :], TEXTS_A_SECOND, going_on=left)
    finally:
        end(process)
        database.close()
    if failed := idle.failed + busy.failed:
        raise click.ClickException(f"{failed} texts got no answer.")
    return percentile(idle.latencies, 0.99), percentile(busy.latencies, 0.99)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_one_side(sys.argv[1], sys.argv[2])))
