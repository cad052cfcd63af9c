"""Where an outage stands at this moment: what its state and its times say together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage import Row, Tx, outages
from storage.database import maybe_moment, moment

# What matters first in a list.
_ORDER = ("active", "under way", "scheduled")


def of(row: Row, now: datetime) -> str:
    """The state for people; planned works are `under way` between their times and `ended` after."""
    state = str(row["state"])
    if row["kind"] != "planned" or state not in ("scheduled", "active"):
        return state
    ends = maybe_moment(row["ends_at"])
    if ends is not None and ends <= now:
        return "ended"
    return "under way" if moment(row["starts_at"]) <= now else "scheduled"


def listed(
    tx: Tx, now: datetime, *, states: Sequence[str] = (), past: bool = False
) -> list[Row]:  # fmt: skip
    """Outages that last or are to come (or in the states), what lasts now first; or those over."""
    if past:
        over = outages.past_outages(tx, now)
        return [row for row in over if not states or row["state"] in states]
    wanted = states or ("scheduled", "active")
    found = outages.list_outages(tx, states=wanted, lasting=now)
    return sorted(found, key=lambda row: _place(of(row, now)))


def _place(standing: str) -> int:
    return _ORDER.index(standing) if standing in _ORDER else len(_ORDER)
