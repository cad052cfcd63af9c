"""What customers wrote, by hour and by meaning, and how much of it no person had to answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.policy import RIGA
from bot.reports.months import bounds, day_bounds
from storage import Tx, talked
from storage.database import moment

HOURS = 24


@dataclass
class Talked:
    """One month of texts. `days`: (day, customers who wrote, of them answered without a person).

    A customer counts once a day: the texts of one trouble are rarely spread over two.
    """

    first: date
    texts: int = 0
    unsure: int = 0
    handed: int = 0
    to_agent: int = 0
    intents: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)  # of the clock in Latvia
    days: list[tuple[date, int, int]] = field(default_factory=list)

    @property
    def talks(self) -> int:
        """Customers who wrote, each once a day."""
        return sum(many for _, many, _ in self.days)

    @property
    def alone(self) -> int:
        """Of them those for whom no person was needed."""
        return sum(many for _, _, many in self.days)

    @property
    def share_alone(self) -> float | None:
        """Percent answered without a person; None when nobody wrote."""
        return 100 * self.alone / self.talks if self.talks else None


def month_of_texts(tx: Tx, day: date, now: datetime) -> Talked:
    """The figures of the month that the day is in, up to now."""
    made = Talked(day.replace(day=1))
    for row in talked.by_hour(tx, *bounds(day)):
        many = int(row["texts"])
        made.texts += many
        made.unsure += int(row["unsure"])
        made.handed += int(row["handed"])
        made.to_agent += int(row["to_agent"])
        made.intents[str(row["intent"])] += many
        made.languages[str(row["language"])] += many
        made.hours[moment(f"{row['hour']}:00:00Z").astimezone(RIGA).hour] += many
    for each in _days(day, now):
        talks, with_person = talked.talks(tx, *day_bounds(each))
        made.days.append((each, talks, talks - with_person))
    return made


def _days(month: date, now: datetime) -> list[date]:
    """Its days up to today."""
    first, before = (at.astimezone(RIGA).date() for at in bounds(month))
    last = min(before - timedelta(days=1), now.astimezone(RIGA).date())
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]
