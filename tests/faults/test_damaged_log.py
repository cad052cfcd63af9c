"""The write-ahead log of a process that was killed, damaged before the next one starts."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.service import open_service
from bot.settings import Settings
from storage import open_database
from storage.damage import lost_commits
from storage.database import switch
from tests.served import ROOT

COUNT = 40
# Texts one after the other, each committed and said; then it is killed.
LIFE = f"""
import os, signal, sys
from datetime import UTC, datetime
from bot.channels.provider import Inbound
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.turn import Turns
from storage import open_database
database = open_database(sys.argv[1])
turns = Turns(Service(Settings(), read_policy(), database))
for number in range({COUNT}):
    turns.take(Inbound("twilio", f"SM{{number}}", f"+3712{{number:07d}}", "nav elektribas"),
               datetime.now(UTC))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A database whose texts are all in its log; what wrote it was killed."""
    file = tmp_path / "killed.db"
    made = open_database(f"sqlite:///{file}")
    made.migrate()
    made.close()
    done = subprocess.run(
        [sys.executable, "-c", LIFE, f"sqlite:///{file}"], cwd=ROOT, check=False, timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    return file


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def damage(file: Path, share: float, size: int = 64) -> None:
    """Rubbish at this share of the log."""
    log = log_of(file)
    with log.open("r+b") as opened:
        opened.seek(int(log.stat().st_size * share))
        opened.write(b"\xa5" * size)


def texts(file: Path) -> list[int]:
    database = open_database(f"sqlite:///{file}")
    rows = database.all("SELECT provider_id FROM messages WHERE direction = 'in'")
    turns = database.all("SELECT 1 FROM turns")
    database.close()
    assert len(turns) == len(rows)
    return sorted(int(row["provider_id"].removeprefix("SM")) for row in rows)


def test_after_a_kill_alone_nothing_is_lost_and_nothing_is_asked(killed: Path) -> None:
    assert lost_commits(f"sqlite:///{killed}") == 0
    assert texts(killed) == list(range(COUNT))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_damaged_log_keeps_what_came_before_and_is_treated_like_a_restore(
    killed: Path, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    damage(killed, share)
    service = open_service(Settings(database_url=f"sqlite:///{killed}"), migrate=True)
    assert service.database.examine(20) == ""
    assert switch(service.database, "restored_at")
    service.close()
    assert "commits in it are lost" in caplog.text
    kept = texts(killed)
    assert kept == list(range(len(kept)))  # what came before, none of it half
    assert 0 < len(kept) < COUNT
    assert log_of(killed).with_name(f"{log_of(killed).name}.damaged").exists()


def test_a_last_commit_torn_by_a_power_cut_is_no_damage(killed: Path) -> None:
    log = log_of(killed)
    with log.open("r+b") as opened:
        opened.truncate(log.stat().st_size - 100)
    assert lost_commits(f"sqlite:///{killed}") == 0
    assert len(texts(killed)) >= COUNT - 1


def test_a_database_in_use_or_without_a_log_is_not_suspected(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/used.db"
    assert lost_commits(url) == 0
    database = open_database(url)
    database.migrate()
    assert lost_commits(url) == 0
    database.close()
    assert lost_commits(url) == 0
    assert lost_commits("postgresql://localhost/gaisma") == 0
    sqlite3.connect(tmp_path / "used.db").close()
