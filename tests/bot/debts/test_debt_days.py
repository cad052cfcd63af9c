"""Holidays of Latvia and the days of a debt."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.debts import days as debt_days
from bot.policy import PolicyError, read_policy

POLICY = read_policy()


@pytest.mark.parametrize(
    ("year", "day"),
    [(1961, (4, 2)), (2000, (4, 23)), (2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)),
     (2027, (3, 28)), (2038, (4, 25)), (2076, (4, 19)), (2285, (3, 22))],
)  # fmt: skip
def test_easter_is_where_the_calendars_have_it(year: int, day: tuple[int, int]) -> None:
    assert debt_days.easter(year) == date(year, *day)


@pytest.mark.parametrize(
    "day",
    ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-04", "2026-06-23",
     "2026-06-24", "2026-11-18", "2026-12-24", "2026-12-25", "2026-12-31", "2026-11-21",
     "2024-05-06", "2023-11-20"],
)  # fmt: skip
def test_nobody_is_disconnected_on_holidays_and_weekends(day: str) -> None:
    assert not debt_days.is_working_day(date.fromisoformat(day), POLICY)


@pytest.mark.parametrize("day", ["2026-01-02", "2026-05-05", "2026-11-19", "2027-05-03"])
def test_other_days_are_working_days(day: str) -> None:
    assert debt_days.is_working_day(date.fromisoformat(day), POLICY)


def test_the_day_is_that_of_latvia() -> None:
    assert debt_days.today(datetime(2026, 12, 1, 22, 30, tzinfo=UTC)) == date(2026, 12, 2)


def test_the_first_day_possible_skips_christmas() -> None:
    posted = datetime(2026, 12, 10, 8, 0, tzinfo=UTC)
    assert debt_days.earliest_disconnection(posted, POLICY) == date(2026, 12, 28)


@pytest.mark.parametrize("word", ["13-01", "02-30", "easter2", "May"])
def test_a_slip_in_the_policy_is_named(word: str) -> None:
    with pytest.raises(PolicyError, match=f"holidays.*{word}"):
        debt_days.holidays(2026, word)
