"""The first few of a campaign, the brake while it is sent, and every state of its course."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.campaigns import broadcasts, canary, fanout
from bot.campaigns import rules as campaigns
from bot.campaigns.broadcasts import Words
from bot.network.audience import Asked
from bot.policy import Policy
from storage import Database
from tests.bot import grid

TEXTS = {"lv": "Centrs ir slēgts.", "ru": "Центр закрыт.", "en": "The centre is closed."}
MANY = 100


def sending(database: Database, many: int = MANY) -> str:
    """An announcement to so many, approved and fanned out once."""
    grid.people(database, range(1, many + 1))
    made = broadcasts.announce(database, Asked(), Words(TEXTS, "anna", grid.NOW))
    campaigns.approve(database, made, by="juris", now=grid.NOW, policy=grid.POLICY)
    grid.fan_out(database)
    return made


def state(database: Database, campaign_id: str) -> str:
    return str(campaigns.find(database, campaign_id)["state"])


def queued(database: Database) -> int:
    return len(database.all("SELECT id FROM messages WHERE status = 'queued'"))


def watch(database: Database, now: datetime = grid.NOW, policy: Policy = grid.POLICY) -> None:
    canary.watch(database, now, policy)
    grid.fan_out(database, now)


def first_get(database: Database, many: int, status: str) -> None:
    """So many of those that wait get this status."""
    rows = database.all("SELECT peer FROM messages WHERE status = 'queued' ORDER BY id")
    grid.provider_says(database, status, only=[row["peer"] for row in rows[:many]])


def test_the_first_twenty_go_first_and_the_rest_when_they_have_arrived(database: Database) -> None:
    made = sending(database)
    assert (state(database, made), queued(database)) == ("canary", 20)
    grid.fan_out(database)
    assert queued(database) == 20
    grid.provider_says(database, "sent")
    watch(database)
    assert (state(database, made), queued(database)) == ("canary", 0)
    database.run("UPDATE messages SET status = 'delivered'")
    watch(database)
    assert (state(database, made), queued(database)) == ("sending", 80)


def test_one_percent_of_a_very_large_campaign_goes_first() -> None:
    row = {"kind": "planned_notice", "corrects_id": None}
    sizes = [canary.size_of(row, many, grid.POLICY) for many in (20, 21, 1000, 4001)]
    assert sizes == [0, 20, 20, 41]


def test_no_canary_where_the_policy_wants_none(database: Database) -> None:
    row = {"kind": "planned_notice", "corrects_id": None}
    none = replace(grid.POLICY, campaign_canary_percent=0)
    assert canary.size_of(row, MANY, none) == 0


@pytest.mark.parametrize("kind", ["unplanned", "time_changed", "restored", "cancelled"])
def test_what_cannot_wait_has_no_canary(kind: str) -> None:
    row = {"kind": kind, "corrects_id": None}
    assert canary.size_of(row, MANY, grid.POLICY) == 0


def test_without_receipts_it_goes_on_when_the_time_is_over(database: Database) -> None:
    made = sending(database)
    grid.provider_says(database, "accepted")
    watch(database, grid.NOW + grid.HOUR / 6)
    assert state(database, made) == "canary"
    watch(database, grid.NOW + grid.HOUR / 3)
    assert (state(database, made), queued(database)) == ("sending", 80)


def test_a_canary_that_was_not_handed_over_is_not_judged(database: Database) -> None:
    made = sending(database)
    watch(database, grid.NOW + grid.HOUR)
    assert state(database, made) == "canary"


def test_too_many_failures_of_the_first_pause_it_with_the_reason(database: Database) -> None:
    made = sending(database)
    first_get(database, 2, "failed")
    watch(database)
    row = campaigns.find(database, made)
    assert row["state"] == "paused"
    assert "2 of 2 messages failed, more than 5 %" in row["paused_why"]
    assert grid.fan_out(database, grid.NOW + grid.HOUR) == 0


def test_five_percent_exactly_are_let_pass(database: Database) -> None:
    made = sending(database)
    first_get(database, 1, "failed")
    grid.provider_says(database, "delivered")
    watch(database)
    assert state(database, made) == "sending"


def test_a_person_resumes_it_without_another_canary(database: Database) -> None:
    made = sending(database)
    grid.provider_says(database, "failed")
    watch(database)
    database.transaction(lambda tx: campaigns.resume(tx, made, by="zane", now=grid.NOW))
    watch(database)
    assert (state(database, made), queued(database)) == ("sending", 80)


def test_it_pauses_itself_while_it_is_sent_but_not_for_what_a_person_has_seen(
    database: Database,
) -> None:
    made = sending(database)
    grid.provider_says(database, "delivered")
    watch(database)
    first_get(database, 5, "failed")
    watch(database)
    assert state(database, made) == "paused"
    database.transaction(lambda tx: campaigns.resume(tx, made, by="zane", now=grid.NOW))
    first_get(database, 19, "failed")
    watch(database)
    assert state(database, made) == "sending"  # 19 say nothing of a share
    first_get(database, 1, "failed")
    watch(database)
    assert state(database, made) == "paused"


def test_receipts_that_never_come_are_no_failures(database: Database) -> None:
    made = sending(database)
    grid.provider_says(database, "accepted")
    watch(database, grid.NOW + grid.HOUR)
    first_get(database, 3, "failed")
    grid.provider_says(database, "accepted")
    watch(database, grid.NOW + grid.HOUR)
    assert state(database, made) == "done"


def test_a_crash_while_the_first_are_queued_makes_no_second_twenty(database: Database) -> None:
    made = sending(database)
    database.run("UPDATE campaigns SET canary_until = NULL")
    grid.fan_out(database)
    assert (state(database, made), queued(database)) == ("canary", 20)


def test_planned_works_have_a_canary_and_a_mass_cancellation_has_none(database: Database) -> None:
    grid.people(database, range(1, MANY + 1))
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert grid.fan_out(database, grid.DUE) == 20
    grid.provider_says(database, "delivered", now=grid.DUE)
    watch(database, grid.DUE)
    grid.provider_says(database, "delivered", now=grid.DUE)
    grid.change(database, grid.OVER, now=grid.DUE)
    grid.approve(database, "cancelled", now=grid.DUE)
    assert fanout.fan_out(database, grid.DUE, policy=grid.POLICY) == MANY


def test_a_campaign_with_a_time_of_its_own_expires_when_it_is_over(database: Database) -> None:
    grid.people(database, [1])
    words = Words(TEXTS, "anna", grid.NOW, grid.NOW + grid.HOUR)
    made = broadcasts.announce(database, Asked(), words)
    watch(database, grid.NOW + 2 * grid.HOUR)
    assert state(database, made) == "expired"
    assert len(grid.notices_of(database, "announcement", state="withdrawn")) == 1


def test_every_state_can_be_reached(database: Database) -> None:
    seen = []
    grid.people(database, range(1, 61))
    made = broadcasts.announce(database, Asked(), Words(TEXTS, "anna", grid.NOW))
    seen.append(state(database, made))
    campaigns.approve(database, made, by="juris", now=grid.NOW, policy=grid.POLICY)
    seen.append(state(database, made))
    grid.fan_out(database)
    seen.append(state(database, made))
    grid.provider_says(database, "delivered")
    watch(database)
    seen.append(state(database, made))
    database.transaction(lambda tx: campaigns.pause(tx, made, by="anna", now=grid.NOW))
    seen.append(state(database, made))
    database.transaction(lambda tx: campaigns.resume(tx, made, by="anna", now=grid.NOW))
    grid.provider_says(database, "delivered")
    watch(database)
    seen.append(state(database, made))
    assert seen == ["draft", "approved", "canary", "sending", "paused", "done"]
