"""Messages that are tried again: the provider could not deliver them, or a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell

WHOLE_ID = 36  # found by the index: else every message there is is looked at
LISTED = """
SELECT id, channel, kind, lane, peer, customer_number, campaign_id, status, provider, attempts,
       error_code, made_at, due_at, valid_until, done_at
FROM messages
"""


def send_again(
    tx: Tx, message_id: str, *, due_at: datetime, error_code: str, max_tries: int
) -> bool:
    """Back to the queue, because the provider says that it did not deliver it and may yet.

    Its id there is forgotten, so that the next attempt can have its own. False when it has been
    delivered, has ended, was tried `max_tries` times, or would come too late.
    """
    return bool(
        tx.run(
            """UPDATE messages SET status = 'queued', due_at = ?, error_code = ?, lookups = 0,
                   provider_id = NULL, sent_at = NULL, done_at = NULL,
                   leased_by = NULL, lease_until = NULL
               WHERE id = ? AND direction = 'out' AND attempts < ?
                 AND status IN ('sending', 'unknown', 'accepted', 'sent')
                 AND (valid_until IS NULL OR valid_until > ?)""",
            (stamp(due_at), error_code or None, message_id, max_tries, stamp(due_at)),
        )
    )


# --- what a person looks after --------------------------------------------------------------


def list_messages(tx: Tx, statuses: Sequence[str], *, limit: int) -> list[Row]:
    """Outgoing messages with one of these statuses, the latest first, without their texts."""
    sql = (
        LISTED + "WHERE direction = 'out' AND status IN ({statuses}) ORDER BY id DESC LIMIT :limit"
    )
    return tx.all(*spell(sql, statuses=list(statuses), limit=limit))


def find_message(tx: Tx, part: str) -> list[Row]:
    """Outgoing messages whose id ends so; at most two, for more than one is no answer."""
    if len(part) == WHOLE_ID:
        return tx.all(LISTED + "WHERE direction = 'out' AND id = ?", (part,))
    return tx.all(
        LISTED + "WHERE direction = 'out'"
        " AND substr(id, length(id) - length(CAST(:part AS TEXT)) + 1) = :part LIMIT 2",
        {"part": part},
    )


def release(tx: Tx, message_id: str, now: datetime) -> bool:
    """A message that was set aside is tried again from the start."""
    return bool(
        tx.run(
            """UPDATE messages SET status = 'queued', due_at = ?, attempts = 0, lookups = 0,
                   error_code = NULL, done_at = NULL
               WHERE id = ? AND status = 'set_aside'""",
            (stamp(now), message_id),
        )
    )


def drop(tx: Tx, message_id: str, now: datetime) -> bool:
    """A message that was set aside is given up: it counts as withdrawn."""
    return bool(
        tx.run(
            """UPDATE messages SET status = 'withdrawn', done_at = ?
               WHERE id = ? AND status = 'set_aside'""",
            (stamp(now), message_id),
        )
    )
