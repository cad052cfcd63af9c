"""Who was warned of planned works how many days before, and whether that kept the law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor
from typing import Literal, NamedTuple

from bot.policy import Policy
from bot.reports.months import days_before
from bot.when import deadline
from storage import Database, Row, figures
from storage.database import moment

Verdict = Literal["legal", "late", "not_told", "pending"]
VERDICTS: tuple[Verdict, ...] = ("legal", "late", "not_told", "pending")
TOLD = ("accepted", "sent", "delivered")
_SURE = {"delivered": 0, "sent": 1, "accepted": 2}


class Line(NamedTuple):
    """One customer and premises of one planned outage.

    `told_at` is when the first warning that counts reached them: a letter so many days after it
    was posted as the policy says. `days` is how many that is before the start: one decimal, rounded
    down. `state` is how far the message came, or why there is none; `reason` why it went late.
    """

    outage: str
    starts_at: datetime
    customer_number: str
    name: str
    kind: str
    eic: str
    address: str
    channel: str
    sent_at: datetime | None
    told_at: datetime | None
    state: str
    days: float | None
    verdict: Verdict
    reason: str


class _Told(NamedTuple):
    """One way and moment of telling, as it counts for one outage."""

    sent_at: datetime
    told_at: datetime
    days: float
    verdict: Verdict


@dataclass
class Totals:
    """What the lines come to; count each line once with `add`."""

    lines: int = 0
    outages: set[str] = field(default_factory=set)
    verdicts: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)

    def add(self, line: Line) -> Line:
        """Count the line and give it back."""
        self.lines += 1
        self.outages.add(line.outage)
        self.verdicts[line.verdict] += 1
        if line.channel:
            self.channels[line.channel] += 1
        if line.days is not None:
            self.days[floor(line.days)] += 1
        return line


def deadline_lines(
    database: Database, outages: Sequence[Row], policy: Policy, now: datetime
) -> Iterator[Line]:
    """A line a customer and premises of these works (`figures.planned_between`), in their order."""
    by_id = {str(row["id"]): row for row in outages}
    for outage_id, places, told in figures.warned(database, list(by_id)):
        judge = _Judge(by_id[outage_id], policy, now)
        for place in places:
            yield judge.line(place, told.get((place["customer_number"], place["eic"]), []))


class _Judge:
    """The times of one outage. Most of its readers were told at a few moments: each is worked out
    once, or half a million lines would take three times as long."""

    def __init__(self, outage: Row, policy: Policy, now: datetime) -> None:
        self._name = str(outage["external_id"])
        self._starts = moment(outage["starts_at"])
        self._deadline = deadline(self._starts, policy)
        self._post = timedelta(days=policy.planned_post_days)
        self._not_told: Verdict = "pending" if now <= self._deadline else "not_told"
        self._known: dict[tuple[str, str], _Told] = {}

    def line(self, place: Row, rows: Sequence[Row]) -> Line:
        best = self._best(rows)
        told = None if best is None else self._told(best["channel"], best["sent_at"])
        return Line(
            outage=self._name,
            starts_at=self._starts,
            customer_number=place["customer_number"],
            name=place["name"],
            kind=place["kind"],
            eic=place["eic"],
            address=f"{place['address']}, {place['town']}",
            channel="" if best is None else best["channel"],
            sent_at=told and told.sent_at,
            told_at=told and told.told_at,
            state=_state(rows) if best is None else best["status"],
            days=told and told.days,
            verdict=self._not_told if told is None else told.verdict,
            reason=next((row["late_reason"] for row in rows if row["late_reason"]), ""),
        )

    def _best(self, rows: Sequence[Row]) -> Row | None:
        """The first that arrived; of several at a time the surest."""
        told = [row for row in rows if row["status"] in TOLD and row["sent_at"]]
        return min(told, key=self._order) if told else None

    def _order(self, row: Row) -> tuple[datetime, int]:
        return self._told(row["channel"], row["sent_at"]).told_at, _SURE[row["status"]]

    def _told(self, channel: str, sent_at: str) -> _Told:
        found = self._known.get((channel, sent_at))
        if found is None:
            sent = moment(sent_at)
            arrived = sent + self._post if channel == "letter" else sent
            days = floor(days_before(self._starts, arrived) * 10) / 10
            verdict: Verdict = "legal" if arrived <= self._deadline else "late"
            found = self._known[channel, sent_at] = _Told(sent, arrived, days, verdict)
        return found


def _state(rows: Sequence[Row]) -> str:
    """How far it came for somebody who was not told."""
    states = [str(row["status"] or row["notice_state"]) for row in rows]
    return states[-1] if states else "no_notice"
