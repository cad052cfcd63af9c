"""What Twilio's statuses and error codes mean to us. Light: the web service imports it.

Statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
Calls: https://www.twilio.com/docs/voice/api/call-resource#call-status-values
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
    # Of calls: only one that was answered and heard to its end has told anybody anything.
    "initiated": "accepted",
    "ringing": "accepted",
    "in-progress": "sent",
    "completed": "delivered",
    "busy": "failed",
    "no-answer": "failed",
}

# Which code means what; a code that is not here fails its one message. The same table, for people,
# is in docs/operations.md, where a test compares the two.
CODES: dict[Cause, dict[int, str]] = {
    Cause.DEAD: {
        21211: "not a valid number",
        21214: "number that cannot be reached",
        21217: "number that is not well formed",
        21614: "not a mobile number",
        21635: "a landline",
        30005: "unknown or no longer in use",
        30006: "a landline, or a carrier that cannot be reached",
    },
    Cause.OPTED_OUT: {
        21610: "its owner answered STOP to the provider",
    },
    Cause.BUSY: {
        10004: "too many calls at one time",
        20429: "too many requests",
        21611: "the sender's queue is full",
        21730: "maintenance at the provider",
        30001: "the queue overflowed after the message was taken",
        30017: "the carrier's network is congested",
        30022: "more a second than the carrier allows",
    },
    Cause.REFUSED: {
        21602: "no text",
        21604: "no number",
        21608: "a trial account, and a number that is not verified",
        21216: "not allowed to call this number",
        21219: "a trial account, and a number to call that is not verified",
        21612: "no way from this sender to this number",
        21617: "over 1,600 characters",
        21620: "a media address that is not valid",
        30003: "switched off or out of reach",
        30004: "blocked by the phone or its carrier",
        30007: "filtered by the carrier",
        30008: "an error that the carrier does not explain",
        30009: "a part of the message is missing",
        30010: "over the price limit that we gave",
        30018: "a destination that needs a registered sender",
        30036: "its validity ended before it could be sent",
        30410: "the carrier did not answer in time",
        30453: "blocked as unwanted traffic by the provider",
        30454: "over the limit of messages to one number",
    },
    Cause.MISCONFIGURED: {
        10001: "the account is not active",
        20003: "wrong account or token",
        20005: "the account is not active",
        20006: "access denied",
        20008: "test credentials",
        20403: "not allowed with this account",
        20404: "no such account or service",
        21210: "the calling number is not ours",
        21212: "the sender is not a valid number",
        21215: "calls to this country are not switched on",
        21408: "messages to this country are not switched on",
        21601: "the sender cannot send messages",
        21603: "no sender",
        21606: "the sender is not ours, or cannot send to there",
        21607: "the sender does not belong to this account",
        21609: "the address for receipts is not valid",
        21623: "the address for receipts cannot be used",
        21626: "the address for receipts is not valid",
        21659: "the sender is no number of this account",
        21660: "the sender and the account do not go together",
        21661: "the sender cannot send messages",
        21701: "no such messaging service",
        21703: "the messaging service has no senders",
        21704: "the messaging service has no senders",
        21705: "the messaging service is not valid",
        30002: "the account is suspended",
        30032: "the toll-free sender is not verified",
        30034: "the sender is not registered",
        63038: "over the daily limit of the account",
    },
}
CAUSES = {code: cause for cause, codes in CODES.items() for code in codes}
# Said of a sender and a country together. One customer with a foreign number must not stop the
# alerts of all the others: for such a number these fail the one message.
ABROAD = {21215, 21408, 21606, 21659, 21661}
HOME = "+371"
# Without a code of Twilio's: our key, our account, our address, or a proxy before Twilio.
MISCONFIGURED_HTTP = {401, 403, 404, 405, 407}


def read_status(word: str) -> str | None:
    """Our status for Twilio's; None for a word that is not known."""
    return STATUSES.get(word)


def read_refusal(code: int, http_status: int, peer: str = HOME) -> Cause:
    """Why a create call to this number was refused; `code` 0 or the HTTP status where Twilio
    gave none."""
    if code in ABROAD and not peer.startswith(HOME):
        return Cause.REFUSED
    if code in CAUSES:
        return CAUSES[code]
    wrong = code in MISCONFIGURED_HTTP or http_status in (401, 407)
    return Cause.MISCONFIGURED if wrong else Cause.REFUSED


def read_error_code(code: str) -> Cause | None:
    """What the error code of a receipt says; None for no code or one that is not known."""
    return CAUSES.get(int(code)) if code.isascii() and code.isdigit() else None
