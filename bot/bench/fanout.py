"""`gaisma bench fanout`: notices of one great campaign become messages, beside a bare INSERT.

The floor writes the same rows (messages, links, states) in one piece, without rules or chunks.
Texts are written when messages are claimed, so neither side writes any.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.bench.client import run_paced
from bot.bench.inbound import Side, await_start, free_port, requests, start
from bot.bench.rows import Measured, compared, percentile
from bot.campaigns import fanout
from storage import Tx, benchmark, campaigns, open_database

CAMPAIGN = "bench"
PEOPLE_AT_ONCE = 50_000
TEXTS_A_SECOND = 200
IDLE_SECONDS = 8


def measure(customers: int, recipients: int, rounds: int) -> list[Measured]:
    """Ours and the floor in turn, each on a copy of one database; then texts meanwhile."""
    ours, floor = [], []
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder:
        base = _make(Path(folder), customers, recipients)
        for _ in range(rounds):
            floor.append(_run(base, "floor"))
            ours.append(_run(base, "ours"))
            told = ", ".join(f"{side[-1]['seconds']:.1f} s" for side in (ours, floor))
            click.echo(f"  ours and floor: {told}", err=True)
        idle, busy = _texts_meanwhile(base)
    seconds = statistics.median(run["seconds"] for run in ours)
    bare = statistics.median(run["seconds"] for run in floor)
    longest = statistics.median(run["longest_ms"] for run in ours)
    rss = max(run["rss_mb"] for run in ours)
    return [
        compared(f"{recipients} notices queued durably", seconds, bare, "s"),
        Measured("longest transaction", round(longest, 1), unit="ms"),
        Measured("memory of the fan-out", round(rss), unit="MB", rss_mb=round(rss)),
        compared(f"p99 of {TEXTS_A_SECOND} texts a second meanwhile, beside idle", busy, idle,
                 "ms", busy),
    ]  # fmt: skip


def _make(folder: Path, customers: int, recipients: int) -> Path:
    path = folder / "base.db"
    database = open_database(f"sqlite:///{path}?synchronous=OFF")
    database.migrate()
    now = datetime.now(UTC)
    per_mille = min(1000, -(-recipients * 1000 // customers))
    for first in range(1, customers + 1, PEOPLE_AT_ONCE):
        last = min(first + PEOPLE_AT_ONCE - 1, customers)
        database.transaction(_people(first, last, per_mille, now))
    made = database.transaction(lambda tx: benchmark.add_campaign(tx, CAMPAIGN, recipients, now))
    database.close()
    if made != recipients:
        raise click.ClickException(f"only {made} of {recipients} customers have a mobile.")
    return path


def _people(first: int, last: int, per_mille: int, now: datetime) -> Callable[[Tx], None]:
    return lambda tx: benchmark.add_people(tx, first, last, per_mille=per_mille, now=now)


def _copy(base: Path) -> Path:
    path = base.with_name("run.db")
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.copy(base, path)
    return path


def _run(base: Path, side: str) -> dict[str, float]:
    """One side on a copy, in a process of its own, so that memory is its own."""
    command = [sys.executable, "-m", "bot.bench.fanout", side, str(_copy(base))]
    done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _one_side(side: str, path: str) -> dict[str, float]:
    database = open_database(f"sqlite:///{path}")
    now = datetime.now(UTC)
    spans: list[float] = []
    plain = database.transaction

    def timed(work: Callable[[Tx], Any], *, bulk: bool = False, loose: bool = False) -> Any:
        began = time.perf_counter()
        try:
            return plain(work, bulk=bulk, loose=loose)
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
        process.terminate()
        process.wait(timeout=30)
        database.close()
    if failed := idle.failed + busy.failed:
        raise click.ClickException(f"{failed} texts got no answer.")
    return percentile(idle.latencies, 0.99), percentile(busy.latencies, 0.99)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_one_side(sys.argv[1], sys.argv[2])))
