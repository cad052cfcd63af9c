"""Which of the distributor's own addresses a customer means.

Built once from the premises, then read by any number of threads. Streets are compared by their
folded name without the type; house and flat must be right, or the nearest houses are offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from intents import street_words as words
from intents.address_rows import house_key, plain, split_type
from intents.address_table import AddressTable
from intents.fold import fold
from intents.model import Address, Place
from intents.street_names import NameIndex
from intents.town_index import TownIndex

# What a doubt costs, in points of 100.
_LAST_WORD_ONLY = 4.0  # "Barona iela" for "Krišjāņa Barona iela"
_INITIAL = 1.0  # "Kr. Barona"
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
_NO_DOUBT = ("", fold("iela"))


class _Asked(NamedTuple):
    """An address as the index looks for it."""

    written: str
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
        self._table = table = AddressTable(rows)
        self._towns = TownIndex(
            {area.town for area in table.areas if area.town},
            {key for area in table.areas for key in area.towns},
        )
        self._areas_in: dict[str, set[int]] = {}
        for number, area in enumerate(table.areas):
            for key in area.towns:
                self._areas_in.setdefault(key, set()).add(number)
        by_last: dict[str, list[str]] = {}
        for name in table.names:
            last = name.rpartition(" ")[2]
            if last != name and len(last) > 3:
                by_last.setdefault(last, []).append(name)
        self._by_last = {last: tuple(names) for last, names in by_last.items()}
        names = table.names.keys() | self._by_last.keys()
        self._names = NameIndex(names, self._with_lasts(table.spellings()))
        # One text asks for houses, then for streets, then for whether they are elsewhere.
        self._likely = lru_cache(maxsize=32)(self._likely_now)

    def match(self, address: Address, limit: int = 5) -> tuple[Place, ...]:
        """The places that `address` may mean, best first. Never raises.

        A street of that name in several towns gives a place for each. When no house of that
        number is there, the nearest ones are given with `exact` False, or the bare street.
        """
        asked = self._asked(address)
        likely, limit = self._likely(asked), max(limit, 0)
        found: list[Place] = []
        for street, score in likely:
            # A street gives no place that is better than itself.
            if sum(place.score >= score for place in found) >= limit:
                break
            found += self._exact(street, asked, score)
        found.sort(key=_best_first)
        if not found or (likely[0][1] - _NO_SUCH_HOUSE > found[0].score):
            near = likely[:limit]
            found = [p for street, score in near for p in self._inexact(street, asked, score)]
            found.sort(key=_best_first)
        return tuple(p for p in found if p.score >= found[0].score - _FAR_BEHIND)[:limit]

    def match_street(self, address: Address, limit: int = 5) -> tuple[tuple[str, str], ...]:
        """The streets that `address` may mean as (name, town), best first. Never raises."""
        likely = self._likely(self._asked(address))
        near = [street for street, score in likely if score >= likely[0][1] - _SAME_STREET]
        table = self._table
        named = dict.fromkeys((table.name(street), table.area(street).town) for street in near)
        return tuple(named)[:limit]

    def is_elsewhere(self, address: Address) -> bool:
        """Whether the streets it may mean are all in other towns than the one it names."""
        asked = self._asked(address)
        here = self._areas_in.get(asked.town, ())
        area_of = self._table.area_of
        return bool(asked.town) and not any(area_of[s] in here for s, _ in self._likely(asked))

    def town(self, text: str) -> str:
        """The first town of the index that `text` names, as it is written there, or ""."""
        return self._towns.named_in(text)

    def nearly_town(self, name: str) -> str:
        """The town whose name this is, typing errors allowed; "" for anything else."""
        return self._towns.nearly(name)

    def _asked(self, address: Address) -> _Asked:
        name, kind = split_type(address.street[:100])
        spelt = " ".join(name)
        translated = " ".join(words.TRANSLATED.get(word, word) for word in name)
        return _Asked(
            written=address.street[:100],
            names=tuple(filter(None, dict.fromkeys((spelt, translated)))),
            kind=kind,
            town=self._towns.key(address.town[:60]) if address.town else "",
            house=house_key(address.house[:20]),
            flat=fold(address.flat[:10]).replace(" ", ""),
        )

    def _with_lasts(self, spellings: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Each (spelling, name), and the same of its last word where that is looked for."""
        for spelt, name in spellings:
            yield spelt, name
            last = name.rpartition(" ")[2]
            if last in self._by_last:
                yield spelt.rpartition(" ")[2], last

    # -- streets ------------------------------------------------------------------------------

    def _likely_now(self, asked: _Asked) -> list[tuple[int, float]]:
        """The streets that may be meant, each once, the best first, with a score of 0 to 100."""
        scores: dict[str, float] = {}
        for name in asked.names:
            self._add_named(scores, name, 100.0)
        here = self._areas_in.get(asked.town, set())
        for search in (self._add_close, self._add_similar):
            if scores and (not asked.town or self._are_in(scores, here)):
                break
            search(scores, asked)
        return self._streets_of(scores, asked, here)

    def _are_in(self, names: Iterable[str], areas: set[int]) -> bool:
        """Whether one of these names is that of a street in the areas."""
        table = self._table
        return any(table.area_of[street] in areas for name in names for street in table.named(name))

    def _streets_of(
        self, scores: dict[str, float], asked: _Asked, here: set[int]
    ) -> list[tuple[int, float]]:
        table = self._table
        found: list[tuple[int, float]] = []
        for name, score in scores.items():
            for street in table.named(name):
                doubt = _doubt_of_kind(asked.kind, table.kind(street))
                if asked.town and table.area_of[street] not in here:
                    doubt += _OTHER_TOWN
                found.append((street, score - doubt))
        found.sort(key=itemgetter(1), reverse=True)
        return found

    def _add_named(self, scores: dict[str, float], name: str, score: float) -> None:
        if name in self._table.names:
            scores[name] = max(score, scores.get(name, 0.0))
        for whole in self._by_last.get(name, ()):
            scores[whole] = max(score - _LAST_WORD_ONLY, scores.get(whole, 0.0))

    def _add_close(self, scores: dict[str, float], asked: _Asked) -> None:
        for name in asked.names:
            first, _, last = name.rpartition(" ")
            if not first:
                continue
            # A word in front that is no part of the name, unless it is the beginning of one.
            self._add_named(scores, last, 100.0 - 2 * _LAST_WORD_ONLY)
            for whole in self._by_last.get(last, ()):
                if whole.startswith(first):
                    scores[whole] = 100.0 - _INITIAL
        for spelling in {plain(asked.written), *asked.names}:
            for close, score in self._names.close(spelling):
                self._add_named(scores, close, score)

    def _add_similar(self, scores: dict[str, float], asked: _Asked) -> None:
        for name in asked.names:
            for similar, score in self._names.similar(name):
                self._add_named(scores, similar, score)

    # -- houses -------------------------------------------------------------------------------

    def _exact(self, street: int, asked: _Asked, score: float) -> list[Place]:
        house = self._table.house(street, asked.house)
        if house >= 0:
            return self._places_of_house(street, house, asked, score)
        farm = self._table.house(street, "")
        # "Kalnāji 2" is the second flat of the farm, when it has one.
        flat = self._flat(street, farm, asked.house, score) if farm >= 0 else None
        return [flat] if flat else []

    def _inexact(self, street: int, asked: _Asked, score: float) -> list[Place]:
        """The farm itself, the nearest houses, or the bare street."""
        score -= _NO_SUCH_HOUSE
        farm = self._table.house(street, "")
        near = [farm] if farm >= 0 else self._nearest(street, asked.house)
        if not near:
            bare = self._table.name(street)
            return [Place(bare, self._table.area(street).town, (), score, exact=False)]
        return [
            self._place(street, house, score - place, exact=False)
            for place, house in enumerate(near)
        ]

    def _nearest(self, street: int, house: str) -> list[int]:
        """The houses with the same number and another letter or block, then the next ones."""
        if not house:
            return []
        near = self._table.near(street, house)[:_NEAREST]
        return [number for distance, number in near if distance <= _NEAR]

    def _places_of_house(self, street: int, house: int, asked: _Asked, score: float) -> list[Place]:
        if not asked.flat:
            return [self._place(street, house, score)]
        flat = self._flat(street, house, asked.flat, score)
        if flat is not None:
            return [flat]
        found = [self._place(street, house, score - _FLAT_NOT_KNOWN)]
        for key in (f"{asked.house}k{asked.flat}", f"{asked.house}/{asked.flat}"):
            other = self._table.house(street, key)
            if other >= 0:
                found.insert(0, self._place(street, other, score - _BLOCK_FOR_FLAT))
        return found

    def _place(self, street: int, house: int, score: float, *, exact: bool = True) -> Place:
        area = self._table.area(street)
        address = self._table.address(street, house) + area.tail
        return Place(address, area.town, self._table.eics(house), score, exact)

    def _flat(self, street: int, house: int, flat: str, score: float) -> Place | None:
        found = self._table.flat(house, flat)
        if found is None:
            return None
        area = self._table.area(street)
        address = f"{self._table.address(street, house)}-{found[0]}{area.tail}"
        return Place(address, area.town, found[1], score)


def _doubt_of_kind(asked: str, known: str) -> float:
    if asked and known and asked != known:
        return _OTHER_TYPE
    return _TYPE_NOT_SAID if not asked and known not in _NO_DOUBT else 0.0


def _best_first(place: Place) -> float:
    return -place.score
