"""Texts that waited in files before they could be stored: their answers go by the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.conversations import Answered, Received
from storage.database import Tx, new_id, stamp

# Who asked in the night does not want to be answered in the next one.
ANSWER_VALID = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Told:
    """What was said when the text came: nothing, or a warning; and when that was."""

    at: datetime
    id: str
    text: str
    language: str
    segments: int


def answer_anew(tx: Tx, reply_id: str, now: datetime) -> None:
    """Queue an answer that was stored as handed over with the provider's own request, and was not:
    nobody knew then whether it was stored. One that was queued already stays as it is."""
    tx.run(
        """UPDATE messages SET status = 'queued', attempts = 0, sent_at = NULL, due_at = ?,
               valid_until = ?
           WHERE id = ? AND direction = 'out' AND status = 'accepted' AND due_at IS NULL""",
        (stamp(now), stamp(now + ANSWER_VALID), reply_id),
    )


def keep_told(tx: Tx, provider: str, provider_id: str, told: Told) -> None:
    """Store what was said at once to a text that turned out to be stored already: by a commit of
    which nobody heard, or by another host. May be repeated; nothing when the text is gone."""
    row = tx.one(
        """SELECT id, peer, body FROM messages
           WHERE direction = 'in' AND provider = ? AND provider_id = ?""",
        (provider, provider_id),
    )
    if row is not None:
        text = Received(row["id"], provider, provider_id, row["peer"], row["body"])
        _keep_told(tx, text, told)


def _keep_told(tx: Tx, inbound: Received, told: Told) -> None:
    since = stamp(told.at)
    tx.run(
        """INSERT INTO messages (id, direction, channel, kind, lane, provider, peer, in_reply_to,
               language, body, segments, status, attempts, made_at, sent_at)
           VALUES (?, 'out', 'sms', 'answer', 'answer', ?, ?, ?, ?, ?, ?, 'accepted', 1, ?, ?)
           ON CONFLICT (id) DO NOTHING""",
        (
            told.id, inbound.provider, inbound.phone, inbound.id, told.language, told.text,
            told.segments, since, since,
        ),
    )  # fmt: skip


def store(
    tx: Tx, inbound: Received, reply: Answered | None, told: Told, now: datetime
) -> str | None:
    """Store a text as of the moment it came, what was said at once, and queue the answer; its id,
    or None without one."""
    since = stamp(told.at)
    tx.run(
        """INSERT INTO messages (id, direction, channel, kind, lane, provider, provider_id, peer,
               body, status, made_at)
           VALUES (?, 'in', 'sms', 'text', '', ?, ?, ?, ?, 'received', ?)""",
        (inbound.id, inbound.provider, inbound.provider_id, inbound.phone, inbound.body, since),
    )
    if told.text:
        _keep_told(tx, inbound, told)
    if reply is None:
        return None
    reply_id = new_id()
    tx.run(
        """INSERT INTO messages (id, direction, channel, kind, lane, provider, peer, in_reply_to,
               language, body, segments, status, due_at, valid_until, made_at)
           VALUES (?, 'out', 'sms', 'answer', 'answer', ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)""",
        (
            reply_id, inbound.provider, inbound.phone, inbound.id, reply.language, reply.text,
            reply.segments, stamp(now), stamp(now + ANSWER_VALID), stamp(now),
        ),
    )  # fmt: skip
    return reply_id
