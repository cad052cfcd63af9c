"""Letters that are late do not hold up the SMS about the same works, whenever that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.campaigns import rules as campaigns
from bot.campaigns.rules import CampaignRefused
from storage import Database
from tests.bot import grid, ways

# An SMS is in time, a letter is not.
NOW = grid.STARTS - timedelta(days=6)
MOVED = replace(
    grid.WORKS, sequence=2, starts_at=grid.STARTS + grid.HOUR, ends_at=grid.ENDS + grid.HOUR
)


def told(database: Database, *, first: int = 1) -> None:
    """Three customers know of works."""
    grid.people(database, range(first, 4))
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)


def approve(database: Database, part: str, *, now: datetime = NOW) -> campaigns.Approved:
    return campaigns.approve(database, part, by="juris", now=now, policy=grid.POLICY)


def titles(database: Database) -> list[str]:
    return [row["title"] for row in grid.drafts(database, "moved")]


def test_who_wrote_stop_before_the_move_has_a_draft_of_letters(database: Database) -> None:
    told(database)
    ways.stop(database, 1)
    grid.change(database, MOVED, now=NOW)
    assert titles(database) == [
        "Works moved: 1 outage, 12 Dec 2026",
        "Works moved by letter: 1 outage, 12 Dec 2026 (late)",
    ]


def test_who_writes_stop_after_the_move_gets_one_with_the_approval(database: Database) -> None:
    told(database)
    grid.change(database, MOVED, now=NOW)
    ways.stop(database, 1)
    (row,) = grid.drafts(database, "moved")
    seen = campaigns.look(database, campaigns.find(database, row["id"]), NOW, grid.POLICY)
    assert (seen.late, len(seen.apart)) == (0, 1)
    assert any("become a draft of their own" in warning for warning in seen.warnings)
    assert set(seen.deadlines) == {"sms"}
    done = approve(database, row["id"])
    assert done.preview is not None
    assert (done.preview.messages, done.preview.reach.letters) == (2, 0)
    grid.fan_out(database, NOW)
    assert ways.sent(database, "moved") == [("sms", grid.phone(2)), ("sms", grid.phone(3))]
    assert titles(database) == ["Works moved by letter: 1 outage, 12 Dec 2026 (late)"]
    with pytest.raises(CampaignRefused, match="--reason"):
        approve(database, done.apart)


def test_who_was_told_by_letter_and_has_a_phone_by_now_holds_up_nobody(database: Database) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    told(database, first=2)
    grid.people(database, [1])
    grid.change(database, MOVED, now=NOW)
    (row,) = grid.drafts(database, "moved")
    assert approve(database, row["id"]).apart
    assert len(grid.drafts(database, "moved")) == 1


def test_a_refused_approval_leaves_the_draft_whole(database: Database) -> None:
    told(database)
    grid.change(database, MOVED, now=NOW)
    ways.stop(database, 1)
    (row,) = grid.drafts(database, "moved")
    strict = replace(grid.POLICY, campaign_four_eyes_over=1)
    with pytest.raises(CampaignRefused, match="another person"):
        campaigns.approve(database, row["id"], by="anna", now=NOW, policy=strict)
    assert len(grid.drafts(database, "moved")) == 1


def test_works_that_are_late_altogether_stay_in_one_draft(database: Database) -> None:
    told(database)
    late = grid.STARTS - timedelta(days=2)
    grid.change(database, MOVED, now=late)
    ways.stop(database, 1)
    (row,) = grid.drafts(database, "moved")
    seen = campaigns.look(database, campaigns.find(database, row["id"]), late, grid.POLICY)
    assert (seen.late, seen.apart) == (1, [])
