"""`gaisma backup` and `gaisma restore` as the person at the terminal uses them."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import Database, StorageError, open_database, restored
from storage.database import audit, switch
from tests.bot.outbox_world import queue
from tests.cli.conftest import Gaisma

pytestmark = pytest.mark.sqlite  # copies of PostgreSQL are made by its own tools


def now() -> datetime:
    return datetime.now(UTC)


def backed_up(run: Gaisma, house: Database, tmp_path: Path) -> Path:
    """A backup with one alert that waits, the service stopped since."""
    path = tmp_path / "copy.db"
    queue(house, now())
    assert run("backup", str(path)).exit_code == 0
    house.close()
    return path


def test_a_backup_is_of_one_moment_however_much_is_written(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        # Two rows belong together: half of a pair would be a copy of two moments.
        while not stop.is_set():
            house.transaction(
                lambda tx: [audit(tx, "x", act, "pair", now=now()) for act in ("one", "two")]
            )

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    result = run("backup", str(tmp_path / "copy.db"), "--json")
    took = time.monotonic() - began
    stop.set()
    for thread in threads:
        thread.join()
    assert result.exit_code == 0 and took < 20
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        counts = dict(copy.execute("SELECT action, count(*) FROM audit GROUP BY action"))
    copy.close()
    assert counts["one"] == counts["two"] > 0


def test_a_backup_is_for_its_owner_only_and_overwrites_nothing(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    path = backed_up(run, house, tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert isinstance(run("backup", str(path)).exception, StorageError)
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir() if each.name.startswith(".copy")} == set()


def test_a_restore_puts_the_data_back_and_keeps_what_was_there(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    path = backed_up(run, house, tmp_path)
    later = open_database(f"sqlite:///{tmp_path}/cli.db")
    queue(later, now(), peer="+37129000002")
    later.close()
    told = run("restore", str(path), "--by", "anna")
    assert told.exit_code == 0, told.output
    (kept,) = tmp_path.glob("cli.db.before-*")
    assert f"kept as {kept}" in told.stdout
    back = open_database(f"sqlite:///{tmp_path}/cli.db")
    assert len(back.all("SELECT 1 FROM messages")) == 1
    assert restored.mark(back) is not None
    back.close()
    with sqlite3.connect(kept) as old:
        assert old.execute("SELECT count(*) FROM messages").fetchone() == (2,)
    old.close()


def test_how_far_a_restore_is_and_its_end(run: Gaisma, house: Database, tmp_path: Path) -> None:
    assert run("restore").stdout == "No restore is being looked after.\n"
    run("restore", str(backed_up(run, house, tmp_path)))
    found = json.loads(run("restore", "--json").stdout)
    assert (found["restored"], found["waiting"], found["held"]) == (True, 1, 0)
    assert "1 alert not asked about yet" in run("restore").stdout
    over = run("restore", "--release")
    assert over.exit_code == 0 and "(s)" not in over.stdout and "The hold is over." in over.stdout
    again = run("restore", "--drop")
    assert again.exit_code == 1 and "nothing is held" in again.stderr


def test_a_file_of_another_tool_is_adopted_where_it_lies(run: Gaisma, house: Database) -> None:
    queue(house, now() - timedelta(hours=3))
    told = run("restore", "--adopt", "--taken-at", "2026-12-01T03:00:00+02:00", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["since"].startswith("2026-12-01T03:00:00+02:00")
    assert switch(house, restored.SINCE) == "2026-12-01T01:00:00.000Z"


def test_without_a_mark_the_last_sign_of_life_says_of_when_it_is(
    run: Gaisma, house: Database
) -> None:
    queue(house, datetime(2026, 12, 1, 10, tzinfo=UTC))
    assert run("restore", "--adopt").exit_code == 0
    assert switch(house, restored.SINCE) == "2026-12-01T09:50:00.000Z"


@pytest.mark.parametrize("kind", ["missing", "text", "other", "damaged"])
def test_what_is_no_whole_backup_is_refused_and_nothing_is_changed(
    run: Gaisma, house: Database, tmp_path: Path, kind: str
) -> None:
    good, bad = backed_up(run, house, tmp_path), tmp_path / "bad.db"
    if kind == "text":
        bad.write_text("Dear customer, " * 1000)
    elif kind == "other":
        with sqlite3.connect(bad) as other:
            other.execute("CREATE TABLE songs (title TEXT)")
        other.close()
    elif kind == "damaged":
        whole = bytearray(good.read_bytes())
        whole[8192:40960] = os.urandom(32768)
        bad.write_bytes(whole)
    result = run("restore", str(bad))
    assert isinstance(result.exception, StorageError), result.output
    assert [*tmp_path.glob("cli.db.before-*")] == []
    back = open_database(f"sqlite:///{tmp_path}/cli.db")
    assert len(back.all("SELECT 1 FROM messages")) == 1
    back.close()


def test_a_destroyed_database_can_be_replaced(run: Gaisma, house: Database, tmp_path: Path) -> None:
    path = backed_up(run, house, tmp_path)
    (tmp_path / "cli.db").write_bytes(b"\x00" * 50_000)
    assert run("restore", str(path)).exit_code == 0
    assert "Restored at" in run("restore").stdout


def test_only_one_thing_at_a_time(run: Gaisma) -> None:
    result = run("restore", "--adopt", "--drop")
    assert result.exit_code == 1 and "name a file, or one of" in result.stderr
