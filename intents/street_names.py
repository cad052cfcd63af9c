"""Street names that are nearly the one asked for, among tens of thousands.

Only names that share three-letter runs with the query, or its first letter and about its length,
are compared.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

# Below these a name is another name. A short one differs a lot by a single letter.
_CUTOFF = 0.7
_CUTOFF_SHORT = 0.6
_SHORT = 5
# A run of letters that very many names share ("as ") tells little and costs most of the time.
_COMMON_RUN = 800
_MOST_COMPARED = 400


class NameIndex:
    """Folded names, each once, and their three-letter runs."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._by_run: dict[str, array[int]] = {}
        self._by_start: dict[tuple[str, int], array[int]] = {}
        for number, name in enumerate(self._names):
            self._by_start.setdefault((name[:1], len(name)), array("I")).append(number)
            for run in _runs(name):
                self._by_run.setdefault(run, array("I")).append(number)

    def similar(self, name: str, limit: int = 8) -> list[tuple[str, float]]:
        """Names like `name` (not empty), best first, with a likeness of 0 to 100."""
        cutoff = _CUTOFF_SHORT if len(name) <= _SHORT else _CUTOFF
        found = process.extract(
            name,
            self._candidates(name),
            scorer=OSA.normalized_similarity,
            score_cutoff=cutoff,
            limit=limit,
        )
        return [(similar, 100 * score) for similar, score, _ in found]

    def _candidates(self, name: str) -> set[str]:
        # Two letters swapped in a short name leave it hardly any run: "parka", "pakra".
        near = (self._by_start.get((name[0], len(name) + more), ()) for more in (-1, 0, 1))
        numbers = {*chain.from_iterable(near), *self._sharing_runs(name)}
        return {self._names[number] for number in numbers}

    def _sharing_runs(self, name: str) -> list[int]:
        lists = sorted((self._by_run[run] for run in _runs(name) if run in self._by_run), key=len)
        rare = [numbers for numbers in lists if len(numbers) <= _COMMON_RUN]
        counts = Counter(chain.from_iterable(rare if len(rare) > 1 else lists))
        if not counts:
            return []
        enough = _enough(counts)
        return [number for number, count in counts.items() if count >= enough]


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
