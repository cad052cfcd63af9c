"""The days of a debt: holidays, and how long before a disconnection a notice comes. No clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from bot.policy import RIGA, Policy, PolicyError

_FIXED = re.compile(r"(\d\d)-(\d\d)(\+?)")
_MORNING = time(10)
_BY_EASTER = re.compile(r"easter([+-]\d{1,2})?")


def today(now: datetime) -> date:
    """The day in Latvia."""
    return now.astimezone(RIGA).date()


def earliest_disconnection(now: datetime, policy: Policy) -> date:
    """The first day on which somebody whose letter is posted now may be disconnected."""
    comes = after_post(today(now), policy)
    return next_working_day(comes + timedelta(days=policy.debt_written_days), policy)


def after_post(day: date, policy: Policy) -> date:
    """When a letter posted on this day has come: so many working days later."""
    for _ in range(int(policy.planned_post_days)):
        day = next_working_day(day + timedelta(days=1), policy)
    return day


def last_word_at(off: date, policy: Policy) -> datetime:
    """When the last word before a disconnection on this day goes: at ten in the morning, so that
    `last_warning_hours` are left until the day begins, and some more for what is slow."""
    begins = datetime.combine(off, time(0), RIGA)
    latest = begins - timedelta(hours=policy.debt_last_warning_hours)
    day = latest.date() if latest.time() > _MORNING else latest.date() - timedelta(days=1)
    return datetime.combine(day, _MORNING, RIGA).astimezone(UTC)


def next_working_day(day: date, policy: Policy) -> date:
    """This day, or the next one that is no weekend and no holiday."""
    while not is_working_day(day, policy):
        day += timedelta(days=1)
    return day


def is_working_day(day: date, policy: Policy) -> bool:
    """Whether somebody may be disconnected, and letters travel, on this day."""
    return day.weekday() < 5 and day not in holidays(day.year, policy.debt_holidays)


@lru_cache(maxsize=16)
def holidays(year: int, spelled: str) -> frozenset[date]:
    """The holidays of a year, as `[debt] holidays` spells them. Raises PolicyError for a slip."""
    return frozenset(day for word in spelled.split() for day in _days(year, word))


def _days(year: int, word: str) -> list[date]:
    if found := _BY_EASTER.fullmatch(word):
        return [easter(year) + timedelta(days=int(found[1] or 0))]
    fixed = _FIXED.fullmatch(word)
    try:
        if fixed is None:
            raise ValueError
        day = date(year, int(fixed[1]), int(fixed[2]))
    except ValueError as error:
        raise PolicyError(
            f"[debt] holidays in the policy has {word!r}; write month and day, as 05-04, "
            "or easter-2."
        ) from error
    monday = day + timedelta(days=7 - day.weekday())
    return [day, monday] if fixed[3] and day.weekday() >= 5 else [day]


def easter(year: int) -> date:
    """Easter Sunday of the western churches.

    Source: the anonymous Gregorian algorithm, as in J. Meeus, Astronomical Algorithms, chapter 8.

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    century, of_century = divmod(year, 100)
    leap, rest = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    golden = year % 19
    epact = (19 * golden + century - leap - shift + 15) % 30
    weekday = (32 + 2 * rest + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def too_near(
    kind: str, pay_by: str | None, disconnect_on: str | None, now: datetime, policy: Policy
) -> bool:  # fmt: skip
    """Whether the days that a notice of debt names have come too near to be told (ISO dates)."""
    if kind == "debt_last":
        return not disconnect_on or date.fromisoformat(disconnect_on) <= today(now)
    if kind == "debt_disconnection":
        return not disconnect_on or date.fromisoformat(disconnect_on) < earliest_disconnection(
            now, policy
        )
    named = kind in ("debt_first", "debt_second")
    return named and (not pay_by or date.fromisoformat(pay_by) <= today(now))
