"""The file of the database held, full, read-only, gone, replaced or damaged under a service."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import storage.sqlite
from bot.running import checks_data
from bot.settings import Settings
from storage import Database, DatabaseBusy, StorageError, open_database
from storage.database import set_switch, switch
from tests.bot.delivery.test_worker import now


def note(database: Database, value: str) -> None:
    database.transaction(lambda tx: set_switch(tx, "fault", value, by="test", now=now()))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody else writes, and does not end."""
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


@pytest.fixture
def file(database: Database, tmp_path: Path) -> Path:
    note(database, "before")
    return tmp_path / "gaisma.db"


def test_whoever_waits_behind_a_lock_is_told_together_and_not_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.sqlite, "BUSY_SECONDS", 1.5)
    database = open_database(f"sqlite:///{tmp_path}/held.db")
    database.migrate()
    told: list[float] = []

    def write() -> None:
        began = time.monotonic()
        with pytest.raises(DatabaseBusy):
            note(database, "held")
        told.append(time.monotonic() - began)

    threads = [threading.Thread(target=write) for _ in range(8)]
    with held(tmp_path / "held.db"):
        for thread in threads:
            thread.start()
            time.sleep(0.1)
        for thread in threads:
            thread.join()
    # One after the other, the last would have waited for two limits.
    assert len(told) == 8
    assert max(told) < 2 * 1.5
    note(database, "after")
    assert switch(database, "fault") == "after"
    database.close()


def test_nothing_is_stored_in_a_file_that_was_deleted(database: Database, file: Path) -> None:
    kept = file.with_name("kept.db")
    file.rename(kept)
    with pytest.raises(StorageError, match="deleted or replaced"):
        note(database, "into nothing")
    assert not file.exists()
    kept.rename(file)
    note(database, "after")
    assert switch(database, "fault") == "after"


def test_nothing_is_stored_in_a_file_whose_name_another_has_now(
    database: Database, file: Path, tmp_path: Path
) -> None:
    other = open_database(f"sqlite:///{tmp_path}/other.db")
    other.migrate()
    other.close()
    (tmp_path / "other.db").replace(file)
    with pytest.raises(StorageError, match="deleted or replaced"):
        note(database, "into nothing")


def test_a_full_disk_refuses_in_a_sentence_and_works_again_when_there_is_room(
    database: Database, file: Path
) -> None:
    limit = "PRAGMA max_page_count = "
    few = database.transaction(lambda tx: tx.one(f"{limit}1"))  # as few as there are now
    assert few is not None
    large = "x" * 1_000_000
    with pytest.raises(StorageError, match="Is the disk full"):
        note(database, large)
    assert switch(database, "fault") == "before"
    database.transaction(lambda tx: tx.one(f"{limit}1073741823"))
    note(database, large)
    assert switch(database, "fault") == large


def test_a_file_that_became_read_only_refuses_in_a_sentence(database: Database, file: Path) -> None:
    database.transaction(lambda tx: tx.one("PRAGMA query_only = ON"))
    with pytest.raises(StorageError, match="cannot be written"):
        note(database, "read-only")
    assert switch(database, "fault") == "before"


def test_pages_of_rubbish_are_told_in_a_sentence_to_readers_and_writers(
    database: Database, file: Path
) -> None:
    database.close()
    size = file.stat().st_size
    with file.open("r+b") as damaged:
        damaged.seek(4096)  # the first page says what the file is
        damaged.write(b"\xff" * (size - 4096))
    address = f"sqlite:///{file}"
    opened = open_database(address)
    with pytest.raises(StorageError, match="damaged"):
        switch(opened, "fault")
    with pytest.raises(StorageError, match="damaged"):
        note(opened, "after")
    opened.close()
    told = {check.what: check for check in checks_data.database(Settings(database_url=address))}
    assert "damaged" in told["database"].says
