"""How much a statement costs, in steps of SQLite's machine: the same on every machine and load."""

from __future__ import annotations

import re
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from storage.writer import SQLiteTx

EACH = 20  # steps between two looks
Act = Callable[..., Any]  # a method of SQLiteTx
Runs = dict[str, "array[float]"]
# Lists of values of any length are one statement.
_LIST = re.compile(r"\((?:\?|\([?, ]+\))(?:, ?(?:\?|\([?, ]+\)))*\)")


@contextmanager
def counted(each: int = EACH, runs: Runs | None = None) -> Iterator[Counter[str]]:
    """Steps by statement, of all that runs through storage while this is open. `each`: steps
    between two looks; `runs` also gets the seconds of each run."""
    steps: Counter[str] = Counter()

    def count(act: Act, tx: SQLiteTx, sql: str, params: Any) -> Any:
        text = _LIST.sub("(?)", sql)

        def passed() -> int:
            steps[text] += each
            return 0

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
def through(around: Callable[[Act, SQLiteTx, str, Any], Any]) -> Iterator[None]:
    """Every statement of storage is run by `around` while this is open: act, tx, sql, values."""
    plain: dict[str, Act] = {name: getattr(SQLiteTx, name) for name in ("all", "one", "run")}

    def passing(act: Act) -> Act:
        return lambda tx, sql, params=(): around(act, tx, sql, params)

    try:
        for name, act in plain.items():
            setattr(SQLiteTx, name, passing(act))
        yield
    finally:
        for name, act in plain.items():
            setattr(SQLiteTx, name, act)


def of(steps: Counter[str], part: str) -> int:
    """Steps of all statements with these words in them."""
    return sum(many for sql, many in steps.items() if part in sql)
