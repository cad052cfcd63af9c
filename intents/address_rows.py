"""The distributor's own addresses in parts: street, house, flat, and the places behind commas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from sys import intern
from typing import NamedTuple

from intents import street_words as words
from intents.address_tokens import HOUSE
from intents.fold import fold
from intents.town_index import town_key

_POSTCODE = re.compile(r"LV-?\s?\d{4}", re.IGNORECASE)
# How nearly all rows are written; `HOUSE` reads the others, and takes ten times as long.
_PLAIN = re.compile(
    r"([^\W\d_](?:[^\d\"„“”«»]*[^\W\d_])?)( \d{1,3}[A-Z]?)(?: k-(\d{1,2}))?(?:-(\d{1,3}))?"
)
# Cyrillic letters of houses: those that look like Latin ones, and those that sound so.
_HOUSE_LETTERS = str.maketrans("абвгдекстцф", "abbgdekctcf")
_DIACRITICS = str.maketrans("āčēģīķļņšūž", "acegiklnsuz")
_WORD = re.compile(r"[^\W_]+")


class House(NamedTuple):
    address: str  # without a flat
    flats: tuple[str, ...]  # as long as `eics`
    eics: tuple[str, ...]
    tail: str  # ", Lēdurgas pag."


class Street(NamedTuple):
    name: str  # "Brīvības iela", "Kalnāji"
    town: str
    kind: str  # folded type, "" for farms
    towns: frozenset[str]  # folded: the town's and those behind the commas
    houses: dict[str, House]  # by `house_key`; "" is a farm's


class Parts(NamedTuple):
    """What stands before the first comma of an address: "Brīvības iela", " 105 k-2", "12"."""

    street: str
    house: str  # as it is written behind the street, with what parts the two; "" of a farm
    flat: str


def house_key(house: str) -> str:
    """ "12A k-2" and "12a korpuss 2" are the same house: "12ak2"."""
    key = "".join(house.casefold().translate(_HOUSE_LETTERS).split()).replace("-", "")
    return re.sub(r"(?:korpuss|korp|k)\.?", "k", key)


def split_head(head: str) -> Parts:
    """The parts of an address without its places behind the commas. Never raises.

    >>> split_head("Brīvības iela 105 k-2-12")
    Parts(street='Brīvības iela', house=' 105 k-2', flat='12')
    """
    if plain := _PLAIN.fullmatch(head):
        return Parts(plain[1], head[plain.start(2) : plain.end(3) if plain[3] else plain.end(2)],
                     plain[4] or "")  # fmt: skip
    head = head.strip(' "„“”«»')
    for match in HOUSE.finditer(head):
        if match.end() == len(head):
            end = match.end("block" if match.group("block") else "house")
            street = head[: match.start()].strip(' -,"„“”«»')
            house = head[head.find(street) + len(street) : end] if street else head[:end]
            return Parts(street, house, match.group("flat") or "")
    return Parts(head, "", "")


def split_tail(tails: str, town: str) -> tuple[str, frozenset[str]]:
    """(what an answer says behind the house, the folded places that the address is in).

    `tails` is what stands behind the first comma; a postcode and the town itself are left out.
    """
    named = [part.strip(' "„“”«»') for part in tails.split(",")]
    kept = [part for part in named if part and part != town and not _POSTCODE.fullmatch(part)]
    keys = frozenset(map(town_key, filter(None, [town, *kept])))
    return "".join(f", {part}" for part in kept), keys


def read_streets(rows: Iterable[tuple[str, str, str]]) -> tuple[Street, ...]:
    """All streets of the rows (EIC, address, town), for a few towns; 500 bytes a row."""
    streets: dict[tuple[str, str, frozenset[str]], dict[str, tuple[str, str, list[str], list[str]]]]
    streets = {}
    for eic, address, town in rows:
        head, _, tails = address.partition(",")
        name, house, flat = split_head(head)
        tail, keys = split_tail(tails, town)
        houses = streets.setdefault((intern(name), intern(town), keys), {})
        kept = houses.setdefault(written_key(house), (name + house, tail, [], []))
        kept[2].append(intern(flat))
        kept[3].append(eic)
    return tuple(
        Street(name, town, split_type(name)[1], keys, _frozen(houses))
        for (name, town, keys), houses in streets.items()
    )


def written_key(house: str) -> str:
    """The `house_key` of a house as `Parts` has it: " 105 k-2", "-2"."""
    return house_key(house.strip(' -,"„“”«»'))


def _frozen(houses: dict[str, tuple[str, str, list[str], list[str]]]) -> dict[str, House]:
    return {
        intern(key): House(address, tuple(flats), tuple(eics), intern(tail))
        for key, (address, tail, flats, eics) in houses.items()
    }


def plain(name: str) -> str:
    """A street's name without its type and its diacritics, otherwise as it is written.

    >>> plain("Liepezera iela")
    'liepezera'
    """
    spelt = _WORD.findall(name.lower().translate(_DIACRITICS))
    bare = [word for word in spelt if not words.street_type(fold(word))] if len(spelt) > 1 else []
    return " ".join(bare or spelt)


def split_type(name: str) -> tuple[list[str], str]:
    """The folded words of a street's name without its type, and the type ("" when not said).

    >>> split_type("Gatves iela") == (["gatves"], fold("iela"))
    True
    """
    spoken = fold(name).split()
    types = [words.street_type(word) for word in spoken] if len(spoken) > 1 else [""]
    bare = [word for word, type_ in zip(spoken, types, strict=False) if not type_]
    return bare or spoken[:-1] or spoken, next(filter(None, reversed(types)), "")
