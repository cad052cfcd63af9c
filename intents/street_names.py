"""Street names that are nearly the one asked for, among tens of thousands.

First the names that are the same but for one letter, then those that share three-letter runs. A
slip beside "ie" or "lj" is one letter as it was written and two in the skeleton, so that names are
also known as they are spelt without diacritics.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

# Below these a name is another name. A short one differs a lot by a single letter.
_CUTOFF = 0.7
_CUTOFF_SHORT = 0.6
_SHORT = 5
# A run of letters that very many names share ("as ") tells little and costs most of the time.
_MOST_COUNTED = 4000
_MOST_COMPARED = 400
_SHIFT = 24  # bits of a name's number: below them, 40 of the hash of a name without a letter
_LOW = (1 << _SHIFT) - 1
_HASHED, _PART = 64 - _SHIFT, 8
Likeness = tuple[str, float]  # a name, and 0 to 100


class NameIndex:
    """Folded names; their three-letter runs, and what is left of spellings without one letter.

    `spelt` are (spelling, folded name): other ways to write some of the names.
    """

    def __init__(self, names: Iterable[str], spelt: Iterable[tuple[str, str]] = ()) -> None:
        pairs = dict.fromkeys([*((name, name) for name in names), *spelt])
        self._spellings = tuple(spelling for spelling, _ in pairs)
        self._names = tuple(name for _, name in pairs)
        self._by_run: dict[str, array[int]] = {}
        for number, (spelling, name) in enumerate(pairs):
            for run in _runs(name) if spelling == name else ():
                self._by_run.setdefault(run, array("I")).append(number)
        # Sorted hashes and not a dictionary: 12 names without a letter each took 100 bytes.
        self._short = array("Q")
        for part in self._parts():
            self._short.extend(sorted(part))

    def _parts(self) -> list[array[int]]:
        """The hashes with the numbers of their names, in parts: one sort would hold all threads."""
        parts = [array("Q") for _ in range(1 << _PART)]
        for number, spelling in enumerate(self._spellings):
            for left in _without_one(spelling):
                hashed = _shorter(left)
                parts[hashed >> _HASHED - _PART].append(hashed << _SHIFT | number)
        return parts

    def close(self, spelling: str) -> list[Likeness]:
        """Names spelt like this but for one letter, or two that are swapped; best first."""
        numbers = set[int]()
        for left in _without_one(spelling):
            key = _shorter(left)
            place = bisect_left(self._short, key << _SHIFT)
            while place < len(self._short) and self._short[place] >> _SHIFT == key:
                numbers.add(self._short[place] & _LOW)
                place += 1
        return self._compared(spelling, numbers, 8) if numbers else []

    def similar(self, name: str, limit: int = 8) -> list[Likeness]:
        """Names like `name` (not empty), best first."""
        return self._compared(name, self._sharing_runs(name), limit)

    def _compared(self, name: str, numbers: Iterable[int], limit: int) -> list[Likeness]:
        found = process.extract(
            name,
            {number: self._spellings[number] for number in numbers},
            scorer=OSA.normalized_similarity,
            score_cutoff=_CUTOFF_SHORT if len(name) <= _SHORT else _CUTOFF,
            limit=limit,
        )
        return [(self._names[number], 100 * score) for _, score, number in found]

    def _sharing_runs(self, name: str) -> list[int]:
        lists = sorted((self._by_run[run] for run in _runs(name) if run in self._by_run), key=len)
        counts = Counter(chain.from_iterable(_rarest(lists)))
        if not counts:
            return []
        enough = _enough(counts)
        return [number for number, count in counts.items() if count >= enough]


def _rarest(lists: list[array[int]]) -> Iterator[array[int]]:
    """The shortest ones, two at least, as long as they are not too many to count."""
    total = 0
    for place, numbers in enumerate(lists):
        total += len(numbers)
        if place > 1 and total > _MOST_COUNTED:
            return
        yield numbers


def _enough(counts: Counter[int]) -> int:
    """How many runs a name must share: half of the best, or more when too many have that."""
    how_many = Counter(counts.values())
    best = enough = max(how_many)
    total = 0
    while enough > best // 2 and total + how_many[enough] <= _MOST_COMPARED:
        total += how_many[enough]
        enough -= 1
    return min(enough + 1, best)


def _runs(name: str) -> set[str]:
    padded = f" {name} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


def _without_one(name: str) -> set[str]:
    """The name itself, and what is left of it without any one of its letters."""
    return {name, *(name[:place] + name[place + 1 :] for place in range(len(name)))}


def _shorter(name: str) -> int:
    return hash(name) & ((1 << _HASHED) - 1)
