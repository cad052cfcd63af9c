"""The inbox: which conversations an agent sees, the most urgent first, and what stands in a row.

Every open console asks for it every few seconds. Rows are gathered when something has changed,
once for all who ask.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from bot.desk import finding
from bot.policy import RIGA, Policy
from storage import Database, Row, conversations, inbox
from storage.database import moment

LISTS = inbox.LISTS
MOST = 300  # rows on the page
_LOOKED_AT = 1000  # conversations that filters choose from
_LIFE_SUPPORT = "life_support"
_KEPT = 8  # gathered lists that are remembered
_FRESH_SECONDS = 0.5  # a list that all share is looked at so often, however many ask
NO_TOPIC = "-"


@dataclass(frozen=True, slots=True)
class Entry:
    """One conversation of the list. `last_id` is the id of what was said last, `last_by` its
    agent ('' for the customer), `excerpt` what a search found."""

    id: str
    phone: str
    agent: str  # '' while the bot has it
    topic: str
    urgent: bool
    waiting_since: str
    last_at: str
    closed: bool
    name: str = ""
    language: str = ""
    address: str = ""
    town: str = ""
    transformer: str = ""
    life_support: bool = False
    danger: bool = False
    last_id: str = ""
    last_by: str = ""
    text: str = ""
    excerpt: str = ""

    @property
    def rank(self) -> int:
        """0 danger, 1 life support, 2 other urgent ones, 3 the rest."""
        if not self.waiting_since:
            return 4
        if self.danger:
            return 0
        if self.life_support:
            return 1
        return 2 if self.urgent else 3


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; '' for everything."""

    town: str = ""
    transformer: str = ""
    language: str = ""
    topic: str = ""

    def let(self, entry: Entry) -> bool:
        asked = (
            (self.town, entry.town), (self.language, entry.language),
            (self.topic, entry.topic or NO_TOPIC),
        )  # fmt: skip
        return all(not wanted or wanted == is_so for wanted, is_so in asked) and (
            self.transformer.casefold() in entry.transformer.casefold()
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows that are shown, how many more there are, and what can be chosen to narrow them."""

    entries: tuple[Entry, ...]
    more: int
    towns: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait, are urgent, wait too long, are with the agent; and of today: how many were
    answered, how long they waited (median, minutes), how many of them in time (percent)."""

    waiting: int
    urgent: int
    late: int
    mine: int
    answered: int = 0
    typical: int = 0
    in_time: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """The conversations of a list; `mark` changes with them."""

    rows: tuple[Row, ...]
    mark: str


class Inbox:
    """Lists of one installation, shared by all who ask."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database, self._policy = database, policy
        self._listed: dict[str, tuple[float, Rows]] = {}
        self._gathered: dict[str, tuple[Entry, ...]] = {}
        self._waits: dict[str, tuple[int, int, int]] = {}
        self._lock = threading.Lock()

    def rows(self, which: str, agent: str, *, polled: bool) -> Rows:
        """The conversations of a list. A page that asks by itself gets what others just got."""
        if which == "mine":
            return _rows(inbox.listed(self._database, which, agent, _LOOKED_AT))
        with self._lock:
            at, known = self._listed.get(which, (0.0, None))
            if known is None or not polled or time.monotonic() - at > _FRESH_SECONDS:
                known = _rows(inbox.listed(self._database, which, "", _LOOKED_AT))
                self._listed[which] = time.monotonic(), known
            return known

    def found(self, search: str, now: datetime) -> tuple[Rows, dict[str, str]]:
        """The conversations that a search finds, who wrote last first, and their excerpts."""
        excerpts = finding.find(self._database, search, now)
        rows = {str(row["id"]): row for row in inbox.picked(self._database, list(excerpts))}
        return _rows([rows[key] for key in excerpts if key in rows]), excerpts

    def reads(self, rows: Rows, agent: str) -> dict[str, str]:
        """How far the agent has read the first of these conversations."""
        return inbox.reads(self._database, agent, [str(row["id"]) for row in rows.rows[:MOST]])

    def listing(
        self, rows: Rows, which: str, filters: Filters, now: datetime,
        excerpts: dict[str, str] | None = None,
    ) -> Listing:  # fmt: skip
        """The page of these rows of the list `which`, narrowed."""
        entries = self._entries(rows, now)
        if excerpts:
            entries = tuple(replace(each, excerpt=excerpts.get(each.id, "")) for each in entries)
        let = [entry for entry in entries if filters.let(entry)]
        if excerpts is None and which == "waiting":
            let.sort(key=lambda entry: (entry.rank, entry.waiting_since))
        return Listing(
            entries=tuple(let[:MOST]),
            more=max(len(let) - MOST, 0),
            towns=_choices(entry.town for entry in entries),
            topics=_choices(entry.topic for entry in entries),
        )

    def _entries(self, rows: Rows, now: datetime) -> tuple[Entry, ...]:
        """Rows as entries. The same rows are gathered once a minute, however many ask for them."""
        key = f"{rows.mark}-{now:%H%M}"
        with self._lock:
            known = self._gathered.get(key)
            if known is None:
                known = gather(self._database, rows.rows)
                while len(self._gathered) >= _KEPT:
                    del self._gathered[next(iter(self._gathered))]
                self._gathered[key] = known
            return known

    def counts(self, agent: str, now: datetime) -> Counts:
        promised = timedelta(minutes=self._policy.conversation_answer_minutes)
        row = inbox.counts(self._database, agent, now - promised)
        answered, typical, in_time = self._waits_of_today(promised, now)
        known = {name: int(row[name]) for name in ("waiting", "urgent", "late", "mine")}
        return Counts(**known, answered=answered, typical=typical, in_time=in_time)

    def _waits_of_today(self, promised: timedelta, now: datetime) -> tuple[int, int, int]:
        """(answers, median wait in minutes, percent in time), reckoned once a minute."""
        minute = f"{now:%d %H%M}"
        if minute not in self._waits:
            today = now.astimezone(RIGA).replace(hour=0, minute=0, second=0, microsecond=0)
            rows = conversations.waits_since(self._database, today)
            waits = [moment(row["answered_at"]) - moment(row["since"]) for row in rows]
            self._waits = {minute: _summary(waits, promised)}
        return self._waits.get(minute, (0, 0, 0))


def _summary(waits: Sequence[timedelta], promised: timedelta) -> tuple[int, int, int]:
    if not waits:
        return 0, 0, 0
    typical = median(wait.total_seconds() for wait in waits) / 60
    in_time = sum(wait <= promised for wait in waits)
    return len(waits), round(typical), round(100 * in_time / len(waits))


def gather(database: Database, rows: Sequence[Row]) -> tuple[Entry, ...]:
    """Conversations with who writes, from where, and what was said last."""
    phones = [str(row["phone"]) for row in rows]
    people = inbox.people(database, phones)
    homes = _first_of(people)
    ill = {str(each["phone"]) for each in people if each["life_support"]}
    reports = _first_of(inbox.reported(database, phones))
    last = _first_of(inbox.last_words(database, phones))
    return tuple(
        _entry(row, homes.get(row["phone"]), reports.get(row["phone"]), last.get(row["phone"]), ill)
        for row in rows
    )


def _first_of(rows: Iterable[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(str(row["phone"]), row)
    return found


def _entry(
    row: Row, home: Row | None, report: Row | None, last: Row | None, ill: set[str]
) -> Entry:
    # Where it is dark says more than where the bill goes.
    place = report or home
    language = row["language"] or (home["language"] if home else "")
    return Entry(
        id=str(row["id"]),
        phone=str(row["phone"]),
        agent=str(row["agent"]),
        topic=str(row["topic"]),
        urgent=bool(row["urgent"]),
        waiting_since=str(row["waiting_since"] or ""),
        last_at=str(row["last_in_at"] or ""),
        closed=row["closed_at"] is not None and row["closed_at"] >= (row["last_in_at"] or ""),
        name=str(home["name"]) if home else "",
        language=str(language or (last["language"] if last else "") or ""),
        address=str(place["address"] or "") if place else "",
        town=str(place["town"] or "") if place else "",
        transformer=str(place["transformer"] or "") if place else "",
        life_support=row["phone"] in ill or row["topic"] == _LIFE_SUPPORT,
        danger=row["topic"] == "danger" or bool(report and report["danger"]),
        last_id=str(last["id"]) if last else "",
        last_by=str(last["made_by"]) if last else "",
        text=str(last["body"] or "") if last else "",
    )


def _choices(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))


def _rows(rows: Sequence[Row]) -> Rows:
    told = repr([[row[name] for name in inbox.COLUMNS] for row in rows])
    return Rows(tuple(rows), f"{len(rows)}-{zlib.crc32(told.encode()):08x}")
