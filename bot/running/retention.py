"""Retention: each class of data goes when its days in the policy are over, piece by piece."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any

from bot.policy import Policy
from storage import Database, Tx, audit, retention
from storage.database import set_switch, stamp, switch

PIECE = 100  # rows a transaction: a few milliseconds of the one writer
PAUSE_SECONDS = 0.01  # between pieces, so that other bulk work has its turn
DONE = "retention_done"  # the switch: when it last took anything, and how many of each
SIGN_INS_DAYS = "sessions"


def before(policy: Policy, days: str, now: datetime) -> datetime:
    """What is older than this goes, by the class."""
    kept: int = getattr(policy, f"retention_{days}")
    return now - timedelta(days=kept)


def due(tx: Tx, policy: Policy, now: datetime) -> dict[str, int]:
    """How many rows of each step are too old; counted up to 100,000."""
    found = {
        step.name: retention.due(tx, step, before(policy, step.days, now))
        for step in retention.STEPS
    }
    found[retention.SESSIONS] = retention.sign_ins_due(tx, before(policy, SIGN_INS_DAYS, now))
    start, _ = audit.end_of(tx, "anchor")
    last = audit.last_before(tx, stamp(before(policy, "audit", now)), 100_000)
    return found | {retention.AUDIT: max(last - start, 0)}


def run(database: Database, policy: Policy, now: datetime, *, pieces: int = 0) -> dict[str, int]:
    """Let go of what is too old; how many rows of each step. `pieces`: at most so many a step, 0
    for all."""
    done: dict[str, int] = {}
    for step in retention.STEPS:
        limit = before(policy, step.days, now)
        made, after = 0, ""
        while ids := retention.find(database, step, limit, PIECE, after=after):
            after = ids[-1]

            def work(tx: Tx, step: retention.Step = step, ids: list[str] = ids) -> int:
                return retention.take(tx, step, ids, now)

            done[step.name] = done.get(step.name, 0) + database.transaction(work, bulk=True)
            made += 1
            if len(ids) < PIECE or made == pieces:
                break
            time.sleep(PAUSE_SECONDS)
    _rest(database, policy, now, done)
    if any(done.values()):
        told = json.dumps({"at": stamp(now), "rows": done})
        database.transaction(lambda tx: set_switch(tx, DONE, told, by="retention", now=now))
    return done


def _rest(database: Database, policy: Policy, now: datetime, done: dict[str, int]) -> None:
    limit = before(policy, SIGN_INS_DAYS, now)
    if retention.sign_ins_due(database, limit):
        done[retention.SESSIONS] = database.transaction(
            lambda tx: retention.forget_sign_ins(tx, limit), bulk=True
        )
    old = before(policy, "audit", now)
    while last := retention.audit_due(database, old, 10 * PIECE):

        def work(tx: Tx, last: int = last) -> int:
            return audit.purge(tx, last, now=now)

        done[retention.AUDIT] = done.get(retention.AUDIT, 0) + database.transaction(work, bulk=True)


def last_done(tx: Tx) -> dict[str, Any]:
    """When it last took anything and how many of each: `at`, `rows`; empty when never."""
    told = switch(tx, DONE)
    found: dict[str, Any] = json.loads(told) if told else {}
    return found
