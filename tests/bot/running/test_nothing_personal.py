"""A whole day's scene with everything logged: no number, no text and no name gets into the log."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from bot.app import create_app
from bot.campaigns import broadcasts
from bot.campaigns import rules as campaigns
from bot.campaigns.broadcasts import Words
from bot.jobs import make_worker
from bot.network.audience import Asked
from bot.running import logs
from bot.service import Service
from bot.settings import Settings
from storage import Database, StorageError
from tests.bot import grid
from tests.bot.delivery.test_restoring import RULES
from tests.bot.delivery.test_worker import now, until
from tests.doubles import twilio as double
from tests.served import text_fields

URL = "http://127.0.0.1:9"
SECRET_WORDS = ("zirgu iela", "mans suns", "kaimiņš vārdā", "Ludmila", "1234567")
TEXTS = (
    "Nav elektrības, Zirgu iela 5, Rīga, Ludmila", "mans suns bez gaismas", "kaimiņš vārdā Ludmila",
    "1234567", "STOP", "START", "aģents", "Привет, Ludmila", "\ud800 broken", "",
)  # fmt: skip


@pytest.fixture
def log() -> Iterator[tuple[io.StringIO, list[str]]]:
    """(the log as it is written, each message of ours before anything was masked)."""
    stream, raw = io.StringIO(), list[str]()

    class Ears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name.startswith("gaisma"):
                raw.append(record.getMessage())

    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.TextFormatter())
    root = logging.getLogger()
    before, ears = root.level, Ears()
    root.addHandler(handler)
    root.addHandler(ears)
    root.setLevel(logging.DEBUG)
    yield stream, raw
    root.removeHandler(handler)
    root.removeHandler(ears)
    root.setLevel(before)


def faults(form: dict[str, str]) -> str:
    """Every way in which a call may go wrong, by the last digit of the phone."""
    return {"1": "reset_after", "2": "after500", "3": "garbage_after", "4": "busy"}.get(
        form["To"][-1], double.OK
    )


def post(client: FlaskClient, path: str, fields: list[tuple[str, str]]) -> int:
    signature = RequestValidator(double.TOKEN).compute_signature(URL + path, MultiDict(fields))
    answer = client.post(path, data=MultiDict(fields), headers={"X-Twilio-Signature": signature})
    return answer.status_code


def write_texts(client: FlaskClient) -> None:
    for number, text in enumerate(TEXTS):
        fields = text_fields(f"SM{number:032d}", text.encode("utf-8", "ignore").decode())
        for _ in range(2):  # a repeat as well
            assert post(client, "/sms/inbound", fields) == 200
    assert post(client, "/sms/status/nobody", [("MessageSid", "x"), ("MessageStatus", "sent")])
    assert client.post("/sms/inbound", data={"From": grid.phone(1)}).status_code == 403
    for path in ("/console/", f"/console/customers?q={grid.phone(1)}", "/nothing", "/metrics"):
        client.get(path)
    client.post("/console/sign-in", data={"name": "Ludmila", "password": grid.phone(1)})


def fail_once(client: FlaskClient, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the middle of a text, of the database and of the program: it waits in a file."""
    for error in (ValueError(f"bad: {grid.phone(7)} mans suns"), StorageError("full")):

        def broken(*args: Any, error: Exception = error, **more: Any) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(database, "transaction", broken)
            sid = f"SMfail{type(error).__name__:0<26}"
            assert post(client, "/sms/inbound", text_fields(sid, "mans suns")) == 200
            receipt = [("MessageSid", "SM1"), ("MessageStatus", "sent")]
            post(client, f"/sms/status/{grid.phone(7)}", receipt)


def send_campaign(database: Database, settings: Settings) -> None:
    grid.people(database, range(1, 11))
    words = {"lv": "Ludmila: mans suns.", "ru": "Ludmila.", "en": "Ludmila."}
    made = broadcasts.announce(database, Asked(), Words(words, "anna", now()))
    campaigns.approve(database, made, by="juris", now=now(), policy=RULES)
    worker = make_worker(Service(settings, RULES, database))
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    until(
        lambda: len(database.all("SELECT 1 FROM messages WHERE status IN ('accepted', 'sent')")) > 5
    )
    worker.stop()
    thread.join(20)


def test_nothing_personal_is_in_the_log_of_a_whole_scene(
    database: Database, tmp_path: Path, log: tuple[io.StringIO, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    options = double.Options(tmp_path / "t.jsonl", fault=faults, codes={grid.phone(5): 21211})
    with double.running(options) as (_, api):
        settings = Settings(
            sms_provider="twilio", send_rate=200, public_url=URL, twilio_api_url=api,
            spool=str(tmp_path / "spool"),
            twilio_account_sid=double.ACCOUNT, twilio_auth_tokens=(double.TOKEN,),
        )  # fmt: skip
        client = create_app(Service(settings, replace(RULES), database)).test_client()
        write_texts(client)
        fail_once(client, database, monkeypatch)
        send_campaign(database, settings)
    written, raw = log[0].getvalue(), log[1]
    assert "ValueError" in written and "Traceback" in written  # there was something to hide
    for words in (*SECRET_WORDS, "+3712", "3712000", grid.phone(5)[-8:], double.TOKEN):
        assert words.lower() not in written.lower(), words
        assert not [line for line in raw if words.lower() in line.lower()], words
