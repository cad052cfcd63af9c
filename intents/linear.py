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


Group = tuple[str, ...]


Learned = tuple[tuple[str, ...], dict[str, int]]  # labels, and the packed weights of each feature


class LinearVotes:
    """Weights of every feature for every label, as `learn` found them."""

    def __init__(self, learned: Learned) -> None:
        self.labels, self._rows = learned
        self._packing = _Packing(len(self.labels))

    def total(self, features: Group) -> tuple[int, int]:
        """The packed weights of known features added up, and how many are known."""
        rows = list(filter(None, map(self._rows.get, features)))
        return sum(rows), len(rows)

    def votes(self, totals: Iterable[tuple[int, int]]) -> list[float]:
        """One figure a label, in the order of `labels`; about 1 apart when clearly told."""
        packed = known = 0
        for weights, count in totals:
            packed += weights
            known += count
        scale = 1.0 / (_ONE * math.sqrt(known or 1))
        return [(field - _ZERO) * scale for field in self._packing.unpack(packed)]


def learn(examples: Sequence[tuple[Iterable[Group], str]]) -> Learned:
    """The weights that tell the examples apart.

    An example comes as groups of features; a group that recurs, such as the features of one word,
    is looked up once.
    """
    labels = tuple(sorted({label for _, label in examples}))
    places = {label: place for place, label in enumerate(labels)}
    numbers: dict[str, int] = {}
    groups: dict[Group, array[int]] = {}
    numbered = [(_numbered(found, numbers, groups), places[label]) for found, label in examples]
    lesson = _Lesson(numbered, len(numbers), len(labels))
    if len(labels) > 1:
        lesson.correct_all(numbered)
    return labels, dict(zip(numbers, lesson.weights, strict=True))


class _Packing:
    """How the weights for `count` labels lie in one integer."""

    def __init__(self, count: int) -> None:
        self._struct = Struct(f"<{count}I")
        self._middle = sum(_ZERO << (_BITS * place) for place in range(count))

    def unpack(self, packed: int) -> tuple[int, ...]:
        return self._struct.unpack((packed + self._middle).to_bytes(self._struct.size, "little"))


class _Lesson:
    """Weights by the number of the feature, while they are being learned."""

    def __init__(self, examples: list[tuple[array[int], int]], features: int, labels: int) -> None:
        self._packing = _Packing(labels)
        self.weights = self._counted(examples, features, _BITS * labels)

    def _counted(
        self, examples: list[tuple[array[int], int]], features: int, above: int
    ) -> list[int]:
        """What each feature says for each label by how often it was seen there."""
        counts = [0] * features
        for numbers, place in examples:
            once = (1 << (_BITS * place)) + (1 << above)  # one more field counts over all labels
            for number in numbers:
                counts[number] += once
        rest = (1 << above) - 1
        return [(count & rest) * int(_ONE * _START / ((count >> above) + 1)) for count in counts]

    def correct_all(self, examples: list[tuple[array[int], int]]) -> None:
        order = random.Random(1)  # noqa: S311 - the same order at every start, nothing secret
        for _ in range(_ROUNDS):
            order.shuffle(examples)
            # What was right with room to spare stays right: only the rest is looked at again.
            examples = [example for example in examples if self._correct(*example)]

    def _correct(self, numbers: array[int], place: int) -> bool:
        """Move the weights if the example is not told apart by a margin; says whether it did."""
        weights = self.weights
        fields = list(self._packing.unpack(sum([weights[number] for number in numbers])))
        own, fields[place] = fields[place], 0
        best = max(fields)
        missing = _ONE * math.sqrt(len(numbers)) - (own - best)
        if missing <= 0 or not numbers:
            return False
        step = int(min(_ONE * _STEP, missing / (2 * len(numbers))))
        move = (step << (_BITS * place)) - (step << (_BITS * fields.index(best)))
        for number in numbers:
            weights[number] += move
        return True


def _numbered(
    found: Iterable[Group], numbers: dict[str, int], groups: dict[Group, array[int]]
) -> array[int]:
    whole = array("i")
    for group in found:
        known = groups.get(group)
        if known is None:
            known = array("i", [numbers.setdefault(one, len(numbers)) for one in group])
            groups[group] = known
        whole.extend(known)
    return whole
