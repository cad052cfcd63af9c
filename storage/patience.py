"""How long who waits for the database can wait: said once, round a block, by who knows.

A provider gives a text up after 15 seconds, a probe after a few; a report may take a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_here = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What this thread asks of the database in the block shall have an answer, or a StorageError,
    after so many seconds in all. A block inside another can only make it less.

    On SQLite it changes nothing: who reads a file never waits, and its writer has a limit.
    """
    before = ends_at()
    ends = time.monotonic() + seconds
    _here.ends = ends if before is None else min(before, ends)
    try:
        yield
    finally:
        _here.ends = before


def ends_at() -> float | None:
    """Until when this thread can wait, by the monotonic clock; None when nobody has said."""
    ends: float | None = getattr(_here, "ends", None)
    return ends
