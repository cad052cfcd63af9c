"""What an outage management system says of an outage that is known: one event, one revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.network import outages
from storage import Row
from storage.database import maybe_moment, moment
from storage.outages import OutageChange

CREWS = {"none": "", "handed_over": "handed_over", "on_way": "on_way", "working": "working"}


@dataclass(frozen=True, slots=True)
class OutageEvent:
    """What is new; None: nothing is said of it. `has_end`: the restoration time is told, where
    `ends_at` None means that it is not known. `at`: when it happened."""

    sequence: int
    at: datetime
    state: str | None = None
    has_end: bool = False
    ends_at: datetime | None = None
    cause: str | None = None
    crew: str | None = None
    discarded: bool = False


def revised(row: Row, event: OutageEvent, now: datetime) -> OutageChange:
    """The outage as it is after the event. Said again, the same event gives the same."""
    fields: dict[str, object] = {"sequence": event.sequence}
    state = "cancelled" if event.discarded else event.state or str(row["state"])
    fields["state"] = state
    if event.has_end:
        fields["ends_at"] = event.ends_at
    elif _ends_now(row, state, event):
        fields["ends_at"] = event.at
    if event.cause is not None:
        fields["reason"] = " ".join(event.cause.split())
    if event.crew is not None:
        fields["crew"] = CREWS[event.crew] if row["kind"] == "unplanned" else ""
        ends = maybe_moment(row["ends_at"])
        # As when a person says so: a crew that sets out now was not done an hour ago.
        if state == "active" and not event.has_end and ends is not None and ends <= now:
            fields["ends_at"] = None
    return outages.revise(row, **fields)


def _ends_now(row: Row, state: str, event: OutageEvent) -> bool:
    """Whether a fault is over with this event, which then is its end."""
    return (
        state == "restored"
        and row["state"] != "restored"
        and row["kind"] == "unplanned"
        and event.at > moment(row["starts_at"])
    )
