"""Whether what is said about an outage can be: refused when it makes no sense, else pointed at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.outages import OutageChange

LONG_WORKS = timedelta(days=3)
LONGEST_WORKS = timedelta(days=60)
# Clocks of other systems differ, and a shift is entered before it begins; more is planned works.
FUTURE_FAULT = timedelta(hours=1)
LONGEST_REASON = 200  # characters; it is read in an SMS


@dataclass(frozen=True)
class Doubt:
    """What is odd about a field, and what to do or what follows."""

    field: str
    reason: str
    advice: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}. {self.advice}"


def wrong(change: OutageChange, now: datetime) -> Doubt | None:
    """Why this cannot be stored; None when it can. What is over is never refused by its times."""
    if change.state not in ("scheduled", "active"):
        return None
    if change.kind == "unplanned" and change.starts_at > now + FUTURE_FAULT:
        return Doubt(
            "starts_at", "an unplanned outage cannot begin in the future",
            "Correct the time, or make it planned works.",
        )  # fmt: skip
    if change.kind == "planned" and _length(change) > LONGEST_WORKS:
        return Doubt(
            "ends_at", f"the works would take {_days(change)} days, and {LONGEST_WORKS.days} is "
            "the most", "Correct the times, or write them as several works.",
        )  # fmt: skip
    return None


def doubts(change: OutageChange, now: datetime) -> list[Doubt]:
    """What was stored all the same and somebody should look at."""
    found: list[Doubt] = []
    if change.kind != "planned" or change.state not in ("scheduled", "active"):
        return found
    if _length(change) > LONG_WORKS:
        found.append(
            Doubt("ends_at", f"the works take {_days(change)} days", "Check the two dates.")
        )
    if change.state == "active" and change.starts_at > now:
        found.append(
            Doubt(
                "state", "the works are active before their start",
                "Nobody is told about works that have begun; write scheduled to announce them.",
            )
        )  # fmt: skip
    if change.state == "scheduled" and change.starts_at <= now:
        found.append(
            Doubt("starts_at", "the works begin in the past", "Nobody will be told about them.")
        )
    return found


def _length(change: OutageChange) -> timedelta:
    return (change.ends_at or change.starts_at) - change.starts_at


def _days(change: OutageChange) -> int:
    """Whole days, begun ones counted."""
    return -(-_length(change) // timedelta(days=1))
