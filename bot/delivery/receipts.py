"""Receipts: what a provider says later about a message. They come twice and out of order."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import failpoints
from bot.channels import read_error_code, read_status
from bot.channels.base import Cause
from bot.channels.provider import Receipt as Receipt
from bot.outbox import note_unreachable, pause_sending
from bot.running.counted import RECEIPTS
from bot.running.logs import MESSAGE
from storage import Database, Row, Tx, doubts, escalation, messages, retries

log = logging.getLogger("gaisma.receipts")

# What is said of a telephone call that nobody took: another hour may be better.
NOT_ANSWERED = ("busy", "no-answer")


@dataclass(frozen=True, slots=True)
class Rules:
    """When what could not be delivered is tried again, and how often in all."""

    tries: int = 5
    wait_minutes: float = 5.0
    call_tries: int = 3
    call_wait_minutes: float = 20.0

    def wait(self, word: str, cause: Cause | None) -> timedelta | None:
        """How long to wait before the next try; None when there is none."""
        if word in NOT_ANSWERED:
            return timedelta(minutes=self.call_wait_minutes)
        if cause in (Cause.BUSY, Cause.MISCONFIGURED):
            return timedelta(minutes=self.wait_minutes if cause is Cause.BUSY else 0)
        return None

    def max_tries(self, channel: str) -> int:
        return self.call_tries if channel == "voice" else self.tries


USUAL = Rules()


def record(database: Database, receipt: Receipt, now: datetime, rules: Rules = USUAL) -> bool:
    """Keep a receipt and move its message forward; False when no message of ours has this id.

    Repeating it changes nothing. What the provider could not deliver for a while is queued again,
    up to the number of tries in `rules`. A receipt for a message in doubt proves that it was
    accepted.
    Raises DatabaseBusy when nothing could be stored: the provider must say it again.
    """
    failpoints.reach("receipt.before")
    MESSAGE.set(receipt.message_id)
    # Loose: all that it goes by hangs on the row of the message, which it has for itself. As any
    # other transaction it would meet every other receipt (docs/decisions.md).
    known = database.transaction(lambda tx: _record(tx, receipt, now, rules), loose=True)
    if known:
        word = read_status(receipt.provider, receipt.status) or "other"
        RECEIPTS.labels(receipt.provider, word).inc()
    failpoints.reach("receipt.after")
    return known


def _record(tx: Tx, receipt: Receipt, now: datetime, rules: Rules) -> bool:
    message = messages.outgoing(tx, receipt.message_id, take=True)
    if message is None:
        return False
    before = retries.statuses_of(tx, receipt.message_id, receipt.provider_id)
    if not messages.add_receipt(
        tx, receipt.message_id, receipt.provider_id, receipt.status,
        error_code=receipt.error_code, now=now,
    ):  # fmt: skip
        return True
    _warn_of_twins(message, receipt)
    status = read_status(receipt.provider, receipt.status)
    if status == "failed":
        # Twilio may say both undelivered and failed: that attempt is judged once. By the second
        # time, its message may be on its way again.
        if not any(read_status(receipt.provider, word) == "failed" for word in before):
            _fail(tx, message, receipt, now, rules)
    elif status is not None and not _is_past(message, status, before):
        new_id = "" if message["provider_id"] else receipt.provider_id
        step = messages.Progress(
            receipt.message_id, status, receipt.provider, new_id, receipt.error_code
        )
        messages.move_forward(tx, [step], now)
        if status == "delivered" and message["followed"]:
            escalation.reached(tx, receipt.message_id, now)
    failpoints.reach("receipt.write")
    return True


def _is_past(message: Row, status: str, before: set[str]) -> bool:
    """Whether a late word is about an attempt that failed since, and only says that it began."""
    again = message["status"] in ("queued", "sending", "unknown") and message["attempts"] > 0
    given_up = any(read_status(message["provider"], word) == "failed" for word in before)
    return again and given_up and status != "delivered"


def _fail(tx: Tx, message: Row, receipt: Receipt, now: datetime, rules: Rules) -> None:
    """Not delivered: again later where the code says that this may help, else it has failed."""
    cause = read_error_code(receipt.provider, receipt.error_code)
    wait = rules.wait(receipt.status, cause)
    if wait is not None and retries.send_again(
        tx, receipt.message_id, due_at=now + wait, error_code=receipt.error_code,
        max_tries=rules.max_tries(message["channel"]),
    ):  # fmt: skip
        doubts.withdraw_overtaken(tx, receipt.message_id, now)
        if cause is Cause.MISCONFIGURED:
            reason = f"The provider {receipt.provider} could not deliver: {receipt.error_code}."
            pause_sending(tx, reason, now, channel=message["channel"])
        return
    step = messages.Progress(
        receipt.message_id, "failed", receipt.provider, receipt.provider_id, receipt.error_code
    )
    messages.move_forward(tx, [step], now)
    if cause is Cause.OPTED_OUT or (cause is Cause.DEAD and message["status"] != "delivered"):
        note_unreachable(tx, message, cause, now)


def _warn_of_twins(message: Row, receipt: Receipt) -> None:
    known = message["provider_id"]
    if known and receipt.provider_id and known != receipt.provider_id:
        log.warning(
            "message %s is at %s twice: %s and %s",
            receipt.message_id, receipt.provider, known, receipt.provider_id,
        )  # fmt: skip
