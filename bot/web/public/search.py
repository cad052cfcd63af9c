"""The search of the public page: a street, a town or a house, in three languages and any spelling.

It finds places as the bot does. What it tells of a house is only whether it is in an outage that
many share; it never names a house, a farm or a flat that was not typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.conversation.places import Match
from bot.conversation.places import Places as Addresses
from bot.web.public.answers import Answer
from bot.web.public.pages import Pages
from bot.web.public.places import FEW, street_of
from bot.web.public.site import Outage, Site
from bot.web.public.words import Line, Writer, lines
from intents import address_parse
from intents.address_rows import split_type
from intents.model import Address, Place
from storage import Database, public

_POSTCODE = re.compile(r"\bLV\s?[-–—]?\s?\d{4}\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d{4}")
LONGEST = 100  # characters
MOST_HITS = 8
MOST_LINES = 12  # outages of one hit
_FLAT_EICS = 400


@dataclass(frozen=True)
class Hit:
    """A street or town that was found. `yours`: outages in which the house is that was typed."""

    title: str
    town: str
    calendar: str
    lines: list[Line]
    yours: list[Line] = field(default_factory=list)
    before: str = ""
    more: str = ""


@dataclass(frozen=True)
class Found:
    """What the page shows: `q` as typed, a sentence, and the places."""

    q: str
    note: str
    hits: list[Hit]


def tidy(q: str) -> str:
    """A search as it is kept: short, with single spaces."""
    return " ".join(q[: 4 * LONGEST].split())[:LONGEST]


class Search:
    """Finds places by the same index as the bot; raises StorageError when it cannot be read."""

    def __init__(self, database: Database, addresses: Addresses) -> None:
        self._database, self._addresses = database, addresses

    def page(
        self, pages: Pages, site: Site, asked: tuple[str, str], old: Answer | None
    ) -> Answer:  # fmt: skip
        """The page for (what was typed, language)."""
        q, language = asked
        w = pages.writer(language)
        html = pages.render(
            "search", w, lambda code: f"/search?{urlencode({'q': q, 'lang': code})}",
            found=self.find(q, site, w),
        )  # fmt: skip
        return pages.answer(html, site, old)

    def find(self, q: str, site: Site, w: Writer) -> Found:
        if not q:
            return Found(q, w.t("search.nothing_asked", example=_example(site, w)), [])
        place = _POSTCODE.sub(" ", q).strip(" ,")
        if not place or _DIGITS.fullmatch(place):
            return Found(q, w.t("search.postcode", example=_example(site, w)), [])
        address, match = self._match(place)
        hits = list(self._hits(site, w, address, match))
        if not hits:
            return Found(q, w.t("search.not_found", q=q), [])
        note = w.t("search.several") if len(hits) > 1 else ""
        return Found(q, w.t("search.elsewhere") if match.elsewhere else note, hits)

    def street(self, street: str, town: str) -> tuple[str, str] | None:
        """The only street that is meant, as (name, town); None for none and for several."""
        given = Address(raw=f"{street}, {town}".strip(", "), street=street, town=town)
        found = self._addresses.match(given)
        return found.streets[0] if len(found.streets) == 1 and not found.elsewhere else None

    def town(self, town: str) -> str:
        """The town that is meant, as it is written in the addresses; '' for none."""
        return self._addresses.match_town(town).town

    def _match(self, q: str) -> tuple[Address | None, Match]:
        address = address_parse.find(q)
        # Words alone, "dzelzavas" or "miera sigulda", are a street here: nothing else is asked for.
        for each in (address, Address(raw=q, street=q), address_parse.parse_whole(q)):
            match = self._addresses.match(each)
            if not match.places and (town := self._addresses.nearly_town(q, match)):
                return None, town  # "liepja" is Liepāja and no Lielā iela
            if match.places or match.streets:
                return each, match
            if match.town and len(q.split()) <= len(match.town.split()):
                return each, match
        return None, self._addresses.match_town(q)

    # --- hits -------------------------------------------------------------------------------

    def _hits(
        self, site: Site, w: Writer, address: Address | None, match: Match
    ) -> Iterator[Hit]:  # fmt: skip
        exact = [place for place in match.places if place.exact]
        if exact:
            for named, places in _by_street(exact):
                yield self._house(site, w, named, places)
            return
        asked_house = bool(address and address.house)
        for street in match.streets[:MOST_HITS]:
            before = w.t("search.unsure") if asked_house else ""
            yield self._around(site, w, street, before=before)
        if not match.streets and match.town:
            yield _in_town(w, match.town, site.by_town.get(match.town, []))

    def _house(
        self, site: Site, w: Writer, street: tuple[str, str], places: Sequence[Place]
    ) -> Hit:  # fmt: skip
        eics = [eic for place in places for eic in place.eics][:_FLAT_EICS]
        touching = public.touching(self._database, eics)
        # One that few share is the news of a household: it is told by street alone.
        yours = [each for each in site.open if each.id in touching and each.premises >= FEW]
        before = w.t("search.unsure" if yours else "search.not_yours")
        hit = self._around(site, w, street, before=before, without=yours)
        return Hit(
            hit.title, hit.town, hit.calendar, hit.lines, lines(w, yours), hit.before, hit.more
        )

    def _around(
        self, site: Site, w: Writer, street: tuple[str, str], *, before: str = "",
        without: Sequence[Outage] = (),
    ) -> Hit:  # fmt: skip
        """What is known on a street; of its whole town, where the street would name a home."""
        name, town = street
        told = {each.id for each in without}
        if split_type(name)[1] and public.premises_on(self._database, name, town, FEW) >= FEW:
            found = site.by_street.get(street, [])
            return _on_street(w, name, town, [e for e in found if e.id not in told], before)
        return _in_town(w, town, [e for e in site.by_town.get(town, []) if e.id not in told])


def _by_street(
    places: Iterable[Place],
) -> list[tuple[tuple[str, str], list[Place]]]:
    found: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        found.setdefault((street_of(place.address), place.town), []).append(place)
    return list(found.items())[:MOST_HITS]


def _on_street(
    w: Writer, street: str, town: str, outages: Sequence[Outage], before: str
) -> Hit:  # fmt: skip
    calendar = w.link("/outages.ics", street=street, town=town)
    told = lines(w, outages[:MOST_LINES])
    return Hit(f"{street}, {town}", town, calendar, told, before=before if told else "")


def _in_town(w: Writer, town: str, outages: Sequence[Outage]) -> Hit:
    more = w.link("/outages", town=town) if len(outages) > MOST_LINES else ""
    calendar = w.link("/outages.ics", town=town)
    return Hit(town, town, calendar, lines(w, outages[:MOST_LINES]), more=more)


def _example(site: Site, w: Writer) -> str:
    """A street and town where something is off or planned, to show how to write it."""
    for outage in site.open:
        for where in outage.where:
            if where.streets:
                return f"{where.streets[0]}, {where.town}"
    return next(iter(site.by_town), "") or w.t("search.example")
