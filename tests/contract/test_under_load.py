"""PostgreSQL when many want it: no connection free, writers that meet, claims among thousands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from storage import Database, DatabaseBusy, Row, Tx, messages, open_database, postgres
from storage.database import Params, stamp
from storage.messages import Claim, NewMessage
from tests.contract.test_storage import put
from tests.worlds import NOW

QUEUED = 4000


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def narrow(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A host with two connections that waits a second for one."""
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 1.0)
    made = open_database(f"{address}{'&' if '?' in address else '?'}pool_size=2")
    yield made
    made.close()


def test_who_finds_no_connection_waits_and_then_is_told_so(narrow: Database) -> None:
    ends = threading.Event()
    held = threading.Barrier(3)

    def hold(tx: Tx) -> None:
        tx.one("SELECT 1 AS n")
        held.wait(20)
        ends.wait(60)

    with ThreadPoolExecutor(2) as others:
        waiting = [others.submit(narrow.transaction, hold) for _ in range(2)]
        held.wait(20)
        began = time.monotonic()
        with pytest.raises(DatabaseBusy, match="All 2 connections have been in use"):
            narrow.one("SELECT 1 AS n")
        waited = time.monotonic() - began
        ends.set()
        for each in waiting:
            each.result(20)
    assert 0.9 < waited < 20
    assert narrow.one("SELECT 1 AS n") is not None


def test_what_four_writers_count_together_is_right(database: Database, address: str) -> None:
    hosts = [database, open_database(address)]
    database.transaction(lambda tx: put(tx, "count", "0"))

    def add(tx: Tx) -> None:
        seen = tx.one("SELECT value FROM switches WHERE name = 'count'")
        assert seen is not None
        put(tx, "count", str(int(seen["value"]) + 1))

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda n: hosts[n % 2].transaction(add), range(60)))
    hosts[1].close()
    row = database.one("SELECT value FROM switches WHERE name = 'count'")
    assert row is not None
    assert row["value"] == "60"


def test_writers_that_lock_each_other_out_both_get_through(database: Database) -> None:
    database.transaction(lambda tx: (put(tx, "a", "0"), put(tx, "b", "0")))
    first = threading.Barrier(2)

    def write(names: tuple[str, str]) -> None:
        tries: list[int] = []

        def work(tx: Tx) -> None:
            put(tx, names[0], "1")
            tries.append(1)
            if len(tries) == 1:
                first.wait(20)
            put(tx, names[1], "1")

        database.transaction(work, loose=True)

    with ThreadPoolExecutor(2) as both:
        list(both.map(write, (("a", "b"), ("b", "a"))))
    rows = database.all("SELECT value FROM switches")
    assert [row["value"] for row in rows] == ["1", "1"]


class Explained:
    """Asks how a statement would be done instead of doing it."""

    engine = "postgresql"

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self._tx.all(f"EXPLAIN {sql}", params)


def test_claims_among_thousands_go_by_the_index_of_what_is_ready(database: Database) -> None:
    made = [
        NewMessage("sms", "unplanned", "alert", f"+3712{n:07d}", body="x") for n in range(QUEUED)
    ]
    database.transaction(lambda tx: messages.enqueue(tx, made, NOW))
    database.run("UPDATE messages SET status = 'sent', sent_at = ? WHERE peer > ?",
                 (stamp(NOW), "+37120002000"))  # fmt: skip
    database.run("ANALYZE messages")
    wanted = Claim("w", "sms", "twilio", NOW, NOW + timedelta(minutes=1), 100, 5)

    def ask(tx: Tx) -> list[Row]:
        return messages.candidates(Explained(tx), wanted, "alert", take=True)  # type: ignore[arg-type]

    plan = "\n".join(str(row[0]) for row in database.transaction(ask))  # type: ignore[index]
    assert "messages_ready" in plan
    assert "Seq Scan on messages" not in plan
