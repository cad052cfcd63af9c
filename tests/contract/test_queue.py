"""The place in the queue that a customer is told: as agents see the list, urgent ones first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import Database, Tx, conversations

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
# Who waits: minutes so far, and whether it is urgent.
QUEUE = {
    "+37120000001": (30, False),
    "+37120000002": (20, False),
    "+37120000003": (5, True),
    "+37120000004": (9, True),
}


def before(database: Database, phone: str) -> int:
    return int(conversations.sender(database, phone, NOW)["waiting"])


def test_who_waits_is_told_how_many_are_answered_before_them(database: Database) -> None:
    def wait(tx: Tx) -> None:
        for phone, (minutes, urgent) in QUEUE.items():
            since = NOW - timedelta(minutes=minutes)
            made = conversations.keep_state(tx, None, phone, "", since)
            conversations.ask_agent(tx, made, "agent", since, urgent=urgent)

    database.transaction(wait)
    assert {phone[-1]: before(database, phone) for phone in QUEUE} == {
        "4": 0, "3": 1, "1": 2, "2": 3,
    }  # fmt: skip


def test_who_does_not_wait_yet_would_come_last(database: Database) -> None:
    assert before(database, "+37120000009") == 0

    def wait(tx: Tx) -> None:
        for phone in QUEUE:
            made = conversations.keep_state(tx, None, phone, "", NOW)
            conversations.ask_agent(tx, made, "agent", NOW, urgent=False)
        conversations.keep_state(tx, None, "+37120000008", "", NOW)

    database.transaction(wait)
    assert before(database, "+37120000009") == 4
    assert before(database, "+37120000008") == 4
