"""Features vote for intents: counted once over the examples, then corrected where they err.

A plain count already tells most texts apart (as naive Bayes does); two rounds of correction by
the passive-aggressive rule (Crammer et al., 2006) take what the count gets wrong. All in plain
lists, so that a start costs half a second and a text some tens of microseconds.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

_START = 0.5  # weight of the plain count against the corrections
_STEP = 0.1  # largest correction one example may cause
_ROUNDS = 3

Row = list[float]


class LinearVotes:
    """Weights of every feature for every label."""

    def __init__(self, examples: Sequence[tuple[set[str], str]]) -> None:
        self.labels = tuple(sorted({label for _, label in examples}))
        self._weights: dict[str, Row] = {}
        places = {label: place for place, label in enumerate(self.labels)}
        self._learn(
            [(self._rows(found, places[label]), places[label]) for found, label in examples]
        )

    def votes(self, features: set[str]) -> list[float]:
        """One figure a label, in the order of `labels`; about 1 apart when clearly told."""
        get = self._weights.get
        rows = [row for feature in features if (row := get(feature)) is not None]
        if not rows:
            return [0.0] * len(self.labels)
        scale = len(rows) ** -0.5
        return [sum(column) * scale for column in zip(*rows, strict=True)]

    def _rows(self, features: set[str], place: int) -> list[Row]:
        rows = []
        for feature in sorted(features):
            row = self._weights.get(feature)
            if row is None:
                row = self._weights[feature] = [0.0] * len(self.labels)
            row[place] += 1.0
            rows.append(row)
        return rows

    def _learn(self, examples: list[tuple[list[Row], int]]) -> None:
        for row in self._weights.values():
            count = sum(row)
            share = _START / (count + 1.0)
            row[:] = [votes * share for votes in row]
        order = random.Random(1)  # noqa: S311 - the same order at every start, nothing secret
        for _ in range(_ROUNDS):
            order.shuffle(examples)
            # What was right with room to spare stays right: only the rest is looked at again.
            examples = [example for example in examples if _correct(*example)]


def _correct(rows: list[Row], place: int) -> bool:
    """Move the weights if the example is not told apart by a margin; says whether it did."""
    if not rows:
        return False
    votes: list[float] = [sum(column) for column in zip(*rows, strict=True)]
    own = votes[place]
    votes[place] = -math.inf
    best = max(votes)
    missing = len(rows) ** 0.5 - (own - best)
    if missing <= 0 or len(votes) == 1:
        return False
    rival = votes.index(best)
    step = min(_STEP, missing / (2 * len(rows)))
    for row in rows:
        row[place] += step
        row[rival] -= step
    return True
