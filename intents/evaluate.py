"""How well a recogniser does on labelled rows; the figures of `understand --tsv`."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from intents.model import Understanding
from intents.phrases import Phrase
from intents.understanding import Recogniser

_CONFUSIONS = 20
_PERCENTILES = (50, 95, 99)

Rows = Sequence[Phrase]


@dataclass(frozen=True, slots=True)
class Heard:
    """A labelled row, what it was understood as, and how long that took."""

    row: Phrase
    got: Understanding
    milliseconds: float

    @property
    def right(self) -> bool:
        return self.got.intent == self.row.intent


def evaluate(rows: Rows, recogniser: Recogniser) -> dict[str, Any]:
    """The `figures` of a recogniser on these rows."""
    return figures([_hear(row, recogniser) for row in rows])


def cross_validate(
    rows: Rows, folds: int, spoil: Callable[[Rows], Rows], learn: Callable[[Rows], Recogniser]
) -> dict[str, Any]:
    """The `figures` on each fold of a recogniser that learned from the others.

    `spoil` is done to what is measured on and never to what is learned from.
    """
    heard: list[Heard] = []
    for learned, asked in split(rows, folds):
        recogniser = learn(learned)
        heard += [_hear(row, recogniser) for row in spoil(asked)]
    return figures(heard)


def split(rows: Rows, folds: int) -> Iterator[tuple[list[Phrase], list[Phrase]]]:
    """What to learn from and what to ask, `folds` times, each row asked once.

    Rows of one intent and language are dealt out in turn. So the folds are alike, and where the
    languages translate each other line by line, no text is asked whose translation was learned.
    """
    dealt: Counter[tuple[str, str]] = Counter()
    places = []
    for row in rows:
        places.append(dealt[row.language, row.intent] % folds)
        dealt[row.language, row.intent] += 1
    for fold in range(folds):
        placed = list(zip(places, rows, strict=True))
        asked = [row for place, row in placed if place == fold]
        learned = [row for place, row in placed if place != fold]
        if asked and learned:
            yield learned, asked


def figures(heard: Sequence[Heard]) -> dict[str, Any]:
    """Shares from 0 to 1, rounded to 4 places; a share of nothing is None.

    `danger_recall` counts a danger as found when the text is marked sure or doubtful;
    `danger_precision` is the share of dangers among the texts understood as one.
    """
    right = [one.right for one in heard]
    wrong = Counter((one.row.intent, one.got.intent) for one in heard if not one.right)
    return {
        "count": len(heard),
        "accuracy": share(right),
        "per_language": _split_share([one.row.language for one in heard], right),
        "per_intent": _split_share([one.row.intent for one in heard], right),
        "confusions": [
            {"expected": expected, "got": got, "count": count}
            for (expected, got), count in wrong.most_common(_CONFUSIONS)
        ],
        "sure_coverage": share([one.got.sure for one in heard]),
        "sure_precision": share([one.right for one in heard if one.got.sure]),
        "danger_recall": share([bool(one.got.danger) for one in heard if _is_danger(one.row)]),
        "danger_precision": share([_is_danger(one.row) for one in heard if _is_danger(one.got)]),
        "latency_ms": _latency([one.milliseconds for one in heard]),
    }


def share(flags: Sequence[bool]) -> float | None:
    """The true ones among all, None of nothing."""
    return round(sum(flags) / len(flags), 4) if flags else None


def _hear(row: Phrase, recogniser: Recogniser) -> Heard:
    began = time.perf_counter()
    got = recogniser.understand(row.text, row.language)
    return Heard(row, got, (time.perf_counter() - began) * 1000)


def _is_danger(labelled: Phrase | Understanding) -> bool:
    return labelled.intent == "danger"


def _latency(milliseconds: Sequence[float]) -> dict[str, float | None]:
    ordered = sorted(milliseconds)
    return {
        f"p{percent}": round(ordered[math.ceil(len(ordered) * percent / 100) - 1], 3)
        if ordered
        else None
        for percent in _PERCENTILES
    }


def _split_share(keys: Sequence[str], right: Sequence[bool]) -> dict[str, float | None]:
    groups: dict[str, list[bool]] = {}
    for key, ok in zip(keys, right, strict=True):
        groups.setdefault(key, []).append(ok)
    return {key: share(group) for key, group in sorted(groups.items())}
