"""Kannel as a provider: its calls to us, and what we answer. Through it, SMPP to any carrier.

docs/kannel.md has the settings that Kannel needs. Its user's guide:
https://www.kannel.org/download/kannel-userguide-snapshot/userguide.html
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request

from bot.channels import kannel_codes
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
from bot.phones import phone_number
from bot.web.visitor import address_of
from locales.alphabet import clean, gsm7

if TYPE_CHECKING:
    from bot.service import Service
    from bot.settings import Settings

NAME = "kannel"
# Kannel cuts a longer text off without a word: `max-messages` of its settings is as much.
MAX_PARTS = 25
TEXT = "text/plain; charset=utf-8"
CODING_GSM_7, CODING_BINARY, CODING_UCS_2 = "0", "1", "2"
# What a binary message is kept as: a phone means something by it, and nobody here can read it.
UNREADABLE = "\ufffd"
MAX_ANSWER = 500  # characters of the carrier's words


class KannelProvider:
    """One Kannel, and behind it the carriers."""

    name = NAME
    can = Capabilities(can_be_asked=False, max_parts=MAX_PARTS)

    def open(self, service: Service, timeout: float) -> Sequence[Channel]:
        from bot.channels.kannel_send import KannelChannel

        return [KannelChannel(service.settings, timeout)]

    def hooks(self, settings: Settings) -> KannelHooks:
        return KannelHooks(settings)

    def read_status(self, word: str) -> str | None:
        return kannel_codes.STATUSES.get(word)

    def read_error_code(self, code: str) -> Cause | None:
        return kannel_codes.read_error_code(code)


PROVIDER = KannelProvider()


class KannelHooks:
    """`GET /kannel/inbound` and `GET /kannel/status/<message id>`, both with the token."""

    path = "/kannel"
    method = "GET"
    received = 200  # to any other success Kannel says it again
    stranger = "This address takes only Kannel's requests, from its address and with its token."

    def __init__(self, settings: Settings) -> None:
        self._tokens = [token.encode() for token in settings.kannel_tokens]
        self._networks = [ip_network(each, strict=False) for each in settings.kannel_addresses]
        self._settings = settings

    def is_genuine(self, call: Request) -> bool:
        given = call.args.get("token", "").encode("utf-8", "replace")
        known = [hmac.compare_digest(token, given) for token in self._tokens]
        return any(known) and (not self._networks or self._is_near(call))

    def _is_near(self, call: Request) -> bool:
        """Past our own proxies: behind one, everybody comes from its address."""
        try:
            from_there = ip_address(address_of(call, self._settings.proxies))
        except ValueError:
            return False
        return any(from_there in network for network in self._networks)

    def read_inbound(self, call: Request) -> Inbound:
        fields = call.args
        return Inbound(
            provider=NAME,
            provider_id=required(fields, "id", MAX_ID),
            phone=read_sender(required(fields, "from", MAX_SENDER)),
            text=_read_text(call),
        )

    def read_receipt(self, call: Request, message_id: str) -> Receipt:
        fields = call.args
        status = required(fields, "type", MAX_ID)
        failed = kannel_codes.STATUSES.get(status) == "failed"
        answer = fields.get("answer", "")[:MAX_ANSWER]
        return Receipt(
            message_id=message_id,
            provider=NAME,
            provider_id=name_try(message_id, required(fields, "try", MAX_ID)),
            status=status,
            error_code=kannel_codes.read_answer(answer) if failed else "",
        )

    def write_answer(self, answer: Answer) -> Written:
        if not answer.text:
            return Written("", TEXT)
        text = clean(answer.text)
        headers = {
            "X-Kannel-Coding": coding_of(text),
            "X-Kannel-DLR-Mask": str(kannel_codes.ALL_RECEIPTS),
            "X-Kannel-DLR-URL": receipt_url(self._settings, answer.reply_id, "answer"),
        }
        return Written(text, TEXT, headers)


def name_try(message_id: str, attempt: str) -> str:
    """What one attempt at a message is called: Kannel gives it no name that we are told."""
    return f"{message_id}/{attempt}"[:MAX_ID]


def coding_of(text: str) -> str:
    """Without the right one, Kannel turns every letter outside GSM-7 into a question mark."""
    return CODING_GSM_7 if gsm7(text) else CODING_UCS_2


def receipt_url(settings: Settings, message_id: str, attempt: str) -> str:
    """Where Kannel tells what became of this attempt: %d and %A are for it to fill in."""
    base = (settings.kannel_callback_url or settings.public_url).rstrip("/")
    token = quote(settings.kannel_tokens[0], safe="")
    address = f"{base}/kannel/status/{message_id}"
    return f"{address}?token={token}&try={attempt}&type=%d&answer=%A"


@lru_cache(maxsize=4096)
def read_sender(sender: str) -> str:
    """E.164, which a carrier may write without its plus; a short sender or a name stays."""
    text = sender.replace(" ", "")
    if text.startswith("+") or not text.isdigit():
        return text
    found = phone_number(text)
    if found is None and len(text) > 8:
        return f"+{text}"
    return found or text


def _read_text(call: Request) -> str:
    """The text, in the charset that Kannel says it is in: without `mo-recode`, in UTF-16."""
    if call.args.get("coding") == CODING_BINARY:  # its charset is "8-BIT", which is none
        return UNREADABLE
    charset = call.args.get("charset", "").lower() or "utf-8"
    if charset in ("utf-8", "utf8"):
        return call.args.get("text", "")
    fields = parse_qs(call.query_string.decode("latin-1"), encoding="latin-1")
    raw = fields.get("text", [""])[0].encode("latin-1")
    try:
        return raw.decode(charset, "replace")
    except (LookupError, ValueError):  # ValueError: a NUL in its name, or a codec that only refuses
        raise BadRequest(f"The charset {charset[:MAX_ID]!r} is not known.") from None


def check(settings: Settings) -> list[str]:
    """Sentences on what is wrong between us and Kannel; none when it would take a message.

    Asks sendsms without a receiver, which it refuses once it has let us in: nothing is sent.
    """
    from bot.channels.kannel_check import ask

    return ask(settings)
