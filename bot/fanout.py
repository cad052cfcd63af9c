"""Fan-out: approved notices whose time has come become messages, in small pieces.

Where each notice goes is read beside those who answer texts; only the writing takes turns with
them, and it is kept short whatever the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import canary
from bot.alerts import shipped_policy
from bot.policy import Policy
from bot.when import letter_arrives
from storage import Database, Row, Tx, broadcasts, fanout
from storage import campaigns as rows
from storage import canary as canary_rows
from storage.database import maybe_moment, switch
from storage.queueing import Validity

T = TypeVar("T")
CHUNK = 400
# A text that comes in the middle of a piece waits for its end: a piece that took longer than the
# second figure is followed by half of one, and one that took less than the first by a double one.
QUICK_SECONDS, SLOW_SECONDS = 0.005, 0.012
SMALLEST = 50
# What one of these says depends on which messages of theirs have been handed over: what was read
# a moment ago may no longer be so.
READ_IN_PLACE = ("cancelled",)


def validity_of(now: datetime, policy: Policy, *, email: bool = True) -> Validity:
    """Until when messages made now make sense; `email` False: this installation sends none."""
    return Validity(
        in_6_hours=now + timedelta(hours=6),
        in_12_hours=now + timedelta(hours=12),
        in_5_days=now + timedelta(days=5),
        letters_from=letter_arrives(now, policy),
        email=email,
    )


@dataclass
class _Pace:
    """How many notices make a piece: as many as this machine writes in a few milliseconds."""

    limit: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = min(self.limit, 2 * SMALLEST)

    def took(self, seconds: float) -> None:
        """Doubled and halved only: each size is a statement of its own, which is kept ready."""
        if seconds > SLOW_SECONDS:
            self.size = min(self.size, max(SMALLEST, self.size // 2))
        elif seconds < QUICK_SECONDS:
            self.size = min(self.limit, self.size * 2)


@dataclass(frozen=True)
class _Run:
    """One campaign on its way into the outbox."""

    campaign_id: str
    now: datetime
    pace: _Pace
    validity: Validity
    policy: Policy


def fan_out(
    database: Database, now: datetime, chunk: int = CHUNK, *, policy: Policy | None = None,
    email: bool = True,
) -> int:  # fmt: skip
    """Turn approved notices whose time has come into messages; how many messages were made.

    Each piece of at most `chunk` notices is one bulk transaction. During quiet hours only what is
    never held goes; while sending is stopped, nothing. Campaigns with nothing left open are ended.
    """
    rules = policy or shipped_policy()
    if switch(database, "sending_stopped"):
        return 0
    quiet = rules.after_quiet_hours(now) > now
    validity = validity_of(now, rules, email=email)
    total = 0
    pace = _Pace(chunk)
    with ThreadPoolExecutor(1, "gaisma-fan-out") as hand:
        for campaign_id in fanout.campaigns_due(database, now, held=quiet):
            run = _Run(campaign_id, now, pace, validity, rules)
            total += _fan_out(database, run, hand)
    # Looked at by a reader: this runs twice a second, and writing keeps inbound texts waiting.
    if rows.may_settle(database, now):
        database.transaction(lambda tx: rows.settle(tx, now), bulk=True)
    return total


def _fan_out(database: Database, run: _Run, hand: Executor) -> int:
    """All that may go of one campaign; how many messages. While one piece is written, the next is
    read."""
    total = 0
    written: Future[int] | None = None
    ids: Collection[str] = ()
    while True:
        row = canary_rows.head(database, run.campaign_id)
        plan = _plan(database, run, row, ids) if row is not None else None
        done = _outcome(written)
        total += done or 0
        if plan is not None and row is not None:
            written, ids = hand.submit(_write, database, run, row, plan), frozenset(plan.ids)
            continue
        if written is None or done is None:
            in_place = _timed(database, run, lambda tx: _in_place(tx, run))
            if in_place is None:
                return total
            total += in_place
        written, ids = None, ()


def _plan(
    database: Database, run: _Run, row: Row, without: Collection[str]
) -> fanout.Plan | None:  # fmt: skip
    """The next piece, read beside all others; None where there is none, or it cannot be so read."""
    if row["state"] != "sending" or row["corrects_id"] or row["kind"] in READ_IN_PLACE:
        return None
    return fanout.plan_chunk(
        database, run.campaign_id, run.now,
        chunk=run.pace.size, validity=_validity(run, row), without=without,
    )  # fmt: skip


def _write(database: Database, run: _Run, row: Row, plan: fanout.Plan) -> int:
    """Write what was planned. Raises Changed when it is overtaken."""

    def work(tx: Tx) -> int:
        head = canary_rows.head(tx, run.campaign_id)
        if head is None or head["state"] != "sending":
            raise fanout.Changed
        return fanout.write_chunk(tx, plan, run.now, validity=_validity(run, row))

    return _timed(database, run, work)


def _outcome(written: Future[int] | None) -> int | None:
    """How many messages the piece has made that was being written; None where it was overtaken."""
    try:
        return written.result() if written else 0
    except fanout.Changed:
        return None


def _timed(database: Database, run: _Run, work: Callable[[Tx], T]) -> T:
    spans = []

    def timed(tx: Tx) -> T:
        began = time.perf_counter()
        done = work(tx)
        spans.append(time.perf_counter() - began)
        return done

    done = database.transaction(timed, bulk=True)
    run.pace.took(spans[-1])
    return done


def _in_place(tx: Tx, run: _Run) -> int | None:
    """A piece in one transaction, where how many may go is decided as well."""
    row = canary_rows.head(tx, run.campaign_id)
    room = canary.room(tx, row, run.now, run.policy) if row else 0
    if row is None or room == 0:
        return None
    made = _queue(tx, row, run, min(run.pace.size, room or run.pace.size))
    if made is None and room is not None:
        canary.begin_waiting(tx, run.campaign_id, run.now, run.policy)
    return made


def _queue(tx: Tx, row: Row, run: _Run, chunk: int) -> int | None:
    """Messages for the next customers of a campaign; how many, None when nothing is due."""
    validity = _validity(run, row)
    if row["corrects_id"]:
        until = min(validity.in_5_days, validity.ends or validity.in_5_days)
        return broadcasts.queue_corrections(tx, run.campaign_id, run.now, chunk=chunk, until=until)
    return fanout.queue_chunk(tx, run.campaign_id, run.now, chunk=chunk, validity=validity)


def _validity(run: _Run, row: Row) -> Validity:
    return replace(run.validity, ends=maybe_moment(row["valid_until"]))
