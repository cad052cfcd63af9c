"""Works told again after a stop: a call of before is not made beside the letter of now."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.campaigns.redo import redo
from bot.campaigns.rules import stop
from bot.delivery.posting import post_letters
from storage import Database
from tests.bot import grid, ways

LATE = grid.STARTS - timedelta(days=5, minutes=30)
BELATED = grid.STARTS - timedelta(days=5) + timedelta(minutes=30)
AGAIN = BELATED + timedelta(minutes=5)


@pytest.fixture
def called(database: Database) -> Database:
    """C1's SMS failed when no letter could keep the law: somebody has to ring up. The letter of C2
    was stopped and is told again, and with it C1, who has no phone any more."""
    grid.people(database, [1, 2])
    ways.lose_phone(database, 2)
    grid.change(database, grid.WORKS, now=LATE)
    grid.approve(database, "planned_notice", now=LATE, reason="Vētra")
    grid.fan_out(database, LATE)
    database.run("UPDATE campaigns SET late_reason = NULL")
    grid.provider_says(database, "failed", now=BELATED, only=[grid.phone(1)])
    ways.follow(database, BELATED)
    assert ways.calls(database) == [("C1", "not_reached")]
    ways.lose_phone(database, 1)
    (other,) = database.all("SELECT campaign_id AS id FROM messages WHERE peer = 'C2'")
    stop(database, other["id"], by="anna", now=BELATED)
    redo(database, other["id"], by="anna", now=AGAIN, policy=grid.POLICY)
    grid.approve(database, "planned_notice", now=AGAIN, reason="Vētra")
    grid.fan_out(database, AGAIN)
    return database


def post(database: Database, folder: Path, now: datetime) -> None:
    assert post_letters(database, folder, by="anna", now=now, policy=grid.POLICY) is not None


def test_a_posted_letter_takes_the_call_off_the_list(called: Database, tmp_path: Path) -> None:
    waiting = called.all("SELECT peer FROM messages WHERE channel = 'letter' AND status = 'queued'")
    assert [row["peer"] for row in waiting] == ["C1", "C2"]
    assert ways.calls(called) == [("C1", "not_reached")]
    post(called, tmp_path, AGAIN)
    assert ways.calls(called) == []
    (call,) = called.all("SELECT state, outcome FROM calls")
    assert (call["state"], call["outcome"]) == ("withdrawn", "told by letter")


def test_a_letter_that_tells_another_thing_leaves_the_call(
    called: Database, tmp_path: Path
) -> None:
    called.run("UPDATE campaigns SET kind = 'moved' WHERE id IN (SELECT campaign_id FROM calls)")
    post(called, tmp_path, AGAIN)
    assert ways.calls(called) == [("C1", "not_reached")]
