"""Conversations and turns: one phone number's thread, who owns it, and what each text caused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Row, Tx, new_id, stamp

# Made once: json.dumps with options of its own makes an encoder at each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one inbound text was understood as, and what it caused."""

    conversation_id: str
    message_id: str
    reply_id: str | None
    language: str
    intent: str
    score: float
    sure: bool
    because: tuple[str, ...]
    events: list[dict[str, Any]]


def take_inbound(
    tx: Tx, provider: str, provider_id: str, *, phone: str, body: str, now: datetime
) -> str | None:
    """Store a text that came in; its message id, or None when it is stored already."""
    message_id = new_id()
    stored = tx.run(
        """INSERT INTO messages (id, direction, channel, kind, provider, provider_id, peer, body,
               status, made_at)
           VALUES (?, 'in', 'sms', 'text', ?, ?, ?, ?, 'received', ?)
           ON CONFLICT (provider, provider_id) WHERE provider_id IS NOT NULL DO NOTHING""",
        (message_id, provider, provider_id, phone, body, stamp(now)),
    )
    return message_id if stored else None


def stored_reply(tx: Tx, provider: str, provider_id: str) -> tuple[str, str] | None:
    """(id, text) of the answer that this inbound text got, or None when it got none."""
    row = tx.one(
        """SELECT r.id, r.body FROM messages m
           JOIN turns t ON t.message_id = m.id
           JOIN messages r ON r.id = t.reply_id
           WHERE m.provider = ? AND m.provider_id = ?""",
        (provider, provider_id),
    )
    return None if row is None else (str(row["id"]), str(row["body"]))


def store_reply(
    tx: Tx, inbound_id: str, *, provider: str, phone: str, text: str, language: str,
    segments: int, now: datetime,
) -> str:  # fmt: skip
    """The answer that goes back with the provider's own request: handed over, not queued."""
    reply_id = new_id()
    tx.run(
        """INSERT INTO messages (id, direction, channel, kind, lane, provider, peer, in_reply_to,
               language, body, segments, status, attempts, made_at, sent_at)
           VALUES (?, 'out', 'sms', 'answer', 'answer', ?, ?, ?, ?, ?, ?, 'accepted', 1, ?, ?)""",
        (reply_id, provider, phone, inbound_id, language, text, segments, stamp(now), stamp(now)),
    )
    return reply_id


def open_conversation(tx: Tx, phone: str, now: datetime) -> Row:
    """The conversation of this phone, made when it writes for the first time."""
    row = tx.one("SELECT * FROM conversations WHERE phone = ?", (phone,))
    if row is None:
        row = tx.one(
            "INSERT INTO conversations (id, phone, made_at) VALUES (?, ?, ?) RETURNING *",
            (new_id(), phone, stamp(now)),
        )
        assert row is not None
    return row


def get(tx: Tx, conversation_id: str) -> Row:
    """The conversation with this id. Raises LookupError when there is none."""
    row = tx.one("SELECT * FROM conversations WHERE id = ?", (conversation_id,))
    if row is None:
        raise LookupError(f"no conversation has the id {conversation_id}")
    return row


def keep_state(tx: Tx, conversation_id: str, state: str, now: datetime) -> None:
    """Where the dialogue stands after a text (JSON, '' when none is under way)."""
    tx.run(
        "UPDATE conversations SET state = ?, last_in_at = ? WHERE id = ?",
        (state, stamp(now), conversation_id),
    )


def add_turn(tx: Tx, turn: Turn, now: datetime) -> None:
    tx.run(
        "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new_id(),
            turn.conversation_id,
            turn.message_id,
            turn.reply_id,
            stamp(now),
            turn.language,
            turn.intent,
            turn.score,
            int(turn.sure),
            _ENCODER.encode(turn.because),
            _ENCODER.encode(turn.events),
        ),
    )


def ask_agent(tx: Tx, conversation_id: str, topic: str, now: datetime, *, urgent: bool) -> None:
    """Put the conversation among those that wait for a person; it keeps its place and urgency."""
    tx.run(
        """UPDATE conversations SET waiting_since = COALESCE(waiting_since, ?), topic = ?,
               urgent = CASE WHEN urgent > ? THEN urgent ELSE ? END WHERE id = ?""",
        (stamp(now), topic, int(urgent), int(urgent), conversation_id),
    )


def wait_for_agent(tx: Tx, conversation_id: str, now: datetime) -> None:
    """A text came in under an agent, who has not seen it yet."""
    tx.run(
        "UPDATE conversations SET waiting_since = COALESCE(waiting_since, ?) WHERE id = ?",
        (stamp(now), conversation_id),
    )


def choose_language(tx: Tx, conversation_id: str, language: str) -> None:
    """For good, also for somebody who is no customer."""
    tx.run("UPDATE conversations SET language = ? WHERE id = ?", (language, conversation_id))


# --- for agents -----------------------------------------------------------------------------


def list_conversations(tx: Tx, which: str, limit: int) -> list[Row]:
    """Waiting ones (urgent and longest first), those with an agent, or all (latest first)."""
    where, order = {
        "waiting": ("waiting_since IS NOT NULL", "urgent DESC, waiting_since"),
        "agent": ("owner = 'agent'", "last_in_at DESC"),
        "all": ("1 = 1", "COALESCE(last_in_at, made_at) DESC"),
    }[which]
    return tx.all(
        f"SELECT * FROM conversations WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608
        (limit,),
    )


def find_conversations(tx: Tx, key: str) -> list[Row]:
    """By phone number, by id, or by the end of an id."""
    return tx.all(
        "SELECT * FROM conversations WHERE phone = ? OR id = ? OR id LIKE ? LIMIT 3",
        (key, key, f"%{key}" if len(key) >= 4 else key),
    )


def timeline(tx: Tx, phone: str, limit: int) -> list[Row]:
    """The latest messages with this phone, oldest first, with what the bot understood."""
    rows = tx.all(
        """SELECT m.id, m.direction, m.kind, m.body, m.status, m.made_at, m.made_by, m.language,
                  m.error_code, t.intent, t.score, t.events
           FROM messages m LEFT JOIN turns t ON t.message_id = m.id
           WHERE m.peer = ? ORDER BY m.made_at DESC, m.id DESC LIMIT ?""",
        (phone, limit),
    )
    return rows[::-1]


def take_over(tx: Tx, conversation_id: str, agent: str) -> bool:
    """Make the agent its owner, unless another agent is; True when this agent owns it now."""
    return bool(
        tx.run(
            """UPDATE conversations SET owner = 'agent', agent = ?, waiting_since = NULL
               WHERE id = ? AND (owner = 'bot' OR agent = ?)""",
            (agent, conversation_id, agent),
        )
    )


def agent_message(
    tx: Tx, conversation: Row, *, agent: str, text: str, segments: int, provider: str,
    now: datetime,
) -> str:  # fmt: skip
    """An agent's answer into the outbox, before all alerts."""
    message_id = new_id()
    tx.run(
        """INSERT INTO messages (id, direction, channel, kind, lane, provider, peer, language,
               body, segments, status, due_at, made_at, made_by)
           VALUES (?, 'out', 'sms', 'agent', 'answer', ?, ?, ?, ?, ?, 'queued', ?, ?, ?)""",
        (
            message_id,
            provider,
            conversation["phone"],
            conversation["language"],
            text,
            segments,
            stamp(now),
            stamp(now),
            agent,
        ),
    )
    return message_id


def return_to_bot(tx: Tx, conversation_id: str) -> bool:
    """The bot answers again, and nobody waits; True when an agent had it or somebody waited."""
    return bool(
        tx.run(
            """UPDATE conversations SET owner = 'bot', agent = '', waiting_since = NULL, urgent = 0,
                   topic = '', state = ''
               WHERE id = ? AND (owner = 'agent' OR waiting_since IS NOT NULL)""",
            (conversation_id,),
        )
    )
