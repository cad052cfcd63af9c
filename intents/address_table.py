"""Premises as streets, houses and flats in arrays: some 40 bytes a premises, a million in 50 MB.

A house is a number from 0; those of a street stand in a row, and the premises of a house too.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from intents.address_rows import plain, split_head, split_tail, split_type, written_key

_EIC = 16  # characters
_HALF = 32  # bits: two numbers in one
_LOW = (1 << _HALF) - 1
_NUMBER = re.compile(r"\d+")


class Area(NamedTuple):
    """Where a street is: its town, what an answer adds to the house, all places, folded."""

    town: str
    tail: str  # ", Lēdurgas pag."
    towns: frozenset[str]


class AddressTable:
    """All premises of the rows (EIC, address, town), read once. Streets of one name in a row,
    the one with most premises first: it is the likeliest."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        reading = _Reading()
        for row in rows:
            reading.add(*row)
        self.areas: Sequence[Area] = tuple(reading.areas)
        self._texts = tuple(reading.texts)  # " 105 k-2" by its number
        self._flats = tuple(reading.flats)
        self._flat_numbers = _by_casefold(reading.flats)
        self._keys = reading.keys
        self._bases = array("H", (_base(key) for key in reading.keys))
        self._arrange(reading)

    # -- streets ------------------------------------------------------------------------------

    def named(self, name: str) -> range:
        """The streets whose folded name without its type is `name`."""
        number = self.names.get(name, -1)
        return range(self._name_first[number], self._name_first[number + 1]) if number >= 0 else _NO

    def spellings(self) -> Iterator[tuple[str, str]]:
        """(as it is spelt without diacritics and type, the folded name) of every name."""
        return ((plain(name), " ".join(split_type(name)[0])) for name in self._written)

    def name(self, street: int) -> str:
        """As it is written in the premises: "Brīvības iela"."""
        return self._written[self._street_written[street]]

    def kind(self, street: int) -> str:
        """The folded type, "" for farms."""
        return self._kinds[self._street_written[street]]

    def area(self, street: int) -> Area:
        return self.areas[self.area_of[street]]

    # -- houses -------------------------------------------------------------------------------

    def house(self, street: int, key: str) -> int:
        """The house of that `house_key`, or -1."""
        wanted = self._keys.get(key, -1)
        first, last = self._house_first[street], self._house_first[street + 1]
        found = bisect_left(self._house_key, wanted, first, last)
        return found if found < last and self._house_key[found] == wanted else -1

    def near(self, street: int, house: str) -> list[tuple[int, int]]:
        """(how far apart, the house) of every numbered house of a street, the nearest first."""
        number = _base(house)
        bases, keys, farm = self._bases, self._house_key, self._keys.get("", -1)
        first, last = self._house_first[street], self._house_first[street + 1]
        apart = [(abs(bases[keys[n]] - number), n) for n in range(first, last) if keys[n] != farm]
        return sorted(apart)

    def address(self, street: int, house: int) -> str:
        """ "Brīvības iela 105 k-2", without flat and tail."""
        return self.name(street) + self._texts[self._house_text[house]]

    def eics(self, house: int) -> tuple[str, ...]:
        return tuple(map(self._eic, range(self._row_first[house], self._row_first[house + 1])))

    def flat(self, house: int, flat: str) -> tuple[str, tuple[str, ...]] | None:
        """(the flat as it is written, its EICs) of a flat without regard to case, or None."""
        wanted = self._flat_numbers.get(flat, ())
        if not wanted:
            return None
        first, last = self._row_first[house], self._row_first[house + 1]
        rows = [row for row in range(first, last) if self._row_flat[row] in wanted]
        if not rows:
            return None
        return self._flats[self._row_flat[rows[0]]], tuple(map(self._eic, rows))

    def _eic(self, row: int) -> str:
        code = self._eics[row * _EIC : (row + 1) * _EIC].rstrip(b"\0").decode("ascii")
        return code or self._odd[row]

    # -- made once ----------------------------------------------------------------------------
    # In many small steps: a sort of a million would hold up all threads for half a second.

    def _arrange(self, reading: _Reading) -> None:
        """Sort streets by name, houses by street, rows by house."""
        self._written = tuple(reading.written)
        split = [split_type(name) for name in self._written]
        self._kinds = tuple(kind for _, kind in split)
        self.names: dict[str, int] = {}  # folded, without the type
        bare = [self.names.setdefault(" ".join(name), len(self.names)) for name, _ in split]
        pairs = list(reading.streets)
        called: list[list[int]] = [[] for _ in self.names]
        for street, pair in enumerate(pairs):
            called[bare[pair >> _HALF]].append(street)
        size = reading.premises_of_streets()
        order = [n for each in called for n in sorted(each, key=lambda n: (-size[n], n))]
        self._street_written = array("I", (pairs[n] >> _HALF for n in order))
        self.area_of = array("I", (pairs[n] & _LOW for n in order))
        self._name_first = _firsts(map(len, called))
        place = _zeros(len(order))
        for new, old in enumerate(order):
            place[old] = new
        self._arrange_houses(reading, place)

    def _arrange_houses(self, reading: _Reading, place: array[int]) -> None:
        many = _zeros(len(place))
        for packed in reading.houses:
            many[place[packed >> _HALF]] += 1
        self._house_first = firsts = _firsts(many)
        free = array("I", firsts)
        keys = array("Q", bytes(8 * len(reading.houses)))  # of a house, and its old number
        for old, packed in enumerate(reading.houses):
            street = place[packed >> _HALF]
            keys[free[street]] = (packed & _LOW) << _HALF | old
            free[street] += 1
        for first, last in pairwise(firsts):
            keys[first:last] = array("Q", sorted(keys[first:last]))
        self._house_key = array("I", (each >> _HALF for each in keys))
        old_houses = array("I", (each & _LOW for each in keys))
        self._house_text = array("I", (reading.house_text[old] for old in old_houses))
        self._arrange_rows(reading, old_houses)

    def _arrange_rows(self, reading: _Reading, old_houses: array[int]) -> None:
        many = _zeros(len(old_houses))
        for house in reading.house_of_row:
            many[house] += 1
        self._row_first = _firsts(many[old] for old in old_houses)
        free = _zeros(len(old_houses))  # where the next row of an old house goes
        for new, old in enumerate(old_houses):
            free[old] = self._row_first[new]
        self._row_flat = _zeros(len(reading.house_of_row))
        self._eics = bytearray(len(reading.eics))
        self._odd: dict[int, str] = {}
        for row, house in enumerate(reading.house_of_row):
            new = free[house]
            free[house] = new + 1
            self._row_flat[new] = reading.flat_of_row[row]
            self._eics[new * _EIC : (new + 1) * _EIC] = reading.eics[row * _EIC : (row + 1) * _EIC]
            if row in reading.odd:
                self._odd[new] = reading.odd[row]


class _Reading:
    """The rows as they come: each distinct thing gets a number, pairs of numbers make one."""

    def __init__(self) -> None:
        self.areas: list[Area] = []
        self.written: dict[str, int] = {}  # names of streets
        self.texts: dict[str, int] = {}
        self.keys: dict[str, int] = {}  # of houses
        self.flats: dict[str, int] = {}
        self.streets: dict[int, int] = {}  # (written, area) -> street
        self.houses: dict[int, int] = {}  # (street, key) -> house
        self.house_text = array("I")
        self.house_of_row = array("I")
        self.flat_of_row = array("I")
        self.eics = bytearray()
        self.odd: dict[int, str] = {}  # EICs that are none, by row
        self._area_of: dict[tuple[str, str], int] = {}
        self._area_of_keys: dict[tuple[str, frozenset[str]], int] = {}
        self._key_of_text: list[int] = []

    def add(self, eic: str, address: str, town: str) -> None:
        head, _, tails = address.partition(",")
        name, house, flat = split_head(head)
        area = self._area_of.get((town, tails), -1)
        if area < 0:
            area = self._add_area(town, tails)
        pair = self.written.setdefault(name, len(self.written)) << _HALF | area
        street = self.streets.setdefault(pair, len(self.streets))
        text = self.texts.get(house, -1)
        if text < 0:
            text = self._add_text(house)
        packed = street << _HALF | self._key_of_text[text]
        number = self.houses.setdefault(packed, len(self.houses))
        if number == len(self.house_text):
            self.house_text.append(text)
        self.house_of_row.append(number)
        self.flat_of_row.append(self.flats.setdefault(flat, len(self.flats)))
        if eic.isascii() and 0 < len(eic) <= _EIC and "\0" not in eic:
            self.eics += eic.encode().ljust(_EIC, b"\0")
        else:
            self.odd[len(self.house_of_row) - 1] = eic
            self.eics += bytes(_EIC)

    def _add_area(self, town: str, tails: str) -> int:
        tail, keys = split_tail(tails, town)
        # "Lēdurgas pag." and "Lēdurgas pagasts" are one place, called as it came first.
        number = self._area_of_keys.setdefault((town, keys), len(self.areas))
        if number == len(self.areas):
            self.areas.append(Area(town, tail, keys))
        self._area_of[town, tails] = number
        return number

    def _add_text(self, house: str) -> int:
        key = written_key(house)
        self._key_of_text.append(self.keys.setdefault(key, len(self.keys)))
        return self.texts.setdefault(house, len(self.texts))

    def premises_of_streets(self) -> array[int]:
        """How many premises each street has."""
        street_of = array("I", (packed >> _HALF for packed in self.houses))
        many = _zeros(len(self.streets))
        for house in self.house_of_row:
            many[street_of[house]] += 1
        return many


_NO = range(0)


def _firsts(counts: Iterable[int]) -> array[int]:
    """Where each begins when so many stand behind each other, and where the last one ends."""
    return array("I", accumulate(counts, initial=0))


def _zeros(many: int) -> array[int]:
    return array("I", bytes(4 * many))


def _by_casefold(flats: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for number, flat in enumerate(flats):
        found[flat.casefold()] = (*found.get(flat.casefold(), ()), number)
    return found


def _base(house: str) -> int:
    found = _NUMBER.match(house)
    return min(int(found.group()), 0xFFFF) if found else 0
