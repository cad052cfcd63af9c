"""Addresses with the house before the street: "105 Brivibas", "дом 5, Школьная"."""

from __future__ import annotations

import re
from typing import NamedTuple

from intents import street_words as words
from intents import towns
from intents.address_tokens import HOUSE, Token, could_be_street, count_before, is_unit
from intents.fold import fold

_LONGEST = 3  # words of a name
_ENDS = frozenset(",.;:!?\n()-")
# "Since 5, Brivibas": an hour.
_SINCE = words.PREPOSITIONS | frozenset(
    fold("since from till until after before by ap uz около").split()
)
_SAID = words.HOUSE_WORDS | frozenset(fold("доме дома mājā māja mājas nama nams house").split())
_ON = frozenset(fold("по на").split())
_AND_THEN = frozenset(fold("since kopš un and").split())


class Street(NamedTuple):
    """A street found in a text: the tokens `first` to `last` (exclusive)."""

    first: int
    last: int
    typed: bool


def house_first(text: str, all_: list[Token], match: re.Match[str]) -> Street | None:
    """The street behind a house number, of known name or behind the word "house"; else None."""
    if is_unit(text, match.end()):
        return None
    start, first = count_before(all_, match.start()), count_before(all_, match.end())
    said = start > 0 and all_[start - 1].key in _SAID
    if not said and start > 0 and all_[start - 1].key in _SINCE:
        return None
    while said and first < len(all_) and (all_[first].raw == "," or all_[first].key in _ON):
        first += 1
    last = _name_end(all_, first, said=said)
    if last is None or (last < len(all_) and not _is_end(all_[last])):
        return None
    return Street(first, last, said)


def _name_end(all_: list[Token], first: int, *, said: bool) -> int | None:
    """Where a name ends that begins at `first`, its type with it; None when there is none."""
    place, typed = first, False
    if place < len(all_) and all_[place].key in words.STREET_TYPES:
        place, typed = place + 1, True
    begun = place
    while place < len(all_) and place - begun < _LONGEST and could_be_street(all_[place]):
        if all_[place].key in words.STREET_TYPES or all_[place].key in towns.FORMS:
            break
        place += 1
    if place == begun:
        return None
    name = all_[place - 1]
    if place < len(all_) and all_[place].key in words.STREET_TYPES:
        place, typed = place + 1, True
    known = name.key in words.COMMON_STREETS or name.key in words.TRANSLATED
    return place if known or (said and (typed or name.is_capital)) else None


def _is_end(token: Token) -> bool:
    """Whether the name ends here: "5 skolas bez elektrības" are schools."""
    return token.raw in _ENDS or token.key in towns.FORMS or token.key in _AND_THEN


def number_first(text: str) -> re.Match[str] | None:
    """The house at the head of an answer that goes on with a name: "105 brivibas"."""
    match = HOUSE.search(text)
    if match is None or is_unit(text, match.end()):
        return None
    before, behind = fold(text[: match.start()]).split(), text[match.end() :]
    spoken = [word for word in fold(behind).split() if word not in words.STREET_TYPES]
    name = [word for word in spoken if len(word) > 2]
    named = bool(name) and words.STOP_WORDS.isdisjoint(name) and not any(map(str.isdigit, behind))
    return match if named and _SAID.issuperset(before) else None
