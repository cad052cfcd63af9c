"""The contract of storage.Database: what every engine must do alike."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import Database, StorageError, Tx, open_database
from storage.database import audit, moment, new_id, set_switch, stamp, switch
from storage.locks import hold_lock, lock_holder, release_lock

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


def put(tx: Tx, name: str, value: str = "1") -> None:
    set_switch(tx, name, value, by="test", now=NOW)


def names(tx: Tx) -> list[str]:
    return [row["name"] for row in tx.all("SELECT name FROM switches ORDER BY name")]


def test_rows_are_read_by_the_names_of_their_columns(database: Database) -> None:
    database.transaction(lambda tx: put(tx, "a", "ābols"))
    row = database.one("SELECT name, value FROM switches")
    assert row is not None
    assert (row["name"], row["value"]) == ("a", "ābols")
    assert list(row.keys()) == ["name", "value"]


def test_one_is_none_where_there_is_nothing(database: Database) -> None:
    assert database.one("SELECT name FROM switches") is None
    assert database.all("SELECT name FROM switches") == []


def test_values_go_in_by_place_and_by_name(database: Database) -> None:
    by_name = {"name": "b", "value": "?", "at": stamp(NOW), "by": "t"}
    database.run("INSERT INTO switches VALUES (:name, :value, :at, :by)", by_name)
    database.run("INSERT INTO switches VALUES (?, ?, ?, ?)", ("c", ":x", stamp(NOW), "t"))
    assert [r["value"] for r in database.all("SELECT value FROM switches ORDER BY name")] == [
        "?", ":x",
    ]  # fmt: skip


def test_run_and_many_tell_how_many_rows_they_touched(database: Database) -> None:
    rows = [(f"n{n}", "1", stamp(NOW), "t") for n in range(5)]
    assert database.many("INSERT INTO switches VALUES (?, ?, ?, ?)", rows) == 5
    assert database.run("UPDATE switches SET value = '2' WHERE name < ?", ("n3",)) == 3
    assert database.run("DELETE FROM switches WHERE name = ?", ("nobody",)) == 0


def test_a_transaction_returns_what_its_work_returned(database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        put(tx, "a")
        return names(tx)

    assert database.transaction(work) == ["a"]
    assert names(database) == ["a"]


@pytest.mark.parametrize("bulk", [False, True])
def test_an_error_undoes_all_of_its_transaction_and_comes_out(
    database: Database, bulk: bool
) -> None:
    def work(tx: Tx) -> None:
        put(tx, "a")
        raise KeyError("why")

    with pytest.raises(KeyError, match="why"):
        database.transaction(work, bulk=bulk)
    assert names(database) == []


def test_a_refused_statement_undoes_the_ones_before_it(database: Database) -> None:
    def work(tx: Tx) -> None:
        put(tx, "a")
        tx.run("INSERT INTO switches VALUES (?, NULL, ?, ?)", ("b", stamp(NOW), "t"))

    with pytest.raises(Exception, match=r"(?i)null"):
        database.transaction(work)
    assert names(database) == []


def test_one_that_fails_takes_no_other_with_it(database: Database) -> None:
    """Work of many threads is committed together; each still stands for itself."""

    def work(number: int) -> bool:
        def act(tx: Tx) -> None:
            put(tx, f"n{number:03d}")
            if number % 7 == 0:
                raise ValueError(number)

        try:
            database.transaction(act, bulk=number % 3 == 0)
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(work, range(200)))
    assert results == [number % 7 != 0 for number in range(200)]
    assert names(database) == [f"n{n:03d}" for n in range(200) if n % 7]


def test_reading_and_then_writing_loses_no_update(database: Database) -> None:
    database.transaction(lambda tx: put(tx, "count", "0"))

    def add(_: int) -> None:
        database.transaction(lambda tx: put(tx, "count", str(int(switch(tx, "count")) + 1)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(200)))
    assert switch(database, "count") == "200"


def test_two_openers_of_one_database_lose_no_update(address: str, database: Database) -> None:
    database.transaction(lambda tx: put(tx, "count", "0"))
    other = open_database(address)

    def add(opened: Database) -> None:
        for _ in range(50):
            opened.transaction(lambda tx: put(tx, "count", str(int(switch(tx, "count")) + 1)))

    threads = [threading.Thread(target=add, args=(opened,)) for opened in (database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert switch(database, "count") == "100"


def test_a_reader_sees_only_what_is_committed(database: Database) -> None:
    seen: list[list[str]] = []

    def work(tx: Tx) -> None:
        put(tx, "a")
        reader = threading.Thread(target=lambda: seen.append(names(database)))
        reader.start()
        reader.join()

    database.transaction(work)
    assert seen == [[]]


def test_what_was_committed_is_there_after_closing(address: str) -> None:
    first = open_database(address)
    first.migrate()
    first.transaction(lambda tx: put(tx, "a"))
    first.close()
    second = open_database(address)
    assert names(second) == ["a"]
    second.close()
    with pytest.raises(StorageError):
        first.transaction(lambda tx: put(tx, "b"))


def test_a_reference_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        database.run(
            "INSERT INTO outage_subscribers VALUES ('none', '+37120000001', 'lv', ?, 1)",
            (stamp(NOW),),
        )


def test_a_number_is_no_text(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)cannot store"):
        database.run(
            "INSERT INTO registration_tries VALUES (?, ?, ?, ?)", (new_id(), b"1", "2", "3")
        )


def test_migrating_twice_changes_nothing(empty_address: str) -> None:
    made = open_database(empty_address)
    assert made.pending_migrations()
    assert made.migrate()
    assert made.pending_migrations() == []
    assert made.migrate() == []
    made.close()


def test_migrating_in_parallel_applies_each_step_once(empty_address: str) -> None:
    # Eight at once: the switch of a new file to the write-ahead log must wait for others too.
    opened = [open_database(empty_address) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        steps = list(pool.map(lambda each: each.migrate(), opened))
    assert sorted(bool(step) for step in steps) == [False] * 7 + [True]
    for each in opened:
        each.close()


def test_a_backup_is_whole_and_overwrites_nothing(database: Database, tmp_path: Path) -> None:
    database.transaction(lambda tx: put(tx, "a"))
    copy = tmp_path / "copy.db"
    if database.engine == "postgresql":
        with pytest.raises(StorageError, match="pg_dump"):
            database.backup(str(copy), NOW)
        return
    database.backup(str(copy), NOW)
    opened = open_database(f"sqlite:///{copy}")
    assert names(opened) == ["a", "copy_taken_at"]
    assert switch(opened, "copy_taken_at") == stamp(NOW)
    opened.close()
    assert copy.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StorageError):
        database.backup(str(copy), NOW)
    assert [each.name for each in tmp_path.iterdir() if "copy" in each.name] == ["copy.db"]


def test_an_address_of_no_engine_is_refused_by_name() -> None:
    for url in ("mysql://x/y", "", "sqlite://", "sqlite:///x.db?synchronous=MAYBE",
                "postgresql://host", "postgresql://host/name?pool_size=1",
                "postgresql://host/name?pool_siez=9"):  # fmt: skip
        with pytest.raises(StorageError):
            open_database(url)


def test_a_lock_is_held_by_one_until_it_ends(database: Database) -> None:
    later = NOW + timedelta(seconds=10)

    def hold(holder: str, now: datetime) -> bool:
        until = now + timedelta(seconds=10)
        return database.transaction(lambda tx: hold_lock(tx, "l", holder, now=now, until=until))

    assert (hold("one", NOW), hold("two", NOW), hold("one", NOW)) == (True, False, True)
    assert hold("two", later)
    assert lock_holder(database, "l") == "two"
    database.transaction(lambda tx: release_lock(tx, "l", "one"))
    assert lock_holder(database, "l") == "two"
    database.transaction(lambda tx: release_lock(tx, "l", "two"))
    assert lock_holder(database, "l") == ""


def test_the_audit_keeps_who_did_what(database: Database) -> None:
    database.transaction(lambda tx: audit(tx, "anna", "approved", "c1", now=NOW, detail="50"))
    row = database.one("SELECT actor, action, subject, detail, at FROM audit")
    assert row is not None
    assert tuple(row) == ("anna", "approved", "c1", "50", stamp(NOW))


def test_later_ids_sort_after_earlier_ones() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)),
       st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)),
       st.integers(-12, 12))  # fmt: skip
def test_times_as_text_keep_their_order(one: datetime, other: datetime, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    first, second = one.replace(tzinfo=UTC), other.replace(tzinfo=zone)
    gap = abs((first - second).total_seconds())
    if gap >= 0.001:
        assert (stamp(first) < stamp(second)) == (first < second)
    assert abs((moment(stamp(first)) - first).total_seconds()) < 0.001


def test_a_time_without_a_zone_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2026, 12, 1))


def test_a_new_file_is_for_nobody_else_on_the_machine(tmp_path: Path) -> None:
    made = open_database(f"sqlite:///{tmp_path}/private.db")
    made.migrate()
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    made.close()
    assert set(modes.values()) == {0o600}, modes


def test_nothing_is_read_or_made_after_the_end(address: str) -> None:
    made = open_database(address)
    made.migrate()
    made.close()
    path = Path(urlsplit(address).path[1:])
    if made.engine == "sqlite":
        path.unlink()
    with pytest.raises(StorageError, match="closed"):
        made.one("SELECT 1")
    with pytest.raises(StorageError, match="closed"):
        made.transaction(lambda tx: tx.one("SELECT 1"))
    assert not path.exists()
