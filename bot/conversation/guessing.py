"""Guessing at the second fact of registration: how far it got, by number and over all of them.

The counts are in the database: they hold over all phones, processes and restarts. Nobody is locked
out by what others do: over a ceiling only a whole meter number proves who one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.policy import Policy
from storage import Tx, guesses

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
MIN_WHOLE = 6  # digits of a meter number that nobody guesses


def is_hunted(tx: Tx, policy: Policy, customer_number: str, now: datetime) -> bool:
    """Whether the last four digits and the postcode of this number may be guessed by now."""
    most = policy.registration_number_tries_per_day
    if most and guesses.of_number(tx, customer_number, now - _DAY) >= most:
        return True
    return any(most and tried >= most for tried, most in _of_all(tx, policy, now))


@dataclass(frozen=True, slots=True)
class Guessed:
    """`share`: of the wrong tries over all numbers that are let pass, 1 is all. `numbers`: so many
    were tried up to their own ceiling within a day."""

    share: float
    numbers: int


def guessed(tx: Tx, policy: Policy, now: datetime) -> Guessed:
    share = max(tried / most if most else 0.0 for tried, most in _of_all(tx, policy, now))
    most = policy.registration_number_tries_per_day
    return Guessed(share, guesses.numbers_tried(tx, now - _DAY, most) if most else 0)


def _of_all(tx: Tx, policy: Policy, now: datetime) -> tuple[tuple[int, int], tuple[int, int]]:
    """(wrong tries, how many are let pass): of the last hour, of the last day."""
    hour, day = policy.registration_all_tries_per_hour, policy.registration_all_tries_per_day
    return (
        (guesses.of_all(tx, now - _HOUR, hour), hour),
        (guesses.of_all(tx, now - _DAY, day), day),
    )
