"""Features vote for intents: counted once over the examples, then corrected where they err.

A plain count already tells most texts apart (as naive Bayes does); a few rounds of correction by
the passive-aggressive rule (Crammer et al., 2006) take what the count gets wrong.

The weights of one feature for all labels are packed in one integer, 32 bits a label: adding two
such integers adds them label by label at the speed of C, without numpy. That makes a start four
times quicker than lists of floats do, and takes a tenth of the memory.
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Iterable, Sequence
from struct import Struct

_BITS = 32
_ONE = 1 << 16  # a weight of 1.0
_ZERO = 1 << (_BITS - 1)  # added to each label, so that none is below nought when unpacked
_START = 0.5  # weight of the plain count against the corrections
_STEP = 0.1  # largest correction one example may cause
_ROUNDS = 3


class LinearVotes:
    """Weights of every feature for every label."""

    def __init__(self, examples: Sequence[tuple[Iterable[str], str]]) -> None:
        self.labels = tuple(sorted({label for _, label in examples}))
        count = len(self.labels)
        self._struct = Struct(f"<{count}I")
        self._middle = sum(_ZERO << (_BITS * place) for place in range(count))
        self._ids: dict[str, int] = {}
        self._weights: list[int] = []
        places = {label: place for place, label in enumerate(self.labels)}
        counted = [(self._count(found, places[label]), places[label]) for found, label in examples]
        if count > 1:
            self._correct_all(counted)
        self._rows = dict(zip(self._ids, self._weights, strict=True))
        self._ids.clear()
        self._weights.clear()

    def votes(self, features: Iterable[str]) -> list[float]:
        """One figure a label, in the order of `labels`; about 1 apart when clearly told."""
        rows = list(filter(None, map(self._rows.get, features)))
        scale = 1.0 / (_ONE * math.sqrt(len(rows) or 1))
        return [(field - _ZERO) * scale for field in self._unpack(sum(rows))]

    def _unpack(self, packed: int) -> tuple[int, ...]:
        return self._struct.unpack((packed + self._middle).to_bytes(self._struct.size, "little"))

    def _count(self, features: Iterable[str], place: int) -> array[int]:
        one = 1 << (_BITS * place)
        ids, weights = self._ids, self._weights
        known = array("i")
        for feature in features:
            number = ids.setdefault(feature, len(weights))
            if number == len(weights):
                weights.append(one)
            else:
                weights[number] += one
            known.append(number)
        return known

    def _correct_all(self, examples: list[tuple[array[int], int]]) -> None:
        seen = [0] * len(self._weights)
        for ids, _ in examples:
            for number in ids:
                seen[number] += 1
        for number, times in enumerate(seen):
            self._weights[number] *= int(_ONE * _START / (times + 1))
        order = random.Random(1)  # noqa: S311 - the same order at every start, nothing secret
        for _ in range(_ROUNDS):
            order.shuffle(examples)
            # What was right with room to spare stays right: only the rest is looked at again.
            examples = [example for example in examples if self._correct(*example)]

    def _correct(self, ids: array[int], place: int) -> bool:
        """Move the weights if the example is not told apart by a margin; says whether it did."""
        weights = self._weights
        fields = list(self._unpack(sum([weights[number] for number in ids])))
        own, fields[place] = fields[place], 0
        best = max(fields)
        missing = _ONE * math.sqrt(len(ids)) - (own - best)
        if missing <= 0 or not ids:
            return False
        step = int(min(_ONE * _STEP, missing / (2 * len(ids))))
        move = (step << (_BITS * place)) - (step << (_BITS * fields.index(best)))
        for number in ids:
            weights[number] += move
        return True
