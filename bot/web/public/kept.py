"""Which answers are made, by whom and how often: so that no storm of visitors keeps texts waiting.

One thread at a time makes an answer, all of them together for a share of the time; whoever comes
meanwhile gets the answer from before, or is asked to come back in a moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from bot.web.public.answers import Answer

_WAIT_SECONDS = 0.25
_MOST_WAITING = 16  # of the server's 64 threads
_MOST_KEPT = 1000
_MOST_BYTES = 32_000_000
_REST = 20  # times as long as an answer took to make
LEAST_REST = 5.0  # seconds: in a storm outages change all the time, and people search the same


class Crowded(Exception):
    """Too many ask for what is not made yet."""


class Budget:
    """CPU time that may be spent: a share of all time, saved up for `most` seconds at best."""

    def __init__(self, share: float = 0.15, most: float = 2.0) -> None:
        self._share, self._most = share, most
        self._left, self._at = most, time.monotonic()

    def is_open(self) -> bool:
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._share)
        self._at = now
        return self._left > 0

    def spend(self, seconds: float) -> None:
        self._left -= seconds


@dataclass(slots=True)
class _Kept:
    answer: Answer
    rests_until: float  # by the monotonic clock: not made anew before


class Shelf:
    """Answers by key. Those of an older site are made anew when somebody asks for them."""

    def __init__(self, budget: Budget | None = None, least_rest: float = LEAST_REST) -> None:
        """`least_rest`: seconds for which an answer is good, whatever changes meanwhile."""
        self._budget, self._least_rest = budget or Budget(), least_rest
        self._all: dict[Hashable, _Kept] = {}
        self._bytes = 0
        self._making, self._keeping = threading.Lock(), threading.Lock()
        self._waiting = 0

    def find(self, key: Hashable, number: int) -> Answer | None:
        """The answer of this key, if it is of this site or too costly to make again so soon."""
        kept = self._all.get(key)
        if kept is None:
            return None
        if kept.answer.number == number or time.monotonic() < kept.rests_until:
            return kept.answer
        return None

    def get(
        self, key: Hashable, number: int, make: Callable[[Answer | None], Answer]
    ) -> Answer:  # fmt: skip
        """The answer of this key for the site of this number; `make` is given the one before.

        Raises Crowded.
        """
        found = self.find(key, number)
        if found is not None:
            return found
        old = self._all.get(key)
        if not self._enter(patient=old is None):
            if old is not None:
                return old.answer
            raise Crowded
        try:
            return self.find(key, number) or self._make(key, make)
        finally:
            self._making.release()

    def put(self, key: Hashable, answer: Answer, took: float = 0.0) -> None:
        """Keep an answer. When there are too many, all of them are made anew."""
        rest = max(took * _REST, self._least_rest)
        with self._keeping:
            before = self._all.pop(key, None)
            self._bytes += _size(answer) - (_size(before.answer) if before else 0)
            if len(self._all) >= _MOST_KEPT or self._bytes > _MOST_BYTES:
                self._all, self._bytes = {}, _size(answer)
            self._all[key] = _Kept(answer, time.monotonic() + rest)

    def clear(self) -> None:
        """From now on all is made anew."""
        with self._keeping:
            self._all, self._bytes = {}, 0

    def old(self, key: Hashable) -> Answer | None:
        """The answer of this key, whatever site it is of."""
        kept = self._all.get(key)
        return kept.answer if kept else None

    def _make(self, key: Hashable, make: Callable[[Answer | None], Answer]) -> Answer:
        began = time.thread_time()
        try:
            answer = make(self.old(key))
        finally:
            took = time.thread_time() - began
            self._budget.spend(took)
        if answer.etag:
            self.put(key, answer, took)
        return answer

    def _enter(self, *, patient: bool) -> bool:
        if not self._budget.is_open():
            return False
        if self._making.acquire(blocking=False):
            return True
        if not patient or self._waiting >= _MOST_WAITING:
            return False
        self._waiting += 1
        try:
            return self._making.acquire(timeout=_WAIT_SECONDS)
        finally:
            self._waiting -= 1


def _size(answer: Answer) -> int:
    return len(answer.body) + len(answer.packed)
