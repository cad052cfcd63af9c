"""An installation that is carried over to PostgreSQL while texts and receipts come."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path

import pytest

from storage import Database, messages, open_database
from storage.messages import NewMessage, Progress
from tests import engines
from tests.served import Served, gaisma, serving, text_fields

SENT = 300


def put_sent(database: Database) -> list[str]:
    """Messages that the provider has taken, and whose receipts come now."""
    now = datetime.now(UTC)
    made = [NewMessage("sms", "unplanned", "alert", f"+3712{n:07d}", body="x") for n in range(SENT)]

    def work(tx: messages.Tx) -> list[str]:
        ids = messages.enqueue(tx, made, now)
        steps = [Progress(id_, "accepted", "twilio", f"SMout{id_}") for id_ in ids]
        messages.move_forward(tx, steps, now)
        return ids

    return database.transaction(work)


class Provider:
    """Brings a text and a receipt every so often, each again until it is taken."""

    def __init__(self, ids: list[str]) -> None:
        self.served: Served | None = None
        self.texts: list[str] = []
        self.receipts: list[str] = []
        self._ids = ids
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self.stop()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def wait_for(self, more: int) -> None:
        """Until so many more texts were taken."""
        enough, end = len(self.texts) + more, time.monotonic() + 120
        while len(self.texts) < enough and time.monotonic() < end:
            time.sleep(0.05)

    def _run(self) -> None:
        for number in itertools.count():
            if self._stopping.wait(0.05):
                return
            sid = f"SM{number:032d}"
            phone = f"+37129{number % 20:06d}"
            if self._bring("/sms/inbound", text_fields(sid, f"Labdien {number}", phone)):
                self.texts.append(sid)
            if number < SENT:
                id_ = self._ids[number]
                told = [("MessageSid", f"SMout{id_}"), ("MessageStatus", "delivered")]
                if self._bring(f"/sms/status/{id_}", told):
                    self.receipts.append(id_)

    def _bring(self, path: str, fields: list[tuple[str, str]]) -> bool:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with suppress(OSError, HTTPException):
                if self.served and self.served.post(path, fields).status in (200, 204):
                    return True
            time.sleep(0.1)
        return False


def stored(database: Database) -> list[str]:
    rows = database.all("SELECT provider_id FROM messages WHERE direction = 'in' ORDER BY made_at")
    return [row["provider_id"] for row in rows]


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_texts_and_receipts_that_come_during_a_move_are_all_there_afterwards(
    tmp_path: Path,
) -> None:
    old = f"sqlite:///{tmp_path}/gaisma.db"
    new = engines.new_address(tmp_path, "postgresql")
    spool = tmp_path / "spool"
    database = open_database(old)
    database.migrate()
    provider = Provider(put_sent(database))
    database.close()
    with provider.at_work():
        with serving(old, tmp_path, "--no-worker", GAISMA_SPOOL=str(spool)) as provider.served:
            provider.wait_for(20)
            told = gaisma("sqlite:///unused.db", "move", old, new)
            assert told.returncode == 0, told.stderr
            provider.wait_for(10)
            waited = len([*spool.glob("*.json")])
        with serving(new, tmp_path, GAISMA_SPOOL=str(spool)) as provider.served:
            provider.wait_for(10)
            provider.stop()
            end = time.monotonic() + 120
            while [*spool.glob("*.json")] and time.monotonic() < end:
                time.sleep(0.1)
    aside, made = open_database(f"{old}.moved"), open_database(new)
    there = stored(made)
    assert sorted(there) == sorted(provider.texts)  # each once
    assert set(stored(aside)) < set(there)
    assert waited > 0
    turns = made.all("SELECT message_id FROM turns")
    assert len(turns) == len(there)
    delivered = made.all("SELECT id FROM messages WHERE status = 'delivered'")
    assert {row["id"] for row in delivered} >= set(provider.receipts)
    for each in (aside, made):
        each.close()
    engines.drop(new)
