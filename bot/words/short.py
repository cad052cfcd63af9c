"""The words of an SMS: which sentence of the catalogue is said, and its values.

How tight they are is the caller's choice (`texts.render` tries from the fullest on).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.policy import Policy
from bot.words.subjects import (
    OF_OUTAGES,
    Announcement,
    Complaint,
    Correction,
    Debt,
    Extra,
    Instalment,
    NextWord,
    Work,
    noon,
    of_language,
)
from locales import dates
from locales.catalogue import has, say
from locales.reasons import reason_in
from locales.short import short_address

# These have the number for faults; all others that of the customer service.
ABOUT_FAULTS = frozenset(
    ("unplanned", "time_changed", "no_news", "crew_on_way", "crew_working", "restored")
)
DAY_MINUTES = 24 * 60
# A place ('Lēdurgas pag.') or a date in figures brings a full stop to the end of a sentence.
_DOTS = re.compile(r"(?<=[^.])\.\.(?=\s|$)")
_NUMBER = re.compile(r"\s\d")
# What stands after the street of a short address: '105', '105A-12', '3/5 k-1-12'.
_HOUSE = re.compile(r"\s(\d[^\s.]*(?:\sk\S+)?)$")
ROOMY = 20  # characters for an address from which none of its words is cut
TELLING = 4  # letters of a word that says something: 'of' and 'uz' do not
_CLOSING = "\"'”“»)]"


@dataclass(frozen=True)
class Tightness:
    """How short to be: characters for the reason (0: none), for an address; dates in figures.

    `works` is how many of several works or payments are named, `addresses` how many of the
    addresses of one (None: all); `brief` takes the text of `.short`.
    """

    reason: int = 160
    short_dates: bool = False
    address: int = 40
    works: int = 5
    brief: bool = False
    addresses: int | None = None


# From the fullest to the tightest; the first that fits is sent.
TIGHTER = (
    Tightness(),
    Tightness(reason=40),
    Tightness(reason=40, short_dates=True),
    Tightness(reason=24, short_dates=True),
    Tightness(reason=0),
    Tightness(reason=0, short_dates=True, works=4),
    Tightness(reason=0, short_dates=True, address=28, works=3),
    Tightness(reason=0, short_dates=True, works=2, brief=True),
    Tightness(reason=0, short_dates=True, address=28, works=2, brief=True),
    Tightness(reason=0, short_dates=True, address=20, works=1, brief=True),
    Tightness(reason=0, short_dates=True, address=16, works=1, brief=True),
)
# All of several addresses are named with names that are still easily known, or not all are.
NAMING_ALL = tuple(each for each in TIGHTER if each.address >= 28)
# Whose reason is gone already: an address comes before it.
NAMING_SOME = tuple(each for each in TIGHTER if not each.reason and each.short_dates)


@dataclass(frozen=True)
class Writer:
    """Writes one SMS in one language, as tight as it is told to."""

    kind: str
    language: str
    tightness: Tightness
    policy: Policy
    now: datetime | None = None
    extra: Extra = None
    business: bool = False
    towns: bool = False

    def write(self, works: Sequence[Work]) -> str:
        """The whole text. `works` may be empty for a kind that has a subject of its own."""
        told = self._of_outages(works) if self.kind in OF_OUTAGES else self._of_subject()
        key, values = told
        values = {"brand": self.policy.contact_brand, "phone": self._phone()} | values
        return _DOTS.sub(".", self._say(self._variant(key), **values))

    def _say(self, key: str, **values: Any) -> str:
        return say(self.language, f"notice.{key}", **values)

    def _variant(self, key: str) -> str:
        """The key of the text for this kind of customer and this much room, if there is one."""
        if self.tightness.brief and has(self.language, f"notice.{key}.short"):
            return f"{key}.short"
        if self.business and has(self.language, f"notice.{key}.business"):
            return f"{key}.business"
        return key

    def _phone(self) -> str:
        if self.kind in ABOUT_FAULTS:
            return self.policy.contact_fault_phone
        return self.policy.contact_service_phone

    # --- works and faults -------------------------------------------------------------------

    def _of_outages(self, works: Sequence[Work]) -> tuple[str, dict[str, Any]]:
        if isinstance(self.extra, Correction):
            return "correction_text", {"text": self._of_operator(self.extra.texts)}
        first = works[0]
        key = self._key(first)
        values: dict[str, Any] = {"why": self._why(works)}
        if len({work.outage_id for work in works}) > 1:
            return f"{key}_many", values | {"works": self._works(works)}
        values["where"] = self._where(works)
        if key in ("planned_notice", "reminder", "moved", "correction"):
            values["when"] = self._span(first.starts_at, first.ends_at)
        if key in ("moved", "cancelled"):
            values["old"] = self._old(first)
        if key in ("unplanned", "time_changed"):
            key = self._promise(first, values)
        if key == "correction_off":
            values["phone"] = self.policy.contact_fault_phone
        return key, values | self._progress(key, first)

    def _key(self, first: Work) -> str:
        """The text of this kind, or the one for an outage that never was, or that is not over."""
        if first.state == "cancelled" and self.kind in ("restored", "correction"):
            return "no_outage" if self.kind == "restored" else "correction_none"
        if first.state == "active" and self.kind == "correction":
            return "correction_off"
        return self.kind

    def _progress(self, key: str, first: Work) -> dict[str, Any]:
        if key == "no_news":
            return {"next": self._next_word()}
        if key not in ("crew_on_way", "crew_working", "long_outage", "correction_off"):
            return {}
        values = {"back": self._back(first)}
        if key == "long_outage":
            values["longer"] = self._say("longer", count=hours_off(first, self.now))
        return values

    def _back(self, first: Work) -> str:
        """When power will be back, or when the next word comes: nobody is left waiting."""
        # A time that is over would make the sentence a lie.
        if first.ends_at is not None and (self.now is None or first.ends_at > self.now):
            return self._say("back", by=self._by(first.ends_at))
        return self._say(self._variant("back_open"), within=self._within())

    def _within(self) -> str:
        return dates.within(self.policy.unplanned_next_word_minutes, self.language)

    def _next_word(self) -> str:
        if isinstance(self.extra, NextWord):
            return self._by(self.extra.at, relative=True)
        if self.now is None:
            return self._within()
        minutes = self.policy.unplanned_next_word_minutes
        return self._by(self.now + timedelta(minutes=minutes), relative=True)

    def _by(self, at: datetime, *, relative: bool = False) -> str:
        day = dates.on_day(at, self.language, self.now, relative=relative)
        if self.tightness.short_dates and not relative:
            day = dates.short_day(at, self.language, self.now)
        return self._say("by", day=day, hour=dates.hour(at, self.language))

    def _why(self, works: Sequence[Work]) -> str:
        reasons = {reason_in(work.reason, self.language) for work in works}
        # Several works with several reasons: none of them would be true of all.
        if len(reasons) != 1 or not (reason := reasons.pop()) or not self.tightness.reason:
            return ""
        short = _shortened(reason, self.tightness.reason)
        return self._say("why", reason=short) if short else ""

    def _where(self, works: Sequence[Work]) -> str:
        places = list(dict.fromkeys(self._place(work) for work in works))
        if len(places) == 1:
            return places[0]
        told, others = listed(places, self.tightness.addresses)
        if not others:
            return told
        # Where even names of streets are cut, there is no room to say of what there are more.
        if self.tightness.address < ROOMY:
            return self._say("more", where=told, others=others)
        return self._say("more_addresses", where=told, count=others)

    def _place(self, work: Work) -> str:
        if not work.address:
            return self._say("somewhere")
        # A farm has a namesake in the next parish; a house number tells most streets apart.
        town = work.town if self.towns or not _NUMBER.search(work.address) else ""
        return short_address(work.address, town, limit=self.tightness.address)

    def _span(self, start: datetime, end: datetime | None) -> str:
        tell = dates.short_span if self.tightness.short_dates else dates.span
        return tell(start, end, self.language, self.now)

    def _old(self, work: Work) -> str:
        if work.old_starts_at is None:
            return self._span(work.starts_at, work.ends_at)
        return self._span(work.old_starts_at, work.old_ends_at)

    def _works(self, works: Sequence[Work]) -> str:
        return self._several(list(dict.fromkeys(self._items(works))))

    def _several(self, items: list[str]) -> str:
        told = "; ".join(items[: self.tightness.works])
        others = len(items) - self.tightness.works
        return self._say("more", where=told, others=others) if others > 0 else told

    def _items(self, works: Sequence[Work]) -> Iterator[str]:
        for work in works:
            start, end = work.starts_at, work.ends_at
            if self.kind == "cancelled" and work.old_starts_at is not None:
                start, end = work.old_starts_at, work.old_ends_at
            when = dates.short_span(start, end, self.language, self.now)
            yield self._say("work", when=when, where=self._place(work))

    def _promise(self, work: Work, values: dict[str, Any]) -> str:
        """The key for a restoration time that is known or not, its values added."""
        if work.ends_at is not None:
            values["by"] = self._by(work.ends_at)
            return self.kind
        values["within"] = self._within()
        return f"{self.kind}_open"

    # --- debts, complaints and announcements ------------------------------------------------

    def _of_subject(self) -> tuple[str, dict[str, Any]]:
        if isinstance(self.extra, Announcement):
            return self.kind, {"text": self._of_operator(self.extra.texts)}
        if isinstance(self.extra, Debt):
            return self.kind, self._of_debt(self.extra)
        if isinstance(self.extra, Complaint):
            return self.kind, self._of_complaint(self.extra)
        raise ValueError(f"{self.kind} needs to be told what it is about")

    def _of_operator(self, texts: Mapping[str, str]) -> str:
        return ended(of_language(texts, self.language))

    def _of_debt(self, debt: Debt) -> dict[str, Any]:
        values: dict[str, Any] = {
            "sum": dates.money(debt.sum_cents, self.language),
            "reference": debt.reference,
            "due": self._due(debt.due_date),
        }
        if self.kind == "debt_plan":
            values["parts"] = self._several([self._part(each) for each in debt.plan])
        if self.kind in ("debt_disconnection", "debt_last"):
            values["off"] = self._off(debt)
        return values

    def _off(self, debt: Debt) -> str:
        if debt.disconnect_on is None:
            raise ValueError("a disconnection needs its day")
        tell = dates.short_day if self.tightness.short_dates else dates.on_day
        return tell(noon(debt.disconnect_on), self.language, self.now)

    def _part(self, part: Instalment) -> str:
        day = dates.short_day(noon(part.due_date), self.language, self.now)
        return self._say("part", day=day, sum=dates.money(part.sum_cents, self.language))

    def _due(self, day: date) -> str:
        tell = dates.short_day if self.tightness.short_dates else dates.by_day
        return tell(noon(day), self.language, self.now)

    def _of_complaint(self, complaint: Complaint) -> dict[str, Any]:
        if self.kind == "complaint_received":
            due = complaint.received_on + timedelta(days=complaint.answer_days)
            within = dates.within(complaint.answer_days * DAY_MINUTES, self.language)
            return {"number": complaint.number, "within": within, "due": self._due(due)}
        outcome = said_outcome(complaint, self.language)
        room = max(40, self.tightness.reason)
        return {
            "number": complaint.number,
            "outcome": textwrap.shorten(outcome, room, placeholder="..."),
        }


def _shortened(reason: str, room: int) -> str:
    """The reason in so many characters; '' where what would be left of it says nothing: of 'repair
    of the line' that is 'repair'."""
    # The sentence adds the third dot.
    short = textwrap.shorten(reason, room, placeholder="..")
    if short == " ".join(reason.split()):
        return short
    telling = [word for word in short.rstrip(".").split() if len(word) >= TELLING]
    return short if len(telling) > 1 else ""


def listed(places: Iterable[str], limit: int | None) -> tuple[str, int]:
    """Short addresses in one line, houses of a street together, and how many did not get in.

    'Kalna 1, 3, Miera 3'; with towns 'Kalna 1, 3, Rīga; Miera 3, Jūrmala'.
    """
    streets: dict[tuple[str, str], list[str]] = {}
    for place in places:
        head, _, town = place.partition(", ")
        house = _HOUSE.search(head)
        name = head[: house.start()] if house else head
        # Farms have no number to add to the name: each is told with its own parish.
        streets.setdefault((name, town), []).append(house[1] if house else "")
    every = [
        (*street, house) for street in streets for house in sorted(streets[street], key=_order)
    ]
    kept: dict[tuple[str, str], list[str]] = {}
    for name, town, number in every[:limit]:
        kept.setdefault((name, town), []).append(number)
    parts = [_street(name, town, houses) for (name, town), houses in kept.items()]
    between = "; " if any(town for _, town in kept) else ", "
    return between.join(parts), len(every) - len(every[:limit])


def _street(name: str, town: str, houses: Sequence[str]) -> str:
    told = f"{name} {', '.join(filter(None, houses))}".rstrip()
    return f"{told}, {town}" if town else told


def _order(house: str) -> tuple[list[int], str]:
    """Houses as they stand in the street: 9 before 11."""
    return [int(number) for number in re.findall(r"\d+", house)], house


def ended(text: str) -> str:
    """An operator's words with a full stop, if they end without any punctuation mark."""
    text = text.rstrip()
    last = text.rstrip(_CLOSING)[-1:]
    return text if not last or last in ".!?…,;:" else f"{text}."


def hours_off(work: Work, now: datetime | None) -> int:
    """Whole hours that the electricity has been off, a day at least."""
    return 24 if now is None else max(24, int((now - work.starts_at) / timedelta(hours=1)))


def said_outcome(complaint: Complaint, language: str) -> str:
    """What came of a complaint: the agent's own sentences, or ready ones."""
    if complaint.outcome:
        return of_language(complaint.outcome, language)
    key = "complaint_upheld" if complaint.upheld else "complaint_rejected"
    return say(language, f"notice.{key}")
