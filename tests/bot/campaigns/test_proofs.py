"""Reasons that are kept in proofs say something, wherever they are given."""

from __future__ import annotations

import pytest

from bot.campaigns import rules as campaigns
from bot.campaigns.proofs import weak_reason
from bot.campaigns.rules import CampaignRefused
from bot.network import outages
from bot.network.outages import OutageRefused
from storage import Database
from tests.bot import grid


@pytest.mark.parametrize("reason", ["x", "-", "....", "abc 123", "нет"])
def test_a_reason_of_fewer_than_five_letters_says_nothing(reason: str) -> None:
    assert "at least 5 letters" in weak_reason(reason)


@pytest.mark.parametrize("reason", ["", "avārijas draudi", "sals", "авария", "storm"])
def test_words_and_known_reasons_are_kept(reason: str) -> None:
    assert weak_reason(reason) == ""


@pytest.fixture
def works(database: Database) -> Database:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    return database


def test_no_campaign_is_approved_for_such_a_reason(works: Database) -> None:
    part = campaigns.rows.list_campaigns(works)[-1]["id"]
    with pytest.raises(CampaignRefused, match="says nothing"):
        campaigns.approve(works, part, by="x", now=grid.NOW, policy=grid.POLICY, reason="x")


def test_no_outage_is_cancelled_or_moved_for_such_a_reason(works: Database) -> None:
    (row,) = works.all("SELECT external_id FROM outages")
    actor = outages.Actor("ilze", grid.NOW, grid.POLICY)
    with pytest.raises(OutageRefused, match="says nothing"):
        outages.cancel(works, [row["external_id"]], actor, reason="x")
    with pytest.raises(OutageRefused, match="says nothing"):
        outages.move(works, row["external_id"], actor, reason="x")
