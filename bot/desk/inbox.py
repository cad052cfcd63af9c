"""The inbox: which conversations an agent sees, the most urgent first, and how many wait.

Every open console asks for it every few seconds. What all share is looked up twice a second at
most, however many ask, and at once after an act of somebody at this console.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from bot.desk import finding
from bot.desk.gathered import Entry, Gathered
from bot.policy import RIGA, Policy
from storage import Database, Row, conversations, inbox
from storage.database import moment

LISTS = inbox.LISTS
BACK = ("all", "closed")  # lists that are looked back through, page by page
MOST = 300  # rows on the page
_LOOKED_AT = 5000  # conversations at most that wait, or that one agent has
_THROUGH = 20_000  # texts, or closed conversations, that a page of those before looks through
_FRESH_SECONDS = 0.5  # what all share is looked at so often, however many ask
_READ_SECONDS = 10.0  # so long another process may know better what an agent has read
NO_TOPIC = "-"


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
class Look:
    """The conversations of a list at a moment: `number` is another when anything in it is."""

    number: int
    which: str
    entries: tuple[Entry, ...]
    ids: frozenset[str]
    older: str = ""  # where the next page begins, of a list looked back through; '' at its end


@dataclass(frozen=True, slots=True)
class _Reads:
    """What an agent has read, of the conversations asked for."""

    at: float
    asked: set[str] = field(default_factory=set)
    found: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Shared:
    """How many wait, are urgent and wait too long; how many each agent has; waits of today."""

    at: float
    waiting: tuple[int, int, int]
    of_agents: Mapping[str, int]
    today: tuple[int, int, int]


class Inbox:
    """Lists of one installation, shared by all who ask."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database, self._policy = database, policy
        self._gathered = Gathered(database)
        self._looks: dict[str, tuple[float, Look]] = {}
        self._acted_at = 0.0
        self._numbers = itertools.count(1)
        self._reads: dict[str, _Reads] = {}
        self._shared: _Shared | None = None
        self._waits: dict[str, tuple[int, int, int]] = {}
        self._lock = threading.Lock()

    def look(self, which: str, agent: str) -> Look:
        """The conversations of a list: what others just got, but after an act what is so now."""
        own = agent if which == "mine" else ""
        key = f"{which} {own}"
        with self._lock:
            at, known = self._looks.get(key, (0.0, None))
            if known is not None and self._is_fresh(at):
                return known
            at = time.monotonic()  # an act while we look is not seen for sure
            rows, older = self._list(which, own)
            entries = self._gathered.entries(rows)
            if known is None or known.entries != entries:
                known = self._seen(which, entries, older)
            self._looks[key] = at, known
            return known

    def _list(self, which: str, agent: str) -> tuple[list[Row], str]:
        if which not in BACK:
            return inbox.listed(self._database, which, agent, _LOOKED_AT), ""
        return inbox.back(self._database, which, inbox.LAST, limit=MOST, through=_THROUGH)

    def act(self) -> None:
        """Somebody did something at this console: who looks next sees it."""
        self._acted_at = time.monotonic()

    def _is_fresh(self, at: float) -> bool:
        return at > self._acted_at and time.monotonic() - at < _FRESH_SECONDS

    def found(self, search: str, now: datetime) -> Look:
        """The conversations that a search finds, who wrote last first, with their excerpts."""
        excerpts = finding.find(self._database, search, now)
        rows = {str(row["id"]): row for row in inbox.picked(self._database, list(excerpts))}
        entries = self._gathered.entries([rows[key] for key in excerpts if key in rows])
        told = tuple(replace(entry, excerpt=excerpts[entry.id]) for entry in entries)
        return self._seen("found", told)

    def back(self, which: str, filters: Filters, before: str) -> Look:
        """A page of "all" or "closed": those that the filters let, from `before` on ('': the
        latest)."""
        asked = _asked(filters)
        rows, older = inbox.back(
            self._database, which, before or inbox.LAST, limit=MOST, through=_THROUGH, **asked
        )
        return self._seen("back", self._gathered.entries(rows), older)

    def _seen(self, which: str, entries: tuple[Entry, ...], older: str = "") -> Look:
        ids = frozenset(each.id for each in entries)
        return Look(next(self._numbers), which, entries, ids, older)

    def reads(self, look: Look, agent: str) -> dict[str, str]:
        """How far the agent has read these conversations, of those that they have read."""
        now = time.monotonic()
        known = self._reads.get(agent)
        if known is None or now - known.at > _READ_SECONDS:
            known = self._reads[agent] = _Reads(now)
        new = look.ids - known.asked
        if new:
            known.found.update(inbox.reads(self._database, agent, sorted(new)))
            known.asked.update(new)
        return known.found

    def forget_reads(self, agent: str) -> None:
        """The agent has read something."""
        self._reads.pop(agent, None)

    def counts(self, agent: str, now: datetime) -> Counts:
        with self._lock:
            shared = self._shared
            if shared is None or not self._is_fresh(shared.at):
                shared = self._shared = self._count(now)
        waiting, urgent, late = shared.waiting
        mine = shared.of_agents.get(agent, 0)
        return Counts(waiting, urgent, late, mine, *shared.today)

    def _count(self, now: datetime) -> _Shared:
        promised = timedelta(minutes=self._policy.conversation_answer_minutes)
        at = time.monotonic()
        row = inbox.counts(self._database, now - promised)
        return _Shared(
            at,
            (int(row["waiting"]), int(row["urgent"]), int(row["late"])),
            inbox.counts_of_agents(self._database),
            self._waits_of_today(promised, now, int(row["late"])),
        )

    def _waits_of_today(
        self, promised: timedelta, now: datetime, late: int
    ) -> tuple[int, int, int]:
        """(answers, median wait in minutes, percent in time), reckoned once a minute. The `late`
        who wait still were not answered in time."""
        minute = f"{now:%d %H%M} {late}"
        if minute not in self._waits:
            today = now.astimezone(RIGA).replace(hour=0, minute=0, second=0, microsecond=0)
            rows = conversations.waits_since(self._database, today)
            waits = [moment(row["answered_at"]) - moment(row["since"]) for row in rows]
            self._waits = {minute: _summary(waits, promised, late)}
        return self._waits.get(minute, (0, 0, 0))


def _summary(waits: Sequence[timedelta], promised: timedelta, late: int) -> tuple[int, int, int]:
    if not waits:
        return 0, 0, 0
    typical = median(wait.total_seconds() for wait in waits) / 60
    in_time = sum(wait <= promised for wait in waits)
    return len(waits), round(typical), round(100 * in_time / (len(waits) + late))


def _asked(filters: Filters) -> dict[str, Any]:
    """The filters as a query takes them: no topic is a topic of its own."""
    topic = "" if filters.topic == NO_TOPIC else filters.topic or None
    return {
        "town": filters.town, "transformer": filters.transformer, "language": filters.language,
        "topic": topic,
    }  # fmt: skip


def narrow(look: Look, filters: Filters) -> Listing:
    """The page of a list, narrowed; of those who wait, the most urgent first."""
    let = [entry for entry in look.entries if look.which == "back" or filters.let(entry)]
    if look.which == "waiting":
        let.sort(key=lambda entry: (entry.rank, entry.waiting_since))
    return Listing(
        entries=tuple(let[:MOST]),
        more=max(len(let) - MOST, 0),
        towns=_choices(entry.town for entry in look.entries),
        topics=_choices(entry.topic for entry in look.entries),
    )


def _choices(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))
