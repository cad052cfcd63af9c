"""What Kannel's answers and receipts mean to us. Light: the web service imports it.

Receipts: https://www.kannel.org/download/kannel-userguide-snapshot/userguide.html, "Delivery
reports". Codes 0x.. are command_status of SMPP 3.4 (section 5.1.3); words such as UNDELIV are
`stat` of a carrier's receipt (appendix B), and what stands behind them is its own `err`.
"""

from __future__ import annotations

import re

from bot.channels.base import Cause

# %d of a receipt's address, by the bits of dlr-mask.
STATUSES = {
    "1": "delivered",  # to the phone
    "2": "failed",  # not delivered to the phone
    "4": "accepted",  # waits at the carrier
    "8": "sent",  # the carrier took it
    "16": "failed",  # the carrier refused it
}
ALL_RECEIPTS = 31

# The same table, for people, is in docs/kannel.md, where a test compares the two.
CODES: dict[Cause, dict[str, str]] = {
    Cause.DEAD: {
        "0x0b": "not a valid number",
        "0x50": "a number of a kind that does not exist",
        "0x51": "a number of a plan that does not exist",
    },
    Cause.BUSY: {
        "0x08": "an error of the carrier's system",
        "0x14": "the carrier's queue is full",
        "0x58": "more a second than the carrier allows",
        "0x64": "the carrier says: later",
    },
    Cause.MISCONFIGURED: {
        "0x05": "the connection is used for what it is not open for",
        "0x0a": "the sender is not valid",
        "0x0d": "the carrier did not let us in",
        "0x0e": "the carrier's password is wrong",
        "0x0f": "the carrier's account name is wrong",
        "0x15": "the kind of service is not ours",
        "0x48": "the sender is of a kind that is not allowed",
        "0x49": "the sender is of a plan that is not allowed",
        "0x53": "the kind of system is wrong",
    },
    Cause.REFUSED: {
        "0x45": "the carrier refused it",
        "0x61": "a time to send that is not valid",
        "0x62": "a validity that is not valid",
        "0x65": "the carrier says: never",
        "0x66": "the carrier's application refused it",
        "UNDELIV": "could not be delivered; the carrier's number for why follows",
        "EXPIRED": "its validity ended before the phone was reached",
        "DELETED": "deleted at the carrier",
        "REJECTD": "rejected by the carrier",
        "UNKNOWN": "its fate is not known to the carrier",
    },
}
CAUSES = {code: cause for cause, codes in CODES.items() for code in codes}
HOME = "+371"

_NACK = re.compile(r"NACK/0x0*([0-9a-f]{2,8})\b", re.IGNORECASE)
_STAT = re.compile(r"\bstat:([A-Z]{5,7})(?:.*?\berr:(\w{1,8}))?", re.IGNORECASE)


def read_answer(answer: str) -> str:
    """The code in the carrier's words (%A of a receipt's address): `0x0b`, `UNDELIV/034` or ''."""
    if nack := _NACK.search(answer):
        return f"0x{nack[1].lower()}"
    if stat := _STAT.search(answer):
        return "/".join(filter(None, (stat[1].upper(), stat[2])))
    return ""


def read_error_code(code: str) -> Cause | None:
    """What such a code says. A carrier's own `err` marks no number as dead: no two agree on it."""
    return CAUSES.get(code.partition("/")[0])


def read_refusal(status: int, body: str, peer: str) -> Cause | None:
    """Why sendsms has certainly not taken a message; None when that is not certain."""
    text = body.lower()
    if status == 429 or (status == 503 and "temporal failure" in text):
        return Cause.BUSY
    if "not routable" in text:
        # For a number abroad there may be no way; at home, the ways are set up wrongly.
        return Cause.MISCONFIGURED if peer.startswith(HOME) else Cause.REFUSED
    if not 400 <= status < 500 or status == 408:
        return None
    return Cause.MISCONFIGURED if status in (401, 403, 404, 405, 407) else Cause.REFUSED
