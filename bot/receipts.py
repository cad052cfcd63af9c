"""Receipts: what a provider says later about a message. They come twice and out of order."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from bot.channels import read_error_code, read_status
from bot.outbox import note_unreachable
from storage import Database, Row, Tx, messages

log = logging.getLogger("gaisma.receipts")


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt, `status` and `error_code` in the provider's own words."""

    message_id: str
    provider: str
    provider_id: str
    status: str
    error_code: str = ""


def record(database: Database, receipt: Receipt, now: datetime) -> bool:
    """Keep a receipt and move its message forward; False when no message of ours has this id.

    Repeating it changes nothing. A receipt for a message in doubt proves that it was accepted.
    Raises DatabaseBusy when nothing could be stored: the provider must say it again.
    """
    return database.transaction(lambda tx: _record(tx, receipt, now))


def _record(tx: Tx, receipt: Receipt, now: datetime) -> bool:
    message = messages.outgoing(tx, receipt.message_id)
    if message is None:
        return False
    if not messages.add_receipt(
        tx, receipt.message_id, receipt.provider_id, receipt.status,
        error_code=receipt.error_code, now=now,
    ):  # fmt: skip
        return True
    _warn_of_twins(message, receipt)
    status = read_status(receipt.provider, receipt.status)
    if status is not None:
        step = messages.Progress(
            receipt.message_id, status, receipt.provider, receipt.provider_id, receipt.error_code
        )
        messages.move_forward(tx, [step], now)
    cause = read_error_code(receipt.provider, receipt.error_code)
    if cause is not None:
        note_unreachable(tx, message, cause, now)
    return True


def _warn_of_twins(message: Row, receipt: Receipt) -> None:
    known = message["provider_id"]
    if known and receipt.provider_id and known != receipt.provider_id:
        log.warning(
            "message %s is at %s twice: %s and %s",
            receipt.message_id, receipt.provider, known, receipt.provider_id,
        )  # fmt: skip
