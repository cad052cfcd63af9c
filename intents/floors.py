"""What is least to be expected: simpler recognisers, to measure ours beside. Customers never meet
them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from rapidfuzz import fuzz, process

from intents.evaluate import Rows, share
from intents.fold import fold
from intents.phrases import Phrase

Guess = Callable[[str], str]
_SMOOTHING = 0.1


def nearest(scorer: Callable[..., float]) -> Callable[[Rows], Guess]:
    """The label of the example that a scorer of rapidfuzz finds nearest."""

    def learn(rows: Rows) -> Guess:
        texts = [fold(row.text) for row in rows]

        def guess(text: str) -> str:
            found = process.extractOne(fold(text), texts, scorer=scorer)
            return rows[found[2]].intent if found else ""

        return guess

    return learn


def naive_bayes(rows: Rows) -> Guess:
    """Multinomial naive Bayes over groups of 2 to 4 letters within words."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.intent, Counter()).update(_groups(row.text))
    sizes = Counter(row.intent for row in rows)
    unseen = _SMOOTHING * len(set().union(*counts.values()))
    totals = {intent: math.log(found.total() + unseen) for intent, found in counts.items()}

    def odds(intent: str, groups: Sequence[str]) -> float:
        found, total = counts[intent], totals[intent]
        seen = sum(math.log(found[group] + _SMOOTHING) - total for group in groups)
        return math.log(sizes[intent]) + seen

    def guess(text: str) -> str:
        groups = _groups(text)
        return max(counts, key=lambda intent: odds(intent, groups))

    return guess


FLOORS: dict[str, Callable[[Rows], Guess]] = {
    "WRatio": nearest(fuzz.WRatio),
    "token_set_ratio": nearest(fuzz.token_set_ratio),
    "naive Bayes": naive_bayes,
}


def measure_floors(parts: Sequence[tuple[Rows, Rows]]) -> dict[str, Any]:
    """Accuracy of each floor, whole and per language, over (learned, asked) parts."""
    return {name: _measured(learn, parts) for name, learn in FLOORS.items()}


def _measured(learn: Callable[[Rows], Guess], parts: Sequence[tuple[Rows, Rows]]) -> dict[str, Any]:
    asked: list[Phrase] = []
    right: list[bool] = []
    for learned, rows in parts:
        guess = learn(learned)
        asked += rows
        right += [guess(row.text) == row.intent for row in rows]
    languages = sorted({row.language for row in asked})
    marked = list(zip(asked, right, strict=True))
    return {
        "accuracy": share(right),
        "per_language": {
            language: share([ok for row, ok in marked if row.language == language])
            for language in languages
        },
    }


def _groups(text: str) -> list[str]:
    return [
        padded[start : start + length]
        for word in fold(text).split()
        for padded in (f" {word} ",)
        for length in (2, 3, 4)
        for start in range(len(padded) - length + 1)
    ]
