"""Twilio as a provider: what it signs and posts to us, and what we answer. Its client is apart.

Signing: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug.wrappers import Request

from bot.channels import FALLBACK, twilio_codes
from bot.channels.base import Cause, Channel
from bot.channels.provider import (
    MAX_ID,
    MAX_SENDER,
    Answer,
    Capabilities,
    Inbound,
    Receipt,
    Written,
    required,
)
from locales.alphabet import clean

if TYPE_CHECKING:
    from bot.service import Service
    from bot.settings import Settings

NAME = "twilio"
XML = "text/xml; charset=utf-8"


class TwilioProvider:
    """One or two accounts at Twilio, and calls from one of its numbers."""

    name = NAME
    can = Capabilities(can_be_asked=True, max_parts=25, rings=True, spare=True)

    def open(self, service: Service, timeout: float) -> Sequence[Channel]:
        # Imported here: Twilio's REST client takes half a second, which `gaisma --help` need not.
        from bot.channels.twilio import TwilioChannel, fallback_account, main_account

        settings = service.settings
        made: list[Channel] = [TwilioChannel(main_account(settings), settings.public_url, timeout)]
        if settings.has_fallback:
            made.append(TwilioChannel(fallback_account(settings), settings.public_url, timeout))
        if settings.has_voice:
            from bot.channels.voice import VoiceChannel

            account, number = main_account(settings), settings.voice_number
            made.append(VoiceChannel(account, number, settings.public_url, timeout))
        return made

    def hooks(self, settings: Settings) -> TwilioHooks:
        return TwilioHooks(settings)

    def read_status(self, word: str) -> str | None:
        return twilio_codes.read_status(word)

    def read_error_code(self, code: str) -> Cause | None:
        return twilio_codes.read_error_code(code)


PROVIDER = TwilioProvider()


class TwilioHooks:
    """`POST /sms/inbound` and `POST /sms/status/<message id>`, both signed."""

    path = "/sms"
    method = "POST"
    received = 204
    stranger = "This address takes only requests that Twilio signed."

    def __init__(self, settings: Settings) -> None:
        main = (settings.twilio_account_sid, settings.twilio_auth_tokens)
        spare = (settings.fallback_account_sid, settings.fallback_auth_tokens)
        self._signatures = Signatures((main, spare), settings.public_url)
        self._public_url = settings.public_url

    def is_genuine(self, call: Request) -> bool:
        return self._signatures.are_on(call)

    def read_inbound(self, call: Request) -> Inbound:
        form = call.form
        return Inbound(
            provider=NAME,
            provider_id=required(form, "MessageSid", MAX_ID),
            phone=required(form, "From", MAX_SENDER).replace(" ", ""),
            text=form.get("Body", ""),
            provider_answered=form.get("OptOutType", ""),
        )

    def read_receipt(self, call: Request, message_id: str) -> Receipt:
        form = call.form
        return Receipt(
            message_id=message_id,
            # The address is signed with it: only our own calls name the second account.
            provider=FALLBACK if call.args.get("provider") == FALLBACK else NAME,
            provider_id=required(form, "MessageSid", MAX_ID),
            status=required(form, "MessageStatus", MAX_ID),
            error_code=form.get("ErrorCode", "")[:MAX_ID],
        )

    def write_answer(self, answer: Answer) -> Written:
        return Written(twiml(answer, self._public_url), XML)


class Signatures:
    """Whether a request is really Twilio's, by any of the tokens in use: (account, its tokens).

    The address that was signed is the public one of the settings: headers of a proxy can be
    forged by whoever reaches us past it. An account speaks for itself only: a token that is known
    to others too, as that of a subaccount or of a trial may be, opens nothing of the other one.
    """

    def __init__(
        self, accounts: Sequence[tuple[str, tuple[str, ...]]], public_url: str
    ) -> None:  # fmt: skip
        self._validators = [
            (account, RequestValidator(token)) for account, tokens in accounts for token in tokens
        ]
        self._base = public_url.rstrip("/")

    def are_on(self, call: Request) -> bool:
        signature = call.headers.get(SIGNATURE_HEADER, "")
        return bool(signature) and self._is_signed(call, signature)

    def _of(self, call: Request) -> list[RequestValidator]:
        """Those whose account the request names; all, when it or the settings name none."""
        named = set(call.form.getlist("AccountSid"))
        return [each for account, each in self._validators if not account or named <= {account}]

    def _is_signed(self, call: Request, signature: str) -> bool:
        url = self._base + call.path
        if call.query_string:
            url += "?" + call.query_string.decode("ascii", "replace")
        algorithm = get_signature_algorithm(call.headers.get(SIGNATURE_SETTINGS_HEADER, ""))
        given = signature.encode("utf-8", "replace")
        try:
            validators = self._of(call)
            # `validate` would sign twice, with the port and without, where once is enough.
            if any(
                hmac.compare_digest(v.compute_signature(url, call.form, algorithm).encode(), given)
                for v in validators
            ):
                return True
            return any(v.validate(url, call.form, signature, algorithm) for v in validators)
        except (ValueError, TypeError):  # TypeError: a field of a multipart form without a name
            return False


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
