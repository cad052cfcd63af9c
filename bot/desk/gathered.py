"""What stands in a row of the inbox: who writes, from where, what was said last.

A row is gathered when its conversation has changed, and now and then for what changes beside it (a
name, a report); once for all who look at it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from storage import Database, Row, inbox
from storage.lists import in_chunks

_LIFE_SUPPORT, _DANGER = "life_support", "danger"
_OLD_SECONDS = 60.0  # then an entry is gathered anew, though its conversation is the same,
_AT_ONCE = 30  # a few at a time,
_TOO_OLD_SECONDS = 120.0  # or, when nobody has looked for so long, at once
_KEPT = 10_000
_CHUNK = 300


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
    cause: str = ""  # the text that made it urgent, where something else was said since

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


class Gathered:
    """Entries of conversations, remembered while these are the same."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def entries(self, rows: Sequence[Row]) -> tuple[Entry, ...]:
        """An entry for each of these rows, in their order; the same object while it is the same."""
        now = time.monotonic()
        with self._lock:
            self._renew([(row["id"], row["told"], row) for row in rows], now)
            return tuple([self._known[row["id"]].entry for row in rows])

    def _renew(self, rows: Sequence[tuple[str, str, Row]], now: float) -> None:
        changed: dict[str, Row] = {}
        old: dict[str, Row] = {}
        for key, told, row in rows:
            known = self._known.get(key)
            if known is None or known.told != told or now - known.at > _TOO_OLD_SECONDS:
                changed[key] = row
            elif now - known.at > _OLD_SECONDS and len(old) < _AT_ONCE:
                old[key] = row
        if not changed and not old:
            return
        wanted = changed | old
        if len(self._known) + len(changed) > _KEPT:
            wanted = {key: row for key, _, row in rows}
            self._known.clear()
        for entry in gather(self._database, list(wanted.values())):
            before = self._known.get(entry.id)
            kept = before.entry if before is not None and before.entry == entry else entry
            self._known[entry.id] = _Known(wanted[entry.id]["told"], now, kept)


@dataclass(frozen=True, slots=True)
class _Known:
    told: str  # of the conversation, all of it
    at: float
    entry: Entry


def gather(database: Database, rows: Sequence[Row]) -> tuple[Entry, ...]:
    """Conversations with who writes, from where, and what was said last."""
    phones = [str(row["phone"]) for row in rows]
    people = inbox.people(database, phones)
    homes = _first_of(people)
    ill = {str(each["phone"]) for each in people if each["life_support"]}
    reports = _first_of(inbox.reported(database, phones))
    last = _first_of(inbox.last_words(database, phones))
    causes = _causes(database, rows, last)
    entries = (
        _entry(row, homes.get(row["phone"]), reports.get(row["phone"]), last.get(row["phone"]), ill)
        for row in rows
    )
    return tuple(
        replace(each, cause=causes[each.phone]) if each.phone in causes else each
        for each in entries
    )


def _causes(database: Database, rows: Sequence[Row], last: Mapping[str, Row]) -> dict[str, str]:
    """What was reported, by phone, where a life or a danger is at stake and more was said since."""
    found: dict[str, str] = {}
    for topic in (_LIFE_SUPPORT, _DANGER):
        waiting = [
            (str(row["phone"]), str(row["waiting_since"]))
            for row in rows
            if row["waiting_since"] and row["topic"] == topic
        ]
        for part in in_chunks(waiting, _CHUNK):
            for row in inbox.causes(database, part, topic):
                if row["phone"] in last and last[row["phone"]]["id"] != row["id"]:
                    found[str(row["phone"])] = str(row["body"] or "")
    return found


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
        danger=row["topic"] == _DANGER or bool(report and report["danger"]),
        last_id=str(last["id"]) if last else "",
        last_by=str(last["made_by"]) if last else "",
        text=str(last["body"] or "") if last else "",
    )
