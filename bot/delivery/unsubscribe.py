"""No more e-mails to an address: signed links, and what following one changes.

A link names a message, not an address, so that no log of addresses that were asked for holds
personal data. Whoever holds it may act: one click must do (RFC 8058), without signing in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadSignature, Signer

from bot.settings import Settings
from storage import Row, Tx, contacts, messages

PATH = "/unsubscribe/"
KIND = "email"
_SALT = "gaisma.unsubscribe"
_MAX_TOKEN = 200


class Links:
    """Makes and reads links to unsubscribe. All keys of the settings verify, the first signs."""

    def __init__(self, settings: Settings) -> None:
        keys = settings.secret_keys or (settings.signing_key,)
        # Its last key is the one that itsdangerous signs with.
        self._signer = Signer(list(reversed(keys)), salt=_SALT)
        self._base = settings.public_url.rstrip("/") + PATH

    def token(self, message_id: str) -> str:
        return self._signer.sign(message_id).decode("ascii")

    def url(self, message_id: str) -> str:
        return self._base + self.token(message_id)

    def read(self, token: str) -> str | None:
        """The id of the message that the token was made for; None for any other text."""
        if len(token) > _MAX_TOKEN or not token.isascii():
            return None
        try:
            return self._signer.unsign(token).decode("ascii")
        except BadSignature:
            return None


@dataclass(frozen=True, slots=True)
class Subscription:
    """The address that a message went to, the message's language, and whether it is silenced."""

    address: str
    language: str
    stopped: bool


def find(tx: Tx, message_id: str) -> Subscription | None:
    """None when there is no such e-mail (any more)."""
    message = _email(tx, message_id)
    if message is None:
        return None
    address = str(message["peer"])
    return Subscription(address, str(message["language"]), contacts.is_opted_out(tx, KIND, address))


def stop(tx: Tx, message_id: str, *, how: str, now: datetime) -> Subscription | None:
    """Send no more e-mails to where this message went; `how` is kept. May be repeated."""
    return _set(tx, message_id, (True, how), now)


def resume(tx: Tx, message_id: str, *, how: str, now: datetime) -> Subscription | None:
    """Send e-mails again to where this message went. May be repeated."""
    return _set(tx, message_id, (False, how), now)


def _set(
    tx: Tx, message_id: str, change_to: tuple[bool, str], now: datetime
) -> Subscription | None:  # fmt: skip
    stopped, how = change_to
    known = find(tx, message_id)
    if known is None or known.stopped == stopped:
        return known
    change = contacts.opt_out if stopped else contacts.opt_in
    change(tx, known.address, kind=KIND, text=how, message_id=message_id, now=now)
    return Subscription(known.address, known.language, stopped)


def _email(tx: Tx, message_id: str) -> Row | None:
    message = messages.outgoing(tx, message_id)
    return message if message is not None and message["channel"] == KIND else None
