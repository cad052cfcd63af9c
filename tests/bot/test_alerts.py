"""Who is told what, after which change; over a real database, at times given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import alerts, campaigns, texts
from bot.campaigns import CampaignRefused
from storage import Database, contacts, outages
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
    code,
    drafts,
    extra_phone,
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


def test_scheduled_works_make_one_draft_with_its_reminders(database: Database) -> None:
    people(database, range(1, 4))
    change(database, WORKS)
    (draft,) = drafts(database, "planned_notice")
    (reminder,) = drafts(database, "reminder")
    assert reminder["parent_id"] == draft["id"]
    assert [row["due_at"] for row in notices_of(database, "planned_notice")] == [stamp(DUE)] * 3
    due = [row["due_at"] for row in notices_of(database, "reminder")]
    assert due == [stamp(STARTS - DAY)] * 3
    assert fan_out(database, DUE) == 0


def test_the_same_change_again_makes_nothing(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    assert change(database, WORKS)[0].outcome == "same"
    assert len(drafts(database, "planned_notice")) == 1
    assert len(notices_of(database, "planned_notice")) == 1


def test_an_older_sequence_is_ignored(database: Database) -> None:
    people(database, [1])
    change(database, replace(WORKS, sequence=5))
    assert change(database, replace(OVER, sequence=4))[0].outcome == "older"
    assert len(notices_of(database, "planned_notice", state="draft")) == 1


def test_the_same_sequence_with_other_content_is_not_stored(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    assert change(database, replace(WORKS, reason="cits"))[0].outcome == "conflict"
    row = outages.outage_by_external_id(database, "W1")
    assert row is not None
    assert (row["reason"], row["revision"]) == (WORKS.reason, 1)


def test_approved_notices_are_sent_when_due_and_only_once(database: Database) -> None:
    people(database, range(1, 4))
    change(database, WORKS)
    approve(database, "planned_notice")
    assert fan_out(database, DUE - HOUR) == 0
    assert fan_out(database, DUE) == 3
    assert fan_out(database, DUE) == 0
    assert told(database, "planned_notice") == [(phone(n), "queued") for n in (1, 2, 3)]


def test_works_told_are_moved_with_old_and_new_time(database: Database) -> None:
    people(database, [1, 2])
    change(database, WORKS)
    tell(database, "planned_notice", now=DUE)
    change(database, LATER, now=DUE)
    (notice, _) = notices_of(database, "moved")
    assert (notice["old_starts_at"], notice["old_ends_at"]) == (stamp(STARTS), stamp(ENDS))
    assert len(notices_of(database, "reminder", state="withdrawn")) == 2
    assert len(notices_of(database, "reminder", state="draft")) == 2
    tell(database, "moved", now=DUE)
    change(database, replace(LATER, sequence=3, reason="cits"), now=DUE + HOUR)
    assert len(notices_of(database, "moved")) == 2


def test_works_not_told_yet_are_announced_with_the_new_time_only(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    approve(database, "planned_notice")
    fan_out(database, DUE)
    change(database, LATER, now=DUE)
    assert told(database, "planned_notice") == [(phone(1), "withdrawn")]
    assert notices_of(database, "moved") == []
    states = [row["state"] for row in notices_of(database, "planned_notice")]
    assert states == ["withdrawn", "draft"]


def test_a_change_of_the_reason_keeps_what_is_approved(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    approve(database, "planned_notice")
    change(database, replace(WORKS, sequence=2, reason="cits"))
    (notice,) = notices_of(database, "planned_notice")
    assert (notice["state"], notice["revision"]) == ("approved", 1)
    assert drafts(database, "planned_notice") == []


def test_a_cancellation_goes_only_to_the_told(database: Database) -> None:
    people(database, range(1, 5))
    change(database, WORKS)
    approve(database, "planned_notice")
    fan_out(database, DUE)
    provider_says(database, "delivered", only=[phone(1)])
    provider_says(database, "accepted", only=[phone(2)])
    provider_says(database, "failed", only=[phone(3)])
    change(database, OVER, now=DUE)
    assert [row["customer_number"] for row in notices_of(database, "cancelled")] == ["C1", "C2"]
    assert (phone(4), "withdrawn") in told(database, "planned_notice")
    tell(database, "cancelled", now=DUE)
    assert [peer for peer, _ in told(database, "cancelled")] == [phone(1), phone(2)]
    assert len(notices_of(database, "reminder", state="withdrawn")) == 4


def test_works_nobody_heard_of_are_withdrawn_in_silence(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    change(database, OVER)
    assert notices_of(database, "cancelled") == []
    assert drafts(database, "planned_notice") == drafts(database, "reminder") == []
    assert drafts(database, "cancelled") == []


def test_cancelled_works_that_come_back_are_announced_anew(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    tell(database, "planned_notice", now=DUE)
    change(database, OVER, now=DUE)
    tell(database, "cancelled", now=DUE)
    change(database, replace(WORKS, sequence=3), now=DUE + HOUR)
    assert [row["revision"] for row in notices_of(database, "planned_notice")] == [1, 3]


def test_a_cancellation_taken_back_before_it_was_sent_is_never_told(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    tell(database, "planned_notice", now=DUE)
    change(database, OVER, now=DUE)
    change(database, replace(WORKS, sequence=3), now=DUE + HOUR)
    assert [row["state"] for row in notices_of(database, "cancelled")] == ["withdrawn"]
    assert len(notices_of(database, "planned_notice")) == 1


def test_premises_taken_out_of_the_works_are_told_so(database: Database) -> None:
    people(database, [1, 2])
    by_eic = replace(WORKS, transformer="", eics=(code(1), code(2)))
    change(database, by_eic)
    tell(database, "planned_notice", now=DUE)
    change(database, replace(by_eic, sequence=2, eics=(code(1),)), now=DUE)
    assert [row["eic"] for row in notices_of(database, "cancelled")] == [code(2)]
    row = database.one("SELECT * FROM outage_premises WHERE until_revision IS NOT NULL")
    assert row is not None
    assert (row["eic"], row["until_revision"]) == (code(2), 2)


def test_a_telling_confirmed_late_still_gets_its_cancellation(database: Database) -> None:
    people(database, [1, 2])
    change(database, WORKS)
    approve(database, "planned_notice")
    fan_out(database, DUE)
    provider_says(database, "delivered", only=[phone(1)])
    provider_says(database, "unknown", only=[phone(2)])
    change(database, OVER, now=DUE)
    tell_one = notices_of(database, "cancelled")
    assert [row["customer_number"] for row in tell_one] == ["C1"]
    approve(database, "cancelled", now=DUE)
    assert database.transaction(lambda tx: alerts.catch_up(tx, DUE, POLICY)) == 0
    provider_says(database, "delivered", only=[phone(2)])
    assert database.transaction(lambda tx: alerts.catch_up(tx, DUE, POLICY)) == 1
    assert database.transaction(lambda tx: alerts.catch_up(tx, DUE, POLICY)) == 0
    late = notices_of(database, "cancelled")
    assert {row["campaign_id"] for row in late} == {tell_one[0]["campaign_id"]}
    assert [row["state"] for row in late] == ["approved", "approved"]
    assert fan_out(database, DUE) == 2


def test_a_late_cancellation_is_sent_by_the_campaign_that_was_done(database: Database) -> None:
    people(database, [1, 2])
    change(database, WORKS)
    approve(database, "planned_notice")
    fan_out(database, DUE)
    provider_says(database, "delivered", only=[phone(1)])
    provider_says(database, "unknown", only=[phone(2)])
    change(database, OVER, now=DUE)
    approve(database, "cancelled", now=DUE)
    fan_out(database, DUE)
    provider_says(database, "delivered", only=[phone(1)])
    fan_out(database, DUE)
    assert len(drafts(database, "cancelled", state="done")) == 1
    provider_says(database, "sent", only=[phone(2)])
    database.transaction(lambda tx: alerts.catch_up(tx, DUE, POLICY))
    assert fan_out(database, DUE) == 1
    assert told(database, "cancelled") == [(phone(1), "delivered"), (phone(2), "queued")]


def test_an_overtaken_message_that_was_never_sent_is_taken_back(database: Database) -> None:
    people(database, [1])
    change(database, WORKS)
    approve(database, "planned_notice")
    fan_out(database, DUE)
    database.run("UPDATE messages SET status = 'sending'")
    change(database, OVER, now=DUE)
    (message,) = database.all("SELECT id FROM messages")
    assert texts.render_batch(database, [message["id"]], POLICY) == {}
    database.run("UPDATE messages SET status = 'queued'")
    database.transaction(lambda tx: alerts.catch_up(tx, DUE, POLICY))
    assert told(database, "planned_notice") == [(phone(1), "withdrawn")]
    assert notices_of(database, "cancelled") == []


def test_two_premises_of_one_person_make_one_message(database: Database) -> None:
    people(database, [1])
    extra_premises(database, 7, owner=1)
    change(database, WORKS)
    approve(database, "planned_notice")
    assert fan_out(database, DUE) == 1
    (message,) = database.all("SELECT * FROM messages")
    links = database.all("SELECT * FROM notice_messages WHERE message_id = ?", [message["id"]])
    assert len(links) == 2
    assert "Brivibas 105-1 un vel 1" in texts.render_batch(database, [message["id"]], POLICY).get(
        message["id"], ""
    )


def test_a_person_with_two_phones_gets_two_messages_and_is_one_recipient(
    database: Database,
) -> None:
    people(database, [1])
    extra_phone(database, "+37126000000", owner=1)
    change(database, WORKS)
    (row,) = drafts(database, "planned_notice")
    assert campaigns.find(database, row["id"])["recipients"] == 1
    approve(database, "planned_notice")
    assert fan_out(database, DUE) == 2


def test_a_phone_of_two_customers_gets_one_message_even_across_chunks(database: Database) -> None:
    people(database, [1, 2, 3])
    extra_phone(database, phone(1), owner=3)
    change(database, WORKS)
    approve(database, "planned_notice")
    assert alerts.fan_out(database, DUE, 1, policy=POLICY) == 3
    (shared,) = database.all("SELECT * FROM messages WHERE peer = ?", [phone(1)])
    links = database.all("SELECT * FROM notice_messages WHERE message_id = ?", [shared["id"]])
    assert len(links) == 2


def test_who_opted_out_or_has_no_phone_is_counted_for_a_letter(database: Database) -> None:
    people(database, [1, 2, 3])
    database.run("DELETE FROM contacts WHERE customer_number = 'C2'")
    database.run("UPDATE contacts SET dead_at = ? WHERE customer_number = 'C3'", [stamp(NOW)])
    database.transaction(
        lambda tx: contacts.opt_out(tx, phone(1), text="STOP", message_id="", now=NOW)
    )
    change(database, WORKS)
    approve(database, "planned_notice")
    assert fan_out(database, DUE) == 0
    assert len(notices_of(database, "planned_notice", state="unreachable")) == 3
    (row,) = drafts(database, "planned_notice", state="done")
    assert campaigns.report(database, row["id"]).unreachable == 3


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


# --- unplanned ------------------------------------------------------------------------------


def test_an_unplanned_outage_is_told_at_once_by_the_policy(database: Database) -> None:
    people(database, [1, 2])
    night = datetime(2026, 12, 1, 23, 0, tzinfo=UTC)
    change(database, FAULT, now=night)
    (row,) = drafts(database, "unplanned", state="approved")
    assert row["approved_by"] == "policy"
    assert fan_out(database, night) == 2


def test_a_large_unplanned_outage_waits_for_a_second_person(database: Database) -> None:
    people(database, range(1, 52))
    change(database, FAULT)
    assert fan_out(database) == 0
    approve(database, "unplanned")
    assert fan_out(database) == 51


def _told_fault(database: Database, ends: datetime) -> None:
    change(database, replace(FAULT, ends_at=ends))
    fan_out(database)
    provider_says(database, "delivered")


@pytest.mark.parametrize(("minutes", "many"), [(-31, 1), (-30, 0), (30, 0), (31, 1)])
def test_a_new_restoration_time_is_told_when_it_moved_by_more_than_half_an_hour(
    database: Database, minutes: int, many: int
) -> None:
    people(database, [1])
    ends = NOW + 3 * HOUR
    _told_fault(database, ends)
    moved = replace(FAULT, sequence=2, ends_at=ends + timedelta(minutes=minutes))
    change(database, moved, now=NOW + timedelta(minutes=10))
    assert len(notices_of(database, "time_changed")) == many


def test_small_moves_add_up(database: Database) -> None:
    people(database, [1])
    ends = NOW + 3 * HOUR
    _told_fault(database, ends)
    for step in (2, 3):
        later = ends + timedelta(minutes=20 * (step - 1))
        change(database, replace(FAULT, sequence=step, ends_at=later))
    assert [row["revision"] for row in notices_of(database, "time_changed")] == [3]


def test_a_time_that_becomes_known_or_unknown_is_told(database: Database) -> None:
    people(database, [1])
    _told_fault(database, NOW + HOUR)
    change(database, replace(FAULT, sequence=2, ends_at=None))
    fan_out(database)
    provider_says(database, "delivered")
    change(database, replace(FAULT, sequence=3, ends_at=NOW + HOUR))
    assert [row["revision"] for row in notices_of(database, "time_changed")] == [2, 3]


def test_a_time_that_moves_before_the_first_word_is_told_in_the_first_word(
    database: Database,
) -> None:
    people(database, [1])
    change(database, replace(FAULT, ends_at=NOW + HOUR))
    fan_out(database)
    change(database, replace(FAULT, sequence=2, ends_at=NOW + 5 * HOUR))
    fan_out(database)
    assert told(database, "unplanned") == [(phone(1), "withdrawn"), (phone(1), "queued")]
    assert notices_of(database, "time_changed") == []


def test_power_back_is_told_to_the_told_and_only_once(database: Database) -> None:
    people(database, [1, 2])
    change(database, FAULT)
    fan_out(database)
    provider_says(database, "delivered", only=[phone(1)])
    over = replace(FAULT, sequence=2, state="restored", ends_at=NOW + HOUR)
    change(database, over, now=NOW + HOUR)
    fan_out(database, NOW + HOUR)
    provider_says(database, "delivered", now=NOW + HOUR)
    change(database, replace(over, sequence=3, reason="cits"), now=NOW + 2 * HOUR)
    assert told(database, "restored") == [(phone(1), "delivered")]


def test_a_subscriber_hears_of_a_changed_time_and_of_the_end(database: Database) -> None:
    people(database, [1])
    stranger = "+37129999999"
    _told_fault(database, NOW + HOUR)
    (outage,) = database.all("SELECT id FROM outages")
    database.run(
        "INSERT INTO outage_subscribers VALUES (?, ?, 'ru', ?)",
        [outage["id"], stranger, stamp(NOW + timedelta(minutes=5))],
    )
    later = NOW + timedelta(minutes=20)
    change(database, replace(FAULT, sequence=2, ends_at=NOW + 4 * HOUR), now=later)
    fan_out(database, later)
    provider_says(database, "delivered", now=later)
    over = replace(FAULT, sequence=3, state="restored", ends_at=NOW + HOUR)
    change(database, over, now=NOW + HOUR)
    assert fan_out(database, NOW + HOUR) == 2
    assert [peer for peer, _ in told(database, "time_changed")] == [phone(1), stranger]
    (message,) = database.all(
        "SELECT * FROM messages WHERE kind = 'restored' AND peer = ?", [stranger]
    )
    assert message["language"] == "ru"
    assert "Rīga" in texts.render_batch(database, [message["id"]], POLICY)[message["id"]]


def test_a_subscriber_who_is_a_customer_there_gets_one_message(database: Database) -> None:
    people(database, [1])
    _told_fault(database, NOW + HOUR)
    (outage,) = database.all("SELECT id FROM outages")
    database.run(
        "INSERT INTO outage_subscribers VALUES (?, ?, 'lv', ?)",
        [outage["id"], phone(1), stamp(NOW)],
    )
    change(database, replace(FAULT, sequence=2, state="restored", ends_at=NOW + HOUR))
    assert fan_out(database) == 1


def test_the_promised_next_word_is_kept_once(database: Database) -> None:
    people(database, [1])
    change(database, FAULT)
    fan_out(database)
    provider_says(database, "delivered")
    early, late = NOW + timedelta(minutes=59), NOW + timedelta(minutes=61)
    assert database.transaction(lambda tx: alerts.catch_up(tx, early, POLICY)) == 0
    assert database.transaction(lambda tx: alerts.catch_up(tx, late, POLICY)) == 1
    assert database.transaction(lambda tx: alerts.catch_up(tx, late, POLICY)) == 0
    assert fan_out(database, late) == 1
    provider_says(database, "delivered", now=late)
    assert database.transaction(lambda tx: alerts.catch_up(tx, late + HOUR, POLICY)) == 0


def test_a_false_alarm_is_told_as_power_back(database: Database) -> None:
    people(database, [1])
    _told_fault(database, NOW + HOUR)
    change(database, replace(FAULT, sequence=2, state="cancelled", ends_at=NOW + HOUR))
    assert len(notices_of(database, "restored")) == 1


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
