"""How well a recogniser does on labelled rows; the figures of `understand --tsv`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from intents.phrases import Phrase
from intents.understanding import Recogniser

_CONFUSIONS = 20


def evaluate(rows: Sequence[Phrase], recogniser: Recogniser) -> dict[str, Any]:
    """Shares from 0 to 1, rounded to 4 places; a share of nothing is None.

    `danger_recall` counts a danger as found when the text is marked sure or doubtful.
    """
    heard = [recogniser.understand(row.text, row.language) for row in rows]
    right = [got.intent == row.intent for got, row in zip(heard, rows, strict=True)]
    sure = [ok for ok, got in zip(right, heard, strict=True) if got.sure]
    dangers = [
        bool(got.danger) for got, row in zip(heard, rows, strict=True) if row.intent == "danger"
    ]
    wrong = Counter(
        (row.intent, got.intent)
        for row, got in zip(rows, heard, strict=True)
        if row.intent != got.intent
    )
    return {
        "count": len(rows),
        "accuracy": _share(right),
        "per_language": _split([row.language for row in rows], right),
        "per_intent": _split([row.intent for row in rows], right),
        "confusions": [
            {"expected": expected, "got": got, "count": count}
            for (expected, got), count in wrong.most_common(_CONFUSIONS)
        ],
        "sure_coverage": _share([got.sure for got in heard]),
        "sure_precision": _share(sure),
        "danger_recall": _share(dangers),
    }


def _split(keys: Sequence[str], right: Sequence[bool]) -> dict[str, float | None]:
    groups: dict[str, list[bool]] = {}
    for key, ok in zip(keys, right, strict=True):
        groups.setdefault(key, []).append(ok)
    return {key: _share(group) for key, group in sorted(groups.items())}


def _share(flags: Sequence[bool]) -> float | None:
    return round(sum(flags) / len(flags), 4) if flags else None
