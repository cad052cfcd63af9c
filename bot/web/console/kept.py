"""Figures that take long are worked out once and shown to everybody for a few minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
FOR = timedelta(minutes=3)
MOST = 64  # kept at a time


@dataclass
class _One:
    lock: threading.Lock = field(default_factory=threading.Lock)
    made_at: datetime | None = None
    value: Any = None


class Kept:
    """Values by key, each with when it was made. Who comes while one is made waits for it."""

    def __init__(self, lasting: timedelta = FOR) -> None:
        self._lasting = lasting
        self._lock = threading.Lock()
        self._all: dict[Hashable, _One] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> tuple[T, datetime]:
        """What `make` gives, or gave not long ago; and when it did."""
        with self._lock:
            one = self._all.pop(key, None) or _One()
            self._all[key] = one  # behind the others: the first is that not asked for the longest
            while len(self._all) > MOST:
                self._all.pop(next(iter(self._all)))
        with one.lock:
            now = datetime.now(UTC)
            if one.made_at is None or not timedelta(0) <= now - one.made_at < self._lasting:
                one.value, one.made_at = make(), now
            return one.value, one.made_at
