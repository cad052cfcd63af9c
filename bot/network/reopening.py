"""An outage that was not over after all: the whole of it, or a part that is nested in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.network.outages import Actor, Done, OutageRefused, find, revise, store_changes
from storage import Database, Row, Tx, outages, still_dark
from storage.database import maybe_moment, moment
from storage.outages import OutageChange


def reopen(database: Database, part: str, actor: Actor, *, ends_at: datetime | None = None) -> Done:
    """It was closed by mistake: active (or scheduled) again, and who was told that it is over gets
    the right word. Raises OutageRefused for one that is not over, or works without an end to come.
    """
    row = _over(database, part)
    starts, ends = moment(row["starts_at"]), ends_at
    if row["kind"] == "planned":
        ends = ends_at or maybe_moment(row["ends_at"])
        if ends is None or ends <= actor.now:
            raise OutageRefused("the end of these works has passed; give --ends.")
    begun = row["kind"] == "unplanned" or starts <= actor.now
    state = "active" if begun else "scheduled"
    return store_changes(database, [revise(row, state=state, ends_at=ends)], actor, "reopen")


def nest(
    database: Database, part: str, actor: Actor, *, transformer: str = "",
    eics: Sequence[str] = (), ends_at: datetime | None = None,
) -> Done:  # fmt: skip
    """A part of an outage that is over is still dark: it becomes an outage of its own, since the
    beginning of that one. The answers "still dark" from there belong to it.

    Raises OutageRefused when the part is not in the outage.
    """
    row = _over(database, part)
    outage_id = str(row["id"])
    where = still_dark.premises_on(database, outage_id, transformer) if transformer else list(eics)
    lost = set(where) - set(outages.outage_eics(database, outage_id))
    if not where or lost:
        raise OutageRefused(
            f"{row['external_id']} has no premises on {transformer or ', '.join(sorted(lost))}."
        )
    return store_changes(database, [_part_of(database, row, where, ends_at)], actor, "nest")


def _part_of(tx: Tx, row: Row, eics: Sequence[str], ends_at: datetime | None) -> OutageChange:
    number = still_dark.nested_count(tx, str(row["id"])) + 1
    return OutageChange(
        external_id=f"{row['external_id']}-N{number}",
        sequence=1,
        kind="unplanned",
        state="active",
        starts_at=moment(row["starts_at"]),
        ends_at=ends_at,
        reason=str(row["reason"]) if row["kind"] == "unplanned" else "",
        eics=tuple(eics),
        nested_in=str(row["id"]),
    )


def _over(tx: Tx, part: str) -> Row:
    row = find(tx, part)
    if row["state"] not in ("restored", "cancelled"):
        raise OutageRefused(f"{row['external_id']} is {row['state']}; it is not over.")
    return row
