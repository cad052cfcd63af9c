"""Conversations and turns: one phone number's thread, who owns it, and what each text caused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Overtaken, Row, Tx, new_id, stamp

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
    answers: tuple[str, ...]  # catalogue keys
    events: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Received:
    """A text that came in; `id` is the message id it is stored under."""

    id: str
    provider: str
    provider_id: str
    phone: str
    body: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The bot's answer to a text."""

    text: str
    language: str
    segments: int


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


def store_texts(tx: Tx, inbound: Received, reply: Answered | None, now: datetime) -> str | None:
    """Store a text that came in, and what goes back with the provider's own request: handed over,
    not queued. The id of the reply, or None without one.

    Both in one statement, which costs a third less than two. Raises the engine's error for a text
    that is stored already: ask `sender` first.
    """
    at = stamp(now)
    row = (
        inbound.id, "in", "text", "", inbound.provider, inbound.provider_id, inbound.phone, None,
        "", inbound.body, 0, "received", 0, at, None,
    )  # fmt: skip
    if reply is None:
        tx.run(_STORE + _VALUES, row)
        return None
    reply_id = new_id()
    answer = (
        reply_id, "out", "answer", "answer", inbound.provider, None, inbound.phone, inbound.id,
        reply.language, reply.text, reply.segments, "accepted", 1, at, at,
    )  # fmt: skip
    tx.run(_STORE_BOTH, (*row, *answer))
    return reply_id


_STORE = """INSERT INTO messages (id, direction, channel, kind, lane, provider, provider_id, peer,
    in_reply_to, language, body, segments, status, attempts, made_at, sent_at) VALUES """
_VALUES = "(?, ?, 'sms', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_STORE_BOTH = f"{_STORE}{_VALUES}, {_VALUES}"

# One statement for what every turn asks: each statement of its own costs as much again.
_SENDER = """SELECT c.id, c.owner, c.agent, c.language, c.state, c.pace, c.waiting_since,
    c.last_in_at, c.urgent,
    (SELECT id FROM messages WHERE provider = :provider AND provider_id = :provider_id) AS stored,
    (SELECT 1 FROM opt_outs WHERE kind = 'mobile' AND value = :phone) AS opted_out,
    (SELECT count(*) FROM contacts WHERE kind = 'mobile' AND value = :phone) AS contacts,
    CASE WHEN c.waiting_since IS NULL
        THEN (SELECT count(*) FROM conversations WHERE waiting_since IS NOT NULL)
        ELSE (SELECT count(*) FROM conversations w WHERE w.waiting_since IS NOT NULL
              AND (w.urgent > c.urgent OR w.urgent = c.urgent
                   AND w.waiting_since < c.waiting_since)) END AS waiting,
    (SELECT value FROM switches WHERE name = 'moratorium') AS moratorium,
    (SELECT count(*) FROM fault_reports WHERE phone = :phone AND state = 'open') AS reports,
    (SELECT topic_id FROM (SELECT kind, topic_id, direction FROM messages
         WHERE peer = :phone AND made_at > :since ORDER BY made_at DESC LIMIT 5) AS latest
     WHERE kind = 'restored' AND direction = 'out' LIMIT 1) AS restored
    FROM (SELECT :phone AS phone) AS asked LEFT JOIN conversations c ON c.phone = asked.phone"""


def sender(
    tx: Tx, phone: str, since: datetime, *, provider: str = "", provider_id: str = ""
) -> Row:
    """The conversation of the phone (its columns are NULL for who never wrote), and beside it
    `stored` (the id of the text with this id of this provider, NULL unless it came before),
    `opted_out`, `contacts` and `reports` (how many: with this number, open), `waiting` (how many
    wait for a person before it: urgent ones first), `moratorium`, and `restored`: the outage that
    the phone was told is over, when that is among the latest news it got after `since`.
    """
    asked = {
        "phone": phone, "since": stamp(since), "provider": provider, "provider_id": provider_id
    }  # fmt: skip
    row = tx.one(_SENDER, asked)
    assert row is not None
    return row


def keep_state(
    tx: Tx, conversation_id: str | None, phone: str, state: str, now: datetime, *, pace: str = "",
    owner: str = "bot",
) -> str:  # fmt: skip
    """Where the dialogue stands after a text (JSON, '' when none is under way), and how much the
    phone was answered lately; the id.

    Without an id the conversation is made: the phone writes for the first time. Raises Overtaken
    when `owner` has it no more: what was to be said was another's to say.
    """
    if conversation_id is None:
        conversation_id = new_id()
        tx.run(
            """INSERT INTO conversations (id, phone, state, pace, last_in_at, made_at)
               VALUES (?, ?, ?, ?, ?, ?)""",
            (conversation_id, phone, state, pace, stamp(now), stamp(now)),
        )
    elif not tx.run(
        "UPDATE conversations SET state = ?, pace = ?, last_in_at = ? WHERE id = ? AND owner = ?",
        (state, pace, stamp(now), conversation_id, owner),
    ):
        raise Overtaken("Somebody took the conversation over at this moment.")
    return conversation_id


def get(tx: Tx, conversation_id: str) -> Row:
    """The conversation with this id. Raises LookupError when there is none."""
    row = tx.one("SELECT * FROM conversations WHERE id = ?", (conversation_id,))
    if row is None:
        raise LookupError(f"no conversation has the id {conversation_id}")
    return row


def add_turn(tx: Tx, turn: Turn, now: datetime) -> None:
    tx.run(
        "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            turn.message_id,
            turn.conversation_id,
            turn.reply_id,
            stamp(now),
            turn.language,
            turn.intent,
            turn.score,
            int(turn.sure),
            "\n".join(turn.because),
            " ".join(turn.answers),
            _ENCODER.encode(turn.events) if turn.events else "",
        ),
    )


def ask_agent(tx: Tx, conversation_id: str, topic: str, now: datetime, *, urgent: bool) -> None:
    """Put the conversation among those that wait for a person; it keeps its place and urgency."""
    tx.run(
        """UPDATE conversations SET waiting_since = COALESCE(waiting_since, ?), topic = ?,
               urgent = CASE WHEN urgent > ? THEN urgent ELSE ? END WHERE id = ?""",
        (stamp(now), topic, int(urgent), int(urgent), conversation_id),
    )


def leave_queue(tx: Tx, conversation_id: str) -> bool:
    """The sender waits no more; True when they did. An urgent one stays, and one with an agent."""
    return bool(
        tx.run(
            """UPDATE conversations SET waiting_since = NULL, topic = ''
               WHERE id = ? AND owner = 'bot' AND urgent = 0 AND waiting_since IS NOT NULL""",
            (conversation_id,),
        )
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
    """Waiting ones (urgent and longest first); with an agent, all, or closed (latest first)."""
    where, order = {
        "waiting": ("waiting_since IS NOT NULL", "urgent DESC, waiting_since"),
        "agent": ("owner = 'agent'", "last_in_at DESC"),
        "all": ("1 = 1", "COALESCE(last_in_at, made_at) DESC"),
        "closed": ("closed_at >= COALESCE(last_in_at, '')", "closed_at DESC"),
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
                  m.error_code, m.provider, m.segments, t.language AS heard_language,
                  t.intent, t.score, t.sure, t.because, t.answers, t.events
           FROM messages m LEFT JOIN turns t ON t.message_id = m.id
           WHERE m.peer = ? ORDER BY m.made_at DESC, m.id DESC LIMIT ?""",
        (phone, limit),
    )
    return rows[::-1]


def take_over(tx: Tx, conversation: Row, agent: str, now: datetime) -> bool:
    """The agent answers: the conversation is theirs, unless another agent has it, and whoever
    waited waits no more, which is measured. True when this agent has it now."""
    if conversation["owner"] == "agent" and conversation["agent"] != agent:
        return False
    if conversation["waiting_since"]:
        tx.run(
            "INSERT INTO conversation_waits VALUES (?, ?, ?, ?, ?, ?)",
            (
                new_id(), conversation["id"], agent, conversation["urgent"],
                conversation["waiting_since"], stamp(now),
            ),
        )  # fmt: skip
    assign(tx, conversation["id"], agent, now)
    tx.run("UPDATE conversations SET waiting_since = NULL WHERE id = ?", (conversation["id"],))
    return True


def assign(tx: Tx, conversation_id: str, agent: str, now: datetime) -> None:
    """From now on the agent has it, whoever had it before. Who waits waits on."""
    tx.run(
        """UPDATE conversations SET owner = 'agent', agent = ?, agent_at = ?, closed_at = NULL
           WHERE id = ?""",
        (agent, stamp(now), conversation_id),
    )


def silent(tx: Tx, before: datetime, limit: int) -> list[Row]:
    """Conversations with agents in which nobody said a word since, and nobody waits for one."""
    return tx.all(
        """SELECT * FROM conversations
           WHERE owner = 'agent' AND waiting_since IS NULL AND COALESCE(agent_at, '') < ?
             AND COALESCE(last_in_at, '') < ? ORDER BY id LIMIT ?""",
        (stamp(before), stamp(before), limit),
    )


def language_of_texts(tx: Tx, phone: str) -> str:
    """In which language the phone wrote last; '' when it never did."""
    row = tx.one(
        """SELECT t.language FROM messages m JOIN turns t ON t.message_id = m.id
           WHERE m.peer = ? AND m.direction = 'in' ORDER BY m.made_at DESC, m.id DESC LIMIT 1""",
        (phone,),
    )
    return "" if row is None else str(row["language"])


def last_text(tx: Tx, phone: str) -> str:
    """The id of the latest text from this phone; '' for none."""
    row = tx.one(
        """SELECT id FROM messages WHERE peer = ? AND direction = 'in'
           ORDER BY made_at DESC, id DESC LIMIT 1""",
        (phone,),
    )
    return "" if row is None else str(row["id"])


def answered_since(tx: Tx, conversation: Row, seen: str, agent: str) -> Row | None:
    """What another agent said in it after the message `seen`, the latest first."""
    return tx.one(
        """SELECT made_by, body FROM messages
           WHERE peer = ? AND kind = 'agent' AND id > ? AND made_by <> ?
           ORDER BY made_at DESC, id DESC LIMIT 1""",
        (conversation["phone"], seen, agent),
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
                   topic = '', state = '', agent_at = NULL
               WHERE id = ? AND (owner = 'agent' OR waiting_since IS NOT NULL)""",
            (conversation_id,),
        )
    )


def close(tx: Tx, conversation_id: str, agent: str, now: datetime) -> None:
    """Done with, and the bot answers again; what the customer writes later opens it anew."""
    return_to_bot(tx, conversation_id)
    tx.run(
        "UPDATE conversations SET closed_at = ?, closed_by = ? WHERE id = ?",
        (stamp(now), agent, conversation_id),
    )


def is_closed(row: Row) -> bool:
    return row["closed_at"] is not None and row["closed_at"] >= (row["last_in_at"] or "")


def add_note(tx: Tx, conversation_id: str, agent: str, text: str, now: datetime) -> str:
    """What an agent writes to colleagues; no customer sees it."""
    note_id = new_id()
    tx.run(
        "INSERT INTO conversation_notes VALUES (?, ?, ?, ?, ?)",
        (note_id, conversation_id, agent, text, stamp(now)),
    )
    return note_id


def latest_waits(tx: Tx, since: datetime, limit: int) -> list[Row]:
    """The latest waits that ended since then, without urgent ones, the last first."""
    return tx.all(
        """SELECT since, answered_at FROM conversation_waits
           WHERE answered_at >= ? AND urgent = 0 ORDER BY answered_at DESC LIMIT ?""",
        (stamp(since), limit),
    )


def waits_since(tx: Tx, since: datetime) -> list[Row]:
    """Waits that ended since then (`urgent`, `since`, `answered_at`, `agent`), in order."""
    return tx.all(
        """SELECT urgent, since, answered_at, agent FROM conversation_waits
           WHERE answered_at >= ? ORDER BY answered_at""",
        (stamp(since),),
    )
