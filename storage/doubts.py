"""Messages of which nobody knows whether they were sent: asked about, before they go again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell


def doubt(
    tx: Tx, message_id: str, holder: str, *, ask_at: datetime, why: str, lookups: int = 0
) -> int:
    """Nobody knows whether it was sent; it is asked about from `ask_at` on. `why`: error_code.

    Also when its lease had run out and it was queued anew: the call may have arrived.
    """
    return tx.run(
        """UPDATE messages SET status = 'unknown', error_code = ?, lookups = ?, lease_until = ?,
               leased_by = ?
           WHERE id = ? AND (leased_by = ? AND status IN ('sending', 'unknown')
                             OR status = 'queued' AND claimed_at IS NOT NULL)""",
        (why, lookups, stamp(ask_at), holder, message_id, holder),
    )


def withdraw_overtaken(tx: Tx, message_id: str, now: datetime) -> int:
    """A message that is back in the queue, and tells only what no longer holds, ends here: 1 or 0.

    While it was on its way nobody knew whether it was told; now it is known that it was not.
    """
    return tx.run(
        """UPDATE messages SET status = 'withdrawn', done_at = ?
           WHERE id = ? AND status = 'queued'
             AND EXISTS (SELECT 1 FROM notice_messages nm JOIN notices n ON n.id = nm.notice_id
                         WHERE nm.message_id = messages.id AND n.state = 'in_doubt')
             AND NOT EXISTS (SELECT 1 FROM notice_messages nm JOIN notices n ON n.id = nm.notice_id
                             WHERE nm.message_id = messages.id AND n.state = 'queued')""",
        (stamp(now), message_id),
    )


def has_doubts(tx: Tx, now: datetime) -> bool:
    """Whether any lease has run out."""
    row = tx.one(
        """SELECT 1 AS n FROM messages
           WHERE status IN ('sending', 'unknown') AND lease_until <= ? LIMIT 1""",
        (stamp(now),),
    )
    return row is not None


def take_doubts(
    tx: Tx, holder: str, *, now: datetime, until: datetime, limit: int
) -> list[Row]:  # fmt: skip
    """Lease messages that nobody knows the fate of, in order to ask; they are `unknown` now.

    `error_code` says from what: 'unknown' a call without an answer, 'lease' a worker that died.

    One whose equal to the same phone is on its way at this moment waits: the provider could
    not tell us which of the two it has.
    """
    return tx.all(
        """UPDATE messages SET status = 'unknown', leased_by = ?, lease_until = ?,
               error_code = CASE status WHEN 'sending' THEN 'lease' ELSE error_code END
           WHERE id IN (
               SELECT m.id FROM messages m
               WHERE m.status IN ('sending', 'unknown') AND m.lease_until <= ?
                 AND NOT EXISTS (
                     SELECT 1 FROM messages o WHERE o.peer = m.peer AND o.id <> m.id
                        AND o.status = 'sending' AND o.lease_until > ? AND o.body = m.body)
               ORDER BY m.lease_until LIMIT ?)
           RETURNING *""",
        (holder, stamp(until), stamp(now), stamp(now), limit),
    )


def known_ids(tx: Tx, provider: str, provider_ids: Sequence[str]) -> set[str]:
    """Those of the provider's ids that belong to messages of ours already."""
    if not provider_ids:
        return set()
    rows = tx.all(
        *spell(
            """SELECT provider_id FROM messages
               WHERE provider = :provider AND provider_id IN ({ids})""",
            provider=provider,
            ids=list(provider_ids),
        )
    )
    return {str(row["provider_id"]) for row in rows}
