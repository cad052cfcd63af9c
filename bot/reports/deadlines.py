"""Who was warned of planned works how many days before, and whether that kept the law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from math import floor
from typing import Literal, NamedTuple

from bot.campaigns.when import deadline, letter_arrives
from bot.policy import Policy
from bot.reports.called_off import CALLED_OFF, OffVerdict, called_off
from bot.reports.months import days_before
from bot.reports.parts import each_part
from bot.service import Service
from storage import Database, Row, figures
from storage.database import moment

Verdict = Literal["legal", "late", "not_told", "pending"] | OffVerdict
VERDICTS: tuple[Verdict, ...] = ("legal", "late", "not_told", "pending")
BREACHES: tuple[Verdict, ...] = ("late", "not_told")
TOLD = ("accepted", "sent", "delivered")
_NOT = ("", "")  # neither channel nor time
_SURE = {"delivered": 0, "sent": 1, "accepted": 2}


class Line(NamedTuple):
    """One customer and premises of one planned outage.

    `told_at` is when the first warning that counts reached them: a letter so many days after it
    was posted as the policy says. `days` is how many that is before the start: one decimal, rounded
    down. `state` is how far the message came, or why there is none; `reason` why it went late, only
    where it did. `added_from`: the line is about the time that was added at the end, from then on,
    after its customer had been told of the works; None for the works themselves.
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
    added_from: datetime | None = None


class _Told(NamedTuple):
    """One way and moment of telling, as it counts for one outage; or what it is to have none."""

    sent_at: datetime | None
    told_at: datetime | None
    days: float | None
    verdict: Verdict


@dataclass
class Totals:
    """What the lines come to; count each line once with `add`. `added` of them are about time that
    was added to works that their customers knew of."""

    lines: int = 0
    added: int = 0
    outages: set[str] = field(default_factory=set)
    verdicts: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)

    def add(self, line: Line) -> Line:
        """Count the line and give it back."""
        self.count(line.outage, line.verdict, line.channel, line.days, 1)
        self.added += line.added_from is not None
        return line

    @property
    def premises(self) -> int:
        """Each once for each of the works."""
        return self.lines - self.added

    @property
    def breaches(self) -> int:
        """Lines of those who were told late or not at all."""
        return sum(self.verdicts[name] for name in BREACHES)

    def shown(self) -> Iterator[tuple[Verdict, int]]:
        """The verdicts to name, with their counts: of cancelled works only where there are any."""
        off = [name for name in CALLED_OFF if self.verdicts[name]]
        all_off = bool(off) and sum(self.verdicts[name] for name in off) == self.lines
        shown: list[Verdict] = [*(() if all_off else VERDICTS), *off]
        for name in shown:
            yield name, self.verdicts[name]

    def merge(self, others: Totals) -> None:
        """Add what was counted elsewhere, of other outages."""
        self.lines += others.lines
        self.added += others.added
        self.outages |= others.outages
        self.verdicts += others.verdicts
        self.channels += others.channels
        self.days += others.days

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
    """A line a customer and premises of these works (`figures.planned_between`), in their order.

    Of cancelled ones: who was told that they are off.
    """
    for row in outages:
        if row["state"] == "cancelled":
            yield from _called_off(database, row, policy)
    outages = [row for row in outages if row["state"] != "cancelled"]
    by_id = {str(row["id"]): row for row in outages}
    for work in figures.warned(database, list(by_id)):
        judge = _Judge(by_id[work.outage_id], policy, now)
        said = work.said
        for place in work.places:
            yield from judge.lines(place, said.get((place["customer_number"], place["eic"]), ()))


def _called_off(database: Database, outage: Row, policy: Policy) -> Iterator[Line]:
    name, starts = str(outage["external_id"]), moment(outage["starts_at"])
    for off in called_off(database, outage, policy):
        place = off.place
        yield Line(
            name, starts, place["customer_number"], place["name"], place["kind"], place["eic"],
            f"{place['address']}, {place['town']}", off.channel, off.sent_at, off.told_at,
            off.state, off.days, off.verdict, "",
        )  # fmt: skip


def count_lines(
    made: Service, outages: Sequence[Row], now: datetime, *, breaches: int
) -> tuple[Totals, list[Line]]:
    """The totals, and the first so many lines of those who were told late or not at all.

    Half a million are counted in half the time that it takes to make lines of them.
    """
    totals = Totals()
    broken: set[str] = set()
    for of_some, breaking in each_part(made, outages, now, count_part):
        if totals.breaches < breaches:
            broken |= breaking
        totals.merge(of_some)
    with_breaches = [row for row in outages if row["id"] in broken]
    lines = deadline_lines(made.database, with_breaches, made.policy, now)
    return totals, list(islice((line for line in lines if line.verdict in BREACHES), breaches))


def count_part(
    database: Database, outages: Sequence[Row], policy: Policy, now: datetime
) -> tuple[Totals, set[str]]:
    """The totals of these works, and the ids of those where somebody was told late or not."""
    totals = Totals()
    off = [row for row in outages if row["state"] == "cancelled"]
    for line in deadline_lines(database, off, policy, now):
        totals.add(line)
    outages = [row for row in outages if row["state"] != "cancelled"]
    by_id = {str(row["id"]): row for row in outages}
    broken: set[str] = set()
    for work in figures.warned(database, list(by_id), named=False):
        before = totals.breaches
        _Judge(by_id[work.outage_id], policy, now).count(work, totals)
        if totals.breaches > before:
            broken.add(work.outage_id)
    return totals, broken


class _Judge:
    """The times of one outage. Most of its readers were told at a few moments: each is worked out
    once, or half a million lines would take three times as long."""

    def __init__(self, outage: Row, policy: Policy, now: datetime) -> None:
        self.name = str(outage["external_id"])
        self._starts = moment(outage["starts_at"])
        self._ends = str(outage["ends_at"] or "")
        self._deadline = deadline(self._starts, policy)
        self._policy = policy
        untold = _Told(None, None, None, "pending" if now <= self._deadline else "not_told")
        self._known: dict[tuple[str, str], _Told] = {_NOT: untold}

    def lines(self, place: Row, said: Sequence[Row]) -> Iterator[Line]:
        """What these notices and messages come to for this premises: a line, and one more where
        the works were made longer after its customer had been told of them."""
        best = self._best(said)
        yield self._line(place, said, best)
        if best is not None and (short := self._fell_short(best)):
            later = self._of_added(said)
            line = self._line(place, later, self._best(later))
            yield line._replace(added_from=moment(short))

    def _line(self, place: Row, said: Sequence[Row], best: Row | None) -> Line:
        channel, sent_at = way = _NOT if best is None else (best["channel"], best["sent_at"])
        told = self._known.get(way) or self._work_out(channel, sent_at)
        return Line(
            self.name, self._starts, place["customer_number"], place["name"], place["kind"],
            place["eic"], f"{place['address']}, {place['town']}", channel, told.sent_at,
            told.told_at, best["status"] if best is not None else _state(said), told.days,
            told.verdict, _reason(said) if told.verdict in BREACHES else "",
        )  # fmt: skip

    def _fell_short(self, best: Row) -> str:
        """The end that was told, where it came before the one that holds; else ''."""
        said: str = best["said_ends"] or ""
        return said if said < self._ends else ""

    def _of_added(self, said: Sequence[Row]) -> list[Row]:
        """The notices that tell of all of the works: the only ones of the time that was added."""
        return [row for row in said if (row["said_ends"] or "") >= self._ends]

    def count(self, work: figures.Warned, totals: Totals) -> None:
        """Add all premises of these works, those alike in one go."""
        many: Counter[tuple[str, str]] = Counter()
        said = work.said
        for place in work.places:
            own = said.get((place["customer_number"], place["eic"]), ())
            best = self._best(own)
            many[_NOT if best is None else (best["channel"], best["sent_at"])] += 1
            if best is not None and self._fell_short(best):
                totals.added += 1
                best = self._best(self._of_added(own))
                many[_NOT if best is None else (best["channel"], best["sent_at"])] += 1
        for way, count in many.items():
            told = self._known.get(way) or self._work_out(*way)
            totals.count(self.name, told.verdict, way[0], told.days, count)

    def _best(self, said: Sequence[Row]) -> Row | None:
        """The first that arrived; of several at a time the surest."""
        if len(said) == 1:
            row = said[0]
            return row if row["status"] in TOLD and row["sent_at"] else None
        told = [row for row in said if row["status"] in TOLD and row["sent_at"]]
        return min(told, key=self._order) if told else None

    def _order(self, row: Row) -> tuple[datetime, int]:
        told = self._work_out(row["channel"], row["sent_at"])
        assert told.told_at is not None
        return told.told_at, _SURE[row["status"]]

    def _work_out(self, channel: str, sent_at: str) -> _Told:
        sent = moment(sent_at)
        arrived = letter_arrives(sent, self._policy) if channel == "letter" else sent
        days = floor(days_before(self._starts, arrived) * 10) / 10
        verdict: Verdict = "legal" if arrived <= self._deadline else "late"
        told = self._known[channel, sent_at] = _Told(sent, arrived, days, verdict)
        return told


def _reason(said: Sequence[Row]) -> str:
    if len(said) == 1:
        return said[0]["late_reason"] or ""
    return next((row["late_reason"] for row in said if row["late_reason"]), "")


def _state(said: Sequence[Row]) -> str:
    """How far it came for somebody who was not told."""
    return str(said[-1]["status"] or said[-1]["notice_state"]) if said else "no_notice"
