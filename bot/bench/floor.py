"""The floor that inbound texts are measured against: a bare Flask view, one check, one row.

The same server, the same signature check of twilio's, and the same group commit as ours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, abort, request
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from twilio.request_validator import RequestValidator

from storage import conversations, open_database
from storage.database import new_id


def make_app(database_url: str, token: str, public_url: str) -> Flask:
    """`POST /sms/inbound`: checks the signature, commits one row, answers nothing."""
    from datetime import UTC, datetime

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    database = open_database(database_url)
    database.migrate()
    validator = RequestValidator(token)

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/sms/inbound")
    def inbound() -> Response:
        form = request.form
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(public_url + request.path, form, signature):
            abort(403)
        database.transaction(
            lambda tx: conversations.store_texts(
                tx,
                conversations.Received(
                    new_id(), "twilio", form["MessageSid"], form["From"], form["Body"]
                ),
                None,
                datetime.now(UTC),
            )
        )
        return Response("<Response/>", mimetype="text/xml")

    return app


def _load(arguments: list[str]) -> Callable[..., Any]:
    return make_app(*arguments)


if __name__ == "__main__":
    port, *arguments = sys.argv[1:]
    Server(
        "floor", port=int(port), interface=Interfaces.WSGI, blocking_threads=64,
        log_level=LogLevels.error, backpressure=256,
    ).serve(target_loader=partial(_load, arguments), wrap_loader=False)  # fmt: skip
