"""The audit log shows every kind of tampering; what retention and erasure did is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from storage import Database, Tx, audit, open_database
from storage.database import audit as note
from storage.database import stamp

NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)


def write(database: Database, count: int, *, first: int = 1) -> None:
    def work(tx: Tx) -> None:
        for number in range(first, first + count):
            note(tx, "anna", "campaign paused", f"c{number}", now=NOW, detail=f"why {number}")

    database.transaction(work)


def broken(database: Database, told: dict[int, str] | None = None) -> tuple[int, str] | None:
    found = audit.verify(database, told=told).broken
    return None if found is None else (found.seq, found.why)


def test_an_untouched_log_is_whole_and_an_empty_one_too(database: Database) -> None:
    assert broken(database) is None
    write(database, 30)
    found = audit.verify(database)
    assert (found.first, found.last, found.rows, found.broken) == (1, 30, 30, None)
    assert audit.end_of(database) == (30, found.head)


@pytest.mark.parametrize(
    ("change", "where", "why"),
    [
        ("UPDATE audit SET actor = 'zane' WHERE seq = 7", 7, "it was changed"),
        ("UPDATE audit SET subject = 'c9' WHERE seq = 7", 7, "what it was done to"),
        ("UPDATE audit SET detail = 'other' WHERE seq = 7", 7, "its detail"),
        ("UPDATE audit SET at = '2026-01-01T00:00:00.000Z' WHERE seq = 7", 7, "it was changed"),
        ("DELETE FROM audit WHERE seq = 7", 8, "1 row(s) are missing before it"),
        ("DELETE FROM audit WHERE seq < 7", 7, "6 row(s) are missing before it"),
        ("DELETE FROM audit WHERE seq > 17", 18, "the last 3 row(s) are missing"),
        ("DELETE FROM audit", 1, "the last 20 row(s) are missing"),
        ("UPDATE audit SET seq = -seq WHERE seq IN (7, 8)", 9, "2 row(s) are missing"),
        ("INSERT INTO audit SELECT 'x', at, actor, action, subject, detail, login, 21, salt,"
         " content_hash, hash FROM audit WHERE seq = 20", 21, "behind the end"),
        ("UPDATE audit SET subject = 'erased', detail = '', salt = '' WHERE seq = 7", 7,
         "no erasure tells of it"),
        ("UPDATE audit_chain SET hash = 'x'", 20, "the head of the chain"),
        ("DELETE FROM audit_chain", 1, "behind the end"),
    ],
)  # fmt: skip
def test_every_kind_of_tampering_is_found_at_its_first_row(
    database: Database, change: str, where: int, why: str
) -> None:
    write(database, 20)
    database.run(change)
    found = broken(database)
    assert found is not None
    assert found[1].find(why) >= 0, found
    assert found[0] == where


def test_an_end_cut_off_with_its_head_is_found_by_a_head_told_elsewhere(database: Database) -> None:
    write(database, 20)
    told = dict([audit.end_of(database)])
    write(database, 5, first=21)
    database.run("DELETE FROM audit WHERE seq > 12")
    row = database.one("SELECT hash FROM audit WHERE seq = 12")
    assert row is not None
    database.run("UPDATE audit_chain SET seq = 12, hash = ?", (row["hash"],))
    assert broken(database) is None  # by itself it is a whole shorter log
    assert broken(database, told) == (
        13, "the last 8 row(s) are missing: they were there when a head was told"
    )  # fmt: skip
    write(database, 30, first=13)
    assert broken(database, told) == (
        20, "it is another than the one whose hash was told"
    )  # fmt: skip


def test_an_undone_transaction_leaves_no_gap(database: Database) -> None:
    def fail(tx: Tx) -> None:
        note(tx, "anna", "campaign paused", "c", now=NOW)
        raise RuntimeError

    write(database, 2)
    with pytest.raises(RuntimeError):
        database.transaction(fail)
    write(database, 2)
    assert audit.verify(database).rows == 4
    assert broken(database) is None


def test_writers_at_the_same_time_make_one_chain(database: Database, address: str) -> None:
    others = [open_database(address) for _ in range(3)]

    def work(each: Database) -> None:
        for _ in range(15):
            each.transaction(lambda tx: note(tx, "anna", "agent.add", "x", now=NOW))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [database, *others] * 2))
    for each in others:
        each.close()
    found = audit.verify(database)
    assert (found.broken, found.rows) == (None, 120)


def test_rows_about_a_person_lose_their_content_and_the_chain_holds(database: Database) -> None:
    write(database, 20)
    database.transaction(
        lambda tx: note(tx, "anna", "customer.put", "80001", now=NOW, detail="for 80001 too")
    )
    places = audit.rows_about(database, ["c7", "why 9", "80001", ""])
    assert places == [7, 9, 21]
    assert database.transaction(lambda tx: audit.erase(tx, places, by="ilze", now=NOW)) == 3
    left = database.all("SELECT subject, detail, salt FROM audit WHERE seq IN (7, 9, 21)")
    assert {tuple(row) for row in left} == {("erased", "", "")}
    found = audit.verify(database)
    assert (found.broken, found.rows, found.erased) == (None, 22, 3)
    assert audit.rows_about(database, ["c7", "80001"]) == []


def test_retention_leaves_an_anchor(database: Database) -> None:
    write(database, 20)
    later = NOW.replace(year=2027)
    database.transaction(lambda tx: note(tx, "anna", "agent.add", "x", now=later))
    last = audit.last_before(database, stamp(later), 1000)
    assert (last, audit.last_before(database, stamp(later), 8)) == (20, 8)
    assert database.transaction(lambda tx: audit.purge(tx, 8, now=later)) == 8
    assert database.transaction(lambda tx: audit.purge(tx, last, now=later)) == 12
    found = audit.verify(database)
    assert (found.broken, found.first, found.rows) == (None, 21, 3)
    assert audit.verify(database, last=2).broken is None
    database.run("UPDATE audit_chain SET hash = 'x' WHERE name = 'anchor'")
    assert broken(database) is not None


def test_an_anchor_that_no_purge_tells_of_is_found(database: Database) -> None:
    write(database, 20)
    row = database.one("SELECT hash FROM audit WHERE seq = 9")
    assert row is not None
    database.run("DELETE FROM audit WHERE seq <= 9")
    database.run("INSERT INTO audit_chain VALUES ('anchor', 9, ?)", (row["hash"],))
    assert broken(database) == (9, "rows up to it are gone, and no purge tells of it")


def test_a_look_at_the_last_rows_reads_only_those(database: Database) -> None:
    write(database, 20)
    database.run("UPDATE audit SET actor = 'x' WHERE seq = 3")
    assert audit.verify(database, last=10).rows == 10
    assert audit.verify(database, last=10).broken is None
    assert audit.verify(database, last=18).broken is not None
