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
BREACHES: tuple[Verdict, ...] = ("late", "not_told")
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
        self.count(line.outage, line.verdict, line.channel, line.days, 1)
        return line

    def count(
        self, outage: str, verdict: Verdict, channel: str, days: float | None, many: int
    ) -> None:
        """Count so many lines that are alike."""
        self.lines += many
        self.outages.add(outage)
        self.verdicts[verdict] += many
        if channel:
            self.channels[channel] += many
        if days is not None:
            self.days[floor(days)] += many


def deadline_lines(
    database: Database, outages: Sequence[Row], policy: Policy, now: datetime
) -> Iterator[Line]:
    """A line a customer and premises of these works (`figures.planned_between`), in their order."""
    by_id = {str(row["id"]): row for row in outages}
    for rows in figures.warned(database, list(by_id)):
        judge = _Judge(by_id[rows[0]["outage_id"]], policy, now)
        for of_one in _by_premises(rows):
            yield judge.line(of_one)


def count_lines(
    database: Database, outages: Sequence[Row], policy: Policy, now: datetime, *, breaches: int
) -> tuple[Totals, list[Line]]:
    """The totals, and the first so many lines of those who were told late or not at all.

    Half a million are counted in half the time that it takes to make lines of them.
    """
    totals = Totals()
    found: list[Line] = []
    by_id = {str(row["id"]): row for row in outages}
    for rows in figures.warned(database, list(by_id)):
        judge = _Judge(by_id[rows[0]["outage_id"]], policy, now)
        many: Counter[tuple[str, _Told | None]] = Counter()
        for of_one in _by_premises(rows):
            channel, told = judge.told(of_one)
            many[channel, told] += 1
            if len(found) < breaches and judge.verdict(told) in BREACHES:
                found.append(judge.line(of_one))
        for (channel, told), count in many.items():
            days = told and told.days
            totals.count(judge.name, judge.verdict(told), channel, days, count)
    return totals, found


def _by_premises(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows of each premises; most have one."""
    of_one: list[Row] = []
    for row in rows:
        if of_one and row["eic"] != of_one[0]["eic"]:
            yield of_one
            of_one = []
        of_one.append(row)
    if of_one:
        yield of_one


class _Judge:
    """The times of one outage. Most of its readers were told at a few moments: each is worked out
    once, or half a million lines would take three times as long."""

    def __init__(self, outage: Row, policy: Policy, now: datetime) -> None:
        self.name = str(outage["external_id"])
        self._starts = moment(outage["starts_at"])
        self._deadline = deadline(self._starts, policy)
        self._post = timedelta(days=policy.planned_post_days)
        self._not_told: Verdict = "pending" if now <= self._deadline else "not_told"
        self._known: dict[tuple[str, str], _Told] = {}

    def line(self, rows: Sequence[Row]) -> Line:
        """The line of the premises that these rows are about."""
        place, best = rows[0], self._best(rows)
        where = (
            self.name, self._starts, place["customer_number"], place["name"], place["kind"],
            place["eic"], f"{place['address']}, {place['town']}",
        )  # fmt: skip
        reason = place["late_reason"] if len(rows) == 1 else _reason(rows)
        if best is None:
            missed = (_state(rows), None, self._not_told, reason or "")
            return Line(*where, "", None, None, *missed)
        told = self._told(best["channel"], best["sent_at"])
        came = (best["status"], told.days, told.verdict, reason or "")
        return Line(*where, best["channel"], told.sent_at, told.told_at, *came)

    def told(self, rows: Sequence[Row]) -> tuple[str, _Told | None]:
        """By which channel, and when; ('', None) for who was not told."""
        best = self._best(rows)
        if best is None:
            return "", None
        return best["channel"], self._told(best["channel"], best["sent_at"])

    def verdict(self, told: _Told | None) -> Verdict:
        return self._not_told if told is None else told.verdict

    def _best(self, rows: Sequence[Row]) -> Row | None:
        """The first that arrived; of several at a time the surest."""
        if len(rows) == 1:
            return rows[0] if rows[0]["status"] in TOLD and rows[0]["sent_at"] else None
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


def _reason(rows: Sequence[Row]) -> str:
    return next((row["late_reason"] for row in rows if row["late_reason"]), "")


def _state(rows: Sequence[Row]) -> str:
    """How far it came for somebody who was not told."""
    return str(rows[-1]["status"] or rows[-1]["notice_state"] or "no_notice")
