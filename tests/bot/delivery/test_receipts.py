"""Receipts: twice, out of order, forged by nobody we know, and what they say of a number."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from bot.channels.base import Accepted, Unknown
from bot.delivery.receipts import Receipt, record
from bot.outbox import PAUSED
from bot.privacy import mask
from storage import Database
from storage.database import stamp, switch
from storage.messages import RANKS
from tests.bot.outbox_world import NOW, PHONE, outbox, queue, row, status


def receipt(message_id: str, word: str, code: str = "", sid: str = "SM1") -> Receipt:
    return Receipt(message_id, "twilio", sid, word, code)


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_receipts_in_any_order_end_at_delivered(database: Database, order: tuple[str, ...]) -> None:
    message_id = queue(database)
    outbox(database).claim(NOW, 1)
    for word in order:
        assert record(database, receipt(message_id, word), NOW)
    assert status(database, message_id) == "delivered"
    assert row(database, message_id)["provider_id"] == "SM1"


def test_a_status_never_moves_back(database: Database) -> None:
    message_id = queue(database)
    seen = []
    for word in ("sent", "queued", "undelivered", "sent", "delivered", "undelivered"):
        record(database, receipt(message_id, word), NOW)
        seen.append(RANKS[status(database, message_id)])
    assert seen == sorted(seen)
    assert status(database, message_id) == "delivered"


def test_the_same_receipt_twice_is_kept_once(database: Database) -> None:
    message_id = queue(database)
    for _ in range(2):
        assert record(database, receipt(message_id, "sent"), NOW)
    count = database.one("SELECT count(*) AS n FROM receipts")
    assert count is not None
    assert count["n"] == 1


def test_a_receipt_for_nothing_of_ours_is_refused(database: Database) -> None:
    assert not record(database, receipt("no-such-message", "sent"), NOW)
    database.run(
        """INSERT INTO messages (id, direction, channel, kind, peer, status, made_at)
           VALUES ('in-1', 'in', 'sms', 'text', ?, 'received', ?)""",
        (PHONE, stamp(NOW)),
    )
    assert not record(database, receipt("in-1", "sent"), NOW)
    assert database.all("SELECT * FROM receipts") == []


def test_a_receipt_proves_that_a_message_in_doubt_was_accepted(database: Database) -> None:
    message_id = queue(database)
    (message,) = outbox(database).claim(NOW, 1)
    outbox(database).record([(message, Unknown("No answer."))], NOW)
    record(database, receipt(message_id, "queued"), NOW)
    assert status(database, message_id) == "accepted"
    assert outbox(database).take_doubts(NOW + timedelta(hours=1), 10) == []


def test_a_receipt_before_the_answer_of_the_call_loses_nothing(database: Database) -> None:
    message_id = queue(database)
    (message,) = outbox(database).claim(NOW, 1)
    record(database, receipt(message_id, "delivered"), NOW)
    outbox(database).record([(message, Accepted("SM1"))], NOW)
    found = row(database, message_id)
    assert (found["status"], found["provider_id"]) == ("delivered", "SM1")


def test_a_late_receipt_stops_a_message_that_waits_to_go_again(database: Database) -> None:
    message_id = queue(database)
    record(database, receipt(message_id, "sent"), NOW)
    assert outbox(database).claim(NOW, 1) == []


def test_an_unreachable_number_is_marked_and_a_phone_switched_off_is_not(
    database: Database,
) -> None:
    database.run(
        "INSERT INTO customers VALUES ('1', 'A', 'household', 'lv', 'a', 'LV-1000', ?)",
        (stamp(NOW),),
    )
    database.run(
        "INSERT INTO contacts VALUES ('k', '1', 'mobile', ?, 'lv', 'file', ?, NULL)",
        (PHONE, stamp(NOW)),
    )
    off, dead = queue(database), queue(database)
    record(database, receipt(off, "undelivered", "30003"), NOW)
    assert database.one("SELECT 1 FROM contacts WHERE dead_at IS NULL")
    record(database, receipt(dead, "undelivered", "30005", "SM2"), NOW)
    assert database.one("SELECT 1 FROM contacts WHERE dead_at IS NOT NULL")
    assert row(database, dead)["error_code"] == "30005"


def test_an_opt_out_in_a_receipt_is_kept_once(database: Database) -> None:
    for sid in ("SM1", "SM2"):
        record(database, receipt(queue(database), "failed", "21610", sid), NOW)
    assert len(database.all("SELECT * FROM opt_outs")) == 1
    assert len(database.all("SELECT * FROM consents")) == 1


def test_a_message_at_the_provider_twice_is_told_without_its_number(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    message_id = queue(database)
    record(database, receipt(message_id, "sent", sid="SM1"), NOW)
    record(database, receipt(message_id, "sent", sid="SM2"), NOW)
    assert "twice: SM1 and SM2" in caplog.text
    assert "29123456" not in caplog.text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+37129123456", "+371 29•••456"),
        ("+447700900123", "+44•••23"),
        ("anna@example.lv", "a•••@example.lv"),
        ("1880", "•••"),
        ("", "•••"),
    ],
)
def test_numbers_are_masked(address: str, shown: str) -> None:
    assert mask(address) == shown


def test_what_the_provider_may_yet_deliver_is_queued_again_and_late_words_change_nothing(
    database: Database,
) -> None:
    message_id = queue(database)
    (message,) = outbox(database).claim(NOW, 1)
    outbox(database).record([(message, Accepted("SM1"))], NOW)
    for word, code in (("undelivered", "30001"), ("failed", "30001"), ("sent", ""), ("queued", "")):
        assert record(database, receipt(message_id, word, code), NOW)
        found = row(database, message_id)
        assert (found["status"], found["provider_id"], found["sent_at"]) == ("queued", None, None)
    assert outbox(database).claim(NOW + timedelta(minutes=4), 1) == []
    (again,) = outbox(database).claim(NOW + timedelta(minutes=5), 1)
    outbox(database).record([(again, Accepted("SM2"))], NOW)
    record(database, receipt(message_id, "delivered", sid="SM2"), NOW)
    assert status(database, message_id) == "delivered"


def test_an_overflow_is_tried_five_times_and_then_failed(database: Database) -> None:
    message_id = queue(database)
    for number in range(5):
        (message,) = outbox(database).claim(NOW + timedelta(hours=number), 1)
        outbox(database).record([(message, Accepted(f"SM{number}"))], NOW)
        told = receipt(message_id, "failed", "30001", f"SM{number}")
        record(database, told, NOW + timedelta(hours=number))
    assert status(database, message_id) == "failed"


def test_an_account_suspended_later_pauses_and_fails_nothing(database: Database) -> None:
    message_id = queue(database)
    (message,) = outbox(database).claim(NOW, 1)
    outbox(database).record([(message, Accepted("SM1"))], NOW)
    record(database, receipt(message_id, "failed", "30002"), NOW)
    assert status(database, message_id) == "queued"
    assert "30002" in switch(database, PAUSED)
