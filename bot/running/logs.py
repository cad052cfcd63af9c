"""The log: a line an event, with the ids of its request and message, and nobody's number or text.

What is written is up to `bot.privacy`; the mask here is the belt, for what a library writes.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from bot.privacy import Unquoted, describe_error, mask

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger("gaisma.web")

# Which request, and which message (of ours, in or out), the code at work is about.
REQUEST: ContextVar[str] = ContextVar("request", default="")
MESSAGE: ContextVar[str] = ContextVar("message", default="")

SLOW_SECONDS = 1.0
TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_VALID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
# Numbers of phones however they are written, and addresses of e-mail. Not ids (a digit or letter,
# a dash or a dot stands beside), not times, and not counts of less than eight digits.
_PERSONAL = re.compile(
    r"""(?:\+|%2B|(?<![\w.:/-])00)\d{1,3}(?:[ ().-]?\d){6,12}(?!\w)
      | (?<![\w.:/-])\d{8,12}(?![\w:-]|\.\d)
      | (?<![\w.:/-])2\d(?:[ -]\d{2,3}){2,3}(?![\w:-]|\.\d)
      | [\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+""",
    re.VERBOSE,
)
_prefix = secrets.token_hex(4)
_numbers = itertools.count(1)


def hide(text: str) -> str:
    """The text with what looks like a phone number or an e-mail address masked.

    >>> hide("sent to +37129123456")
    'sent to +371 29•••456'
    """
    return _PERSONAL.sub(lambda found: mask(found[0]), text)


def _format(write: Callable[[logging.LogRecord], str], record: logging.LogRecord) -> str:
    """The record as one of the formatters here writes it, with nothing kept of another's."""
    record.exc_text = None  # an error as somebody else has written it, with its message
    try:
        return hide(write(record))
    finally:
        record.exc_text = None


def _trace(info: Any) -> str:
    """Where an error arose and its kind. Its message is left out: it quotes values."""
    _, error, frames = info
    name = str(error) if isinstance(error, Unquoted) else type(error).__name__
    return "".join(("Traceback (most recent call last):\n", *traceback.format_tb(frames), name))


class TextFormatter(logging.Formatter):
    """For people: the ids, where there are any, at the end of the line."""

    def __init__(self) -> None:
        super().__init__(TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = {"request": REQUEST.get(), "message": MESSAGE.get()}
        told = " ".join(f"{name}={value}" for name, value in ids.items() if value)
        line = super().formatMessage(record)
        return f"{line} [{told}]" if told else line

    def formatException(self, ei: Any) -> str:
        return _trace(ei)

    def format(self, record: logging.LogRecord) -> str:
        return _format(super().format, record)


def json_formatter() -> logging.Formatter:
    """For programs: one JSON object a line."""
    # Loaded here: at a terminal nobody needs it.
    from pythonjsonlogger.json import JsonFormatter

    class Lines(JsonFormatter):
        def add_fields(
            self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
        ) -> None:
            super().add_fields(log_data, record, message_dict)
            for name, value in (("request_id", REQUEST.get()), ("message_id", MESSAGE.get())):
                if value:
                    log_data[name] = value

        def formatException(self, ei: Any) -> str:
            return _trace(ei)

        def format(self, record: logging.LogRecord) -> str:
            return _format(super().format, record)

        def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
            whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            return f"{whole}.{record.msecs:03.0f}Z"

    names = {"asctime": "time", "levelname": "level", "name": "logger"}
    return Lines(
        "%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names,
        json_ensure_ascii=False,
    )  # fmt: skip


def set_up(settings: Settings) -> None:
    """Log to standard error as the settings say. Libraries are heard from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(json_formatter() if settings.log == "json" else TextFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("gaisma").setLevel(settings.log_level.upper())
    # It tells of each try to get a connection; what that means is told by who wanted one.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    threading.excepthook = _thread_ended


def _thread_ended(what: threading.ExceptHookArgs) -> None:
    """Instead of Python's own words, which end with the message of the error."""
    name = what.thread.name if what.thread is not None else "a thread"
    error = what.exc_value
    if error is not None and not isinstance(error, SystemExit):
        log.critical("%s ended: %s", name, describe_error(error))


class RequestIds:
    """WSGI: every request has an id, the caller's own or a new one, and is told it.

    Around everything, so that it costs little: no framework is asked.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        own = given if given and _VALID.fullmatch(given) else f"{_prefix}-{next(_numbers):x}"
        REQUEST.set(own)
        MESSAGE.set("")
        began = time.monotonic()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            headers.append(("X-Request-ID", own))
            return start_response(status, headers, *rest)

        answer = self._app(environ, start)
        took = time.monotonic() - began
        if took > SLOW_SECONDS:
            # Only the first part of the path: the rest may name a message or a customer.
            room = environ.get("PATH_INFO", "").split("/")[1:2]
            log.warning(
                "slow: %s /%s took %.1f s", environ.get("REQUEST_METHOD"), *room or [""], took
            )
        return answer
