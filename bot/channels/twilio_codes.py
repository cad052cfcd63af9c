"""What Twilio's statuses and error codes mean to us. Light: the web service imports it.

Statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
Error codes: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from bot.channels.base import Cause

STATUSES = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}

CAUSES = {
    Cause.DEAD: {21211, 21214, 21217, 21614, 21635, 30005, 30006},
    Cause.OPTED_OUT: {21610},
    Cause.BUSY: {20429, 21611},
    Cause.MISCONFIGURED: {
        20003, 20005, 20008, 20403, 20404, 21212, 21601, 21603, 21606, 21607, 21609, 21623,
        21659, 21660, 21661, 21701, 21703, 21704, 21705, 30002,
    },
}  # fmt: skip
# Without a code of Twilio's: our key, our account, our address, or a proxy before Twilio.
MISCONFIGURED_HTTP = {401, 403, 404, 405, 407}


def read_status(word: str) -> str | None:
    """Our status for Twilio's; None for a word that is not known."""
    return STATUSES.get(word)


def read_refusal(code: int, http_status: int) -> Cause:
    """Why a create call was refused; `code` 0 or the HTTP status where Twilio gave none."""
    for cause, codes in CAUSES.items():
        if code in codes:
            return cause
    wrong = code in MISCONFIGURED_HTTP or http_status in (401, 407)
    return Cause.MISCONFIGURED if wrong else Cause.REFUSED


def read_error_code(code: str) -> Cause | None:
    """What the error code of a receipt says about the number; None when nothing lasting."""
    number = int(code) if code.isascii() and code.isdigit() else 0
    lasting = (cause for cause in (Cause.DEAD, Cause.OPTED_OUT) if number in CAUSES[cause])
    return next(lasting, None)
