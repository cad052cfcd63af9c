"""Calls, letters and escalation against every engine: rows in, rows out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import Database, calls, escalation, letters, recipients
from storage.calls import Outcome
from storage.database import stamp
from storage.letters import Posted, Written
from storage.recipients import Terms
from tests.bot import grid, ways

LATER = grid.DUE + timedelta(hours=25)


def letter(database: Database) -> str:
    """The id of a letter that waits."""
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    (row,) = database.all("SELECT id FROM messages")
    return str(row["id"])


def test_a_letter_is_claimed_once_and_recorded_once(database: Database) -> None:
    message_id = letter(database)
    batch = database.transaction(
        lambda tx: letters.begin_batch(tx, "/post", by="anna", now=grid.DUE)
    )
    ids = letters.due_letters(database, grid.DUE, 10)
    assert ids == [message_id]

    def claim(tx):  # type: ignore[no-untyped-def]
        return letters.claim_letters(tx, batch["id"], ids, grid.DUE)

    assert [database.transaction(claim), database.transaction(claim)] == [1, 0]
    (row,) = letters.letters_in(database, batch["id"], limit=10)
    (to,) = letters.addresses(database, [message_id])
    assert (row["holds"], to["name"]) == (1, "Klients 1")
    posted = [Posted(message_id, 1, 150)]

    def record(tx):  # type: ignore[no-untyped-def]
        return letters.record_posted(tx, batch["id"], posted, grid.DUE)

    assert [database.transaction(record), database.transaction(record)] == [1, 0]
    database.transaction(
        lambda tx: letters.close_batch(tx, batch["id"], Written("/post/a.pdf", 1, 2, 120), LATER)
    )
    assert letters.open_batch(database) is None


def test_a_call_is_listed_until_it_is_done(database: Database) -> None:
    letter(database)
    notices = [row["id"] for row in database.all("SELECT id FROM notices")]
    for _ in range(2):
        database.transaction(lambda tx: calls.add_not_reached(tx, notices, grid.DUE))
    (row,) = calls.list_calls(database)
    assert (row["name"], row["before_at"]) == ("Klients 1", stamp(grid.STARTS))
    outcome = Outcome("anna", "", told=True)
    assert database.transaction(lambda tx: calls.finish_call(tx, row["id"], outcome, grid.DUE))
    assert not database.transaction(lambda tx: calls.finish_call(tx, row["id"], outcome, LATER))
    (told,) = database.all("SELECT status, provider FROM messages WHERE channel = 'voice'")
    assert (told["status"], told["provider"]) == ("delivered", "person")


def test_only_what_failed_or_stayed_silent_is_followed(database: Database) -> None:
    grid.people(database, [1, 2, 3])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "accepted", now=grid.DUE)
    ids = [row["id"] for row in database.all("SELECT id FROM messages ORDER BY peer")]
    database.run("UPDATE messages SET status = 'failed' WHERE id = ?", [ids[0]])
    database.run("UPDATE messages SET status = 'delivered' WHERE id = ?", [ids[1]])
    assert escalation.to_follow(database, grid.DUE - grid.HOUR, 10) == [ids[0]]
    assert escalation.to_follow(database, grid.DUE, 10) == [ids[0], ids[2]]


def test_previews_count_as_fan_out_sends(database: Database) -> None:
    grid.people(database, range(1, 8))
    for number in (1, 2, 3, 4):
        ways.lose_phone(database, number)
    ways.give_email(database, 1)
    ways.give_email(database, 2, language="ru")
    ways.lose_address(database, 3)
    ways.stop(database, 5)
    ways.stop(database, 6)
    ways.give_email(database, 6)
    grid.change(database, grid.WORKS)
    (draft,) = grid.drafts(database, "planned_notice")
    terms = Terms(draft["id"], datetime(2026, 12, 6, tzinfo=UTC))
    assert recipients.by_channel(database, terms) == {
        "email": {"lv": 2, "ru": 1}, "letter": {"lv": 2},
    }  # fmt: skip
    assert recipients.unreached(database, terms) == 1
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    sent = [channel for channel, _ in ways.sent(database)]
    assert {name: sent.count(name) for name in ("sms", "email", "letter")} == {
        "sms": 1, "email": 3, "letter": 2,
    }  # fmt: skip
    assert recipients.given_up(database, draft["id"]) == 1


def test_previews_of_a_cancellation_follow_what_was_told(database: Database) -> None:
    grid.people(database, [1, 2, 3])
    for number in (1, 2):
        ways.lose_phone(database, number)
    ways.give_email(database, 2)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "accepted", now=grid.DUE)
    grid.extra_phone(database, "+37121000001", owner=1)
    grid.extra_phone(database, "+37121000002", owner=2)
    grid.change(database, grid.OVER, now=grid.DUE)
    (draft,) = grid.drafts(database, "cancelled")
    terms = Terms(draft["id"], grid.DUE + 4 * grid.DAY, same_way=True)
    assert recipients.by_channel(database, terms) == {
        "sms": {"lv": 1}, "email": {"lv": 1}, "letter": {"lv": 1},
    }  # fmt: skip
