"""Several topics in one text: neither a fault that one part tells is lost, nor half of an "or"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from intents.examples import Match
from intents.fold import fold

_BETWEEN = re.compile(r"[,.;:!?\n]+|\b(?:un|bet|vai|и|а|но|and|but|also)\b", re.IGNORECASE)
_URGENT = ("still_out", "report_fault", "power_quality", "outage_status")
_RIVALS = frozenset((*_URGENT, "planned_outages"))
_MOST = 8  # parts that are looked at
_OR = re.compile(r"\b(?:vai|или|or)\b", re.IGNORECASE)
_ANSWERS = frozenset(("yes", "no", "choice", "other", "greeting", "thanks"))  # "will it or not"
_LIKELY = 0.5  # of what one side of an 'or' means by itself


def urgent_part(text: str, rank: Callable[[str], Sequence[Match]], whole: Match) -> Sequence[Match]:
    """The matches of the part that surely tells of a fault, else asks about one; else none.

    `rank` gives the matches of a folded text, likeliest first. `whole` is what the whole text
    means: when that is of the same kind, a part does not know better ("as I wrote, no light").
    """
    parts = [part for part in map(fold, _BETWEEN.split(text)) if " " in part]  # no bare words
    if not parts:
        return ()
    ranked = [matches for matches in map(rank, parts[:_MOST]) if matches[0].sure]
    urgent = [matches for matches in ranked if matches[0].intent in _URGENT]
    found = min(urgent, key=lambda matches: _URGENT.index(matches[0].intent), default=())
    return () if found and whole.intent in _RIVALS - {found[0].intent} else found


def either(text: str, rank: Callable[[str], Sequence[Match]]) -> Sequence[Match]:
    """Both meanings of "the meter or the bill", alike likely; none when it is no such text."""
    sides = [fold(side) for side in _OR.split(text)]
    if len(sides) != 2 or not all(sides):
        return ()
    first, second = (rank(side)[0] for side in sides)
    told = {first.intent, second.intent}
    if len(told) < 2 or told & _ANSWERS or min(first.score, second.score) < _LIKELY:
        return ()
    return [replace(match, score=0.5, sure=False) for match in (first, second)]
