"""Campaigns: quiet hours, legal days, approval, reminders, stop and pause; then their course."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.campaigns.rules import CampaignRefused
from bot.words import texts
from storage import Database
from storage import campaigns as campaign_rows
from storage.database import stamp
from tests.bot import grid


def test_planned_notices_wait_for_the_end_of_quiet_hours(database: Database) -> None:
    grid.people(database, [1])
    night = datetime(2026, 12, 5, 20, 0, tzinfo=UTC)  # 22:00 in Riga
    morning = datetime(2026, 12, 6, 6, 0, tzinfo=UTC)
    grid.change(database, grid.WORKS, now=night)
    grid.approve(database, "planned_notice", now=night)
    assert grid.fan_out(database, night) == 0
    assert grid.fan_out(database, morning) == 1


def test_a_worker_that_was_down_does_not_send_works_at_night(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert grid.fan_out(database, grid.DUE + timedelta(hours=14)) == 0
    assert grid.fan_out(database, grid.DUE + timedelta(hours=24)) == 1


def test_works_that_break_the_legal_days_are_a_draft_of_their_own(database: Database) -> None:
    grid.people(database, [1])
    grid.people(database, [2], transformer="T2")
    soon = grid.NOW + 4 * grid.DAY
    late = replace(
        grid.WORKS, external_id="W2", starts_at=soon, ends_at=soon + grid.HOUR, transformer="T2"
    )
    grid.change(database, grid.WORKS, late)
    titles = sorted(row["title"] for row in grid.drafts(database, "planned_notice"))
    assert titles == [
        "Planned works: 1 outage, 12 Dec 2026",
        "Planned works: 1 outage, 5 Dec 2026 (late)",
    ]


def test_a_late_campaign_needs_a_reason_which_is_kept(database: Database) -> None:
    grid.people(database, [1])
    soon = grid.NOW + 4 * grid.DAY
    grid.change(database, replace(grid.WORKS, starts_at=soon, ends_at=soon + grid.HOUR))
    with pytest.raises(CampaignRefused, match="--reason"):
        grid.approve(database, "planned_notice")
    grid.approve(database, "planned_notice", reason="Avārijas stāvoklis")
    (row,) = grid.drafts(database, "planned_notice", state="approved")
    assert row["late_reason"] == "Avārijas stāvoklis"


def test_a_draft_left_lying_until_it_is_late_needs_a_reason_too(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    with pytest.raises(CampaignRefused, match="5 days before"):
        grid.approve(database, "planned_notice", now=grid.STARTS - 3 * grid.DAY)


def test_many_recipients_need_another_person(database: Database) -> None:
    grid.people(database, range(1, 52))
    grid.change(database, grid.WORKS, by="anna")
    with pytest.raises(CampaignRefused, match="another person"):
        grid.approve(database, "planned_notice", by=" Anna")
    grid.approve(database, "planned_notice", by="juris")
    assert len(grid.drafts(database, "planned_notice", state="approved")) == 1


def test_fifty_recipients_may_be_approved_by_their_maker(database: Database) -> None:
    grid.people(database, range(1, 51))
    grid.change(database, grid.WORKS, by="anna")
    grid.approve(database, "planned_notice", by="anna")
    assert len(grid.drafts(database, "planned_notice", state="approved")) == 1


def test_approving_twice_changes_nothing(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    (row,) = grid.drafts(database, "planned_notice")
    grid.approve(database, "planned_notice", by="juris")
    again = campaigns.approve(database, row["id"][-8:], by="zane", now=grid.DUE, policy=grid.POLICY)
    assert again.repeated
    assert again.campaign["approved_by"] == "juris"


def test_reminders_cannot_be_approved_alone(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    with pytest.raises(CampaignRefused, match="together with their notices"):
        grid.approve(database, "reminder")


def test_a_reminder_whose_time_has_passed_is_not_sent(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice", now=grid.STARTS - grid.HOUR * 2, reason="par vēlu")
    assert len(grid.notices_of(database, "reminder", state="withdrawn")) == 1


def test_the_reminder_comes_the_day_before(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    assert grid.fan_out(database, grid.STARTS - grid.DAY - grid.HOUR) == 0
    assert grid.fan_out(database, grid.STARTS - grid.DAY) == 1
    (message,) = database.all("SELECT * FROM messages WHERE kind = 'reminder'")
    assert message["valid_until"] == stamp(grid.STARTS)


def test_stop_takes_back_all_that_is_unsent(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "sent", only=[grid.phone(1)])
    (row,) = grid.drafts(database, "planned_notice", state="sending")
    campaigns.stop(database, row["id"], by="anna", now=grid.DUE)
    assert grid.told(database, "planned_notice") == [
        (grid.phone(1), "sent"),
        (grid.phone(2), "withdrawn"),
    ]
    assert len(grid.notices_of(database, "reminder", state="withdrawn")) == 2
    assert len(grid.drafts(database, "reminder", state="stopped")) == 1
    grid.change(database, grid.OVER, now=grid.DUE)
    assert [row["customer_number"] for row in grid.notices_of(database, "cancelled")] == ["C1"]


def test_stop_all_holds_back_even_what_is_approved_later(database: Database) -> None:
    grid.people(database, [1])
    grid.people(database, [2], transformer="T2")
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.change(database, replace(grid.WORKS, external_id="W2", transformer="T2"))
    campaigns.stop_all(database, by="anna", now=grid.NOW)
    assert len(grid.drafts(database, "planned_notice", state="stopped")) == 1
    grid.approve(database, "planned_notice")
    assert grid.fan_out(database, grid.DUE) == 0
    database.transaction(lambda tx: campaigns.resume_all(tx, by="anna", now=grid.NOW))
    assert grid.fan_out(database, grid.DUE) == 1
    assert grid.told(database, "planned_notice") == [(grid.phone(2), "queued")]


def test_a_paused_campaign_goes_on_where_it_was(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    (row,) = grid.drafts(database, "planned_notice", state="approved")
    database.transaction(lambda tx: campaigns.pause(tx, row["id"], by="anna", now=grid.NOW))
    assert grid.fan_out(database, grid.DUE) == 0
    database.transaction(lambda tx: campaigns.resume(tx, row["id"], by="anna", now=grid.NOW))
    assert grid.fan_out(database, grid.DUE) == 1


def test_a_mass_cancellation_is_one_message_a_person(database: Database) -> None:
    grid.people(database, [1])
    grid.extra_premises(database, 7, owner=1, transformer="T2")
    second = replace(
        grid.WORKS, external_id="W2", transformer="T2", starts_at=grid.STARTS + grid.DAY
    )
    second = replace(second, ends_at=grid.ENDS + grid.DAY)
    grid.change(database, grid.WORKS, second)
    grid.tell(database, "planned_notice", now=grid.DUE + grid.DAY)
    assert len(grid.told(database, "planned_notice")) == 2
    gone = replace(second, sequence=2, state="cancelled")
    grid.change(database, grid.OVER, gone, now=grid.DUE + grid.DAY)
    grid.approve(database, "cancelled", now=grid.DUE + grid.DAY)
    assert grid.fan_out(database, grid.DUE + grid.DAY) == 1
    (message,) = database.all("SELECT * FROM messages WHERE kind = 'cancelled'")
    assert message["topic_id"] == ""
    text = texts.render_batch(database, [message["id"]], grid.POLICY)[message["id"]]
    assert "12.12. 9.00-15.00 Brivibas 105-1; 13.12. 9.00-15.00 Brivibas 105-7" in text


# --- the course of a campaign ---------------------------------------------------------------


def test_a_campaign_is_done_when_nothing_is_open(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.FAULT)
    grid.fan_out(database)
    assert len(grid.drafts(database, "unplanned", state="sending")) == 1
    grid.provider_says(database, "delivered")
    grid.fan_out(database)
    assert len(grid.drafts(database, "unplanned", state="done")) == 1


def test_a_campaign_nobody_got_in_time_is_expired(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.FAULT)
    grid.fan_out(database)
    database.run("UPDATE messages SET status = 'expired'")
    grid.fan_out(database)
    assert len(grid.drafts(database, "unplanned", state="expired")) == 1


def test_a_draft_whose_works_have_begun_expires(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.fan_out(database, grid.STARTS)
    assert len(grid.drafts(database, "planned_notice", state="expired")) == 1
    assert len(grid.notices_of(database, "planned_notice", state="withdrawn")) == 1


def test_a_chunk_is_at_most_as_many_customers_as_asked(database: Database) -> None:
    grid.people(database, range(1, 8))
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert fanout.fan_out(database, grid.DUE, 3, policy=grid.POLICY) == 7
    (row,) = grid.drafts(database, "planned_notice", state="sending")
    assert campaigns.report(database, row["id"]).messages == {"queued": 7}


# --- what a change leaves behind ------------------------------------------------------------


def _listed(database: Database) -> list[tuple[str, str, int, str]]:
    rows = campaign_rows.list_campaigns(database, empty=False)
    return [(row["kind"], row["state"], row["recipients"], row["title"]) for row in rows]


def test_a_draft_that_a_move_emptied_is_ended_with_the_reason_and_left_out(
    database: Database,
) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.change(database, grid.LATER)
    assert _listed(database) == [
        ("reminder", "draft", 2, "Reminder of works: 1 outage, 13 Dec 2026"),
        ("planned_notice", "draft", 2, "Planned works: 1 outage, 13 Dec 2026"),
    ]
    (old,) = grid.drafts(database, "planned_notice", "stopped")
    assert "changed before it was approved" in old["paused_why"]
    assert campaign_rows.empty_count(database) == 2


def test_an_approved_campaign_that_a_move_emptied_is_ended_too(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.change(database, grid.LATER)
    (old,) = grid.drafts(database, "planned_notice", "stopped")
    assert "changed before it was told" in old["paused_why"]


def test_the_title_of_a_draft_follows_what_is_left_in_it(database: Database) -> None:
    grid.people(database, [1])
    grid.people(database, [2], transformer="T2")
    other = replace(grid.WORKS, external_id="W2", transformer="T2", starts_at=grid.STARTS +
                    5 * grid.DAY, ends_at=grid.ENDS + 5 * grid.DAY)  # fmt: skip
    grid.change(database, grid.WORKS, other)
    ((_, _, _, title),) = [row for row in _listed(database) if row[0] == "planned_notice"]
    assert title == "Planned works: 2 outages, 12 Dec 2026 to 17 Dec 2026"
    grid.change(database, grid.LATER)
    titles = [row[3] for row in _listed(database) if row[0] == "planned_notice"]
    assert titles == [
        "Planned works: 1 outage, 13 Dec 2026", "Planned works: 1 outage, 17 Dec 2026",
    ]  # fmt: skip
