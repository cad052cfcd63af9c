"""Calendar months in Latvia, as moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from bot.policy import RIGA


def bounds(month: date) -> tuple[datetime, datetime]:
    """The first moment of the month that the day is in, and that of the next month, in UTC."""
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return _midnight(first), _midnight(after)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of the day and that of the next, in UTC."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), RIGA).astimezone(UTC)


def last_months(month: date, count: int) -> list[date]:
    """So many months up to this one, the earliest first; each as its first day."""
    found = [month.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def days_before(starts_at: datetime, at: datetime) -> float:
    """How many days of the calendar clock in Latvia `at` is before the start; negative: after.

    Over a change of the clocks a day is still a day, as the law counts.
    """
    ahead = starts_at.astimezone(RIGA).replace(tzinfo=None) - at.astimezone(RIGA).replace(
        tzinfo=None
    )
    return ahead / timedelta(days=1)
