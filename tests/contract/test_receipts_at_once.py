"""Receipts of a campaign come by the hundred, doubled and out of order, to many hosts at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.delivery import receipts
from bot.delivery.claims import claim_batch, render_nothing
from bot.delivery.receipts import Receipt
from storage import Database, messages, open_database
from storage.messages import Claim, NewMessage, Progress
from tests.worlds import NOW

MANY = 120


@pytest.fixture
def hosts(database: Database, address: str, engine: str) -> Iterator[list[Database]]:
    """Two hosts, where the engine has more than one."""
    others = [open_database(address)] if engine == "postgresql" else []
    yield [database, *others]
    for each in others:
        each.close()


def accepted(database: Database) -> list[str]:
    """Messages that the provider has taken, as `P<n>`."""
    made = [NewMessage("sms", "unplanned", "alert", f"+3712{n:07d}", body="x") for n in range(MANY)]
    ids = database.transaction(lambda tx: messages.enqueue(tx, made, NOW))
    wanted = Claim("w", "sms", "twilio", NOW, NOW + timedelta(minutes=1), MANY, 5)
    database.transaction(lambda tx: claim_batch(tx, wanted, "alert", render_nothing), loose=True)
    steps = [Progress(id_, "accepted", "twilio", f"P{n}") for n, id_ in enumerate(ids)]
    assert database.transaction(lambda tx: messages.accept(tx, steps, NOW)) == MANY
    return ids


def test_receipts_at_once_move_each_message_forward_at_the_first_try(
    database: Database, hosts: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = accepted(database)
    tries: list[int] = []
    record = receipts._record
    monkeypatch.setattr(
        receipts, "_record", lambda tx, *given: tries.append(1) or record(tx, *given)
    )
    said = [
        Receipt(id_, "twilio", f"P{n}", word)
        for n, id_ in enumerate(ids)
        for word in ("delivered", "sent", "delivered")
    ]
    with ThreadPoolExecutor(4) as writers:
        known = list(
            writers.map(lambda n: receipts.record(hosts[n % len(hosts)], said[n], NOW),
                        range(len(said)))
        )  # fmt: skip
    assert all(known)
    assert messages.count_statuses(database) == {"delivered": MANY}
    (row,) = database.all("SELECT count(*) AS n FROM receipts")
    assert row["n"] == 2 * MANY
    assert len(tries) < len(said) * 1.2


def test_two_words_of_one_failure_at_once_queue_the_message_again_once(
    database: Database, hosts: list[Database]
) -> None:
    ids = accepted(database)[:20]
    busy = "30001"  # a queue that was full: tried again
    said = [
        Receipt(id_, "twilio", f"P{n}", word, busy)
        for n, id_ in enumerate(ids)
        for word in ("undelivered", "failed")
    ]
    with ThreadPoolExecutor(4) as writers:
        list(
            writers.map(lambda n: receipts.record(hosts[n % len(hosts)], said[n], NOW),
                        range(len(said)))
        )  # fmt: skip
    assert messages.count_statuses(database) == {"queued": 20, "accepted": MANY - 20}
