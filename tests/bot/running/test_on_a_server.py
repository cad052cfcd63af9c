"""What is said where the database is a PostgreSQL server, or its data have just gone there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from bot.cli import gaisma
from bot.outbox import Outbox
from bot.policy import read_policy
from bot.running import checks_data
from bot.service import Service
from bot.settings import Settings
from bot.worker import Worker
from storage import Database, StorageError, open_database, vitals
from storage.sqlite_moved import ASIDE
from tests import engines

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    made = engines.new_address(tmp_path, "postgresql", migrated=True)
    yield made
    engines.drop(made)


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = open_database(address)
    yield made
    made.close()


def test_the_doctor_speaks_of_what_a_server_needs(address: str, database: Database) -> None:
    said = {each.what: each for each in checks_data.database(Settings(database_url=address))}
    assert "gaisma worker" in said["worker"].says
    assert "GAISMA_ERASURES" in said["erasures"].says
    shared = Settings(database_url=address, erasures="/mnt/shared/erasures.jsonl")
    assert "erasures" not in {each.what for each in checks_data.database(shared)}


def test_a_dump_that_is_adopted_without_the_list_of_erasures_says_so(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "erasures.jsonl"
    monkeypatch.setenv("GAISMA_DATABASE_URL", address)
    monkeypatch.setenv("GAISMA_ERASURES", str(file))
    words = ("restore", "--adopt", "--taken-at", NOW.isoformat())
    done = CliRunner().invoke(gaisma, words)
    assert done.exit_code == 0
    assert f"no list of erasures at {file}" in done.stderr
    file.touch()
    assert "no list" not in CliRunner().invoke(gaisma, words).stderr


def test_a_lock_that_cannot_be_asked_for_is_no_other_worker(
    address: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service(Settings(database_url=address), read_policy(), database)
    worker = Worker(service, channels=lambda service: {})
    tried = threading.Event()

    def refused(outbox: Outbox, now: datetime) -> int:
        if caplog.records:
            tried.set()
        raise StorageError("The database cannot be written: it is a standby")

    with (
        caplog.at_level(logging.WARNING, "gaisma.worker"),
        patch.object(Outbox, "count_me", refused),
    ):
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        assert tried.wait(30)
        worker.stop()
        thread.join(30)
    assert not thread.is_alive()
    assert "it is a standby" in caplog.text
    assert "another worker" not in caplog.text


def test_nothing_begins_anew_under_the_name_of_a_file_that_was_moved(tmp_path: Path) -> None:
    path = tmp_path / "gaisma.db"
    url = f"sqlite:///{path}"
    before = open_database(url)
    before.migrate()
    before.close()
    path.rename(f"{path}{ASIDE}")
    assert "moved to PostgreSQL" in vitals.missing(url)
    after = open_database(url)
    with pytest.raises(StorageError, match=r"gaisma\.db\.moved now"):
        after.migrate()
    after.close()
    assert not path.exists()
    Path(f"{path}{ASIDE}").rename(path)
    assert vitals.missing(url) == ""
