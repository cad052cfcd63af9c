"""Four eyes: one person is one however they spell their name, and logins are kept beside names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.campaigns import broadcasts
from bot.campaigns import rules as campaigns
from bot.campaigns.broadcasts import Words
from bot.campaigns.rules import CampaignRefused
from bot.network.audience import Asked
from bot.people import persons
from storage import Database
from storage import campaigns as rows
from storage.database import note_login
from tests.bot import grid

STRICT = replace(grid.POLICY, campaign_require_different_login=True)


@pytest.fixture(autouse=True)
def nobody_after() -> Iterator[None]:
    yield
    note_login("")


@pytest.mark.parametrize(
    "other", ["ilze", "ILZE ", " Ilze", "Īlze", "Ilze.", "I l z e", "Илзе", "ilzē"]
)
def test_one_person_is_one_however_the_name_is_spelled(other: str) -> None:
    assert persons.same_name("Ilze", other)
    assert not persons.same_name("Ilze", "Ilona")


@pytest.mark.parametrize("by", ["ilze", "Īlze ", "Marta"])
def test_every_maker_of_a_campaign_is_a_maker(database: Database, by: str) -> None:
    draft = database.transaction(lambda tx: _draft(tx))
    assert persons.is_maker(draft, by) and not persons.is_maker(draft, "Zane")


def _draft(tx):  # type: ignore[no-untyped-def]
    rows.add_drafts(tx, [rows.NewCampaign("c1", "debt", "t", "Ilze + Marta")], grid.NOW)
    return rows.campaign(tx, "c1")


def test_who_is_logged_in_is_kept_beside_the_name(database: Database) -> None:
    note_login("ilzek")
    row = _of_many(database)
    note_login("martab")
    _approve(database, row, STRICT)
    found = rows.campaign(database, row["id"])
    assert found is not None
    assert (found["made_login"], found["approved_login"]) == ("ilzek", "martab")
    assert persons.shared_login(found) == ""
    (kept,) = database.all("SELECT * FROM audit WHERE action = 'campaign approved'")
    assert (kept["actor"], kept["login"]) == ("juris", "martab")


def test_one_login_for_both_is_shown_and_by_policy_refused(database: Database) -> None:
    note_login("shift")
    row = _of_many(database)
    with pytest.raises(CampaignRefused, match="made from the login shift too"):
        _approve(database, row, STRICT)
    _approve(database, row, grid.POLICY)
    found = rows.campaign(database, row["id"])
    assert found is not None
    assert persons.shared_login(found) == "shift"


def test_the_login_of_who_added_a_text_counts_as_well(database: Database) -> None:
    grid.people(database, range(1, 53))
    note_login("ilzek")
    words = Words({"lv": "Slēgts.", "ru": "Закрыто."}, "ilze", grid.NOW)
    part = broadcasts.announce(database, Asked(), words)
    note_login("shift")
    broadcasts.add_texts(database, part, replace(words, texts={"en": "Closed."}, by="juta"))
    row = rows.campaign(database, part)
    assert row is not None
    assert persons.made_logins(row) == ["ilzek", "shift"]
    with pytest.raises(CampaignRefused, match="made from the login shift too"):
        _approve(database, row, STRICT)


def test_what_policy_approves_has_no_login(database: Database) -> None:
    note_login("shift")
    grid.people(database, [1])
    grid.change(database, grid.FAULT)
    (row,) = grid.drafts(database, "unplanned", "approved")
    assert (row["approved_by"], persons.shared_login(row)) == ("policy", "")


def test_a_small_campaign_needs_no_other_login(database: Database) -> None:
    note_login("shift")
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    (row,) = grid.drafts(database, "planned_notice")
    _approve(database, row, STRICT)


def _of_many(database: Database):  # type: ignore[no-untyped-def]
    grid.people(database, range(1, 53))
    grid.change(database, grid.WORKS)
    (row,) = grid.drafts(database, "planned_notice")
    return row


def _approve(database: Database, row, policy) -> None:  # type: ignore[no-untyped-def]
    campaigns.approve(database, row["id"], by="juris", now=grid.DUE, policy=policy)
