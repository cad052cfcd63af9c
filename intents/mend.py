"""Words as the examples spell them: one slip of the thumb forgiven, words run together parted.

A noisy channel: a word costs as much as it is rare; a slip, a missing gap and a letter that nothing
explains cost extra; the cheapest reading wins. A word of the examples is never touched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST = 4  # letters of a word in which a slip is forgiven
_LONG = 6  # from here on a slip makes no other word; a shorter one is mended to a common word only
_COMMON = 8.0  # at most this cost: once in 3000 words
_SHORTEST_GLUED = 5
_LONGEST_GLUED = 80  # letters; a key held down is no text
_LONGEST_WORD = 20
_LONGEST_ENDING = 3
_STEM = 4  # letters before an ending
_SLIP = 5.0
_GAP = 2.0
_TINIEST = 2  # letters of words that stand in every word by chance ...
_TINY = 6.0  # ... and therefore cost more
_ENDING = 2.2  # for each letter of an ending that no example has
_UNKNOWN, _UNKNOWN_LETTER = 9.0, 2.5


class Mender:
    """Built once of the words of all examples and how often each stands there; then pure.

    `meaningful` tells of a word that no example has whether it is understood nevertheless: it is
    parted when that is the better reading, but not taken for a slip.
    """

    def __init__(self, counts: Mapping[str, int], meaningful: Callable[[str], object]) -> None:
        self._meaningful = meaningful
        whole = math.log(sum(counts.values()) + 1)
        self._costs = {word: whole - math.log(count) for word, count in counts.items()}
        self._part_costs = {
            word: cost + _TINY if len(word) <= _TINIEST else cost
            for word, cost in self._costs.items()
        }
        self._by_start: dict[tuple[str, int], list[str]] = {}
        self._by_rest: dict[str, str] = {}  # the most frequent word with these letters but one
        for word in sorted(self._costs, key=self._costs.__getitem__):
            self._by_start.setdefault((word[0], len(word)), []).append(word)
            self._by_rest.setdefault(word[1:], word)

    def __contains__(self, word: str) -> bool:
        return word in self._costs

    def mend(self, word: str) -> tuple[str, ...]:
        """The likeliest word or words for a folded word; itself when nothing is likelier."""
        if word in self._costs or not word.isalpha() or len(word) > _LONGEST_GLUED:
            return (word,)
        near = self._near(word)
        if len(word) >= _SHORTEST_GLUED:
            cost = self._costs[near] + _SLIP if near else self._cost(word)
            parted, parts = self._parted(word)
            if len(parts) > 1 and parted < cost:
                return tuple(self._near(part) or part for part in parts)
        return (near or word,)

    def _near(self, word: str) -> str:
        """The most frequent word that is one slip away, or ''."""
        if word in self._costs or len(word) < _SHORTEST or self._meaningful(word):
            return ""
        rarest = _COMMON if len(word) < _LONG else math.inf
        found = [
            near
            for near in (*self._same_start(word), *self._other_start(word))
            if len(near) >= _SHORTEST and self._costs[near] <= rarest
        ]
        return min(found, key=self._costs.__getitem__, default="")

    def _same_start(self, word: str) -> list[str]:
        return [
            near
            for length in (len(word), len(word) - 1, len(word) + 1)
            for near, _, _ in process.extract(
                word, self._by_start.get((word[0], length), ()),
                scorer=OSA.distance, score_cutoff=1, limit=3,
            )
        ]  # fmt: skip

    def _other_start(self, word: str) -> list[str]:
        """Words that differ in the first letter: one too many, two swapped, one lost, another."""
        spelled = (word[1:], word[1] + word[0] + word[2:])
        lost = (self._by_rest.get(word), self._by_rest.get(word[1:]))
        return [near for near in (*spelled, *lost) if near and near in self._costs]

    def _parted(self, word: str) -> tuple[float, list[str]]:
        """The cost and the parts of the cheapest reading of `word` as words run together."""
        best: list[tuple[float, int]] = [(-_GAP, 0)]  # cost up to a letter, start of its last part
        stems: list[list[tuple[float, int]]] = [[]]  # words that end at a letter and may go on
        strange = (math.inf, 0)
        for end in range(1, len(word) + 1):
            known = [
                (best[start][0] + _GAP + cost, start)
                for start in range(max(0, end - _LONGEST_WORD), end)
                if (cost := self._part_costs.get(word[start:end])) is not None
            ]
            stems.append([part for part in known if end - part[1] >= _STEM])
            strange = min(
                (best[-1][0] + _GAP + _UNKNOWN + _UNKNOWN_LETTER, end - 1),
                (strange[0] + _UNKNOWN_LETTER, strange[1]),
            )
            best.append(min([strange, *known, *_inflected(stems, end)]))
        return best[-1][0], _parts(word, [start for _, start in best])

    def _cost(self, word: str) -> float:
        """What a word costs that no example has: as one of ours with another ending, or strange."""
        stems = [
            stem + _ENDING * ending
            for ending in range(1, min(_LONGEST_ENDING, len(word) - _STEM) + 1)
            if (stem := self._costs.get(word[:-ending])) is not None
        ]
        return min(_UNKNOWN + _UNKNOWN_LETTER * len(word), *stems, math.inf)


def _inflected(stems: list[list[tuple[float, int]]], end: int) -> list[tuple[float, int]]:
    return [
        (cost + _ENDING * ending, start)
        for ending in range(1, min(_LONGEST_ENDING, end) + 1)
        for cost, start in stems[end - ending]
    ]


def _parts(word: str, starts: list[int]) -> list[str]:
    """The word cut where its parts start, the last of them found first."""
    parts: list[str] = []
    end = len(word)
    while end:
        parts.append(word[starts[end] : end])
        end = starts[end]
    return parts[::-1]
