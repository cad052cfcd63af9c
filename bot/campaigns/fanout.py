"""Fan-out: approved notices whose time has come become messages, in small pieces.

Each piece is a transaction that takes turns with those who answer texts, and is kept short whatever
the machine. To read beside the writer what a piece will write was tried: the reader's pages are
stale after each commit, and it took twice the time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.alerts import shipped_policy
from bot.campaigns import canary
from bot.campaigns.when import letter_arrives
from bot.debts import days as debt_days
from bot.policy import Policy
from storage import Database, Row, Tx, broadcasts, fanout, last_words
from storage import campaigns as rows
from storage import canary as canary_rows
from storage.database import maybe_moment, switch
from storage.queueing import Validity

CHUNK = 400
# A text that comes in the middle of a piece waits for its end: a piece that took longer than the
# second figure is followed by half of one, and one that took less than the first by a double one.
QUICK_SECONDS, SLOW_SECONDS = 0.005, 0.012
SMALLEST = 50


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
    """How many notices make a piece: as many as this machine writes in a few milliseconds; all
    that may, where nobody waits for it (`many_writers`)."""

    limit: int
    many_writers: bool
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.limit if self.many_writers else min(self.limit, 2 * SMALLEST)

    def took(self, seconds: float) -> None:
        """Doubled and halved only: each size is a statement of its own, which is kept ready."""
        if self.many_writers:
            return
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
    letters: bool = False  # only what goes by letter, which knows no quiet hours and no canary


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
    pace = _Pace(chunk, many_writers=database.engine != "sqlite")
    for campaign_id in fanout.letters_due(database, now):
        total += _all_pieces(database, _Run(campaign_id, now, pace, validity, rules, letters=True))
    for campaign_id in fanout.campaigns_due(database, now, held=quiet):
        total += _all_pieces(database, _Run(campaign_id, now, pace, validity, rules))
    # Looked at by a reader: this runs twice a second, and writing keeps inbound texts waiting.
    if rows.may_settle(database, now):
        database.transaction(lambda tx: rows.settle(tx, now), bulk=True)
    return total


def _all_pieces(database: Database, run: _Run) -> int:
    total = 0
    while (made := _next_piece(database, run)) is not None:
        total += made
    return total


def _next_piece(database: Database, run: _Run) -> int | None:
    """Messages for the next notices of a campaign; how many, None when nothing more may go."""
    seconds = 0.0

    def work(tx: Tx) -> int | None:
        nonlocal seconds
        began = time.perf_counter()
        made = _piece(tx, run)
        seconds = time.perf_counter() - began
        return made

    made = database.transaction(work, bulk=True)
    run.pace.took(seconds)
    return made


def _piece(tx: Tx, run: _Run) -> int | None:
    row = canary_rows.head(tx, run.campaign_id)
    if run.letters and row is not None:
        return _queue_letters(tx, row, run)
    room = canary.room(tx, row, run.now, run.policy) if row else 0
    if row is None or room == 0:
        return None
    made = _queue(tx, row, run, min(run.pace.size, room or run.pace.size))
    if made is None and room is not None:
        canary.begin_waiting(tx, run.campaign_id, run.now, run.policy)
    return made


def _queue_letters(tx: Tx, row: Row, run: _Run) -> int | None:
    if row["state"] not in rows.RUNNING:
        return None
    made = _queue(tx, row, run, run.pace.size)
    if made is None and row["state"] == "approved" and not fanout.others_left(tx, run.campaign_id):
        rows.set_state(tx, run.campaign_id, "sending", when=("approved",), now=run.now)
    return made


def _queue(tx: Tx, row: Row, run: _Run, chunk: int) -> int | None:
    """Messages for the next customers of a campaign; how many, None when nothing is due."""
    validity = _validity(run, row)
    if row["kind"] == "debt" and row["parent_id"]:
        last_words.drop_untrue(tx, run.campaign_id, debt_days.today(run.now))
    if row["corrects_id"]:
        until = min(validity.in_5_days, validity.ends or validity.in_5_days)
        return broadcasts.queue_corrections(tx, run.campaign_id, run.now, chunk=chunk, until=until)
    return fanout.queue_chunk(
        tx, run.campaign_id, run.now, chunk=chunk, validity=validity, letters=run.letters
    )


def _validity(run: _Run, row: Row) -> Validity:
    return replace(run.validity, ends=maybe_moment(row["valid_until"]))
