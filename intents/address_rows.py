"""The distributor's premises as streets with houses, as `intents.addresses` looks them up."""

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
# Cyrillic letters of houses: those that look like Latin ones, and those that sound so.
_HOUSE_LETTERS = str.maketrans("абвгдекс", "abbgdekc")


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


def house_key(house: str) -> str:
    """ "12A k-2" and "12a korpuss 2" are the same house: "12ak2"."""
    key = "".join(house.casefold().translate(_HOUSE_LETTERS).split()).replace("-", "")
    return re.sub(r"(?:korpuss|korp|k)\.?", "k", key)


class _Row(NamedTuple):
    street: str
    house: str  # key
    address: str  # of the house
    flat: str
    tail: str
    towns: frozenset[str]


def read_streets(rows: Iterable[tuple[str, str, str]]) -> tuple[Street, ...]:
    streets: dict[tuple[str, str, frozenset[str]], dict[str, tuple[_Row, list[str], list[str]]]]
    streets = {}
    for eic, address, town in rows:
        row = _read_row(address, town)
        houses = streets.setdefault((row.street, intern(town), row.towns), {})
        _, flats, eics = houses.setdefault(row.house, (row, [], []))
        flats.append(intern(row.flat))
        eics.append(eic)
    return tuple(
        Street(name, town, split_type(name)[1], keys, _frozen(houses))
        for (name, town, keys), houses in streets.items()
    )


def _frozen(houses: dict[str, tuple[_Row, list[str], list[str]]]) -> dict[str, House]:
    return {
        intern(key): House(row.address, tuple(flats), tuple(eics), intern(row.tail))
        for key, (row, flats, eics) in houses.items()
    }


def _read_row(address: str, town: str) -> _Row:
    head, *tails = [part.strip(' "„“”«»') for part in address.split(",")]
    tails = [part for part in tails if part and part != town and not _POSTCODE.fullmatch(part)]
    keys = frozenset(map(town_key, filter(None, [town, *tails])))
    tail = "".join(f", {part}" for part in tails)
    for match in HOUSE.finditer(head):
        if match.end() == len(head):
            block = match.group("block")
            key = house_key(match.group("house") + (f"k{block}" if block else ""))
            end = match.end("block") if block else match.end("house")
            street = intern(head[: match.start()].strip(' -,"'))
            return _Row(street, key, head[:end], match.group("flat") or "", tail, keys)
    return _Row(intern(head), "", head, "", tail, keys)


def split_type(name: str) -> tuple[list[str], str]:
    """The folded words of a street's name without its type, and the type ("" when not said).

    >>> split_type("Gatves iela") == (["gatves"], fold("iela"))
    True
    """
    spoken = fold(name).split()
    types = [words.street_type(word) for word in spoken] if len(spoken) > 1 else [""]
    bare = [word for word, type_ in zip(spoken, types, strict=False) if not type_]
    return bare or spoken[:-1] or spoken, next(filter(None, reversed(types)), "")
