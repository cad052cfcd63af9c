"""Campaigns: quiet hours, legal days, approval, reminders, stop and pause; then their course."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import alerts, campaigns, texts
from bot.campaigns import CampaignRefused
from storage import Database
from storage.database import stamp
from tests.bot.grid import (
    ENDS,
    FAULT,
    NOW,
    POLICY,
    STARTS,
    WORKS,
    approve,
    change,
    drafts,
    extra_premises,
    fan_out,
    notices_of,
    people,
    phone,
    provider_says,
    tell,
    told,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DUE = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)  # ten days before the works
LATER = replace(WORKS, sequence=2, starts_at=STARTS + DAY, ends_at=ENDS + DAY)
OVER = replace(WORKS, sequence=2, state="cancelled")


def test_planned_notices_wait_for_the_end_of_quiet_hours(database: Database) -> None:
    people(database, [1])
    night = datetime(2026, 12, 5, 20, 0, tzinfo=UTC)  # 22:00 in Riga
    morning = datetime(2026, 12, 6, 6, 0, tzinfo=UTC)
    change(database, WORKS, now=night)
    approve(database, "planned_notice", now=night)
    assert fan_out(database, night) == 0
    assert fan_out(database, morning) == 1


def test_a_worker_that_was_down_does_not_send_works_at_night(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    approve(database, "planned_notice")
    assert fan_out(database, DUE + timedelta(hours=14)) == 0
    assert fan_out(database, DUE + timedelta(hours=24)) == 1


def test_works_that_break_the_legal_days_are_a_draft_of_their_own(database: Database) -> None:
    people(database, [1])
    people(database, [2], transformer="T2")
    soon = NOW + 4 * DAY
    late = replace(WORKS, external_id="W2", starts_at=soon, ends_at=soon + HOUR, transformer="T2")
    change(database, WORKS, late)
    titles = sorted(row["title"] for row in drafts(database, "planned_notice"))
    assert titles == [
        "Planned works: 1 outage, 12 Dec 2026",
        "Planned works: 1 outage, 5 Dec 2026 (late)",
    ]


def test_a_late_campaign_needs_a_reason_which_is_kept(database: Database) -> None:
    people(database, [1])
    soon = NOW + 4 * DAY
    change(database, replace(WORKS, starts_at=soon, ends_at=soon + HOUR))
    with pytest.raises(CampaignRefused, match="--reason"):
        approve(database, "planned_notice")
    approve(database, "planned_notice", reason="Avārijas stāvoklis")
    (row,) = drafts(database, "planned_notice", state="approved")
    assert row["late_reason"] == "Avārijas stāvoklis"


def test_a_draft_left_lying_until_it_is_late_needs_a_reason_too(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    with pytest.raises(CampaignRefused, match="5 days before"):
        approve(database, "planned_notice", now=STARTS - 3 * DAY)


def test_many_recipients_need_another_person(database: Database) -> None:
    people(database, range(1, 52))
    change(database, WORKS, by="anna")
    with pytest.raises(CampaignRefused, match="another person"):
        approve(database, "planned_notice", by=" Anna")
    approve(database, "planned_notice", by="juris")
    assert len(drafts(database, "planned_notice", state="approved")) == 1


def test_fifty_recipients_may_be_approved_by_their_maker(database: Database) -> None:
    people(database, range(1, 51))
    change(database, WORKS, by="anna")
    approve(database, "planned_notice", by="anna")
    assert len(drafts(database, "planned_notice", state="approved")) == 1


def test_approving_twice_changes_nothing(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    (row,) = drafts(database, "planned_notice")
    approve(database, "planned_notice", by="juris")
    again = campaigns.approve(database, row["id"][-8:], by="zane", now=DUE, policy=POLICY)
    assert again.repeated
    assert again.campaign["approved_by"] == "juris"


def test_reminders_cannot_be_approved_alone(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    with pytest.raises(CampaignRefused, match="together with their notices"):
        approve(database, "reminder")


def test_a_reminder_whose_time_has_passed_is_not_sent(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    approve(database, "planned_notice", now=STARTS - HOUR * 2, reason="vēlu")
    assert len(notices_of(database, "reminder", state="withdrawn")) == 1


def test_the_reminder_comes_the_day_before(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    tell(database, "planned_notice", now=DUE)
    assert fan_out(database, STARTS - DAY - HOUR) == 0
    assert fan_out(database, STARTS - DAY) == 1
    (message,) = database.all("SELECT * FROM messages WHERE kind = 'reminder'")
    assert message["valid_until"] == stamp(STARTS)


def test_stop_takes_back_all_that_is_unsent(database: Database) -> None:
    people(database, [1, 2])
    change(database, WORKS)
    approve(database, "planned_notice")
    fan_out(database, DUE)
    provider_says(database, "sent", only=[phone(1)])
    (row,) = drafts(database, "planned_notice", state="sending")
    database.transaction(lambda tx: campaigns.stop(tx, row["id"], by="anna", now=DUE))
    assert told(database, "planned_notice") == [(phone(1), "sent"), (phone(2), "withdrawn")]
    assert len(notices_of(database, "reminder", state="withdrawn")) == 2
    assert len(drafts(database, "reminder", state="stopped")) == 1
    change(database, OVER, now=DUE)
    assert [row["customer_number"] for row in notices_of(database, "cancelled")] == ["C1"]


def test_stop_all_holds_back_even_what_is_approved_later(database: Database) -> None:
    people(database, [1])
    people(database, [2], transformer="T2")
    change(database, WORKS)
    approve(database, "planned_notice")
    change(database, replace(WORKS, external_id="W2", transformer="T2"))
    database.transaction(lambda tx: campaigns.stop_all(tx, by="anna", now=NOW))
    assert len(drafts(database, "planned_notice", state="stopped")) == 1
    approve(database, "planned_notice")
    assert fan_out(database, DUE) == 0
    database.transaction(lambda tx: campaigns.resume_all(tx, by="anna", now=NOW))
    assert fan_out(database, DUE) == 1
    assert told(database, "planned_notice") == [(phone(2), "queued")]


def test_a_paused_campaign_goes_on_where_it_was(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    approve(database, "planned_notice")
    (row,) = drafts(database, "planned_notice", state="approved")
    database.transaction(lambda tx: campaigns.pause(tx, row["id"], by="anna", now=NOW))
    assert fan_out(database, DUE) == 0
    database.transaction(lambda tx: campaigns.resume(tx, row["id"], by="anna", now=NOW))
    assert fan_out(database, DUE) == 1


def test_a_mass_cancellation_is_one_message_a_person(database: Database) -> None:
    people(database, [1])
    extra_premises(database, 7, owner=1, transformer="T2")
    second = replace(WORKS, external_id="W2", transformer="T2", starts_at=STARTS + DAY)
    second = replace(second, ends_at=ENDS + DAY)
    change(database, WORKS, second)
    tell(database, "planned_notice", now=DUE + DAY)
    assert len(told(database, "planned_notice")) == 2
    gone = replace(second, sequence=2, state="cancelled")
    change(database, OVER, gone, now=DUE + DAY)
    approve(database, "cancelled", now=DUE + DAY)
    assert fan_out(database, DUE + DAY) == 1
    (message,) = database.all("SELECT * FROM messages WHERE kind = 'cancelled'")
    assert message["topic_id"] == ""
    text = texts.render_batch(database, [message["id"]], POLICY)[message["id"]]
    assert "12.12. 9.00-15.00 Brivibas 105-1; 13.12. 9.00-15.00 Brivibas 105-7" in text


# --- the course of a campaign ---------------------------------------------------------------


def test_a_campaign_is_done_when_nothing_is_open(database: Database) -> None:
    people(database, [1])
    change(database, FAULT)
    fan_out(database)
    assert len(drafts(database, "unplanned", state="sending")) == 1
    provider_says(database, "delivered")
    fan_out(database)
    assert len(drafts(database, "unplanned", state="done")) == 1


def test_a_campaign_nobody_got_in_time_is_expired(database: Database) -> None:
    people(database, [1])
    change(database, FAULT)
    fan_out(database)
    database.run("UPDATE messages SET status = 'expired'")
    fan_out(database)
    assert len(drafts(database, "unplanned", state="expired")) == 1


def test_a_draft_whose_works_have_begun_expires(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    fan_out(database, STARTS)
    assert len(drafts(database, "planned_notice", state="expired")) == 1
    assert len(notices_of(database, "planned_notice", state="withdrawn")) == 1


def test_a_chunk_is_at_most_as_many_customers_as_asked(database: Database) -> None:
    people(database, range(1, 8))
    change(database, WORKS)
    approve(database, "planned_notice")
    assert alerts.fan_out(database, DUE, 3, policy=POLICY) == 7
    (row,) = drafts(database, "planned_notice", state="sending")
    assert campaigns.report(database, row["id"]).messages == {"queued": 7}
