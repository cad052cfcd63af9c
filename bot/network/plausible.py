"""Whether what is said about an outage can be: refused when it makes no sense, else pointed at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from intents import eic as eics
from storage import Tx, doubtful
from storage.doubtful import Overlap
from storage.outages import Change, OutageChange

LONG_WORKS = timedelta(days=3)
FAR = timedelta(days=366)
LONGEST_WORKS = timedelta(days=60)
# Clocks of other systems differ, and a shift is entered before it begins; more is planned works.
FUTURE_FAULT = timedelta(hours=1)
LONGEST_REASON = 200  # characters; it is read in an SMS


def eic_fault(value: str) -> str:
    """Why this is no EIC; '' when it is one."""
    if len(value) != 16:
        return f"{value!r} has {len(value)} characters instead of 16"
    return "" if eics.valid(value) else f"{value!r} is mistyped (its last character should differ)"


@dataclass(frozen=True)
class Doubt:
    """What is odd about a field, and what to do or what follows."""

    field: str
    reason: str
    advice: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}. {self.advice}"


def wrong(change: OutageChange, now: datetime) -> Doubt | None:
    """Why this cannot be stored; None when it can. What is over is refused for a start to come."""
    early = change.starts_at > now + FUTURE_FAULT
    if change.state == "restored" and early:
        # Those who were told of it would read that the power is back, days before it goes.
        return Doubt(
            "state", "what has not begun cannot be restored",
            "Write cancelled to call it off, or correct the time.",
        )  # fmt: skip
    if change.state not in ("scheduled", "active"):
        return None
    if change.kind == "unplanned" and early:
        return Doubt(
            "starts_at", "an unplanned outage cannot begin in the future",
            "Correct the time, or make it planned works.",
        )  # fmt: skip
    if change.kind == "planned" and change.state == "active" and early:
        # Nobody is told about works that have begun: those concerned would never be warned.
        return Doubt(
            "state", "planned works that begin in the future are not active yet",
            "Write scheduled, so that customers are told.",
        )  # fmt: skip
    if change.kind == "planned" and _length(change) > LONGEST_WORKS:
        return Doubt(
            "ends_at", f"the works would take {_days(change)} days, and {LONGEST_WORKS.days} is "
            "the most", "Correct the times, or write them as several works.",
        )  # fmt: skip
    return None


def too_late(change: OutageChange, now: datetime) -> Doubt | None:
    """Why a person cannot mean this now: it is over by its own times. In a file it is doubted."""
    ends = change.ends_at
    if ends is None or ends > now or change.state not in ("scheduled", "active"):
        return None
    if change.kind == "planned":
        return Doubt("ends_at", "the works are over by then", "Give times to come.")
    return Doubt(
        "ends_at", "the power should be back since then",
        "Give a time to come or none, or close the outage: gaisma outage restore ID",
    )  # fmt: skip


def doubts(change: OutageChange, now: datetime) -> list[Doubt]:
    """What was stored all the same and somebody should look at."""
    found: list[Doubt] = []
    if change.state not in ("scheduled", "active"):
        return found
    if change.kind == "unplanned":
        late = too_late(change, now)
        return [late] if late else []
    if _length(change) > LONG_WORKS:
        found.append(
            Doubt("ends_at", f"the works take {_days(change)} days", "Check the two dates.")
        )
    if change.starts_at > now + FAR:
        found.append(Doubt("starts_at", "the works begin over a year from now", "Check the year."))
    if change.state == "active" and change.starts_at > now:
        found.append(
            Doubt(
                "state", "the works are active before their start",
                "Nobody is told about works that have begun.",
            )
        )  # fmt: skip
    if change.state == "scheduled" and change.starts_at <= now:
        found.append(
            Doubt("starts_at", "the works begin in the past", "Nobody will be told about them.")
        )
    return found


def doubts_of_places(tx: Tx, changes: Sequence[Change]) -> Iterator[tuple[str, Doubt]]:
    """What is odd about where outages were stored, by external id: others there, nobody to tell."""
    stored = [each.outage_id for each in changes if each.outcome in ("new", "changed")]
    for external_id, found in groupby(
        doubtful.overlaps(tx, stored), key=lambda overlap: overlap.external_id
    ):
        yield external_id, _overlap(list(found))
    for external_id in doubtful.unreached(tx, stored):
        wrong = "no customer there has a phone that may be written to"
        yield external_id, Doubt("eics", wrong, "Nobody will get an SMS about it.")


def _overlap(found: Sequence[Overlap]) -> Doubt:
    others = ", ".join(overlap.other for overlap in found[:3])
    if len(found) > 3:
        others += f" and {len(found) - 3} more"
    if found[0].kind == "planned":
        return Doubt(
            "starts_at", f"it overlaps with {others} at the same premises",
            "All are kept; check whether they are the same works.",
        )  # fmt: skip
    return Doubt(
        "eics", f"{others} {'are' if len(found) > 1 else 'is'} active at the same premises",
        "Customers there hear of the first one only; if it is one fault, cancel the others.",
    )  # fmt: skip


def _length(change: OutageChange) -> timedelta:
    return (change.ends_at or change.starts_at) - change.starts_at


def _days(change: OutageChange) -> int:
    """Whole days, begun ones counted."""
    return -(-_length(change) // timedelta(days=1))
