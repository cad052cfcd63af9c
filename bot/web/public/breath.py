"""Work for visitors lets texts go first: it gives the interpreter up every millisecond.

A thread at work keeps it for 5 ms at a time, and a text wants it back at each of its statements.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_WORK_SECONDS = 0.001
_BREATH_SECONDS = 0.0002  # none at all, and we should have it back before anybody wakes


def gently(things: Iterable[T]) -> Iterator[T]:
    """The things, with a breath after each millisecond that their user worked on them."""
    until = time.perf_counter() + _WORK_SECONDS
    for thing in things:
        yield thing
        if time.perf_counter() > until:
            time.sleep(_BREATH_SECONDS)
            until = time.perf_counter() + _WORK_SECONDS
