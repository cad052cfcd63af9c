"""Which entries of a numbered list of addresses an answer names: "Miera", "на Миера", "105"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import OSA

from intents import street_words as words
from intents import towns
from intents.answer_words import is_remark, without_ordinals
from intents.fold import fold
from intents.model import Address

_ALIKE = 0.7  # likeness of 1 from which a word may be a mistyped name
_AS_GOOD = 0.1  # a name that much less alike than the best of the list is another name
_SHORTEST = 4  # letters of a word that may be mistyped
_MOST_OTHER = 2  # words that name nothing: "tajā, kas Miera ielā"
_NUMBER = re.compile(r"\d")


class _Entry(NamedTuple):
    names: tuple[str, ...]  # folded words of street and town
    numbers: tuple[str, ...]  # house, block, flat


def matching(text: str, address: Address | None, entries: Sequence[tuple[str, str]]) -> list[int]:
    """The places in `entries` (address, town) that the text may mean; [] when it names none.

    A number or a town that an entry has not rules the entry out: then it is another address.
    """
    known = [_entry(*entry) for entry in entries]
    said = f"{address.raw}, {address.town}" if address else text
    spoken = [word for word in fold(without_ordinals(said)).split() if not words.street_type(word)]
    counts = address is None and is_remark(text)  # "jau 3 stundas"
    numbers = [] if counts else [word for word in spoken if _NUMBER.match(word)]
    names = [word for word in spoken if not _NUMBER.match(word)]
    left = [place for place, entry in enumerate(known) if _has_numbers(entry, numbers)]
    if not left:
        return []
    met, others = bool(numbers), 0
    for name in names:
        like = _like(name, known, left)
        if like is None:
            others += name not in words.STOP_WORDS and len(name) >= _SHORTEST
            continue
        met, left = True, like
    return left if met and left and others <= _MOST_OTHER else []


def _entry(address: str, town: str) -> _Entry:
    spoken = fold(f"{address} {town}").split()
    numbers = tuple(word for word in spoken if _NUMBER.match(word))
    names = (word for word in spoken if not _NUMBER.match(word) and not words.street_type(word))
    return _Entry(tuple(names), numbers)


def _has_numbers(entry: _Entry, numbers: list[str]) -> bool:
    """ "105" and "105-14" fit 105-14, and so does the flat alone; "105-12" does not."""
    size = len(numbers)
    runs = (entry.numbers[start : start + size] for start in range(len(entry.numbers)))
    return not numbers or any(list(run) == numbers for run in runs)


def _like(name: str, known: list[_Entry], left: list[int]) -> list[int] | None:
    """The entries of `left` that the word names; None when it is no name of any of the list."""
    town = towns.FORMS.get(name, "")
    spelt = {name, words.TRANSLATED.get(name, name), fold(town) or name}
    likeness = [max(_alike(each, entry) for each in spelt) for entry in known]
    best = max(likeness)
    if best < _ALIKE:
        return [] if town else None
    return [place for place in left if likeness[place] >= max(_ALIKE, best - _AS_GOOD)]


def _alike(name: str, entry: _Entry) -> float:
    if name in entry.names:
        return 1.0
    if len(name) < _SHORTEST:
        return 0.0
    return max((OSA.normalized_similarity(name, each) for each in entry.names), default=0.0)
