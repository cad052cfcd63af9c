"""Several topics in one text: a fault that one part of it surely tells is not lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from intents.examples import Match
from intents.fold import fold

_BETWEEN = re.compile(r"[,.;:!?\n]+|\b(?:un|bet|vai|и|а|но|and|but|also)\b", re.IGNORECASE)
_URGENT = ("still_out", "report_fault", "power_quality", "outage_status")
_MOST = 8  # parts that are looked at


def urgent_part(text: str, rank: Callable[[str], Sequence[Match]]) -> Sequence[Match]:
    """The matches of the part that surely tells of a fault, else asks about one; else none.

    `rank` gives the matches of a folded text, likeliest first.
    """
    parts = [part for part in map(fold, _BETWEEN.split(text)) if " " in part]  # no bare words
    if not parts:
        return ()
    ranked = [matches for matches in map(rank, parts[:_MOST]) if matches[0].sure]
    urgent = [matches for matches in ranked if matches[0].intent in _URGENT]
    return min(urgent, key=lambda matches: _URGENT.index(matches[0].intent), default=())
