"""The short way of mass cancellations makes the same rows as the general rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from storage import Database, cancellation, open_database
from tests import engines
from tests.bot import grid

SECOND = replace(
    grid.WORKS, external_id="W2", transformer="T2",
    starts_at=grid.STARTS + grid.DAY, ends_at=grid.ENDS + grid.DAY,
)  # fmt: skip
GONE = replace(SECOND, sequence=9, state="cancelled", reason="Sals")
OVER = replace(grid.OVER, sequence=9, reason="Sals")


def plan(database: Database) -> None:
    grid.people(database, [1, 2, 3])
    grid.people(database, [4, 5], transformer="T2")
    grid.extra_premises(database, 7, owner=1, transformer="T2")
    grid.extra_phone(database, "+37129999999", owner=2)
    grid.change(database, grid.WORKS, SECOND)


def told(database: Database) -> None:
    grid.tell(database, "planned_notice", now=grid.DUE + grid.DAY)


def told_in_part(database: Database) -> None:
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE + grid.DAY)
    grid.provider_says(database, "sent", only=[grid.phone(1), grid.phone(2)])
    database.run("UPDATE messages SET status = 'sending' WHERE peer = ?", [grid.phone(3)])


def moved(database: Database) -> None:
    told(database)
    grid.change(database, grid.LATER, now=grid.DUE + grid.DAY)


def moved_and_told(database: Database) -> None:
    moved(database)
    grid.tell(database, "moved", now=grid.DUE + 2 * grid.DAY)


def sold(database: Database) -> None:
    told(database)
    database.run("UPDATE premises SET customer_number = 'C5' WHERE customer_number = 'C1'")


def nothing(database: Database) -> None:
    """Drafts only."""


def rows(database: Database) -> list[tuple[object, ...]]:
    """What the notices and messages are in the end, without their ids."""
    notices = database.all(
        """SELECT o.external_id, n.revision, n.kind, n.customer_number, n.eic, n.phone, n.state,
                  n.due_at, n.old_starts_at, n.old_ends_at, c.state AS campaign
           FROM notices n JOIN outages o ON o.id = n.outage_id JOIN campaigns c
           ON c.id = n.campaign_id ORDER BY 1, 2, 3, 4, 5, 6"""
    )
    messages = database.all("SELECT kind, peer, status FROM messages ORDER BY kind, peer, topic_id")
    return [tuple(row[name] for name in row.keys()) for row in (*notices, *messages)]  # noqa: SIM118


@pytest.mark.parametrize("before", [nothing, told, told_in_part, moved, moved_and_told, sold])
def test_a_cancellation_makes_the_same_rows_on_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Callable[[Database], None]
) -> None:
    found = []
    for plain in (cancellation.is_plain, lambda tx, ids: False):
        monkeypatch.setattr(cancellation, "is_plain", plain)
        database = open_database(engines.new_address(tmp_path, migrated=True))
        database.migrate()
        plan(database)
        before(database)
        grid.change(database, OVER, GONE, now=grid.DUE + 2 * grid.DAY)
        found.append(rows(database))
        database.close()
    assert found[0] == found[1]


def test_works_cancelled_again_after_they_were_revived_take_the_general_way(
    database: Database,
) -> None:
    plan(database)
    told(database)
    grid.change(database, OVER, now=grid.DUE + grid.DAY)
    (row,) = database.all("SELECT id FROM outages WHERE external_id = 'W1'")
    assert not cancellation.is_plain(database, [row["id"]])
