"""Fan-out while others write: what was read beside them is written only if it still holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import campaigns, fanout
from storage import Database, Tx, open_database
from storage import fanout as rows
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


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Something happens between the reading of a piece and its writing, once."""
    plain, done = rows.plan_chunk, [False]

    def plan(*args: Any, **more: Any) -> Any:
        found = plain(*args, **more)
        # The transaction of others cannot be begun inside of one.
        if not done[0] and hasattr(args[0], "transaction"):
            done[0] = True
            act()
        return found

    monkeypatch.setattr(rows, "plan_chunk", plan)


def sent_to(database: Database) -> list[str]:
    return [row["peer"] for row in database.all(
        "SELECT peer FROM messages WHERE status = 'queued' AND kind = 'planned_notice'"
    )]  # fmt: skip


def test_works_cancelled_between_reading_and_writing_are_not_told(
    works: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(
        monkeypatch,
        lambda: works.run("UPDATE notices SET state = 'withdrawn' WHERE customer_number = 'C20'"),
    )
    fanout.fan_out(works, grid.DUE, 10, policy=grid.POLICY)
    assert len(sent_to(works)) == len(PEOPLE) - 1
    assert grid.phone(20) not in sent_to(works)


def test_a_campaign_stopped_between_reading_and_writing_sends_nothing_more(
    works: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = grid.drafts(works, "planned_notice", state="sending")

    def stop() -> None:
        campaigns.stop(works, row["id"], by="anna", now=grid.DUE)

    meanwhile(monkeypatch, stop)
    fanout.fan_out(works, grid.DUE, 10, policy=grid.POLICY)
    assert sent_to(works) == []


def test_messages_are_queued_in_the_order_of_phone_numbers(works: Database) -> None:
    fanout.fan_out(works, grid.DUE, 7, policy=grid.POLICY)
    found = works.all("SELECT peer FROM messages ORDER BY rowid")
    assert [row["peer"] for row in found] == sorted(grid.phone(n) for n in PEOPLE)


def test_pieces_grow_and_shrink_with_the_time_they_take() -> None:
    pace = fanout._Pace(400)
    sizes = []
    for seconds in (0.001, 0.001, 0.001, 0.005, 0.02, 0.02, 0.02, 0.02, 0.001):
        pace.took(seconds)
        sizes.append(pace.size)
    assert sizes == [200, 400, 400, 400, 200, 100, 50, 50, 100]


def test_the_log_is_copied_beside_the_writer_and_stays_short(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/long.db?synchronous=OFF")
    database.migrate()
    row = "INSERT INTO audit VALUES (new_id(), '', '', '', '', ?)"

    def write(tx: Tx) -> None:
        tx.many(row, [("x" * 3000,)] * 500)

    for _ in range(150):  # 75,000 rows, 250 MB
        database.transaction(write, bulk=True)
    log = tmp_path / "long.db-wal"
    assert log.stat().st_size < 200e6
    database.close()
    assert not log.exists()
