"""The whole web service on a held database, called without a network."""

from __future__ import annotations

import io
import logging
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask

from bot.app import create_app
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.web.api import tokens
from bot.web.api.tokens import SCOPES
from tests.fuzz.held import Held, hold

TOKEN = "a-token-for-fuzzing"
PUBLIC_URL = "https://sms.example.lv"
SETTINGS = Settings(
    public_url=PUBLIC_URL,
    secret_keys=("k" * 40,),
    sms_provider="twilio",
    twilio_account_sid="AC" + "0" * 32,
    twilio_auth_tokens=(TOKEN,),
    kannel_url="http://127.0.0.1:9/",
    kannel_user="u",
    kannel_password="p",
    kannel_tokens=(TOKEN,),
    bounce_token=TOKEN,
    voice="on",
    voice_number="+37167000000",
    mail_from="zinas@example.lv",
    bounce_address="atsitieni@example.lv",
)


class Broken(AssertionError):
    """What must never happen did."""


@dataclass(frozen=True)
class Answered:
    """What came back; `text` is the body as UTF-8."""

    status: int
    headers: dict[str, str]
    text: str


class Heard(logging.Handler):
    """Keeps the errors that are logged: an answer of 500 hides what was raised."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.exc_info:
            said += "\n" + "".join(traceback.format_exception(*record.exc_info))
        self.said.append(said)


class Site:
    """`call` asks; after each input `forget` undoes what was stored."""

    def __init__(self, folder: Path) -> None:
        now = datetime.now(UTC)
        self.database = hold(folder, now, "five_premises", "active_outage_known_time", "in_debt")
        policy = read_policy()
        values = {**vars(policy), "api_requests_per_minute": 10**9}
        policy = type(policy)(**{name: values[name] for name in policy.__dataclass_fields__})
        self.service = Service(SETTINGS, policy, self.database)
        self.token = tokens.add(self.database, "all", tuple(SCOPES), by="test", now=now)
        self.app: Flask = create_app(self.service)
        self.app.extensions["gaisma.places"].stop()
        self._held: Held = self.database  # type: ignore[assignment]
        self._held.keep()
        self._heard = Heard()
        root = logging.getLogger()
        root.addHandler(self._heard)
        self.call("GET", "/api/v1/openapi.json")  # its libraries are loaded by the first who asks
        logging.getLogger("gaisma").propagate = True

    def forget(self) -> None:
        self._held.forget()
        self._heard.said.clear()

    def call(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answered:
        """One request, as a server hands it to the service. Raises Broken for a status of 500."""
        environ = _environ(method, target, body, headers or {})
        told: list[Any] = []
        answer = self.app.wsgi_app(environ, lambda *given: told.append(given) or (lambda _: None))
        try:
            content = b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        status = int(told[0][0].split()[0])
        if status >= 500 or self._heard.said:
            why = "\n".join(self._heard.said[-3:])
            raise Broken(f"{method} {target[:200]!r}: {status}\n{why}")
        for name, value in told[0][1]:
            # Servers refuse these, each in its own way, and the caller gets nothing.
            if not (name + value).isprintable() or not (name + value).isascii():
                raise Broken(f"{method} {target[:200]!r}: the header {name}: {value!r}")
        given = {name.lower(): value for name, value in told[0][1]}
        charset = "replace" if given.get("content-type", "").startswith("image/") else "strict"
        return Answered(status, given, content.decode("utf-8", charset))

    def close(self) -> None:
        logging.getLogger().removeHandler(self._heard)
        self.app.extensions["gaisma.public"].stop()
        self.database.close()


def _environ(method: str, target: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("utf-8", "surrogateescape")).decode("latin-1"),
        "QUERY_STRING": query.encode("utf-8", "replace").decode("latin-1"),
        "SERVER_NAME": "sms.example.lv",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": "sms.example.lv",
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        # A server hands a header over as the bytes that came, one a character.
        value = value.encode("utf-8", "replace").decode("latin-1")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
