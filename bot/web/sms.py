"""Twilio's webhooks: a text that came in, a receipt for one that went out. Both are signed.

Signing: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import hmac
from collections import deque
from datetime import UTC, datetime
from time import perf_counter
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, request
from prometheus_client import Counter, Histogram
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug.datastructures import MultiDict

from bot.channels import FALLBACK
from bot.delivery import receipts
from bot.service import Service
from bot.turn import Answer, Inbound, Turns
from locales.alphabet import clean

PROVIDER = "twilio"
MAX_ID = 64
MAX_SENDER = 64

TURNS = Counter("gaisma_turns", "Texts taken", ["provider", "result"])
SECONDS = Histogram(
    "gaisma_turn_seconds",
    "Time from the request read to the answer stored",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
# What was measured since the metrics were read last. Their locks cost a twentieth of a text when
# dozens of threads want them, an append to a queue nothing; who never reads them keeps the latest.
_MEASURED: deque[tuple[float, bool]] = deque(maxlen=100_000)


def count_measured() -> None:
    """Bring `TURNS` and `SECONDS` up to date: to be called before they are read."""
    while _MEASURED:
        seconds, repeated = _MEASURED.popleft()
        SECONDS.observe(seconds)
        TURNS.labels(PROVIDER, "repeated" if repeated else "taken").inc()


def blueprint(service: Service, turns: Turns) -> Blueprint:
    """`POST /sms/inbound` and `POST /sms/status/<message id>`."""
    pages = Blueprint("sms", __name__)
    settings = service.settings
    tokens = settings.twilio_auth_tokens + settings.fallback_auth_tokens
    check = Signatures(tokens, settings.public_url)
    rules = receipts.Rules(tries=int(service.policy.outbox_max_tries))

    @pages.post("/sms/inbound")
    def inbound() -> Response:
        check.require_signed()
        text = read_inbound(request.form)
        began = perf_counter()
        answer = turns.take(text, datetime.now(UTC))
        _MEASURED.append((perf_counter() - began, answer.repeated))
        body = twiml(answer, service.settings.public_url)
        return Response(body, content_type="text/xml; charset=utf-8")

    @pages.post("/sms/status/<message_id>")
    def status(message_id: str) -> tuple[str, int]:
        check.require_signed()
        form = request.form
        known = receipts.record(
            service.database,
            receipts.Receipt(
                message_id=message_id,
                # The address is signed with it: only our own calls name the second account.
                provider=FALLBACK if request.args.get("provider") == FALLBACK else PROVIDER,
                provider_id=field(form, "MessageSid", MAX_ID),
                status=field(form, "MessageStatus", MAX_ID),
                error_code=form.get("ErrorCode", "")[:MAX_ID],
            ),
            datetime.now(UTC),
            rules,
        )
        return ("", 204) if known else ("No message has this id.\n", 404)

    return pages


class Signatures:
    """Whether a request is really Twilio's, by any of the tokens in use.

    The address that was signed is the public one of the settings: headers of a proxy can be
    forged by whoever reaches us past it.
    """

    def __init__(self, tokens: tuple[str, ...], public_url: str) -> None:
        self._validators = [RequestValidator(token) for token in tokens]
        self._base = public_url.rstrip("/")

    def require_signed(self) -> None:
        """403 unless the request is signed."""
        signature = request.headers.get(SIGNATURE_HEADER, "")
        if not signature or not self._is_signed(signature):
            abort(403, "This address takes only requests that Twilio signed.")

    def _is_signed(self, signature: str) -> bool:
        url = self._base + request.path
        if request.query_string:
            url += "?" + request.query_string.decode("ascii", "replace")
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER, ""))
        given = signature.encode("utf-8", "replace")
        try:
            # `validate` would sign twice, with the port and without, where once is enough.
            if any(
                hmac.compare_digest(
                    v.compute_signature(url, request.form, algorithm).encode(), given
                )
                for v in self._validators
            ):
                return True
            return any(
                v.validate(url, request.form, signature, algorithm) for v in self._validators
            )
        except (ValueError, UnicodeError):
            return False


class _Fields(dict[str, list[str]]):
    """A form as the validator asks for it first; each other way in costs it an exception."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def read_inbound(form: MultiDict[str, str]) -> Inbound:
    """The text in Twilio's form. 400 with a sentence when a field is missing or cannot be right."""
    return Inbound(
        provider=PROVIDER,
        provider_id=field(form, "MessageSid", MAX_ID),
        phone=_sender(field(form, "From", MAX_SENDER)),
        text=form.get("Body", ""),
        provider_answered=form.get("OptOutType", ""),
    )


def _template() -> tuple[str, str, str, str]:
    """Twilio's own TwiML around an answer: (empty, before the address, before the text, after)."""
    response = MessagingResponse()
    response.message("TEXT", action="ACTION", method="POST")
    head, _, rest = str(response).partition("ACTION")
    middle, _, tail = rest.partition("TEXT")
    return str(MessagingResponse()), head, middle, tail


# Made once: building the document anew for each answer costs as much as checking its signature.
_EMPTY, _HEAD, _MIDDLE, _TAIL = _template()


def twiml(answer: Answer, public_url: str) -> str:
    """The answer as TwiML; an empty response when there is none.

    The answer's receipts come to the same address as those of any other message.
    """
    if not answer.text:
        return _EMPTY
    action = escape(f"{public_url.rstrip('/')}/sms/status/{answer.reply_id}", {'"': "&quot;"})
    # Control characters would get through escaping, and no XML reader takes them.
    return f"{_HEAD}{action}{_MIDDLE}{escape(clean(answer.text))}{_TAIL}"


def field(form: MultiDict[str, str], name: str, limit: int) -> str:
    value = form.get(name, "").strip()
    if not value:
        abort(400, f"The field {name} is missing.")
    if len(value) > limit or not value.isprintable():
        abort(400, f"The field {name} is longer than {limit} characters or unreadable.")
    return value


def _sender(value: str) -> str:
    return value.replace(" ", "")
