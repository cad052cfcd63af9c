"""`gaisma bench receipts`: what a provider says of a campaign, taken from many threads at once.

Each message gets two words, `sent` and `delivered`. Beside it each receipt in a transaction of its
own; the floor writes the same rows, as many at a time, in two statements without any rule.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.bench.dispatch import queue
from bot.bench.rows import Measured, compared, percentile
from bot.delivery.receipts import Receipt, Receipts, record
from storage import Database, benchmark, messages, open_database
from storage import receipts as kept
from storage.lists import in_chunks
from storage.receipts import Heard

WORDS = ("sent", "delivered")
SIDES = ("floor", "single", "ours")


def measure(count: int, threads: int, rounds: int, *, postgres: str = "") -> list[Measured]:
    """Receipts of `count` messages on SQLite and, at this address, on PostgreSQL; in turn."""
    engines = [_Engine("")]
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="gaisma-bench-")))
        if postgres:
            engines.append(_Engine("PostgreSQL: "))
        for number in range(rounds):
            for engine in engines:
                for side in SIDES:
                    with ExitStack() as after:
                        url = f"sqlite:///{folder}/{side}{number}.db"
                        if engine.name:
                            from storage.rooms import rooms  # late: the driver is an extra

                            (url,) = after.enter_context(rooms(postgres, ("receipts",)))
                        engine.keep(side, _run(url, side, count, threads))
                engine.tell()
    return [row for engine in engines for row in engine.rows(threads)]


@dataclass
class _Engine:
    """What was measured on one engine: (receipts a second, p99 in ms) a round, by side."""

    name: str
    runs: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def keep(self, side: str, run: tuple[float, float]) -> None:
        self.runs.setdefault(side, []).append(run)

    def tell(self) -> None:
        told = ", ".join(f"{side} {self.runs[side][-1][0]:.0f}/s" for side in SIDES)
        click.echo(f"  {self.name}{told}", err=True)

    def rows(self, threads: int) -> list[Measured]:
        floor, single, ours = (self._median(side, 0) for side in SIDES)
        p99, single_p99 = self._median("ours", 1), self._median("single", 1)
        return [
            compared(f"{self.name}receipts a second, {threads} at once", ours, floor, "1/s", p99),
            compared(f"{self.name}beside each by itself", ours, single, "1/s"),
            compared(f"{self.name}p99 beside each by itself", p99, single_p99, "ms"),
        ]

    def _median(self, side: str, place: int) -> float:
        return statistics.median(run[place] for run in self.runs[side])


def _run(url: str, side: str, count: int, threads: int) -> tuple[float, float]:
    database = open_database(url)
    try:
        database.migrate()
        queue(database, count)
        ids = database.transaction(benchmark.mark_accepted)
        database.transaction(benchmark.settle_plans)
        told = [
            Receipt(id_, "twilio", benchmark.id_at_provider(id_), word)
            for word in WORDS for id_ in ids
        ]  # fmt: skip
        spans: list[float] = []
        began = time.perf_counter()
        if side == "floor":
            _bare(database, told, threads)
        else:
            taker = Receipts(database) if side == "ours" else None
            _from_threads(lambda each, now: taker.record(each, now) if taker
                          else record(database, each, now), told, threads, spans)  # fmt: skip
        seconds = time.perf_counter() - began
        if messages.count_statuses(database) != {"delivered": count}:
            raise click.ClickException("not every message was delivered.")
        return len(told) / seconds, percentile(spans, 0.99) * 1000 if spans else 0.0
    finally:
        database.close()


def _from_threads(
    take: Callable[[Receipt, datetime], bool], told: Sequence[Receipt], threads: int,
    spans: list[float],
) -> None:  # fmt: skip
    def one(receipt: Receipt) -> None:
        began = time.perf_counter()
        if not take(receipt, datetime.now(UTC)):
            raise click.ClickException("a receipt was not known.")
        spans.append(time.perf_counter() - began)

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(one, each) for each in told]:
            done.result()


def _bare(database: Database, told: Sequence[Receipt], together: int) -> None:
    for group in in_chunks(told, together):
        now = datetime.now(UTC)
        heard = [
            Heard(each.message_id, each.provider, each.provider_id, each.status, "", each.status,
                  now)
            for each in group
        ]  # fmt: skip
        database.transaction(
            lambda tx, heard=heard: (kept.add_all(tx, heard), kept.move_on(tx, heard)),  # type: ignore[misc]
            loose=True,
        )
