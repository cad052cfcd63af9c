"""What one channel did not bring goes to the next, in time and once; then to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import alerts
from bot.campaigns import rules as campaigns
from bot.channels.base import Cause
from bot.delivery import receipts
from bot.delivery.escalation import escalate
from bot.outbox import note_unreachable
from bot.words.bodies import write_bodies
from bot.words.documents import read_document
from storage import Database, messages, open_database
from storage.database import stamp
from tests import engines
from tests.bot import grid, ways

LATER = grid.DUE + timedelta(hours=25)


@pytest.fixture
def told(database: Database) -> Database:
    """One customer with phone, e-mail and postal address; the SMS is with the provider."""
    grid.people(database, [1])
    ways.give_email(database, 1)
    announce(database)
    ways.says(database, "sms", "accepted", grid.DUE)
    return database


def announce(database: Database) -> None:
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)


def test_a_failed_sms_goes_on_by_e_mail_and_a_bounced_one_by_letter(told: Database) -> None:
    ways.says(told, "sms", "failed", grid.DUE)
    ways.follow(told, grid.DUE)
    assert ways.statuses(told) == {"sms": "failed", "email": "queued"}
    ways.says(told, "email", "accepted", grid.DUE)
    ways.says(told, "email", "failed", grid.DUE)
    ways.follow(told, grid.DUE)
    assert ways.statuses(told) == {"sms": "failed", "email": "failed", "letter": "queued"}
    assert ways.calls(told) == []


def test_the_first_failure_is_followed_once(told: Database) -> None:
    ways.says(told, "sms", "failed", grid.DUE)
    for hours in range(1, 60):
        ways.follow(told, grid.DUE + timedelta(hours=hours))
    assert ways.sent(told) == [("sms", grid.phone(1)), ("email", ways.email(1))]


def test_a_silent_sms_goes_on_after_its_hours_and_not_before(told: Database) -> None:
    ways.follow(told, grid.DUE + timedelta(hours=23))
    assert ways.statuses(told) == {"sms": "accepted"}
    ways.follow(told, LATER)
    assert ways.statuses(told) == {"sms": "accepted", "email": "queued"}


def test_an_accepted_e_mail_has_reached_its_reader(told: Database) -> None:
    ways.says(told, "sms", "failed", grid.DUE)
    ways.follow(told, grid.DUE)
    ways.says(told, "email", "accepted", grid.DUE)
    ways.follow(told, grid.DUE + 3 * grid.DAY)
    assert ways.statuses(told) == {"sms": "failed", "email": "accepted"}


def test_a_delivered_sms_calls_for_nothing(told: Database) -> None:
    ways.says(told, "sms", "delivered", grid.DUE)
    ways.follow(told, grid.DUE + 3 * grid.DAY)
    assert ways.statuses(told) == {"sms": "delivered"}


def test_one_phone_of_two_that_is_reached_is_enough(database: Database) -> None:
    grid.people(database, [1])
    grid.extra_phone(database, "+37121000001", owner=1)
    announce(database)
    grid.provider_says(database, "failed", now=grid.DUE, only=[grid.phone(1)])
    grid.provider_says(database, "delivered", now=grid.DUE, only=["+37121000001"])
    ways.follow(database, LATER)
    assert {channel for channel, _ in ways.sent(database)} == {"sms"}


def test_two_phones_that_fail_one_after_the_other_bring_one_letter(database: Database) -> None:
    grid.people(database, [1])
    grid.extra_phone(database, "+37121000001", owner=1)
    announce(database)
    grid.provider_says(database, "failed", now=grid.DUE, only=[grid.phone(1)])
    ways.follow(database, grid.DUE)
    assert len(ways.sent(database)) == 2
    grid.provider_says(database, "failed", now=grid.DUE, only=["+37121000001"])
    ways.follow(database, grid.DUE)
    ways.follow(database, grid.DUE)
    assert ways.sent(database)[2:] == [("letter", "C1")]


def test_several_premises_go_on_together(database: Database) -> None:
    grid.people(database, [1])
    grid.extra_premises(database, 2, owner=1)
    announce(database)
    ways.says(database, "sms", "failed", grid.DUE)
    ways.follow(database, grid.DUE)
    assert ways.sent(database) == [("sms", grid.phone(1)), ("letter", "C1")]


def test_stop_between_queue_and_send_goes_on_by_letter(database: Database) -> None:
    grid.people(database, [1])
    announce(database)
    ways.stop(database, 1)
    ids = [row["id"] for row in database.all("SELECT id FROM messages")]
    database.transaction(
        lambda tx: messages.end(tx, ids, "withdrawn", error_code="opted_out", now=grid.DUE)
    )
    ways.follow(database, grid.DUE)
    assert ways.statuses(database) == {"sms": "withdrawn", "letter": "queued"}


@pytest.mark.parametrize("end", ["expired", "set_aside"])
def test_what_was_never_sent_goes_on_too(database: Database, end: str) -> None:
    grid.people(database, [1])
    announce(database)
    ids = [row["id"] for row in database.all("SELECT id FROM messages")]
    database.transaction(lambda tx: messages.end(tx, ids, end, error_code="", now=grid.DUE))
    ways.follow(database, grid.DUE)
    assert ways.statuses(database) == {"sms": end, "letter": "queued"}


def test_what_works_overtook_does_not_go_on(told: Database) -> None:
    grid.change(told, grid.OVER, now=grid.DUE + grid.HOUR)
    ways.says(told, "sms", "failed", grid.DUE)
    told.transaction(lambda tx: alerts.catch_up(tx, grid.DUE + grid.HOUR, grid.POLICY), bulk=True)
    ways.follow(told, LATER)
    assert ("letter", "C1") not in ways.sent(told)
    assert ways.calls(told) == []


def test_faults_and_reminders_do_not_go_on(database: Database) -> None:
    grid.people(database, [1])
    ways.give_email(database, 1)
    grid.change(database, grid.FAULT)
    grid.fan_out(database)
    ways.says(database, "sms", "failed", grid.NOW)
    ways.follow(database, grid.NOW + grid.DAY)
    assert ways.sent(database, "unplanned") == [("sms", grid.phone(1))]


def test_while_all_sending_is_stopped_nothing_goes_on(told: Database) -> None:
    ways.says(told, "sms", "failed", grid.DUE)
    campaigns.stop_all(told, by="anna", now=grid.DUE)
    ways.follow(told, grid.DUE)
    assert ways.statuses(told) == {"sms": "failed"}


# --- in time --------------------------------------------------------------------------------


def test_a_letter_that_would_break_the_law_becomes_a_call(database: Database) -> None:
    grid.people(database, [1])
    announce(database)
    ways.says(database, "sms", "accepted", grid.DUE)
    ways.says(database, "sms", "failed", grid.DUE + 2 * grid.DAY)
    ways.follow(database, grid.DUE + 2 * grid.DAY)  # 8 days before: 9 are needed
    assert ways.statuses(database) == {"sms": "failed"}
    assert ways.calls(database) == [("C1", "not_reached")]


def test_an_e_mail_after_the_legal_date_becomes_a_call(told: Database) -> None:
    ways.says(told, "sms", "failed", grid.DUE)
    ways.follow(told, grid.STARTS - 4 * grid.DAY)
    assert ways.statuses(told) == {"sms": "failed"}
    assert ways.calls(told) == [("C1", "not_reached")]


def test_works_approved_late_go_on_as_long_as_it_helps(database: Database) -> None:
    grid.people(database, [1])
    ways.give_email(database, 1)
    starts = grid.NOW + 3 * grid.DAY
    grid.change(database, replace(grid.WORKS, starts_at=starts, ends_at=starts + grid.HOUR))
    grid.approve(database, "planned_notice", reason="Avārija")
    grid.fan_out(database)
    ways.says(database, "sms", "failed", grid.NOW)
    ways.follow(database, grid.NOW)
    assert ways.statuses(database) == {"sms": "failed", "email": "queued"}


def test_a_letter_left_lying_until_it_is_late_becomes_a_call(database: Database) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    announce(database)
    ways.follow(database, grid.STARTS - 5 * grid.DAY)
    assert ways.statuses(database) == {"letter": "queued"}
    ways.follow(database, grid.STARTS - 3 * grid.DAY)
    assert ways.statuses(database) == {"letter": "expired"}
    assert ways.calls(database) == [("C1", "not_reached")]


def test_nobody_is_called_after_the_start(database: Database) -> None:
    grid.people(database, [1])
    announce(database)
    ways.says(database, "sms", "failed", grid.DUE)
    ways.follow(database, grid.STARTS - 3 * grid.DAY)
    assert ways.calls(database) == [("C1", "not_reached")]
    ways.follow(database, grid.STARTS)
    assert ways.calls(database) == []
    (row,) = database.all("SELECT outcome FROM calls")
    assert row["outcome"] == "not called in time"


def test_a_cancellation_goes_on_until_the_old_start(told: Database) -> None:
    ways.says(told, "sms", "delivered", grid.DUE)
    soon = grid.STARTS - grid.DAY
    grid.change(told, grid.OVER, now=soon)
    grid.approve(told, "cancelled", now=soon)
    grid.fan_out(told, soon)
    found = told.all("SELECT id FROM messages WHERE kind = 'cancelled'")
    steps = [messages.Progress(row["id"], "failed", "test") for row in found]
    told.transaction(lambda tx: messages.move_forward(tx, steps, soon))
    ways.follow(told, soon)
    assert ways.sent(told, "cancelled") == [("sms", grid.phone(1)), ("email", ways.email(1))]
    ways.says(told, "email", "failed", soon)
    ways.follow(told, soon)
    assert ways.calls(told) == [("C1", "not_reached")]


# --- receipts that come late ----------------------------------------------------------------


def receive(database: Database, channel: str, status: str, now: datetime) -> None:
    (row,) = database.all("SELECT id FROM messages WHERE channel = ?", [channel])
    receipts.record(database, receipts.Receipt(row["id"], "twilio", "SM1", status), now)


def test_a_late_receipt_takes_an_unsent_e_mail_back(told: Database) -> None:
    ways.follow(told, LATER)
    receive(told, "sms", "delivered", LATER)
    assert ways.statuses(told) == {"sms": "delivered", "email": "withdrawn"}
    ways.follow(told, LATER + grid.DAY)
    assert len(ways.sent(told)) == 2


def test_a_late_receipt_takes_a_call_off_the_list(database: Database) -> None:
    grid.people(database, [1])
    announce(database)
    ways.says(database, "sms", "sent", grid.DUE)
    ways.follow(database, grid.STARTS - 6 * grid.DAY)
    assert ways.calls(database) == [("C1", "not_reached")]
    receive(database, "sms", "delivered", grid.STARTS - 6 * grid.DAY)
    assert ways.calls(database) == []


def test_a_late_receipt_leaves_the_letter_of_another_premises(database: Database) -> None:
    """One letter tells of two premises, of which only one was told of by the SMS."""
    grid.people(database, [1])
    grid.extra_premises(database, 2, owner=1)
    announce(database)
    # A letter after a day of silence must come over a weekend in time.
    database.run("UPDATE outages SET starts_at = ?", [stamp(grid.STARTS + 2 * grid.DAY)])
    ways.says(database, "sms", "accepted", grid.DUE)
    ways.follow(database, LATER - grid.HOUR)
    database.run(
        "DELETE FROM notice_messages WHERE notice_id = (SELECT max(notice_id) FROM notice_messages)"
        " AND message_id = (SELECT id FROM messages WHERE channel = 'sms')"
    )
    receive(database, "sms", "delivered", LATER)
    assert ways.statuses(database)["letter"] == "queued"


def test_a_dead_number_ends_what_waits_for_it(database: Database) -> None:
    grid.people(database, [1])
    announce(database)
    (row,) = database.all("SELECT * FROM messages")
    database.transaction(lambda tx: note_unreachable(tx, row, Cause.DEAD, grid.DUE))
    ways.follow(database, grid.DUE)
    assert ways.statuses(database) == {"sms": "failed", "letter": "queued"}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["sms", "email", "letter"]),
            st.sampled_from(["accepted", "sent", "delivered", "failed", "silence"]),
        ),
        max_size=12,
    )
)
def test_whatever_comes_in_whatever_order_nobody_is_told_twice_on_a_channel(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    database = open_database(
        engines.new_address(tmp_path_factory.mktemp("escalation"), migrated=True)
    )
    database.migrate()
    grid.people(database, [1, 2])
    ways.give_email(database, 1)
    announce(database)
    now = grid.DUE
    for channel, status in steps:
        if status == "silence":
            now += timedelta(hours=12)
        else:
            ways.says(database, channel, status, now)
        ways.follow(database, now)
        ways.follow(database, now)
    twice = database.all(
        "SELECT nm.notice_id FROM notice_messages nm JOIN messages m ON m.id = nm.message_id"
        " GROUP BY nm.notice_id, m.channel, m.peer HAVING count(*) > 1"
    )
    database.close()
    assert twice == []


@pytest.mark.parametrize("order", list(permutations(["accepted", "sent", "failed", "delivered"])))
def test_receipts_in_any_order_end_in_the_same_way(
    database: Database, order: tuple[str, ...]
) -> None:
    grid.people(database, [1])
    announce(database)
    for status in order:
        ways.says(database, "sms", status, grid.DUE)
        ways.follow(database, grid.DUE)
        (row,) = database.all("SELECT id FROM messages WHERE channel = 'sms'")
        if status == "delivered":
            receipts.record(
                database, receipts.Receipt(row["id"], "twilio", "", "delivered"), grid.DUE
            )
    assert ways.statuses(database)["sms"] == "delivered"
    assert ways.statuses(database).get("letter", "withdrawn") == "withdrawn"


def test_what_goes_on_is_written_in_full(told: Database) -> None:
    ways.says(told, "sms", "failed", grid.DUE)
    ways.follow(told, grid.DUE)
    (row,) = told.all("SELECT id FROM messages WHERE channel = 'email'")
    bodies = write_bodies(told, [row["id"]], grid.POLICY, now=grid.DUE)
    document = read_document(bodies[row["id"]])
    assert document.language == "lv"
    assert "12. decembr" in document.plain_text()
    assert "C1" in document.plain_text()


def test_escalation_has_nothing_to_do_when_all_is_told(told: Database) -> None:
    ways.says(told, "sms", "delivered", grid.DUE)
    assert escalate(told, LATER, grid.POLICY) == 0
