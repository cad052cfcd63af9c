"""Many works shared between the cores: each process reads some of them by itself.

Threads would take turns, as there is one lock for all of Python, and leave the other cores idle.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from bot.policy import Policy
from bot.service import Service
from storage import Database, Row, open_database
from storage.lists import in_chunks

T = TypeVar("T")
# A function of a module, so that another process finds it: what to make of these works.
Part = Callable[[Database, Sequence[Row], Policy, datetime], T]
AT_ONCE = 50
FEWEST = 500  # fewer are done before another process has started
MOST_PROCESSES = 4


def each_part(made: Service, works: Sequence[Row], now: datetime, part: Part[T]) -> Iterator[T]:
    """What `part` makes of these works, some at a time, in their order."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    if len(works) < FEWEST or processes == 1:
        for some in in_chunks(works, AT_ONCE):
            yield part(made.database, some, made.policy, now)
        return
    pool = ProcessPoolExecutor(
        processes, get_context("spawn"), _open, (made.settings.database_url, made.policy, now)
    )
    # The rows of an engine cannot be sent to another process; dictionaries can.
    plain = [{name: row[name] for name in row.keys()} for row in works]  # noqa: SIM118
    try:
        yield from pool.map(partial(_run, part), in_chunks(plain, AT_ONCE))
    finally:
        pool.shutdown(cancel_futures=True)


_here: list[tuple[Database, Policy, datetime]] = []


def _open(url: str, policy: Policy, now: datetime) -> None:
    """In the other process, once: a database of its own."""
    _here.append((open_database(url), policy, now))


def _run(part: Part[T], works: Sequence[Row]) -> T:
    database, policy, now = _here[0]
    return part(database, works, policy, now)
