"""Puts the invented customers, planned works and outages into a database."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.demo.people import CAST, Part, make_firms, make_name
from bot.demo.places import Site, make_sites
from bot.demo.works import refresh_works
from bot.policy import Policy, read_policy
from intents import eic
from locales.alphabet import plain
from storage import Database, StorageError, Tx, customers
from storage.database import set_switch, switch
from storage.demo import is_used

CUSTOMERS = 2000
BUSINESSES = 240
SECOND_PREMISES = 150
LIFE_SUPPORT = 18
CHUNK = 300  # rows a transaction: inbound texts wait no longer than one of them
DONE = "1"  # another number when the people change

# Shares of languages (lv, ru, en) where they differ from those of the rest of the country.
_LANGUAGES = {
    "Rīga": (47, 41, 12),
    "Daugavpils": (14, 83, 3),
    "Rēzekne": (35, 62, 3),
    "Maltas pag.": (55, 44, 1),
    "Jūrmala": (45, 40, 15),
    "Liepāja": (64, 27, 9),
    "Jelgava": (62, 32, 6),
    "Ventspils": (64, 31, 5),
    "Salaspils": (62, 33, 5),
}
_ELSEWHERE = (90, 6, 4)

Values = dict[str, Any]


def build(database: Database, now: datetime, policy: Policy | None = None) -> None:
    """Fill an empty database with the demo's data; leave alone what is there.

    Planned works and outages that have become old are followed by fresh ones. Without a policy, the
    shipped one says what is told about them, and when.
    Raises StorageError for a database that somebody works with: invented customers do not go
    among real ones, nor the demo's password to real accounts of the console.
    """
    state = switch(database, "demo")
    if not state and is_used(database):
        raise StorageError(
            "This database is in use: it has people, customers, outages or messages of its own, "
            "and the demo would put invented ones among them. Let GAISMA_DATABASE_URL name a "
            "file that is not there yet, or leave it unset."
        )
    if state != DONE:
        _set_state(database, "building", now)
        _store_people(database, make_people(), now)
        _set_state(database, DONE, now)
    refresh_works(database, now, policy or read_policy())


class People:
    """Rows for `storage.customers`: `customers`, `premises` and `contacts`."""

    def __init__(self) -> None:
        self.customers: list[Values] = []
        self.premises: list[Values] = []
        self.contacts: list[Values] = []


def make_people() -> People:
    """The same people each time: the cast first, then everybody else."""
    return _Maker().make()


class _Maker:
    def __init__(self) -> None:
        self._rng = random.Random("gaisma")
        self._people = People()
        # None begins with 2 or 6, as telephone numbers do.
        self._numbers = iter(self._rng.sample(range(30_000_000, 60_000_000), CUSTOMERS))
        self._meters = iter(self._rng.sample(range(40_000_000, 69_999_999), 2 * CUSTOMERS))
        self._phones = iter(self._rng.sample(range(1000, 10_000), CUSTOMERS))
        self._codes = _codes()
        self._vacant: dict[tuple[str, str], list[Site]] = defaultdict(list)

    def make(self) -> People:
        for site in make_sites():
            self._vacant[site.town, site.street].append(site)
        for part in CAST:
            self._cast(part)
        vacant = [site for sites in self._vacant.values() for site in sites]
        self._rng.shuffle(vacant)
        self._everybody(iter(vacant))
        return self._people

    def _cast(self, part: Part) -> None:
        homes = [self._vacant[place].pop(0) for place in part.homes]
        number = self._customer(part.name, part.kind, part.language, homes)
        self._contact(number, "mobile", part.phone, part.language)
        if part.email:
            self._contact(number, "email", _email(part.name, number), part.language)
        if part.life_support:
            self._people.premises[-1]["life_support"] = 1

    def _everybody(self, vacant: Iterator[Site]) -> None:
        rng, left = self._rng, CUSTOMERS - len(CAST)
        firms = make_firms(BUSINESSES, rng)
        names = firms + [""] * (left - len(firms))
        rng.shuffle(names)
        homes = [1] * (left - SECOND_PREMISES - 4) + [2] * SECOND_PREMISES + [5] * 4
        rng.shuffle(homes)
        devices = set(rng.sample([n for n, name in enumerate(names) if not name], LIFE_SUPPORT))
        for place, (name, count) in enumerate(zip(names, homes, strict=True)):
            self._somebody(name, [next(vacant) for _ in range(count)])
            self._people.premises[-1]["life_support"] = int(place in devices)

    def _somebody(self, firm: str, homes: list[Site]) -> None:
        rng = self._rng
        shares = _LANGUAGES.get(homes[0].town, _ELSEWHERE)
        language = rng.choices(("lv", "ru", "en"), shares)[0]
        if firm and language == "en":
            language = "lv"
        name = firm or make_name(language, rng)
        number = self._customer(name, "business" if firm else "household", language, homes)
        mobile = rng.random() < 0.45
        if mobile:
            self._contact(number, "mobile", f"+3712000{next(self._phones)}", language)
        if rng.random() < (0.8 if firm else 0.3 if mobile else 0.4):
            self._contact(number, "email", _email(name, number), language)

    def _customer(self, name: str, kind: str, language: str, homes: list[Site]) -> str:
        number = str(next(self._numbers))
        self._people.customers.append(
            {
                "customer_number": number,
                "name": name,
                "kind": kind,
                "language": language,
                "postal_address": f"{homes[0].address}, {homes[0].town}",
                "postcode": homes[0].postcode,
            }
        )
        self._people.premises += [self._premises(number, site) for site in homes]
        return number

    def _premises(self, number: str, site: Site) -> Values:
        return {
            "eic": next(self._codes),
            "customer_number": number,
            "address": site.address,
            "town": site.town,
            "postcode": site.postcode,
            "meter_number": str(next(self._meters)),
            "transformer": site.transformer,
            "feeder": site.feeder,
            "life_support": 0,
            "lat": site.lat,
            "lon": site.lon,
        }

    def _contact(self, number: str, kind: str, value: str, language: str) -> None:
        self._people.contacts.append(
            {"customer_number": number, "kind": kind, "value": value, "language": language}
        )


def _codes() -> Iterator[str]:
    """EIC codes of metering points, in Latvia's own series (43Z)."""
    for number in range(5_170_001, 9_999_999, 13):
        first15 = f"43Z{number:012d}"
        # About one in 37 would end in '-', which the scheme forbids.
        if eic.check_character(first15) != "-":
            yield eic.make(first15)


def _email(name: str, number: str) -> str:
    """An address at a domain that can never exist (RFC 2606)."""
    words = plain(name).lower().replace('"', "").split()
    return f"{words[-2][0]}.{words[-1]}{number[-5:]}@pasts.example"


def _store_people(database: Database, people: People, now: datetime) -> None:
    _in_chunks(database, people.customers, lambda tx, rows: customers.load_customers(tx, rows, now))
    _in_chunks(database, people.premises, lambda tx, rows: customers.load_premises(tx, rows, now))
    _in_chunks(
        database,
        people.contacts,
        lambda tx, rows: customers.load_contacts(tx, rows, now, source="file"),
    )


def _in_chunks(
    database: Database, rows: Sequence[Values], load: Callable[[Tx, Sequence[Values]], object]
) -> None:
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        # The default binds this chunk: work may run later, when the loop has gone on.
        database.transaction(lambda tx, part=part: load(tx, part), bulk=True)  # type: ignore[misc]


def _set_state(database: Database, value: str, now: datetime) -> None:
    database.transaction(lambda tx: set_switch(tx, "demo", value, by="demo", now=now))
