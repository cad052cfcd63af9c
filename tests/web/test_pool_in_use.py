"""A web host whose connections to PostgreSQL are all in use: nobody hangs, no text is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool.intake import Intake
from storage import Database, Tx, open_database, postgres
from tests import engines
from tests.doubles.twilio import ACCOUNT, TOKEN
from tests.served import PUBLIC_URL, text_fields

WAIT, BOUND = 1.0, 12.0  # seconds: what is waited, and what a busy machine may make of it


class Host:
    """A web process of two connections, with the spool in a folder (a file there: no spool)."""

    def __init__(self, database: Database, spool: Path) -> None:
        self.database = database
        settings = Settings(
            public_url=PUBLIC_URL, twilio_account_sid=ACCOUNT, twilio_auth_tokens=(TOKEN,),
            spool=str(spool),
        )  # fmt: skip
        app = create_app(Service(settings, read_policy(), database))
        self.client: FlaskClient = app.test_client()
        self.intake: Intake = app.extensions["gaisma.spool"]

    @contextmanager
    def all_in_use(self) -> Iterator[None]:
        ends, held = threading.Event(), threading.Barrier(3)

        def hold(tx: Tx) -> None:
            tx.one("SELECT 1 AS n")
            held.wait(20)
            ends.wait(60)

        with ThreadPoolExecutor(2) as others:
            waiting = [others.submit(self.database.transaction, hold) for _ in range(2)]
            try:
                held.wait(20)
                yield
            finally:
                ends.set()
            for each in waiting:
                each.result(20)

    def text(self, number: int, body: str) -> tuple[TestResponse, float]:
        """Hand over a text; the answer and how long it took."""
        fields = dict(text_fields(f"SM{number:032}", body))
        signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC_URL}/sms/inbound", fields)
        began = time.monotonic()
        answer = self.client.post(
            "/sms/inbound", data=fields, headers={"X-Twilio-Signature": signature}
        )
        return answer, time.monotonic() - began

    def turns(self) -> int:
        return len(self.database.all("SELECT message_id FROM turns"))


@pytest.fixture
def narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    address = engines.new_address(tmp_path, "postgresql", migrated=True)
    monkeypatch.setattr(postgres, "BUSY_SECONDS", WAIT)
    made = open_database(f"{address}{'&' if '?' in address else '?'}pool_size=2")
    yield made
    made.close()
    engines.drop(address)


def test_a_text_waits_in_a_file_and_is_taken_when_there_is_room(
    narrow: Database, tmp_path: Path
) -> None:
    host = Host(narrow, tmp_path / "spool")
    with host.all_in_use():
        first, seconds = host.text(1, "nav elektrības")
        second, at_once = host.text(2, "vads uz zemes dzirksteļo")
    assert (first.status_code, second.status_code) == (200, 200)
    assert "<Message" not in first.text
    assert "<Message" in second.text  # whoever is near a danger is warned at once
    assert 0.9 * WAIT < seconds < BOUND
    assert at_once < BOUND
    host.intake.refresh()
    assert host.turns() == 2
    host.intake.stop()


def test_without_a_file_to_keep_it_in_the_provider_is_told_to_come_again(
    narrow: Database, tmp_path: Path
) -> None:
    (tmp_path / "spool").write_text("no folder")
    host = Host(narrow, tmp_path / "spool")
    with host.all_in_use():
        answer, seconds = host.text(1, "nav elektrības")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert seconds < BOUND
    host.intake.refresh()
    again, _ = host.text(1, "nav elektrības")
    assert again.status_code == 200
    assert host.turns() == 1
    host.intake.stop()
