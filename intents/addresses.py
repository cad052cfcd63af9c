"""Which of the distributor's own addresses a customer means.

Built once from the premises, then read by any number of threads. Streets are compared by their
folded name without the type; house and flat must be right, or the nearest houses are offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from sys import intern
from typing import NamedTuple

from intents import street_words as words
from intents.address_rows import House, Street, house_key, read_streets, split_type
from intents.fold import fold
from intents.model import Address, Place
from intents.street_names import NameIndex
from intents.town_index import TownIndex

# What a doubt costs, in points of 100.
_LAST_WORD_ONLY = 4.0  # "Barona iela" for "Krišjāņa Barona iela"
_OTHER_TYPE = 6.0
_TYPE_NOT_SAID = 1.0  # "Brīvības" is sooner the street than the avenue of that name
_OTHER_TOWN = 20.0
_NO_SUCH_HOUSE = 25.0
_FLAT_NOT_KNOWN = 3.0
_BLOCK_FOR_FLAT = 2.0  # "105-2" for "105 k-2"
_FAR_BEHIND = 12.0  # a place this much worse than the best is not worth a question
_NEAREST = 3  # houses offered on a street that has not the one asked for
_NEAR = 10  # house numbers apart
_SAME_STREET = 3.0
_NUMBER = re.compile(r"\d+")


class _Asked(NamedTuple):
    """An address as the index looks for it."""

    names: tuple[str, ...]  # folded, best first
    kind: str
    town: str  # folded name of a town of the index, or ""
    house: str
    flat: str


class AddressIndex:
    """The addresses of a distributor. Rows are (EIC, address, town).

    >>> index = AddressIndex([("43Z1", "Brīvības iela 105-12", "Rīga")])
    >>> index.match(Address("", street="brivibas", house="105"))[0].address
    'Brīvības iela 105'
    """

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self._streets = read_streets(rows)
        self._towns = TownIndex(
            {street.town for street in self._streets if street.town},
            {key for street in self._streets for key in street.towns},
        )
        by_name: dict[str, list[int]] = {}
        by_last: dict[str, list[int]] = {}
        for number, street in enumerate(self._streets):
            name = " ".join(split_type(street.name)[0])
            by_name.setdefault(name, []).append(number)
            last = name.rpartition(" ")[2]
            if last != name and len(last) > 3:
                by_last.setdefault(last, []).append(number)
        self._by_name = {intern(name): tuple(numbers) for name, numbers in by_name.items()}
        self._by_last = {intern(name): tuple(numbers) for name, numbers in by_last.items()}
        self._names = NameIndex(self._by_name.keys() | self._by_last.keys())

    def match(self, address: Address, limit: int = 5) -> tuple[Place, ...]:
        """The places that `address` may mean, best first. Never raises.

        A street of that name in several towns gives a place for each. When no house of that
        number is there, the nearest ones are given with `exact` False, or the bare street.
        """
        asked = self._asked(address)
        likely = sorted(self._likely(asked), key=lambda pair: -pair[1])
        found = [place for street, score in likely for place in _exact(street, asked, score)]
        found.sort(key=lambda place: -place.score)
        if not found or (likely[0][1] - _NO_SUCH_HOUSE > found[0].score):
            near = likely[: max(limit, 0)]
            found = [place for street, score in near for place in _inexact(street, asked, score)]
            found.sort(key=lambda place: -place.score)
        return tuple(p for p in found if p.score >= found[0].score - _FAR_BEHIND)[: max(limit, 0)]

    def match_street(self, address: Address, limit: int = 5) -> tuple[tuple[str, str], ...]:
        """The streets that `address` may mean as (name, town), best first. Never raises."""
        likely = [(street, score) for street, score in self._likely(self._asked(address))]
        likely.sort(key=lambda pair: -pair[1])
        near = [street for street, score in likely if score >= likely[0][1] - _SAME_STREET]
        return tuple(dict.fromkeys((street.name, street.town) for street in near))[:limit]

    def is_elsewhere(self, address: Address) -> bool:
        """Whether the streets it may mean are all in other towns than the one it names."""
        asked = self._asked(address)
        return bool(asked.town) and not any(
            asked.town in street.towns for street, _ in self._likely(asked)
        )

    def town(self, text: str) -> str:
        """The first town of the index that `text` names, as it is written there, or ""."""
        return self._towns.named_in(text)

    def _asked(self, address: Address) -> _Asked:
        name, kind = split_type(address.street[:100])
        spelt = " ".join(name)
        translated = " ".join(words.TRANSLATED.get(word, word) for word in name)
        return _Asked(
            names=tuple(dict.fromkeys((spelt, translated))),
            kind=kind,
            town=self._towns.key(address.town[:60]) if address.town else "",
            house=house_key(address.house[:20]),
            flat=fold(address.flat[:10]).replace(" ", ""),
        )

    def _likely(self, asked: _Asked) -> list[tuple[Street, float]]:
        """The streets that may be meant, each once, with a score of 0 to 100."""
        scores: dict[int, float] = {}
        for name in filter(None, asked.names):
            self._add_named(scores, name, 100.0)
        if not scores or not self._in_town(scores, asked.town):
            for name in filter(None, asked.names):
                self._add_similar(scores, name)
        streets = ((self._streets[number], score) for number, score in scores.items())
        return [(street, score - _doubt(street, asked)) for street, score in streets]

    def _in_town(self, scores: dict[int, float], town: str) -> bool:
        return not town or any(town in self._streets[number].towns for number in scores)

    def _add_named(self, scores: dict[int, float], name: str, score: float) -> None:
        for number in self._by_name.get(name, ()):
            scores[number] = max(score, scores.get(number, 0.0))
        for number in self._by_last.get(name, ()):
            scores[number] = max(score - _LAST_WORD_ONLY, scores.get(number, 0.0))

    def _add_similar(self, scores: dict[int, float], name: str) -> None:
        last = name.rpartition(" ")[2]
        if last != name:
            # "Kr. Barona" for "Krišjāņa Barona", or a word in front that is no part of the name.
            self._add_named(scores, last, 100.0 - 2 * _LAST_WORD_ONLY)
        for similar, score in self._names.similar(name):
            self._add_named(scores, similar, score)


def _doubt(street: Street, asked: _Asked) -> float:
    doubt = 0.0
    if asked.kind and street.kind and asked.kind != street.kind:
        doubt += _OTHER_TYPE
    elif not asked.kind and street.kind not in ("", fold("iela")):
        doubt += _TYPE_NOT_SAID
    if asked.town and asked.town not in street.towns:
        doubt += _OTHER_TOWN
    return doubt


# --- houses ---------------------------------------------------------------------------------


def _exact(street: Street, asked: _Asked, score: float) -> list[Place]:
    house = street.houses.get(asked.house)
    if house is not None:
        return _places_of_house(street, house, asked, score)
    if "" not in street.houses:
        return []
    # "Kalnāji 2" is the second flat of the farm, when it has one.
    flat = _place_of_flat(street, street.houses[""], asked.house, score)
    return [flat] if flat else []


def _inexact(street: Street, asked: _Asked, score: float) -> list[Place]:
    """The farm itself, the nearest houses, or the bare street."""
    score -= _NO_SUCH_HOUSE
    near = [street.houses[""]] if "" in street.houses else _nearest(street, asked.house)
    if not near:
        return [Place(street.name, street.town, (), score, exact=False)]
    return [
        Place(house.address + house.tail, street.town, house.eics, score - place, exact=False)
        for place, house in enumerate(near)
    ]


def _places_of_house(street: Street, house: House, asked: _Asked, score: float) -> list[Place]:
    whole = Place(house.address + house.tail, street.town, house.eics, score)
    if not asked.flat:
        return [whole]
    flat = _place_of_flat(street, house, asked.flat, score)
    if flat is not None:
        return [flat]
    score -= _FLAT_NOT_KNOWN
    found = [Place(whole.address, whole.town, whole.eics, score)]
    for key in (f"{asked.house}k{asked.flat}", f"{asked.house}/{asked.flat}"):
        other = street.houses.get(key)
        if other is not None:
            score += _FLAT_NOT_KNOWN - _BLOCK_FOR_FLAT
            found.insert(0, Place(other.address + other.tail, street.town, other.eics, score))
    return found


def _place_of_flat(street: Street, house: House, flat: str, score: float) -> Place | None:
    found = [
        (known, eic)
        for known, eic in zip(house.flats, house.eics, strict=True)
        if known.casefold() == flat
    ]
    if not found:
        return None
    address = f"{house.address}-{found[0][0]}{house.tail}"
    return Place(address, street.town, tuple(eic for _, eic in found), score)


def _nearest(street: Street, house: str) -> list[House]:
    """The houses with the same number and another letter or block first, then the next ones."""
    if not house:
        return []
    number = _base(house)
    apart = sorted((abs(_base(key) - number), key) for key in street.houses if key)
    return [street.houses[key] for distance, key in apart[:_NEAREST] if distance <= _NEAR]


def _base(house: str) -> int:
    found = _NUMBER.match(house)
    return int(found.group()) if found else 0
