"""Automatic calls to those on the list of calls, where `GAISMA_VOICE` is on.

A home with life support stays on the list of people all the same: a machine that read a text to
somebody, or to another machine, is no answer where a life depends on it.
"""

from __future__ import annotations

from datetime import datetime

from storage import Database, Tx, calls, voice

CHUNK = 300
HEARD = calls.Outcome("automatic call", "heard to its end", told=False)


def ring_up(database: Database, now: datetime) -> int:
    """Queue the calls that are wanted, and take those off the list that were heard; how many."""
    heard = voice.heard_calls(database)
    if not heard and not voice.calls_wanted(database, now):
        return 0

    def work(tx: Tx) -> int:
        # The message itself says that its notice was told, so no other is made of it.
        done = sum(calls.finish_call(tx, str(row["id"]), HEARD, now) for row in heard)
        voice.withdraw_calls(tx, now)
        return done + voice.queue_calls(tx, now, limit=CHUNK)

    return database.transaction(work, bulk=True)
