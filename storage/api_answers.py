"""What requests with an Idempotency-Key were answered, for a day."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, stamp


def find(tx: Tx, caller: str, key: str, since: datetime) -> Row | None:
    """The answer kept for this key of this caller: request_hash, status, body."""
    return tx.one(
        """SELECT request_hash, status, body FROM api_answers
           WHERE caller = ? AND key = ? AND at > ?""",
        (caller, key, stamp(since)),
    )


def keep(
    tx: Tx, caller: str, key: str, request_hash: str, *, status: int, body: str, now: datetime
) -> None:
    """Keep it, in the place of one whose day is over."""
    tx.run(
        """INSERT INTO api_answers VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (caller, key) DO UPDATE SET request_hash = excluded.request_hash,
               status = excluded.status, body = excluded.body, at = excluded.at""",
        (caller, key, request_hash, status, body, stamp(now)),
    )


def purge(tx: Tx, before: datetime) -> int:
    """Forget older ones; how many."""
    return tx.run("DELETE FROM api_answers WHERE at <= ?", (stamp(before),))
