"""A stopped campaign made again: to those who have not been told, as things are now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.campaigns.redo import redo
from bot.campaigns.rules import CampaignRefused, stop
from storage import Database
from tests.bot import grid


def _stop(database: Database, kind: str, *, now: datetime = grid.NOW) -> str:
    states = "('draft', 'approved', 'sending', 'done')"
    sql = f"SELECT id FROM campaigns WHERE kind = ? AND state IN {states}"
    (row,) = database.all(sql, [kind])
    stop(database, row["id"], by="anna", now=now)
    return str(row["id"])


def _redo(database: Database, campaign_id: str, *, now: datetime = grid.NOW) -> list[str]:
    made = redo(database, campaign_id, by="anna", now=now, policy=grid.POLICY)
    kinds = (database.one("SELECT kind FROM campaigns WHERE id = ?", [each]) for each in made)
    return sorted(row["kind"] for row in kinds if row is not None)


def test_a_stopped_draft_is_told_after_all_with_its_reminders(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    stopped = _stop(database, "planned_notice")
    assert _redo(database, stopped) == ["planned_notice", "reminder"]
    grid.tell(database, "planned_notice", now=grid.DUE)
    assert len(grid.told(database, "planned_notice")) == 2
    assert len(grid.notices_of(database, "reminder", state="approved")) == 2


def test_who_was_told_before_the_stop_is_not_told_again_but_reminded(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "delivered", only=[grid.phone(1)], now=grid.DUE)
    stopped = _stop(database, "planned_notice", now=grid.DUE)
    made = _redo(database, stopped, now=grid.DUE)
    assert made == ["planned_notice", "reminder", "reminder"]
    grid.approve(database, "planned_notice", now=grid.DUE)
    grid.approve(database, "reminder", now=grid.DUE)
    assert grid.fan_out(database, grid.DUE) == 1
    assert grid.fan_out(database, grid.STARTS - grid.DAY) == 2
    assert grid.told(database, "planned_notice") == [
        (grid.phone(1), "delivered"),
        (grid.phone(2), "withdrawn"),
        (grid.phone(2), "queued"),
    ]


def test_stopped_reminders_are_made_again_on_their_own(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    stopped = _stop(database, "reminder", now=grid.DUE)
    assert _redo(database, stopped, now=grid.DUE) == ["reminder"]
    grid.approve(database, "reminder", now=grid.DUE)
    assert grid.fan_out(database, grid.STARTS - grid.DAY) == 1


def test_works_moved_since_the_stop_are_told_with_the_new_time(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    stopped = _stop(database, "planned_notice")
    grid.change(database, grid.LATER)  # makes a draft of its own
    with pytest.raises(CampaignRefused, match="nobody is left"):
        _redo(database, stopped)
    assert len(grid.drafts(database, "planned_notice")) == 1


def test_a_stopped_cancellation_can_be_told_after_all(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "delivered", only=[grid.phone(1)], now=grid.DUE)
    grid.change(database, grid.OVER, now=grid.DUE)
    stopped = _stop(database, "cancelled", now=grid.DUE)
    assert _redo(database, stopped, now=grid.DUE) == ["cancelled"]
    grid.tell(database, "cancelled", now=grid.DUE)
    assert grid.told(database, "cancelled") == [(grid.phone(1), "delivered")]


def test_a_file_counts_as_before_after_works_were_made_again(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    _redo(database, _stop(database, "planned_notice"))
    assert grid.change(database, grid.WORKS)[0].outcome == "same"
    assert grid.change(database, replace(grid.LATER, sequence=2))[0].outcome == "changed"


def test_only_a_stopped_campaign_is_made_again(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    (row,) = grid.drafts(database, "planned_notice")
    with pytest.raises(CampaignRefused, match="only a stopped one"):
        _redo(database, str(row["id"]))
