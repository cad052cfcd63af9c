"""Who is told what, after which change; over a real database, at times given."""

from __future__ import annotations

from dataclasses import replace

from bot import alerts
from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.words import texts
from storage import Database, contacts, outages
from storage.database import stamp
from tests.bot import grid


def test_scheduled_works_make_one_draft_with_its_reminders(database: Database) -> None:
    grid.people(database, range(1, 4))
    grid.change(database, grid.WORKS)
    (draft,) = grid.drafts(database, "planned_notice")
    (reminder,) = grid.drafts(database, "reminder")
    assert reminder["parent_id"] == draft["id"]
    assert [row["due_at"] for row in grid.notices_of(database, "planned_notice")] == [
        stamp(grid.DUE)
    ] * 3
    due = [row["due_at"] for row in grid.notices_of(database, "reminder")]
    assert due == [stamp(grid.STARTS - grid.DAY)] * 3
    assert grid.fan_out(database, grid.DUE) == 0


def test_the_same_change_again_makes_nothing(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    assert grid.change(database, grid.WORKS)[0].outcome == "same"
    assert len(grid.drafts(database, "planned_notice")) == 1
    assert len(grid.notices_of(database, "planned_notice")) == 1


def test_an_older_sequence_is_ignored(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, replace(grid.WORKS, sequence=5))
    assert grid.change(database, replace(grid.OVER, sequence=4))[0].outcome == "older"
    assert len(grid.notices_of(database, "planned_notice", state="draft")) == 1


def test_the_same_sequence_with_other_content_is_not_stored(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    assert grid.change(database, replace(grid.WORKS, reason="cits"))[0].outcome == "conflict"
    row = outages.outage_by_external_id(database, "W1")
    assert row is not None
    assert (row["reason"], row["revision"]) == (grid.WORKS.reason, 1)


def test_approved_notices_are_sent_when_due_and_only_once(database: Database) -> None:
    grid.people(database, range(1, 4))
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert grid.fan_out(database, grid.DUE - grid.HOUR) == 0
    assert grid.fan_out(database, grid.DUE) == 3
    assert grid.fan_out(database, grid.DUE) == 0
    assert grid.told(database, "planned_notice") == [(grid.phone(n), "queued") for n in (1, 2, 3)]


def test_works_told_are_moved_with_old_and_new_time(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    grid.change(database, grid.LATER, now=grid.DUE)
    (notice, _) = grid.notices_of(database, "moved")
    assert (notice["old_starts_at"], notice["old_ends_at"]) == (
        stamp(grid.STARTS),
        stamp(grid.ENDS),
    )
    assert len(grid.notices_of(database, "reminder", state="withdrawn")) == 2
    assert len(grid.notices_of(database, "reminder", state="draft")) == 2
    grid.tell(database, "moved", now=grid.DUE)
    grid.change(database, replace(grid.LATER, sequence=3, reason="cits"), now=grid.DUE + grid.HOUR)
    assert len(grid.notices_of(database, "moved")) == 2


def test_works_not_told_yet_are_announced_with_the_new_time_only(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.change(database, grid.LATER, now=grid.DUE)
    assert grid.told(database, "planned_notice") == [(grid.phone(1), "withdrawn")]
    assert grid.notices_of(database, "moved") == []
    states = [row["state"] for row in grid.notices_of(database, "planned_notice")]
    assert states == ["withdrawn", "draft"]


def test_a_change_of_the_reason_keeps_what_is_approved(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.change(database, replace(grid.WORKS, sequence=2, reason="cits"))
    (notice,) = grid.notices_of(database, "planned_notice")
    assert (notice["state"], notice["revision"]) == ("approved", 1)
    assert grid.drafts(database, "planned_notice") == []


def test_a_cancellation_goes_only_to_the_told(database: Database) -> None:
    grid.people(database, range(1, 5))
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "delivered", only=[grid.phone(1)])
    grid.provider_says(database, "accepted", only=[grid.phone(2)])
    grid.provider_says(database, "failed", only=[grid.phone(3)])
    grid.change(database, grid.OVER, now=grid.DUE)
    assert [row["customer_number"] for row in grid.notices_of(database, "cancelled")] == [
        "C1",
        "C2",
    ]
    assert (grid.phone(4), "withdrawn") in grid.told(database, "planned_notice")
    grid.tell(database, "cancelled", now=grid.DUE)
    assert [peer for peer, _ in grid.told(database, "cancelled")] == [grid.phone(1), grid.phone(2)]
    assert len(grid.notices_of(database, "reminder", state="withdrawn")) == 4


def test_works_nobody_heard_of_are_withdrawn_in_silence(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.change(database, grid.OVER)
    assert grid.notices_of(database, "cancelled") == []
    assert grid.drafts(database, "planned_notice") == grid.drafts(database, "reminder") == []
    assert grid.drafts(database, "cancelled") == []


def test_cancelled_works_that_come_back_are_announced_anew(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    grid.change(database, grid.OVER, now=grid.DUE)
    grid.tell(database, "cancelled", now=grid.DUE)
    grid.change(database, replace(grid.WORKS, sequence=3), now=grid.DUE + grid.HOUR)
    assert [row["revision"] for row in grid.notices_of(database, "planned_notice")] == [1, 3]


def test_a_cancellation_taken_back_before_it_was_sent_is_never_told(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    grid.change(database, grid.OVER, now=grid.DUE)
    grid.change(database, replace(grid.WORKS, sequence=3), now=grid.DUE + grid.HOUR)
    assert [row["state"] for row in grid.notices_of(database, "cancelled")] == ["withdrawn"]
    assert len(grid.notices_of(database, "planned_notice")) == 1


def test_premises_taken_out_of_the_works_are_told_so(database: Database) -> None:
    grid.people(database, [1, 2])
    by_eic = replace(grid.WORKS, transformer="", eics=(grid.code(1), grid.code(2)))
    grid.change(database, by_eic)
    grid.tell(database, "planned_notice", now=grid.DUE)
    grid.change(database, replace(by_eic, sequence=2, eics=(grid.code(1),)), now=grid.DUE)
    assert [row["eic"] for row in grid.notices_of(database, "cancelled")] == [grid.code(2)]
    row = database.one("SELECT * FROM outage_premises WHERE until_revision IS NOT NULL")
    assert row is not None
    assert (row["eic"], row["until_revision"]) == (grid.code(2), 2)


def test_a_telling_confirmed_late_still_gets_its_cancellation(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "delivered", only=[grid.phone(1)])
    grid.provider_says(database, "unknown", only=[grid.phone(2)])
    grid.change(database, grid.OVER, now=grid.DUE)
    tell_one = grid.notices_of(database, "cancelled")
    assert [row["customer_number"] for row in tell_one] == ["C1"]
    grid.approve(database, "cancelled", now=grid.DUE)
    assert database.transaction(lambda tx: alerts.catch_up(tx, grid.DUE, grid.POLICY)) == 0
    grid.provider_says(database, "delivered", only=[grid.phone(2)])
    assert database.transaction(lambda tx: alerts.catch_up(tx, grid.DUE, grid.POLICY)) == 1
    assert database.transaction(lambda tx: alerts.catch_up(tx, grid.DUE, grid.POLICY)) == 0
    late = grid.notices_of(database, "cancelled")
    assert {row["campaign_id"] for row in late} == {tell_one[0]["campaign_id"]}
    assert [row["state"] for row in late] == ["approved", "approved"]
    assert grid.fan_out(database, grid.DUE) == 2


def test_a_late_cancellation_is_sent_by_the_campaign_that_was_done(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "delivered", only=[grid.phone(1)])
    grid.provider_says(database, "unknown", only=[grid.phone(2)])
    grid.change(database, grid.OVER, now=grid.DUE)
    grid.approve(database, "cancelled", now=grid.DUE)
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "delivered", only=[grid.phone(1)])
    grid.fan_out(database, grid.DUE)
    assert len(grid.drafts(database, "cancelled", state="done")) == 1
    grid.provider_says(database, "sent", only=[grid.phone(2)])
    database.transaction(lambda tx: alerts.catch_up(tx, grid.DUE, grid.POLICY))
    assert grid.fan_out(database, grid.DUE) == 1
    assert grid.told(database, "cancelled") == [
        (grid.phone(1), "delivered"),
        (grid.phone(2), "queued"),
    ]


def test_an_overtaken_message_that_was_never_sent_is_taken_back(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    database.run("UPDATE messages SET status = 'sending'")
    grid.change(database, grid.OVER, now=grid.DUE)
    (message,) = database.all("SELECT id FROM messages")
    assert texts.render_batch(database, [message["id"]], grid.POLICY) == {}
    database.run("UPDATE messages SET status = 'queued'")
    database.transaction(lambda tx: alerts.catch_up(tx, grid.DUE, grid.POLICY))
    assert grid.told(database, "planned_notice") == [(grid.phone(1), "withdrawn")]
    assert grid.notices_of(database, "cancelled") == []


def test_two_premises_of_one_person_make_one_message(database: Database) -> None:
    grid.people(database, [1])
    grid.extra_premises(database, 7, owner=1)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert grid.fan_out(database, grid.DUE) == 1
    (message,) = database.all("SELECT * FROM messages")
    links = database.all("SELECT * FROM notice_messages WHERE message_id = ?", [message["id"]])
    assert len(links) == 2
    assert "Brivibas 105-1, 105-7." in texts.render_batch(
        database, [message["id"]], grid.POLICY
    ).get(message["id"], "")


def test_a_person_with_two_phones_gets_two_messages_and_is_one_recipient(
    database: Database,
) -> None:
    grid.people(database, [1])
    grid.extra_phone(database, "+37126000000", owner=1)
    grid.change(database, grid.WORKS)
    (row,) = grid.drafts(database, "planned_notice")
    assert campaigns.find(database, row["id"])["recipients"] == 1
    grid.approve(database, "planned_notice")
    assert grid.fan_out(database, grid.DUE) == 2


def test_a_phone_of_two_customers_gets_one_message_even_across_chunks(database: Database) -> None:
    grid.people(database, [1, 2, 3])
    grid.extra_phone(database, grid.phone(1), owner=3)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert fanout.fan_out(database, grid.DUE, 1, policy=grid.POLICY) == 3
    (shared,) = database.all("SELECT * FROM messages WHERE peer = ?", [grid.phone(1)])
    links = database.all("SELECT * FROM notice_messages WHERE message_id = ?", [shared["id"]])
    assert len(links) == 2


def test_who_opted_out_or_has_no_phone_gets_a_letter(database: Database) -> None:
    grid.people(database, [1, 2, 3])
    database.run("DELETE FROM contacts WHERE customer_number = 'C2'")
    database.run("UPDATE contacts SET dead_at = ? WHERE customer_number = 'C3'", [stamp(grid.NOW)])
    database.transaction(
        lambda tx: contacts.opt_out(tx, grid.phone(1), text="STOP", message_id="", now=grid.NOW)
    )
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert grid.fan_out(database, grid.DUE) == 3
    letters = "SELECT peer FROM messages WHERE channel = 'letter' ORDER BY peer"
    assert [row["peer"] for row in database.all(letters)] == ["C1", "C2", "C3"]
    (row,) = grid.drafts(database, "planned_notice", state="sending")
    assert campaigns.report(database, row["id"]).unreachable == 0
