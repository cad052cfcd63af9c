"""Receipts of one moment in one transaction: nothing is other than when each comes by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import receipts
from bot.delivery.claims import claim_batch, render_nothing
from bot.delivery.receipts import Receipt, Receipts, record, take_together
from storage import Database, Tx, messages, open_database
from storage.database import stamp
from storage.messages import Claim, NewMessage, Progress
from storage.receipts import Heard
from tests import engines
from tests.worlds import NOW

LATER = NOW + timedelta(minutes=3)
WORDS = {"queued": "accepted", "sent": "sent", "delivered": "delivered"}
STATES = (
    "queued", "sending", "unknown", "accepted", "sent", "delivered", "failed", "withdrawn",
    "expired", "set_aside",
)  # fmt: skip


def fill(database: Database, count: int) -> list[str]:
    """So many messages that the provider has taken, as `P<n>`."""
    made = [
        NewMessage("sms", "unplanned", "alert", f"+3712{n:07d}", body="x") for n in range(count)
    ]
    ids = database.transaction(lambda tx: messages.enqueue(tx, made, NOW))
    wanted = Claim("w", "sms", "twilio", NOW, NOW + timedelta(minutes=1), count, 5)
    database.transaction(lambda tx: claim_batch(tx, wanted, "alert", render_nothing), loose=True)
    steps = [Progress(id_, "accepted", "twilio", f"P{n}") for n, id_ in enumerate(ids)]
    assert database.transaction(lambda tx: messages.accept(tx, steps, NOW)) == count
    return ids


def heard(message_id: str, provider_id: str, word: str) -> Heard:
    return Heard(message_id, "twilio", provider_id, word, "", WORDS[word], LATER)


# --- as when each comes by itself -----------------------------------------------------------


def every_kind(database: Database) -> list[str]:
    """One message of each status, with and without an id at the provider, tried or not, followed
    by the next channel or not, heard of before or not. Their ids, alike on each database."""
    rows = [
        (status, provider_id, attempts, followed, before)
        for status in STATES for provider_id in (None, "own") for attempts in (0, 1)
        for followed in (0, 1) for before in ("", "sent", "failed")
    ]  # fmt: skip

    def make(tx: Tx) -> list[str]:
        ids = []
        for n, (status, provider_id, attempts, followed, before) in enumerate(rows):
            ids.append(f"m{n:04d}")
            tx.run(
                """INSERT INTO messages (id, direction, channel, kind, lane, provider, provider_id,
                       peer, body, status, attempts, followed, error_code, made_at)
                   VALUES (?, 'out', 'sms', 'unplanned', 'alert', 'twilio', ?, ?, 'x', ?, ?, ?,
                           '30001', ?)""",
                (ids[-1], provider_id and f"SM{n}", f"+3712{n:07d}", status, attempts, followed,
                 stamp(NOW)),
            )  # fmt: skip
            if before:
                tx.run("INSERT INTO receipts VALUES (?, ?, ?, ?, '30001', ?)",
                       (f"r{n:04d}", ids[-1], f"SM{n}", before, stamp(NOW)))  # fmt: skip
        return ids

    return database.transaction(make)


def state_of(database: Database) -> tuple[list[Any], list[Any]]:
    return (
        [tuple(row) for row in database.all("SELECT * FROM messages ORDER BY id")],
        [tuple(row) for row in database.all(
            "SELECT message_id, provider_id, status, error_code, at FROM receipts"
            " ORDER BY message_id, provider_id, status")],
    )  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_a_group_leaves_what_its_receipts_leave_one_by_one(
    database: Database, engine: str, tmp_path: Any, word: str
) -> None:
    ids = every_kind(database)
    told = [Receipt(id_, "twilio", f"SM{n}", word) for n, id_ in enumerate(ids)]
    told += [Receipt(id_, "twilio", f"other{n}", word) for n, id_ in enumerate(ids)]
    address = engines.new_address(tmp_path, engine, migrated=True)
    with closing(open_database(address)) as single:
        assert every_kind(single) == ids
        for each in told:
            assert record(single, each, LATER)
        takes = Receipts(database)
        grouped = [told[: len(ids)], told[len(ids) :]]
        for group in grouped:
            words = [heard(each.message_id, each.provider_id, word) for each in group]
            taken = database.transaction(
                lambda tx, words=words: take_together(tx, words), loose=True  # type: ignore[misc]
            )  # fmt: skip
            assert len(taken) >= len(ids) / 2
            for each in group:
                if each.message_id not in taken:
                    assert takes.record(each, LATER)
        assert state_of(database) == state_of(single)
    engines.drop(address)


def test_unknown_ids_and_texts_of_customers_are_left_alone(database: Database) -> None:
    (known,) = fill(database, 1)
    database.run(
        """INSERT INTO messages (id, direction, channel, kind, peer, status, made_at)
           VALUES ('in-1', 'in', 'sms', 'text', '+37120000001', 'received', ?)""",
        (stamp(NOW),),
    )
    told = [heard(id_, "P0", "sent") for id_ in ("none", "in-1", known)]
    assert database.transaction(lambda tx: take_together(tx, told), loose=True) == {known}
    takes = Receipts(database)
    assert not takes.record(Receipt("none", "twilio", "P0", "sent"), LATER)
    assert not takes.record(Receipt("in-1", "twilio", "P0", "sent"), LATER)
    assert {row["message_id"] for row in database.all("SELECT * FROM receipts")} == {known}


def test_failures_go_by_themselves_and_an_unknown_word_is_kept(database: Database) -> None:
    ids = fill(database, 3)
    takes = Receipts(database)
    assert takes.record(Receipt(ids[0], "twilio", "P0", "undelivered", "30005"), LATER)
    assert takes.record(Receipt(ids[1], "twilio", "P1", "undelivered", "30001"), LATER)
    assert takes.record(Receipt(ids[2], "twilio", "P2", "a new word"), LATER)
    assert messages.count_statuses(database) == {"failed": 1, "queued": 1, "accepted": 1}
    assert len(database.all("SELECT * FROM receipts")) == 3


# --- at one moment --------------------------------------------------------------------------


class Held:
    """The first group waits until all others have come."""

    def __init__(self, takes: Receipts, others: int) -> None:
        self.groups: list[int] = []
        self._takes, self._others = takes, others
        self.begun = threading.Event()

    def take(self, tx: Tx, told: Sequence[Heard]) -> frozenset[str]:
        self.groups.append(len(told))
        self.begun.set()
        waiting = self._takes._together._waiting
        patience = threading.Event()
        for _ in range(60_000):
            if self.groups[1:] or len(waiting) >= self._others:
                break
            patience.wait(0.001)
        return take_together(tx, told)


@pytest.fixture
def at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Receipts, Sequence[Receipt]], Held]]:
    def bring(takes: Receipts, told: Sequence[Receipt]) -> Held:
        held = Held(takes, len(told) - 1)
        monkeypatch.setattr(receipts, "take_together", held.take)
        with ThreadPoolExecutor(len(told)) as threads:
            first = threads.submit(takes.record, told[0], LATER)
            assert held.begun.wait(60)
            rest = [threads.submit(takes.record, each, LATER) for each in told[1:]]
            assert all(each.result(60) for each in (first, *rest))
        return held

    yield bring


def test_those_of_one_moment_are_one_transaction(database: Database, at_once: Any) -> None:
    ids = fill(database, 20)
    told = [Receipt(id_, "twilio", f"P{n}", "delivered") for n, id_ in enumerate(ids)]
    assert at_once(Receipts(database), told).groups == [1, 19]
    assert messages.count_statuses(database) == {"delivered": 20}


def test_one_said_twice_at_one_moment_is_kept_once(database: Database, at_once: Any) -> None:
    ids = fill(database, 4)
    told = [Receipt(id_, "twilio", f"P{n}", "sent") for n, id_ in enumerate(ids)] * 3
    assert at_once(Receipts(database), told).groups[0] == 1
    assert len(database.all("SELECT * FROM receipts")) == 4
    assert messages.count_statuses(database) == {"sent": 4}


def test_one_that_cannot_be_stored_holds_up_no_other(
    database: Database, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    ids = fill(database, 3)
    takes = Receipts(database)
    words = [heard(id_, f"P{n}", "sent") for n, id_ in enumerate(ids)]
    words[1] = heard(ids[1], "\udcff", "sent")
    assert list(takes._take(words)) == [False, False, False]
    assert "taken one by one" in caplog.text
    with pytest.raises(UnicodeError):
        takes.record(Receipt(ids[1], "twilio", "\udcff", "sent"), LATER)
    assert takes.record(Receipt(ids[2], "twilio", "P2", "sent"), LATER)


def test_a_message_that_somebody_else_is_at_is_not_waited_for(
    database: Database, other: Database, engine: str
) -> None:
    if engine == "sqlite":
        pytest.skip("one writer: nobody else is at anything")
    ids = fill(database, 3)
    takes = Receipts(database)
    told = [Receipt(id_, "twilio", f"P{n}", "sent") for n, id_ in enumerate(ids)]
    words = [heard(id_, f"P{n}", "sent") for n, id_ in enumerate(ids)]
    with ThreadPoolExecutor(1) as threads:

        def meanwhile(tx: Tx) -> Any:
            assert messages.outgoing(tx, ids[1], take=True)
            taken = other.transaction(lambda also: take_together(also, words), loose=True)
            assert taken == {ids[0], ids[2]}
            return threads.submit(takes.record, told[1], LATER)  # waits for us, alone

        later = database.transaction(meanwhile, loose=True)
        assert later.result(60)
    assert messages.count_statuses(database) == {"sent": 3}


def test_groups_of_two_hosts_in_any_order_never_wait_for_each_other(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(database, 60)
    told = [
        Receipt(id_, "twilio", f"P{n}", word)
        for word in ("sent", "delivered") for n, id_ in enumerate(ids)
    ]  # fmt: skip
    tries: list[int] = []
    monkeypatch.setattr(
        receipts, "take_together",
        lambda tx, words: tries.append(1) or take_together(tx, words),
    )  # fmt: skip
    groups: list[int] = []
    hosts = [Receipts(database), Receipts(other)]
    for each in hosts:
        take = each._together._work
        each._together._work = lambda words, take=take: groups.append(1) or take(words)  # type: ignore
    both = [(host, each) for each in told for host in hosts]
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda pair: pair[0].record(pair[1], LATER), both))
        back = [*reversed(both)]
        assert all(threads.map(lambda pair: pair[0].record(pair[1], LATER), back))
    assert messages.count_statuses(database) == {"delivered": 60}
    assert len(database.all("SELECT * FROM receipts")) == 120
    assert len(tries) == len(groups), "a group was done again because of another"


def test_nothing_is_answered_before_it_is_committed(
    database: Database, other: Database, at_once: Any
) -> None:
    ids = fill(database, 12)
    told = [Receipt(id_, "twilio", f"P{n}", "sent") for n, id_ in enumerate(ids)]
    takes = Receipts(database)
    seen: list[bool] = []
    plain = takes.record

    def record_and_look(receipt: Receipt, now: Any) -> bool:
        known = plain(receipt, now)
        found = other.one("SELECT 1 AS n FROM receipts WHERE message_id = ?", (receipt.message_id,))
        seen.append(found is not None)
        return known

    takes.record = record_and_look  # type: ignore[method-assign]
    at_once(takes, told)
    assert seen == [True] * 12
