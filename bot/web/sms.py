"""The addresses at which SMS providers hand over texts and receipts; each knows its own callers.

All of them are always there, whichever provider sends: what went out through another before may
still be answered, and its receipts still come. Without its secrets a provider's are closed.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from time import perf_counter

from flask import Blueprint, Response, abort, request
from prometheus_client import Counter, Histogram

from bot import channels
from bot.channels.provider import Hooks
from bot.service import Service
from bot.spool.intake import Intake

TURNS = Counter("gaisma_turns", "Texts taken", ["provider", "result"])
SECONDS = Histogram(
    "gaisma_turn_seconds",
    "Time from the request read to the answer stored",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
# What was measured since the metrics were read last. Their locks cost a twentieth of a text when
# dozens of threads want them, an append to a queue nothing; who never reads them keeps the latest.
_MEASURED: deque[tuple[str, float, bool]] = deque(maxlen=100_000)


def count_measured() -> None:
    """Bring `TURNS` and `SECONDS` up to date: to be called before they are read."""
    while _MEASURED:
        provider, seconds, repeated = _MEASURED.popleft()
        SECONDS.observe(seconds)
        TURNS.labels(provider, "repeated" if repeated else "taken").inc()


def blueprint(service: Service, intake: Intake) -> Blueprint:
    """Of every provider `inbound` and `status/<message id>` under its path, such as `/sms/`."""
    pages = Blueprint("sms", __name__)
    for name in channels.PROVIDERS:
        hooks = channels.provider_of(name).hooks(service.settings)
        if hooks is not None:
            _add_inbound(pages, name, hooks, intake)
            _add_status(pages, name, hooks, intake)
    return pages


def paths(service: Service) -> tuple[str, ...]:
    """What the addresses of providers begin with: there, nobody has a session."""
    found = (channels.provider_of(name).hooks(service.settings) for name in channels.PROVIDERS)
    return tuple(f"{hooks.path}/" for hooks in found if hooks is not None)


def _add_inbound(pages: Blueprint, name: str, hooks: Hooks, intake: Intake) -> None:
    def inbound() -> Response:
        if not hooks.is_genuine(request):
            abort(403, hooks.stranger)
        text = hooks.read_inbound(request)
        began = perf_counter()
        answer = intake.take(text, datetime.now(UTC))
        _MEASURED.append((name, perf_counter() - began, answer.repeated))
        written = hooks.write_answer(answer)
        response = Response(written.body, content_type=written.content_type)
        if written.headers:
            response.headers.update(written.headers)
        return response

    pages.add_url_rule(
        f"{hooks.path}/inbound", f"{name}_inbound", inbound, methods=[hooks.method]
    )  # fmt: skip


def _add_status(pages: Blueprint, name: str, hooks: Hooks, intake: Intake) -> None:
    def status(message_id: str) -> tuple[str, int]:
        if not hooks.is_genuine(request):
            abort(403, hooks.stranger)
        receipt = hooks.read_receipt(request, message_id)
        known = intake.record(receipt, datetime.now(UTC))
        return ("", hooks.received) if known else ("No message has this id.\n", 404)

    pages.add_url_rule(
        f"{hooks.path}/status/<message_id>", f"{name}_status", status, methods=[hooks.method]
    )  # fmt: skip
