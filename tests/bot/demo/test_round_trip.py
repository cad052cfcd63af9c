"""Worker, Twilio (its double) and the web service together: a message goes out, receipts return."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from bot.app import create_app
from bot.service import Service
from bot.worker import Worker
from storage import Database
from tests.bot.delivery.test_worker import FAST, all_are, now, until
from tests.bot.outbox_world import QUICK, queue_many
from tests.doubles import twilio as double

PUBLIC = "https://sms.gaisma.example"


@contextmanager
def in_thread(run: Any, stop: Any) -> Iterator[None]:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(10)


def test_signed_receipts_move_every_message_to_delivered(
    database: Database, tmp_path: Path
) -> None:
    options = double.Options(
        tmp_path / "journal.jsonl", fault=double.random_faults({"after500": 0.2}, 1), callbacks=True
    )
    settings = replace(
        FAST, public_url=PUBLIC, twilio_account_sid=double.ACCOUNT,
        twilio_auth_tokens=(double.TOKEN,),
    )  # fmt: skip
    with double.running(options) as (server, url):
        service = Service(replace(settings, twilio_api_url=url), QUICK, database)
        web = make_server("127.0.0.1", 0, create_app(service), threaded=True)
        options.callback_base = f"http://127.0.0.1:{web.server_port}"
        worker = Worker(service)
        with in_thread(web.serve_forever, web.shutdown), in_thread(worker.run, worker.stop):
            queue_many(database, 40, now())
            until(lambda: all_are(database, "delivered"), limit=20)
        web.server_close()
    assert len(server.accepted) == 40
    assert len(database.all("SELECT 1 FROM receipts")) == 80
