"""Who is told what, after which change; over a real database, at times given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import alerts, campaigns, texts
from storage import Database, contacts, outages
from storage.database import stamp
from tests.bot.grid import (
    ENDS,
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
