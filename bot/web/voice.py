"""Telephone calls: what is read aloud when somebody answers, and how the call ended. Both signed.

TwiML: https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, request
from twilio.twiml.voice_response import VoiceResponse

from bot.channels.provider import MAX_ID, required
from bot.channels.twilio_provider import Signatures, TwilioHooks
from bot.delivery import receipts
from bot.service import Service
from locales.alphabet import clean
from storage import Row, messages

# Without a voice of its own each language is read by the one that Twilio chose for it.
SPOKEN = {"lv": "lv-LV", "ru": "ru-RU", "en": "en-GB"}
AGAIN = "1"
KEY_SECONDS = 6  # for a key, after the last sentence


def blueprint(service: Service) -> Blueprint:
    """`POST /voice/<message id>` and `POST /voice/status/<message id>`."""
    pages = Blueprint("voice", __name__)
    settings = service.settings
    check = Signatures(
        ((settings.twilio_account_sid, settings.twilio_auth_tokens),), settings.public_url
    )
    rules = receipts.Rules(tries=int(service.policy.outbox_max_tries))

    def require_signed() -> None:
        if not check.are_on(request):
            abort(403, TwilioHooks.stranger)

    @pages.post("/voice/<message_id>")
    def read_aloud(message_id: str) -> Response | tuple[str, int]:
        require_signed()
        message = messages.outgoing(service.database, message_id)
        if message is None or message["channel"] != "voice":
            return "No call has this id.\n", 404
        pressed = request.form.get("Digits", AGAIN)
        body = twiml(message, f"{settings.public_url.rstrip('/')}/voice/{message_id}", pressed)
        return Response(body, content_type="text/xml; charset=utf-8")

    @pages.post("/voice/status/<message_id>")
    def status(message_id: str) -> tuple[str, int]:
        require_signed()
        known = receipts.record(
            service.database,
            receipts.Receipt(
                message_id=message_id,
                provider="voice",
                provider_id=required(request.form, "CallSid", MAX_ID),
                status=required(request.form, "CallStatus", MAX_ID),
                error_code=request.form.get("ErrorCode", "")[:MAX_ID],
            ),
            datetime.now(UTC),
            rules,
        )
        return ("", 204) if known else ("No call has this id.\n", 404)

    return pages


def twiml(message: Row, address: str, pressed: str) -> str:
    """The sentences of a call, and once more for whoever presses 1; any other key ends it."""
    response = VoiceResponse()
    if pressed != AGAIN:
        response.hangup()
        return str(response)
    gather = response.gather(num_digits=1, action=address, method="POST", timeout=KEY_SECONDS)
    for sentence in (message["body"] or "").splitlines():
        if sentence.strip():
            gather.say(clean(sentence), language=SPOKEN.get(message["language"], SPOKEN["lv"]))
    return str(response)
