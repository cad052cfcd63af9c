"""Works that were cancelled: when, and who of those told of them was told that they are off.

The law sets no time for it, so nobody is late here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import floor
from typing import Literal, NamedTuple

from bot.policy import Policy
from bot.reports.months import days_before
from storage import Database, Row, figures
from storage.database import moment

TOLD = ("accepted", "sent", "delivered")
# Told so; knew of the works and was not told; never heard of them.
OffVerdict = Literal["cancelled", "cancelled_not_told", "cancelled_unknown"]
CALLED_OFF: tuple[OffVerdict, ...] = ("cancelled", "cancelled_not_told", "cancelled_unknown")


class Off(NamedTuple):
    """How one premises was told that the works are off; as the columns of `deadlines.Line`."""

    place: Row
    channel: str
    sent_at: datetime | None
    told_at: datetime | None
    state: str
    days: float | None
    verdict: OffVerdict


def called_off(database: Database, outage: Row, policy: Policy) -> Iterator[Off]:
    """A line a premises of cancelled works, by customer."""
    post = timedelta(days=policy.planned_post_days)
    starts = moment(outage["starts_at"])
    said = figures.called_off(database, str(outage["id"]))
    for work in figures.warned(database, [str(outage["id"])]):
        for place in work.places:
            rows = said.get((place["customer_number"], place["eic"]), [])
            best = _first(rows, ("cancelled",))
            if best is None:
                yield _untold(place, rows)
                continue
            sent = moment(best["sent_at"])
            told = sent + post if best["channel"] == "letter" else sent
            days = floor(days_before(starts, told) * 10) / 10
            yield Off(place, best["channel"], sent, told, best["status"], days, "cancelled")


def _untold(place: Row, rows: Sequence[Row]) -> Off:
    if _first(rows, figures.WARNINGS) is None:
        return Off(place, "", None, None, "no_notice", None, "cancelled_unknown")
    return Off(place, "", None, None, _state(rows), None, "cancelled_not_told")


def _first(rows: Sequence[Row], kinds: Sequence[str]) -> Row | None:
    """The first of these kinds that was sent."""
    told = [row for row in rows if row["kind"] in kinds and row["status"] in TOLD]
    return min(
        (row for row in told if row["sent_at"]), key=lambda row: row["sent_at"], default=None
    )


def _state(rows: Sequence[Row]) -> str:
    off = [row for row in rows if row["kind"] == "cancelled"]
    return str(off[-1]["status"] or off[-1]["notice_state"]) if off else "no_notice"
