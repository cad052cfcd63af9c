"""Escalation: what one channel did not bring goes to the next, and at last to a person.

SMS, then e-mail, then letter, as long as the legal date is kept; else the list of calls. The
worker runs it; while nothing fails it costs three looks at indexes that are nearly empty.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.campaigns.fanout import validity_of
from bot.campaigns.when import days_after, letter_arrives
from bot.policy import Policy
from storage import Database, calls, escalation
from storage.database import switch
from storage.escalation import Limits

# As many as one transaction writes without keeping inbound texts waiting.
CHUNK = 300


def limits_of(now: datetime, policy: Policy, *, email: bool = True) -> Limits:
    """What is silent, and what is in time, at this moment."""
    days = policy.planned_notice_days
    return Limits(
        silent=now - timedelta(hours=policy.escalation_no_receipt_hours),
        legal=days_after(now, days),
        legal_by_post=days_after(letter_arrives(now, policy), days),
        validity=validity_of(now, policy, email=email),
    )


def escalate(database: Database, now: datetime, policy: Policy, *, email: bool = True) -> int:
    """One step of at most `CHUNK` messages; how much was done, so that the caller goes on.

    `email` False: this installation sends no e-mail. While all sending is stopped, nothing.
    """
    if switch(database, "sending_stopped"):
        return 0
    limits = limits_of(now, policy, email=email)
    done = _expire_letters(database, limits, now)
    ids = escalation.to_follow(database, limits.silent, CHUNK)
    if ids:
        database.transaction(lambda tx: escalation.follow(tx, ids, limits, now), bulk=True)
    return done + len(ids) + _withdraw_calls(database, now)


def _expire_letters(database: Database, limits: Limits, now: datetime) -> int:
    late = escalation.late_letters(database, limits.validity.letters_from, CHUNK)
    if not late:
        return 0
    return database.transaction(lambda tx: escalation.expire_letters(tx, late, now), bulk=True)


def _withdraw_calls(database: Database, now: datetime) -> int:
    """Calls that nobody made in time, or whose works have changed, leave the list."""
    stale = calls.stale_calls(database, now, CHUNK)
    late = [str(row["id"]) for row in stale if row["late"]]
    other = [str(row["id"]) for row in stale if not row["late"]]
    if not stale:
        return 0
    return database.transaction(
        lambda tx: (
            calls.withdraw(tx, late, now, why=calls.NOT_IN_TIME) + calls.withdraw(tx, other, now)
        ),
        bulk=True,
    )
