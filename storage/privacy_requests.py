"""What was asked for about a person's data, and who let it happen."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, new_id, stamp

OPEN = ("waits", "approved")


def add(tx: Tx, kind: str, who: str, reason: str, *, by: str, now: datetime) -> str:
    """A request that waits; its id."""
    made = new_id()
    tx.run(
        """INSERT INTO privacy_requests (id, kind, who, reason, state, asked_by, asked_at)
           VALUES (?, ?, ?, ?, 'waits', ?, ?)""",
        (made, kind, who, reason, by, stamp(now)),
    )
    return made


def get(tx: Tx, key: str) -> Row | None:
    return tx.one("SELECT * FROM privacy_requests WHERE id = ?", (key,))


def waiting_for(tx: Tx, kind: str, who: str) -> bool:
    """Whether this is asked for already."""
    sql = """SELECT 1 FROM privacy_requests
             WHERE kind = ? AND who = ? AND state IN ('waits', 'approved')"""
    return tx.one(sql, (kind, who)) is not None


def waiting(tx: Tx) -> list[Row]:
    """What is not over yet, the oldest first."""
    return tx.all(
        """SELECT * FROM privacy_requests WHERE state IN ('waits', 'approved')
           ORDER BY asked_at, id"""
    )


def over(tx: Tx, *, limit: int) -> list[Row]:
    """What is over, the latest first."""
    return tx.all(
        """SELECT * FROM privacy_requests WHERE state IN ('done', 'dropped')
           ORDER BY decided_at DESC, id DESC LIMIT ?""",
        (limit,),
    )


def approve(tx: Tx, key: str, *, by: str, now: datetime) -> bool:
    """False when it does not wait any more."""
    changed = tx.run(
        """UPDATE privacy_requests SET state = 'approved', decided_by = ?, decided_at = ?
           WHERE id = ? AND state = 'waits'""",
        (by, stamp(now), key),
    )
    return changed > 0


def drop(tx: Tx, key: str, *, by: str, now: datetime) -> bool:
    """Turned down or taken back; the person is forgotten. False when it is over."""
    changed = tx.run(
        """UPDATE privacy_requests
           SET state = 'dropped', who = '', reason = '', decided_by = ?, decided_at = ?
           WHERE id = ? AND state IN ('waits', 'approved')""",
        (by, stamp(now), key),
    )
    return changed > 0


def finish(tx: Tx, key: str) -> None:
    """It was done; the person is forgotten."""
    tx.run(
        """UPDATE privacy_requests SET state = 'done', who = '', reason = ''
           WHERE id = ? AND state = 'approved'""",
        (key,),
    )
