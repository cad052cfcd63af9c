"""Fan-out: in which order, in pieces of what size, and what becomes of the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.campaigns import fanout
from storage import Database, Tx, open_database
from tests.bot import grid

PEOPLE = range(1, 31)


@pytest.fixture
def works(database: Database) -> Database:
    """Works told to 30 customers, approved; the canary is over."""
    grid.people(database, PEOPLE)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    database.run("UPDATE campaigns SET state = 'sending' WHERE kind = 'planned_notice'")
    return database


def test_messages_are_queued_in_the_order_of_phone_numbers(works: Database) -> None:
    fanout.fan_out(works, grid.DUE, 7, policy=grid.POLICY)
    found = works.all("SELECT peer FROM messages ORDER BY id")
    assert [row["peer"] for row in found] == sorted(grid.phone(n) for n in PEOPLE)


def test_pieces_grow_and_shrink_with_the_time_they_take() -> None:
    pace = fanout._Pace(400, many_writers=False)
    sizes = []
    for seconds in (0.001, 0.001, 0.001, 0.005, 0.02, 0.02, 0.02, 0.02, 0.001):
        pace.took(seconds)
        sizes.append(pace.size)
    assert sizes == [200, 400, 400, 400, 200, 100, 50, 50, 100]


def test_the_log_is_copied_beside_the_writer_and_stays_short(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/long.db?synchronous=OFF")
    database.migrate()
    row = "INSERT INTO locks VALUES (new_id(), ?, '')"

    def write(tx: Tx) -> None:
        tx.many(row, [("x" * 3000,)] * 500)

    for _ in range(150):  # 75,000 rows, 250 MB
        database.transaction(write, bulk=True)
    log = tmp_path / "long.db-wal"
    assert log.stat().st_size < 200e6
    database.close()
    assert not log.exists()
