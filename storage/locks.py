"""Locks by name with an end: who holds one does a job that only one process may do at a time."""

from __future__ import annotations

from datetime import datetime

from storage.database import Tx, stamp


def hold_lock(tx: Tx, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
    """Take the lock, or keep it, until this time; False while another holds it."""
    row = tx.one(
        """INSERT INTO locks VALUES (?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
               WHERE locks.holder = excluded.holder OR locks.until <= ?
           RETURNING holder""",
        (name, holder, stamp(until), stamp(now)),
    )
    return row is not None


def release_lock(tx: Tx, name: str, holder: str) -> None:
    """Let the next one have it at once."""
    tx.run("DELETE FROM locks WHERE name = ? AND holder = ?", (name, holder))


def lock_holder(tx: Tx, name: str) -> str:
    """Who took the lock last and has not let it go; '' when nobody."""
    row = tx.one("SELECT holder FROM locks WHERE name = ?", (name,))
    return "" if row is None else str(row["holder"])
