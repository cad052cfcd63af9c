"""Receipts: what a provider says later about a message. They come twice and out of order.

Under a campaign they come by the hundred a second. Those of one moment that only move their
messages forward are taken in one transaction and few statements; each caller is answered when that
is committed. What needs more thought (a failure, an unknown message, one that somebody else is at)
is taken by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import failpoints
from bot.channels import read_error_code, read_status
from bot.channels.base import Cause
from bot.channels.provider import Receipt as Receipt
from bot.delivery.together import Together
from bot.outbox import note_unreachable, pause_sending
from bot.privacy import describe_error
from bot.running.counted import RECEIPTS
from bot.running.logs import MESSAGE
from storage import Database, Row, StorageError, Tx, doubts, escalation, messages, retries
from storage import receipts as kept
from storage.receipts import Heard

log = logging.getLogger("gaisma.receipts")

# What is said of a telephone call that nobody took: another hour may be better.
NOT_ANSWERED = ("busy", "no-answer")
# What only says how far a message has got.
FORWARD = ("accepted", "sent", "delivered")
ENDED_RANK = 9  # above all: withdrawn, expired and set aside stay so


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


class Receipts:
    """Takes the receipts of one process, from any thread; those of one moment together."""

    def __init__(self, database: Database, rules: Rules = USUAL) -> None:
        self._database, self._rules = database, rules
        self._together: Together[Heard, bool] = Together(self._take, lambda each: each.message_id)

    def record(self, receipt: Receipt, now: datetime) -> bool:
        """As the function `record`, but together with others that come now."""
        return _noted(receipt, lambda: self._record(receipt, now))

    def _record(self, receipt: Receipt, now: datetime) -> bool:
        status = read_status(receipt.provider, receipt.status) or ""
        if status in FORWARD:
            heard = Heard(
                receipt.message_id, receipt.provider, receipt.provider_id, receipt.status,
                receipt.error_code, status, now,
            )  # fmt: skip
            if self._together.do(heard):
                return True
        return _by_itself(self._database, receipt, now, self._rules)

    def _take(self, heard: Sequence[Heard]) -> Sequence[bool]:
        try:
            taken = self._database.transaction(lambda tx: take_together(tx, heard), loose=True)
        except StorageError:
            raise  # nobody's could be stored
        except Exception as error:  # noqa: BLE001 - one that cannot be stored holds up no other
            log.warning("%d receipts are taken one by one: %s", len(heard), describe_error(error))
            taken = frozenset()
        return [each.message_id in taken for each in heard]


def record(database: Database, receipt: Receipt, now: datetime, rules: Rules = USUAL) -> bool:
    """Keep a receipt and move its message forward; False when no message of ours has this id.

    Repeating it changes nothing. What the provider could not deliver for a while is queued again,
    up to the number of tries in `rules`. A receipt for a message in doubt proves that it was
    accepted.
    Raises DatabaseBusy when nothing could be stored: the provider must say it again.
    """
    return _noted(receipt, lambda: _by_itself(database, receipt, now, rules))


def _noted(receipt: Receipt, take: Callable[[], bool]) -> bool:
    failpoints.reach("receipt.before")
    MESSAGE.set(receipt.message_id)
    known = take()
    if known:
        word = read_status(receipt.provider, receipt.status) or "other"
        RECEIPTS.labels(receipt.provider, word).inc()
    failpoints.reach("receipt.after")
    return known


def _by_itself(database: Database, receipt: Receipt, now: datetime, rules: Rules) -> bool:
    # Loose: all that it goes by hangs on the row of the message, which it has for itself. As any
    # other transaction it would meet every other receipt (docs/decisions.md).
    return database.transaction(lambda tx: _record(tx, receipt, now, rules), loose=True)


# --- those of one moment --------------------------------------------------------------------


def take_together(tx: Tx, heard: Sequence[Heard]) -> frozenset[str]:
    """Keep receipts of different messages and move these on, where nothing else is to be done;
    the messages of which that is so. The others are left as they are."""
    found = kept.take_messages(tx, [each.message_id for each in heard])
    plain = [
        each for each in heard
        if each.message_id in found
        # What was to be sent in its place is taken back: see `escalation.reached`.
        and not (each.status == "delivered" and found[each.message_id]["followed"])
    ]  # fmt: skip
    before = kept.words_of_all(tx, [e for e in plain if _may_be_late(found[e.message_id])])
    new = kept.add_all(tx, plain)
    steps = []
    for each in plain:
        message = found[each.message_id]
        if each.message_id not in new:
            continue
        _warn_of_twins(message, each)
        if not _is_past(message, each.status, before.get(each.message_id, set())):
            steps.append(each)
    kept.move_on(tx, [e for e in steps if _is_further(found[e.message_id], e.status)])
    messages.name_at_provider(
        tx,
        [(e.message_id, e.provider, e.provider_id) for e in steps
         if not found[e.message_id]["provider_id"]],
    )  # fmt: skip
    failpoints.reach("receipt.write")
    return frozenset(each.message_id for each in plain)


def _is_further(message: Row, status: str) -> bool:
    return messages.RANKS[status] > messages.RANKS.get(message["status"], ENDED_RANK)


# --- one by itself --------------------------------------------------------------------------


def _record(tx: Tx, receipt: Receipt, now: datetime, rules: Rules) -> bool:
    message = messages.outgoing(tx, receipt.message_id, take=True)
    if message is None:
        return False
    before = kept.words_of(tx, receipt.message_id, receipt.provider_id)
    if not kept.add(
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
    given_up = any(read_status(message["provider"], word) == "failed" for word in before)
    return _may_be_late(message) and given_up and status != "delivered"


def _may_be_late(message: Row) -> bool:
    """Whether it is tried again, or is about to be, so that a word may be of an attempt before."""
    return message["status"] in ("queued", "sending", "unknown") and message["attempts"] > 0


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


def _warn_of_twins(message: Row, receipt: Receipt | Heard) -> None:
    known = message["provider_id"]
    if known and receipt.provider_id and known != receipt.provider_id:
        told = MESSAGE.set(receipt.message_id)  # of a group it may be another's
        log.warning(
            "message %s is at %s twice: %s and %s",
            receipt.message_id, receipt.provider, known, receipt.provider_id,
        )  # fmt: skip
        MESSAGE.reset(told)
