"""How much a statement costs, in steps of SQLite's machine: the same on every machine and load.

PostgreSQL has no such steps: there only the time of each run is kept.
"""

from __future__ import annotations

import re
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from storage.postgres_tx import PostgresTx
from storage.writer import SQLiteTx

EACH = 20  # steps between two looks
Act = Callable[..., Any]  # a method of SQLiteTx or PostgresTx
Runs = dict[str, "array[float]"]
_ACTS = ("all", "one", "run")
# Lists of values of any length are one statement.
_LIST = re.compile(r"\((?:\?|\([?, ]+\))(?:, ?(?:\?|\([?, ]+\)))*\)")


@contextmanager
def counted(
    each: int = EACH, runs: Runs | None = None, values: Counter[str] | None = None
) -> Iterator[Counter[str]]:
    """Steps by statement, of all that runs through storage while this is open. `each`: steps
    between two looks; `runs` also gets the seconds of each run, `values` how many it was given."""
    steps: Counter[str] = Counter()
    given: Counter[str] = Counter() if values is None else values

    def count(act: Act, tx: SQLiteTx, sql: str, params: Any) -> Any:
        text = _LIST.sub("(?)", sql)

        def passed() -> int:
            steps[text] += each
            return 0

        given[text] += len(params)
        tx._conn.set_progress_handler(passed, each)
        began = time.thread_time()
        try:
            return act(tx, sql, params)
        finally:
            if runs is not None:
                runs.setdefault(text, array("d")).append(time.thread_time() - began)
            tx._conn.set_progress_handler(None, 0)

    with through(count):
        yield steps


@contextmanager
def clocked(runs: Runs) -> Iterator[Counter[str]]:
    """As `counted` on PostgreSQL: the seconds of each run, and no steps."""

    def clock(act: Act, tx: PostgresTx, sql: str, params: Any) -> Any:
        began = time.perf_counter()
        try:
            return act(tx, sql, params)
        finally:
            runs.setdefault(_LIST.sub("(?)", sql), array("d")).append(time.perf_counter() - began)

    with through(clock, PostgresTx, ("all", "run")):
        yield Counter()


@contextmanager
def through(
    around: Callable[..., Any], kind: type = SQLiteTx, names: tuple[str, ...] = _ACTS
) -> Iterator[None]:
    """Every statement of storage is run by `around` while this is open: act, tx, sql, values."""
    plain: dict[str, Act] = {name: getattr(kind, name) for name in names}

    def passing(act: Act) -> Act:
        return lambda tx, sql, params=(): around(act, tx, sql, params)

    try:
        for name, act in plain.items():
            setattr(kind, name, passing(act))
        yield
    finally:
        for name, act in plain.items():
            setattr(kind, name, act)


def of(steps: Counter[str], part: str) -> int:
    """Steps of all statements with these words in them."""
    return sum(many for sql, many in steps.items() if part in sql)
