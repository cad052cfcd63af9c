"""The first few of a large campaign, whose receipts are awaited; and the brake while it is sent.

A campaign that fails more than the policy allows pauses itself, with the reason; a person resumes
it. What is told in an emergency goes at once to everybody.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from bot.policy import Policy
from storage import Database, Row, Tx, broadcasts, canary
from storage import campaigns as rows
from storage.database import audit, maybe_moment

# These can wait for minutes. A cancellation or a fault cannot: it is read before people have gone.
PATIENT = ("planned_notice", "reminder", "moved", "announcement", "debt")
# Fewer say nothing of a share.
ENOUGH = 20


def size_of(row: Row, recipients: int, policy: Policy) -> int:
    """How many of a campaign go first; 0: all of them at once."""
    share = policy.campaign_canary_percent
    patient = row["kind"] in PATIENT or row["corrects_id"]
    if not patient or not share:
        return 0
    first = max(int(policy.campaign_canary_min), math.ceil(recipients * share / 100))
    return first if first < recipients else 0


def room(tx: Tx, row: Row, now: datetime, policy: Policy) -> int | None:
    """How many customers of a campaign (`storage.canary.head`) may be queued now; None: any number.

    Moves an approved campaign on to `canary` or `sending`. When all of the first few are queued,
    their receipts are awaited from now on.
    """
    campaign_id = str(row["id"])
    if row["state"] == "sending":
        return None
    if row["state"] == "approved":
        first = size_of(row, canary.count_people(tx, campaign_id), policy)
        # Letters go at once; those after a canary would miss the batch, and their days.
        first = 0 if first and canary.waits_for_letters(tx, campaign_id) else first
        state = "canary" if first else "sending"
        rows.set_state(tx, campaign_id, state, when=("approved",), now=now)
        return first or None
    if row["state"] == "canary" and row["canary_until"] is None:
        first = size_of(row, canary.count_people(tx, campaign_id), policy)
        left = first - canary.count_messages(tx, campaign_id)
        if left > 0:
            return left
        begin_waiting(tx, campaign_id, now, policy)
    return 0


def begin_waiting(tx: Tx, campaign_id: str, now: datetime, policy: Policy) -> None:
    """The first few are queued, or all that are due: their receipts are awaited for so long."""
    until = now + timedelta(minutes=policy.campaign_canary_wait_minutes)
    canary.await_receipts(tx, campaign_id, until)


# --- what the worker does -------------------------------------------------------------------


def watch(database: Database, now: datetime, policy: Policy) -> int:
    """Judge canaries, pause what fails, end what is overdue, take back what came back; how many
    campaigns were moved. Reads only, while there is nothing to do."""
    moved = 0
    for row in canary.in_state(database, "canary"):
        moved += _judge(database, row, now, policy)
    for row in canary.in_state(database, "sending"):
        if canary.any_failed(database, str(row["id"])):
            moved += _brake(database, row, now, policy)
    for campaign_id in broadcasts.overdue(database, now):
        moved += _expire(database, campaign_id, now)
    for campaign_id in canary.with_leftovers(database):
        canary.take_back(database, campaign_id, now)
    return moved


def _judge(database: Database, row: Row, now: datetime, policy: Policy) -> bool:
    """Whether the canary is decided: paused, or on to everybody else."""
    until = maybe_moment(row["canary_until"])
    if until is None:
        return False
    seen = canary.course(database, str(row["id"]))
    if _fails(seen, policy, enough=1):
        return _pause(database, row, seen, now, policy)
    # Not handed over yet: nobody knows anything of these, however late it is.
    if seen.waiting or (seen.silent and now < until):
        return False
    return database.transaction(
        lambda tx: rows.set_state(tx, row["id"], "sending", when=("canary",), now=now)
    )


def _brake(database: Database, row: Row, now: datetime, policy: Policy) -> bool:
    seen = canary.course(database, str(row["id"]))
    if not _fails(seen, policy, enough=ENOUGH):
        return False
    return _pause(database, row, seen, now, policy)


def _fails(seen: canary.Course, policy: Policy, *, enough: int) -> bool:
    """Over the share of all that are known or, of a canary, can still become known."""
    if seen.handed < enough:
        return False
    expected = seen.handed + (seen.waiting if enough == 1 else 0)
    return 100 * seen.failed > policy.campaign_pause_at_failed_percent * expected


def _pause(
    database: Database, row: Row, seen: canary.Course, now: datetime, policy: Policy
) -> bool:
    why = (
        f"Paused by itself: {seen.failed} of {seen.handed} messages failed, more than "
        f"{policy.campaign_pause_at_failed_percent:g} %."
    )

    def work(tx: Tx) -> bool:
        when = ("canary", "sending")
        if not rows.set_state(tx, row["id"], "paused", when=when, now=now, why=why):
            return False
        for child in rows.children(tx, row["id"]):
            rows.set_state(tx, child["id"], "paused", when=rows.RUNNING, now=now, why=why)
        audit(tx, "policy", "campaign paused", row["id"], now=now, detail=why)
        return True

    return database.transaction(work)


def _expire(database: Database, campaign_id: str, now: datetime) -> bool:
    when = ("draft", "approved")
    ended = database.transaction(
        lambda tx: rows.set_state(tx, campaign_id, "expired", when=when, now=now)
    )
    if ended:
        canary.take_back(database, campaign_id, now)
    return ended
