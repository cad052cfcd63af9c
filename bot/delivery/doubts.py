"""Doubts: what becomes of a message of which nobody knows whether the provider took it.

It is resolved by its receipt, or by two questions to the provider a while apart; only when both
found nothing is it sent again. Where nobody can be asked, its lane decides.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.channels.base import CannotAsk, Found, LookUp, NotFound, Others, Outgoing
from storage import Tx, messages, receipts, restored
from storage import doubts as doubt_rows
from storage.messages import Progress

log = logging.getLogger("gaisma.outbox")

# An answer that may have been lost is of no use to anybody after this time.
ANSWER_LIFE = timedelta(minutes=2)
NO_ANSWER = "unknown"
LOOK_UPS = 20  # questions to the provider at one time, at most


class Portion:
    """How many messages are asked about in one round.

    Fewer when a round takes so long that its leases could end first: another worker would take
    the same ones, neither could store what it learned, and no doubt would ever end.
    """

    def __init__(self) -> None:
        self.size = LOOK_UPS

    def note(self, seconds: float, lease: float) -> None:
        """The last round took so long, of the seconds for which its messages were leased."""
        grown = min(LOOK_UPS, self.size + 1)
        self.size = grown if seconds * 2 <= lease else max(1, self.size // 2)


def settle(tx: Tx, message: Outgoing, answer: LookUp, now: datetime, gap: timedelta) -> None:
    """Store what the provider answered about a message in doubt; `gap`: between two questions.

    Only the worker that holds its lease, `message.holder`, can send it again.
    """
    if isinstance(answer, Found):
        match = _first_free(tx, message, answer)
        if match is not None:
            step = Progress(message.id, match[1], message.provider, match[0])
            messages.move_forward(tx, [step], now)
            return
        answer = NotFound()
    if message.why_unknown in (restored.OLD, restored.NEW):
        _settle_restored(tx, message, answer, now, gap)
    elif isinstance(answer, CannotAsk):
        _settle_unasked(tx, message, now, gap)
    elif isinstance(answer, NotFound) and message.lookups >= 1:
        # A worker that died says nothing against the messages it had: after a night of
        # power cuts they would all be set aside.
        _send_again(tx, message, now, count_try=message.why_unknown == NO_ANSWER)
    else:
        asked = message.lookups + isinstance(answer, NotFound)
        doubt_rows.doubt(
            tx, message.id, message.holder,
            ask_at=now + gap, why=message.why_unknown, lookups=asked,
        )  # fmt: skip


def _settle_unasked(tx: Tx, message: Outgoing, now: datetime, gap: timedelta) -> None:
    """The provider keeps no list: a receipt may still come, then the lane decides."""
    alert = message.lane == "alert"
    decide_at = message.claimed_at + (gap if alert else ANSWER_LIFE)
    if now < decide_at:
        doubt_rows.doubt(
            tx, message.id, message.holder, ask_at=decide_at, why=message.why_unknown
        )  # fmt: skip
    elif not alert:
        messages.end(tx, [message.id], "expired", error_code="unknown", now=now)
    elif message.attempts <= 1:
        log.warning("message %s may go out twice: its fate cannot be learned", message.id)
        _send_again(tx, message, now, count_try=True)
    else:
        messages.end(tx, [message.id], "set_aside", error_code="unknown", now=now)


def _settle_restored(
    tx: Tx, message: Outgoing, answer: LookUp, now: datetime, gap: timedelta
) -> None:
    """It may have gone between the backup and the restore: it goes only when certainly not."""
    old = message.why_unknown == restored.OLD
    if isinstance(answer, Others):
        known = doubt_rows.known_ids(tx, message.provider, answer.ids)
        answer = CannotAsk() if set(answer.ids) - known else NotFound()
    sure = isinstance(answer, NotFound) and (message.lookups >= 1 or not old)
    if sure or isinstance(answer, CannotAsk):
        lease = messages.Lease(message.holder, message.claimed_at, "unknown")
        messages.requeue(
            tx, message.id, lease, due_at=now, error_code=restored.ASKED, count_try=True
        )  # fmt: skip
        doubt_rows.withdraw_overtaken(tx, message.id, now)
        if old and not sure:
            restored.hold(tx, message.id)
        return
    asked = message.lookups + isinstance(answer, NotFound)
    doubt_rows.doubt(
        tx, message.id, message.holder, ask_at=now + gap, why=message.why_unknown, lookups=asked
    )  # fmt: skip


def _send_again(tx: Tx, message: Outgoing, now: datetime, *, count_try: bool) -> None:
    lease = messages.Lease(message.holder, message.claimed_at, "unknown")
    messages.requeue(
        tx, message.id, lease, due_at=now, error_code="again", count_try=count_try
    )  # fmt: skip
    doubt_rows.withdraw_overtaken(tx, message.id, now)


def _first_free(tx: Tx, message: Outgoing, answer: Found) -> tuple[str, str] | None:
    """The first message found that is not another one of ours."""
    known = doubt_rows.known_ids(tx, message.provider, [id_ for id_, _ in answer.matches])
    # An earlier attempt at the same message, of which we know that it failed, is not this one.
    known |= receipts.heard_of(tx, message.id)
    return next((match for match in answer.matches if match[0] not in known), None)
