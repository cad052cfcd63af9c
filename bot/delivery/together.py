"""Things of one kind that many threads bring at one moment are done by one of them for all.

Nobody waits for others to come: who finds nobody at work begins at once, and those who come
meanwhile are done together after that. A lone one is as quick as without.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")

MOST = 128  # of one group: the first of it waits until the last is done


class _Brought(Generic[A, B]):
    """One thing, and what became of it: an answer or an error, set before `woken`."""

    __slots__ = ("answer", "error", "thing", "woken")

    def __init__(self, thing: A) -> None:
        self.thing = thing
        self.woken = threading.Event()
        self.answer: B | None = None
        self.error: BaseException | None = None


class Together(Generic[A, B]):
    """`work` does a group and answers for each in order. In one group no two have the same `key`:
    the second waits for the next one, so that it finds what the first has left."""

    def __init__(self, work: Callable[[Sequence[A]], Sequence[B]], key: Callable[[A], str]) -> None:
        self._work, self._key = work, key
        self._lock = threading.Lock()
        self._waiting: deque[_Brought[A, B]] = deque()
        self._leader: _Brought[A, B] | None = None

    def do(self, thing: A) -> B:
        """The answer for this thing. Raises what `work` raised for the group it was in."""
        mine: _Brought[A, B] = _Brought(thing)
        with self._lock:
            self._waiting.append(mine)
            leads = self._leader is None
            if leads:
                self._leader = mine
        if not leads:
            mine.woken.wait()
        if self._leader is mine:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        assert mine.answer is not None
        return mine.answer

    def _lead(self, mine: _Brought[A, B]) -> None:
        """Do the group that is first in turn, ours among it; then the next one leads."""
        group = self._next_group()
        try:
            answers = self._work([each.thing for each in group])
            for each, answer in zip(group, answers, strict=True):
                each.answer = answer
        except BaseException as error:  # noqa: BLE001 - it belongs to all who wait for it
            for each in group:
                each.error = error
        finally:
            with self._lock:
                self._leader = next_one = self._waiting[0] if self._waiting else None
            for each in group:
                if each is not mine:
                    each.woken.set()
            if next_one is not None:
                next_one.woken.set()

    def _next_group(self) -> list[_Brought[A, B]]:
        group: list[_Brought[A, B]] = []
        keys: set[str] = set()
        left: deque[_Brought[A, B]] = deque()
        with self._lock:
            while self._waiting and len(group) < MOST:
                each = self._waiting.popleft()
                key = self._key(each.thing)
                if key in keys:
                    left.append(each)
                else:
                    keys.add(key)
                    group.append(each)
            self._waiting.extendleft(reversed(left))
        return group
