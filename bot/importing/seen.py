"""Which rows of a file came before, in 28 bytes a row instead of the rows themselves."""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from typing import NamedTuple

_SMALLEST = 1 << 10


class Before(NamedTuple):
    """The first row with the same key: its line, and whether it said the same."""

    line: int
    same: bool


class Seen:
    """The keys of rows, what they said, and their lines; the first row with a key counts.

    Only 64 bits of hash are kept of each: in a file of a million rows the odds that two are taken
    for one are 1 to 30 million.
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._said = array("q")
        self._lines = array("Q")
        self._places = array("I", bytes(4 * _SMALLEST))  # 1 + which of the above; 0: free

    def add(self, key: Hashable, said: Hashable, line: int) -> Before | None:
        """Keep a row, or give the one with the same key that came before."""
        hashed = hash(key)
        place = self._place(hashed)
        if number := self._places[place]:
            return Before(self._lines[number - 1], self._said[number - 1] == hash(said))
        self._keys.append(hashed)
        self._said.append(hash(said))
        self._lines.append(line)
        self._places[place] = len(self._keys)
        if 2 * len(self._keys) > len(self._places):
            self._grow()
        return None

    def _place(self, hashed: int) -> int:
        """Where this key is, or would be."""
        last = len(self._places) - 1
        place = hashed & last
        while (number := self._places[place]) and self._keys[number - 1] != hashed:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        self._places = array("I", bytes(8 * len(self._places)))
        for number, hashed in enumerate(self._keys, 1):
            self._places[self._place(hashed)] = number
