"""The addresses of a text behind its first one: "Brīvības 105, Dzirnavu 40 un 42"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from intents import street_words as words
from intents.address_parse import find
from intents.address_tokens import is_unit, tidy
from intents.fold import fold
from intents.model import Address

_MOST = 4
_AND = r"(?:un|and|и|i|&|\+)"
# Behind "and" a number alone is another house of the street; behind a comma it may be a flat.
_HOUSE = re.compile(rf"\s*,?\s*{_AND}\s+(\d{{1,3}}[^\W\d_]?)(?!\w|[.:/-]\d)", re.IGNORECASE)
_STREET = re.compile(
    rf"\s*,?\s*{_AND}\s+(?:\w{{1,3}}\s+)?([^\W\d_]{{4,}})(?:\s+iel\w*)?\s*(?:$|[.!?])",
    re.IGNORECASE,
)
_PART = re.compile(rf",|\b{_AND}\b", re.IGNORECASE)


@lru_cache(maxsize=512)
def others(text: str, first: Address) -> tuple[Address, ...]:
    """What follows `first`, the address that was found in `text`; () for nothing. Never raises.

    A town is said once for the addresses before and behind it.
    """
    _, met, rest = tidy(text).partition(first.raw)
    found: list[Address] = []
    before = first
    while met and len(found) < _MOST and any(map(str.isdigit, rest)):
        taken = _first(_house_of(before, rest), _next(before, rest))
        if taken is None:
            break
        before, rest = taken
        found.append(before)
    alone = _street_alone(before, rest) if met else None
    return (*found, alone) if alone else tuple(found)


def _first(
    house: tuple[Address, str] | None, address: tuple[Address, str] | None
) -> tuple[Address, str] | None:
    """ "un 42, Miera 3": the house; "un 42 Miera": the address that has the number."""
    if house is None or address is None:
        return house or address
    return house if address[0].raw in house[1] else address


def _street_alone(before: Address, rest: str) -> Address | None:
    """ "Бривибас 105 и на Миера": a street whose house is still to be asked."""
    named = _STREET.match(rest)
    if named is None:
        return None
    name = fold(named[1])
    known = name in words.COMMON_STREETS or name in words.TRANSLATED
    return Address(named[1], named[1], town=before.town) if known else None


def _house_of(before: Address, rest: str) -> tuple[Address, str] | None:
    house = _HOUSE.match(rest)
    if house is None or not before.street or is_unit(rest, house.end(1)):
        return None
    raw = f"{before.street} {house[1]}"
    return Address(raw, before.street, house[1], town=before.town), rest[house.end() :]


def _next(before: Address, rest: str) -> tuple[Address, str] | None:
    address = find(rest)
    if address is None or not address.house:
        return None
    # A town in front of it belongs to what was said before, unless nothing parts the two.
    front, _, behind = rest.partition(address.raw)
    address = find(_PART.split(front)[-1] + address.raw + behind) or address
    return replace(address, town=address.town or before.town), behind


_LAST_AND = re.compile(rf"\s*[\s,]{_AND}\s+(?:\w{{1,3}}\s+)?$", re.IGNORECASE)
_ADDING = frozenset(fold("arī tāpat тоже также ещё tozhe takzhe too also plus aswell").split())
_FIRST = frozenset(fold("un и and i vēl ещё eshche esche vel plus also bet а").split())
_TOWN_STEM = 4  # letters that all endings of a town's name share
_SAYS_NOTHING = frozenset(
    fold(
        "arī tāpat тоже также ещё tozhe takzhe too also plus as well un и and i vēl еще eshche "
        "esche vel bet а jā да yes ja da jap yeah ok labi хорошо na на в v pa по у pie uz at in "
        "on iela ielā ул улица улице ulica dom дом mājā māja paldies спасибо thanks please lūdzu "
        "пожалуйста"
    ).split()
)
_YES = frozenset(fold("jā да yes ja da jap yeah ok labi хорошо ir").split())


def adds(text: str) -> bool:
    """Whether the text names one more place: "un Dzirnavu 40 arī"."""
    spoken = fold(text).split()
    while spoken and spoken[0] in _YES:
        spoken = spoken[1:]
    return bool(spoken) and (spoken[0] in _FIRST or not _ADDING.isdisjoint(spoken))


def only_adds(text: str, address: Address) -> bool:
    """Whether it names one more place and says nothing else: "un kas notiek Dzirnavu 40" asks."""
    if not adds(text):
        return False
    before, _, after = text.partition(address.raw)
    town = fold(address.town)[:_TOWN_STEM]
    said = [
        word for word in fold(f"{before} {after}").split() if not (town and word.startswith(town))
    ]
    return "?" not in text and _SAYS_NOTHING.issuperset(said)


def before_and(text: str, address: Address) -> str:
    """What stands before "and" in front of the address: "1" of "1 un Dzirnavu 40"; '' for none."""
    front, met, _ = text.partition(address.raw)
    joined = _LAST_AND.search(front) if met else None
    return front[: joined.start()].strip(" ,") if joined else ""


def numbers(text: str, most: int) -> tuple[int, ...]:
    """The numbers from 1 to `most` of "1 un 2", "1, 3 и 4"; () when anything else is said."""
    spoken = fold(text).split()
    digits = [word for word in spoken if word.isdecimal() and len(word) < _MOST]
    others = [word for word in spoken if not word.isdecimal() and word not in _FIRST]
    found = tuple(dict.fromkeys(map(int, digits)))
    known = len(found) > 1 and all(1 <= number <= most for number in found)
    return found if known and not others else ()
