"""What the answers of mail servers mean to us, at the time of sending and in bounces later.

Enhanced codes: RFC 3463 and the registry at
https://www.iana.org/assignments/smtp-enhanced-status-codes
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.channels.base import Cause

ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# No such mailbox, no such domain, moved away, or switched off. Full mailboxes and refusals for
# reasons of policy are not among them: one bad day of ours would else cost us every address.
DEAD = {
    "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.4.310",
}  # fmt: skip
# Plain codes of RCPT where the server gives no other: no mailbox, not here, no such name.
DEAD_PLAIN = {550, 551, 553}
# Not let in, or not as this sender. The last two are Exchange's and RFC 7505's.
MISCONFIGURED = {"5.7.0", "5.7.8", "5.7.9", "5.7.11", "5.7.14", "5.7.57", "5.7.60", "5.7.27"}
MISCONFIGURED_PLAIN = {502, 503, 504, 530, 534, 535, 538}


class Step(StrEnum):
    """How far a mail had come when the server said no."""

    CONNECT = "connect"  # greeting, TLS, signing in
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


def read_code(code: int, words: str) -> str:
    """The enhanced code in an answer, `5.1.1`; else the plain one, `550`."""
    found = ENHANCED.match(words.strip())
    return found[0] if found and found[1] == str(code)[:1] else str(code)


def read_refusal(code: int, words: str, step: Step) -> Cause:
    """Why a server said no, with a code from 400 to 599, at this step."""
    enhanced = read_code(code, words)
    if code < 500:
        return Cause.BUSY
    if step is Step.CONNECT or enhanced in MISCONFIGURED or code in MISCONFIGURED_PLAIN:
        return Cause.MISCONFIGURED
    if step is Step.SENDER:
        return Cause.REFUSED if code == 552 or enhanced == "5.3.4" else Cause.MISCONFIGURED
    if step is Step.RECIPIENT and (
        enhanced in DEAD or (enhanced == str(code) and code in DEAD_PLAIN)
    ):
        return Cause.DEAD
    return Cause.REFUSED


def is_about_one(code: int, words: str, step: Step) -> bool:
    """Whether a refusal for now (4xx) is about this recipient, not about the server as a whole."""
    whole = code == 421 or read_code(code, words).startswith(("4.3.", "4.7.0"))
    return step in (Step.RECIPIENT, Step.CONTENT) and not whole


def is_dead(status: str) -> bool:
    """Whether the enhanced code of a bounce says that the address reaches nobody, for good."""
    return status in DEAD
