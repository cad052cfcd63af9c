"""What an engine for many hosts does: locks between processes, wake-ups, claims, moving there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery.claims import claim_batch, render_nothing
from storage import Database, StorageError, Tx, conversations, messages, open_database, search
from storage.database import new_id, set_switch, shown_address
from storage.messages import Claim, NewMessage
from storage.moving import move
from tests import engines
from tests.contract.test_storage import NOW, names, put
from tests.worlds import PHONE, WORLDS, build_world


@pytest.fixture
def engine() -> str:
    return "postgresql"


def queue(database: Database, count: int) -> list[str]:
    made = [
        NewMessage("sms", "unplanned", "alert", f"+3712{n:07d}", body="x") for n in range(count)
    ]
    return database.transaction(lambda tx: messages.enqueue(tx, made, NOW))


def claim(database: Database, holder: str, limit: int) -> list[str]:
    wanted = Claim(holder, "sms", "twilio", NOW, NOW + timedelta(minutes=1), limit, 5)
    taken = database.transaction(
        lambda tx: claim_batch(tx, wanted, "alert", render_nothing), bulk=True, loose=True
    )
    return [message.id for message in taken]


def test_a_job_is_done_by_one_process_at_a_time(database: Database, other: Database) -> None:
    def within() -> tuple[int | None, int | None, int | None]:
        return (
            other.alone("job", lambda: 2),
            other.alone("another", lambda: 3),
            database.alone("job", lambda: 4),  # another thread of the same process
        )

    assert database.alone("job", within) == (None, 3, None)
    assert other.alone("job", lambda: 5) == 5


def test_queued_work_wakes_every_host(database: Database, other: Database) -> None:
    heard = threading.Event()
    deafen = other.listen(heard.set)
    assert deafen is not None
    assert heard.wait(5)  # at the start: what came before
    heard.clear()
    queue(database, 3)
    assert heard.wait(5)
    deafen()


def test_two_workers_claim_different_messages(database: Database, other: Database) -> None:
    ids = queue(database, 200)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda n: claim((database, other)[n % 2], f"w{n}", 20), range(12)))
    taken = [id_ for part in parts for id_ in part]
    assert len(taken) == len(set(taken)) == 200
    assert set(taken) == set(ids)


def test_claims_pass_over_what_another_is_taking(database: Database, other: Database) -> None:
    first = queue(database, 4)

    def slowly(tx: Tx) -> list[str]:
        wanted = Claim("a", "sms", "twilio", NOW, NOW + timedelta(minutes=1), 2, 5)
        claim_batch(tx, wanted, "alert", render_nothing)
        return claim(other, "b", 4)  # does not wait for us

    assert len(database.transaction(slowly, loose=True)) == 2
    assert claim(database, "c", 4) == []
    assert len(first) == 4


def test_a_write_that_met_another_is_done_again(database: Database, other: Database) -> None:
    database.transaction(lambda tx: put(tx, "count", "0"))
    runs = []

    def work(tx: Tx) -> None:
        runs.append(1)
        seen = tx.one("SELECT value FROM switches WHERE name = 'count'")
        assert seen is not None
        if len(runs) == 1:
            other.transaction(lambda tx: put(tx, "count", "5"))
        put(tx, "count", str(int(seen["value"]) + 1))

    database.transaction(work)
    row = database.one("SELECT value FROM switches WHERE name = 'count'")
    assert row is not None
    assert (row["value"], len(runs)) == ("6", 2)


def test_a_connection_that_was_cut_is_replaced(database: Database, other: Database) -> None:
    database.transaction(lambda tx: put(tx, "a"))
    other.all(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    )
    assert names(database) == ["a"]
    database.transaction(lambda tx: put(tx, "b"))
    assert names(database) == ["a", "b"]


def test_a_connection_cut_in_the_middle_undoes_all_and_the_work_is_done_again(
    database: Database, other: Database
) -> None:
    runs = []

    def work(tx: Tx) -> None:
        runs.append(1)
        put(tx, f"n{len(runs)}")
        if len(runs) == 1:
            row = tx.one("SELECT pg_backend_pid() AS pid")
            assert row is not None
            other.one("SELECT pg_terminate_backend(?::int)", (row["pid"],))
        put(tx, "end")

    database.transaction(work)
    assert names(database) == ["end", "n2"]


def test_a_transaction_inside_a_transaction_is_refused(database: Database) -> None:
    with pytest.raises(StorageError, match="inside"):
        database.transaction(lambda tx: database.transaction(lambda tx: put(tx, "a")))


def test_ids_of_one_statement_are_uuids_in_order(database: Database) -> None:
    rows = database.all("SELECT new_id() AS id FROM generate_series(1, 50)")
    ids = [row["id"] for row in rows]
    assert ids == sorted(ids)
    before, after = new_id(), new_id()
    assert all(len(id_) == 36 and id_[14] == "7" and id_[19] in "89ab" for id_ in ids)
    assert ids[0][:8] <= before[:8] <= after[:8]


def test_a_password_is_never_shown() -> None:
    shown = shown_address("postgresql://anna:s3cret@db.example:5432/gaisma?sslmode=require")
    assert shown == "postgresql://anna:***@db.example:5432/gaisma?sslmode=require"
    with pytest.raises(StorageError) as refused:
        open_database("postgresql://anna:s3cret@127.0.0.1:1/gaisma").all("SELECT 1")
    assert "s3cret" not in str(refused.value)
    assert "cannot be reached" in str(refused.value) and "?" not in str(refused.value)


# --- from a file to a server ------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Iterator[str]:
    """The address of a file with a world in it, and a conversation that is searched."""
    address = engines.new_address(tmp_path, "sqlite")
    made = open_database(address)
    made.migrate()
    build_world(made, next(iter(WORLDS)), NOW)
    made.transaction(lambda tx: set_switch(tx, "odd", "a\0b", by="t", now=NOW))
    yield address
    made.close()


def test_a_move_carries_every_row_over(old: str, address: str, database: Database) -> None:
    moved = move(old, address, NOW)
    source = open_database(old.replace(".db", ".db.moved"))
    for each in moved:
        (there,) = database.all(f"SELECT count(*) AS n FROM {each.table}")
        (here,) = source.all(f"SELECT count(*) AS n FROM {each.table}")
        assert each.rows == there["n"] == here["n"], each.table
    assert sum(each.rows for each in moved) >= 20
    columns = "customer_number, name, language, postcode"
    ours, theirs = (
        [tuple(row) for row in each.all(f"SELECT {columns} FROM customers ORDER BY name")]
        for each in (source, database)
    )
    assert ours == theirs
    source.close()


def test_a_move_refuses_a_database_that_holds_rows(
    old: str, address: str, database: Database
) -> None:
    database.transaction(lambda tx: put(tx, "a"))
    with pytest.raises(StorageError, match="holds rows already"):
        move(old, address, NOW)
    assert names(database) == ["a"]


def test_a_move_waits_for_no_worker(old: str, address: str, database: Database) -> None:
    source = open_database(old)
    later = NOW + timedelta(hours=1)
    from storage.locks import hold_lock

    source.transaction(lambda tx: hold_lock(tx, "worker", "w/1/x", now=NOW, until=later))
    with pytest.raises(StorageError, match="stop it first"):
        move(old, address, NOW)
    source.close()


def test_texts_are_found_without_marks_and_by_their_beginnings(database: Database) -> None:
    def fill(tx: Tx) -> str:
        key = conversations.keep_state(tx, None, PHONE, "", NOW)
        tx.run("INSERT INTO search_documents (conversation_id, up_to) VALUES (?, ?)", (key, ""))
        row = tx.one("SELECT id FROM search_documents")
        assert row is not None
        search._put_words(tx, row["id"], PHONE, "Nav elektrības Kalnu ielā jau stundu")
        return key

    key = database.transaction(fill)
    found = search.find(database, "elektribas kaln", 5)
    assert found == {key: "Nav \x02elektrības\x03 \x02Kalnu\x03 ielā jau stundu"}
    assert search.find(database, "elektribas Ogre", 5) == {}
    assert search.find(database, "'); --", 5) == {}
