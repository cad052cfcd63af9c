"""What the public may know at this moment, read of the database when it changes and then held.

Nothing here names a house, a farm, a customer or a phone: streets and towns, times and causes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.network import standing
from bot.web.public.breath import gently
from bot.web.public.places import Places, Spot, Where
from locales.dates import RIGA
from locales.reasons import recognise
from storage import Database, Row, public
from storage.database import maybe_moment, moment
from storage.lists import in_chunks

OUTAGES_AT_ONCE = 40
_BREATH_SECONDS = 0.002  # between two chunks: texts of customers go first
_REST = 10  # times as long as a reading took


@dataclass(frozen=True, slots=True)
class Said:
    """What one revision of an outage says."""

    state: str
    starts_at: datetime
    ends_at: datetime | None
    cause: str
    crew: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage for everybody. `standing`: active, under way, scheduled, ended, restored,
    cancelled. `cause` is a code of `locales.reasons`; '' when none is known to be for all.
    `is_late`: the time that was named has passed; `next_word_at`: promised, and still to come."""

    id: str
    kind: str
    standing: str
    revision: int
    starts_at: datetime
    ends_at: datetime | None
    cause: str
    crew: str
    updated_at: datetime
    is_late: bool
    next_word_at: datetime | None
    where: tuple[Where, ...]
    premises: int
    spots: tuple[Spot, ...]
    history: tuple[Said, ...]

    @property
    def is_now(self) -> bool:
        return self.standing in ("active", "under way")

    @property
    def is_coming(self) -> bool:
        return self.standing == "scheduled"

    @property
    def is_over(self) -> bool:
        return not (self.is_now or self.is_coming)

    @property
    def towns(self) -> tuple[str, ...]:
        return tuple(each.town for each in self.where)


@dataclass(frozen=True)
class Site:
    """All outages of one moment; never changed once made. `number` grows with each change."""

    number: int
    changed_at: datetime
    outages: dict[str, Outage]
    now: tuple[Outage, ...] = ()
    coming: tuple[Outage, ...] = ()
    over: tuple[Outage, ...] = ()
    by_town: dict[str, list[Outage]] = field(default_factory=dict)
    by_street: dict[tuple[str, str], list[Outage]] = field(default_factory=dict)
    day: date | None = None  # in Latvia: pages say "today"

    @property
    def open(self) -> tuple[Outage, ...]:
        return self.now + self.coming


class Reader:
    """Reads a new `Site` when an outage was changed or a minute has begun. Not for two threads."""

    def __init__(self, database: Database, next_word: timedelta) -> None:
        """`next_word`: how long after the last word the next one is promised."""
        self._database, self._next_word = database, next_word
        self._places = Places(database)
        self._known: dict[str, tuple[tuple[int, str], _Known]] = {}
        self._version = ""
        self._since: datetime | None = None
        self._lock = threading.Lock()
        self._rest_until = 0.0  # by the monotonic clock
        self.site: Site | None = None

    def read(self, now: datetime, *, anew: bool = False) -> Site:
        """The site of this moment: the same object as before when nothing has changed.

        Raises StorageError when it cannot be read.
        """
        with self._lock:
            site = self.site
            minute = now.replace(second=0, microsecond=0)
            begun = self._since is None or minute != self._since
            if site is not None and not anew and time.monotonic() < self._rest_until:
                return site
            version = public.version(self._database, minute if begun else self._since or minute)
            if site is not None and not anew and not begun and version == self._version:
                return site
            began = time.monotonic()
            self.site = self._made(public.listed(self._database, now), now)
            self._version, self._since = version, minute
            took = time.monotonic() - began
            self._rest_until = time.monotonic() + took * _REST if took > 0.05 else 0.0
            return self.site

    def _made(self, rows: Sequence[Row], now: datetime) -> Site:
        self._learn(rows)
        found = {
            str(row["id"]): self._outage(row, self._known[str(row["id"])][1], now)
            for row in gently(rows)
        }
        old, day = self.site, now.astimezone(RIGA).date()
        if old is not None and old.day == day and old.outages == found:
            return old
        return _site(found, day, (old.number if old else 0) + 1, now)

    def _outage(self, row: Row, known: _Known, now: datetime) -> Outage:
        starts, ends = moment(row["starts_at"]), maybe_moment(row["ends_at"])
        updated, stands = moment(row["updated_at"]), standing.of(row, now)
        word = updated + self._next_word
        return Outage(
            id=str(row["id"]),
            kind=str(row["kind"]),
            standing=stands,
            revision=int(row["revision"]),
            starts_at=starts,
            ends_at=ends,
            cause=cause_of(str(row["reason"])),
            crew=str(row["crew"]),
            updated_at=updated,
            is_late=stands == "active" and ends is not None and ends <= now,
            next_word_at=word if stands == "active" and ends is None and word > now else None,
            where=known.where,
            premises=known.premises,
            spots=known.spots,
            history=known.history,
        )

    def _learn(self, rows: Sequence[Row]) -> None:
        """Read where outages are and what was said of them, of those that have changed."""
        marks = {str(row["id"]): (int(row["revision"]), str(row["updated_at"])) for row in rows}
        known = {key: self._known[key] for key in marks if key in self._known}
        new = [key for key, mark in marks.items() if key not in known or known[key][0] != mark]
        for number, some in enumerate(in_chunks(new, OUTAGES_AT_ONCE)):
            if number:
                time.sleep(_BREATH_SECONDS)
            parts = _by_outage(public.parts(self._database, some))
            said = _by_outage(public.revisions(self._database, some))
            for key in some:
                where, spots = self._places.of(parts.get(key, []))
                history = tuple(map(_said, said.get(key, [])))
                premises = sum(int(row["premises"]) for row in parts.get(key, []))
                known[key] = marks[key], _Known(where, spots, premises, history)
        self._known = known


@dataclass(frozen=True, slots=True)
class _Known:
    where: tuple[Where, ...]
    spots: tuple[Spot, ...]
    premises: int
    history: tuple[Said, ...]


def _by_outage(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["outage_id"]), []).append(row)
    return found


def _said(row: Row) -> Said:
    return Said(
        state=str(row["state"]),
        starts_at=moment(row["starts_at"]),
        ends_at=maybe_moment(row["ends_at"]),
        cause=cause_of(str(row["reason"])),
        crew=str(row["crew"]),
        at=moment(row["at"]),
    )


def cause_of(reason: str) -> str:
    """The code of a reason. An operator's own words may name a person or a house: they stay in."""
    known = recognise(reason.strip().rstrip(".")) if reason.strip() else None
    return known.code if known else ""


def _site(found: dict[str, Outage], day: date, number: int, now: datetime) -> Site:
    all_ = found.values()
    site = Site(
        number=number,
        changed_at=min(max((each.updated_at for each in all_), default=now), now),
        outages=found,
        now=tuple(sorted((each for each in all_ if each.is_now), key=_now_first)),
        coming=tuple(sorted((each for each in all_ if each.is_coming), key=_soonest)),
        over=tuple(sorted((each for each in all_ if each.is_over), key=_latest)),
        day=day,
    )
    for outage in (*site.now, *site.coming):
        for where in outage.where:
            site.by_town.setdefault(where.town, []).append(outage)
            for street in where.streets:
                site.by_street.setdefault((street, where.town), []).append(outage)
    return site


def _now_first(outage: Outage) -> tuple[bool, int, str]:
    """Faults before works, those of most premises first."""
    return outage.kind == "planned", -outage.premises, outage.id


def _soonest(outage: Outage) -> tuple[datetime, str]:
    return outage.starts_at, outage.id


def _latest(outage: Outage) -> tuple[float, str]:
    return -outage.updated_at.timestamp(), outage.id


def towns_of(outages: Iterable[Outage]) -> Iterator[tuple[str, int, int]]:
    """(town, outages there, premises dark there), the most premises first."""
    counts: dict[str, tuple[int, int]] = {}
    for outage in outages:
        for where in outage.where:
            many, premises = counts.get(where.town, (0, 0))
            counts[where.town] = many + 1, premises + where.premises
    ranked = sorted(counts.items(), key=lambda each: (-each[1][1], each[0]))
    return ((town, *each) for town, each in ranked)
