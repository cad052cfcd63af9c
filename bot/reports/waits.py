"""How long customers waited for a person: from the call for one to the agent's first word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.policy import RIGA
from bot.reports.delivery import percentiles
from bot.reports.months import bounds
from storage import Tx, talked
from storage.database import moment

MOST = 20_000  # hand-offs of a month that are looked at
_IN_VAIN = timedelta(days=7)  # after so long without a word nobody came


@dataclass
class Waits:
    """Of one month. `minutes`: of those who were answered; `by_hour`: in which of the 24 hours a
    person was called for, to the minutes of those calls; `unanswered`: to whom nobody wrote."""

    first: date
    minutes: list[float] = field(default_factory=list)
    urgent: list[float] = field(default_factory=list)
    by_hour: dict[int, list[float]] = field(default_factory=dict)
    unanswered: int = 0
    promised: float = 0  # minutes within which one should be answered
    overdue: int = 0  # of the unanswered, those who have waited for longer than that
    more: bool = False  # there were over MOST: the rest is left out

    @property
    def asked(self) -> int:
        """How many times a person was called for."""
        return len(self.minutes) + self.unanswered

    @property
    def in_time(self) -> float | None:
        """How many percent were answered as promised, of all for whom that time is over or who were
        answered; None without any."""
        known = len(self.minutes) + self.overdue
        kept = sum(took <= self.promised for took in self.minutes)
        return 100 * kept / known if known else None


def month_of_waits(tx: Tx, day: date, now: datetime, *, promised: float) -> Waits:
    """The waits that began in the month that the day is in, as the inbox measures them.

    Who calls for a person again before one has written still waits since the first time. One should
    be answered within `promised` minutes.
    """
    first, before = bounds(day)
    rows = talked.waits(tx, first, before, until=before + _IN_VAIN, limit=MOST + 1)
    made = Waits(day.replace(day=1), promised=promised, more=len(rows) > MOST)
    for row in rows[:MOST]:
        since = moment(row["since"])
        took = (moment(row["answered_at"]) - since) / timedelta(minutes=1)
        made.minutes.append(took)
        made.by_hour.setdefault(since.astimezone(RIGA).hour, []).append(took)
        if row["urgent"]:
            made.urgent.append(took)
    missed = _unanswered(tx, first, before, now)
    made.unanswered = len(missed)
    made.overdue = sum(now - at > timedelta(minutes=promised) for at in missed)
    return made


def _unanswered(tx: Tx, first: datetime, before: datetime, now: datetime) -> list[datetime]:
    """When those were handed over in this time to whom no agent wrote."""
    waits_until: dict[str, datetime] = {}
    missed: list[datetime] = []
    for row in talked.handed(tx, first, before, limit=MOST):
        phone, at = str(row["phone"]), moment(row["at"])
        if at < waits_until.get(phone, at):
            continue
        word = talked.agent_word(tx, phone, at, min(at + _IN_VAIN, now))
        waits_until[phone] = moment(word) if word else at + _IN_VAIN
        if word is None:
            missed.append(at)
    return missed


def middle_and_p90(minutes: Sequence[float]) -> tuple[float, float] | None:
    """The wait that half did not exceed, and that nine of ten did not; None without any."""
    if not minutes:
        return None
    half, most = percentiles(minutes, (50, 90))
    return half, most
