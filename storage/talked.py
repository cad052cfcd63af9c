"""Figures about what customers wrote and who answered: by hour, by meaning, waits. Reads only.

Turns lie in the order of their ids, and an id begins with its moment (UUIDv7): so each time span is
one range of the table, without an index that every text would pay for.
"""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, stamp

# As conversations.add_turn writes events; what a customer wrote cannot look so inside of JSON.
HAND_OFF = '%{"event": "HandOff"%'
# Nothing of ours went back: an agent has the conversation.
_PERSON = "(events LIKE :hand_off OR (reply_id IS NULL AND answers = ''))"
# The answers to a text that was not understood. `handoff.offer`: to give it to a person.
_LOST = """(t.answers LIKE '%small.unclear%' OR t.answers LIKE '%small.ask_meaning%'
    OR t.answers LIKE '%small.again%' OR t.answers LIKE '%small.other_meaning%'
    OR t.answers LIKE '%handoff.offer%' OR t.events LIKE :hand_off)"""


def _ids(first: datetime, before: datetime) -> dict[str, str]:
    """The ids that begin and end a time."""
    return {"first": _id_at(first), "before": _id_at(before), "hand_off": HAND_OFF}


def _id_at(at: datetime) -> str:
    """What sorts just before every id made from this moment on."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


_BY_HOUR = """
SELECT substr(at, 1, 13) AS hour, intent, language, count(*) AS texts,
       sum(CASE WHEN sure = 0 THEN 1 ELSE 0 END) AS unsure,
       sum(CASE WHEN events LIKE :hand_off THEN 1 ELSE 0 END) AS handed,
       sum(CASE WHEN reply_id IS NULL AND answers = '' THEN 1 ELSE 0 END) AS to_agent
FROM turns WHERE message_id >= :first AND message_id < :before
GROUP BY substr(at, 1, 13), intent, language
"""
_TALKS = """
SELECT count(*) AS talks, COALESCE(sum(person), 0) AS with_person FROM (
    SELECT max(CASE WHEN {_PERSON} THEN 1 ELSE 0 END) AS person
    FROM turns WHERE message_id >= :first AND message_id < :before
    GROUP BY conversation_id) AS talked
""".replace("{_PERSON}", _PERSON)


def by_hour(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Texts of this time by `hour` ('2026-12-01T10', UTC), `intent` and `language`: how many
    `texts`, of them `unsure`, `handed` to a person, written `to_agent` who had the conversation."""
    return tx.all(_BY_HOUR, _ids(first, before))


def talks(tx: Tx, first: datetime, before: datetime) -> tuple[int, int]:
    """How many customers wrote in this time, and for how many of them a person was called in."""
    row = tx.one(_TALKS, _ids(first, before))
    return (int(row["talks"]), int(row["with_person"])) if row else (0, 0)


_UNCLEAR = """
SELECT t.message_id, t.at, t.language, t.intent, t.score, t.because, t.answers, m.body, m.peer,
       c.id AS candidate, c.intent AS meant,
       CASE WHEN t.events LIKE :hand_off OR t.answers LIKE '%handoff.offer%' THEN 'handed'
            WHEN t.answers LIKE '%small.ask_meaning%' THEN 'asked' ELSE 'lost' END AS outcome
FROM turns t
JOIN messages m ON m.id = t.message_id
LEFT JOIN candidates c ON c.message_id = t.message_id
WHERE t.message_id >= :first AND t.message_id < :before AND t.sure = 0
  AND t.intent NOT IN ('yes', 'no', 'choice') AND {_LOST} AND m.body IS NOT NULL
ORDER BY t.message_id DESC LIMIT :limit
""".replace("{_LOST}", _LOST)


def unclear(tx: Tx, first: datetime, before: datetime, *, limit: int) -> list[Row]:
    """Texts that were not understood, the latest first: columns of the turn, `body`, `peer`,
    `outcome` (asked: did you mean; handed: a person was offered or called; lost: neither), and
    `candidate` with what it `meant` when somebody said so already."""
    return tx.all(_UNCLEAR, {**_ids(first, before), "limit": limit})


def text_of(tx: Tx, message_id: str) -> Row | None:
    """A text that came in, with what it was understood as: `peer`, `body`, `language`, `intent`."""
    return tx.one(
        """SELECT m.peer, m.body, t.language, t.intent FROM turns t
           JOIN messages m ON m.id = t.message_id WHERE t.message_id = ? AND m.body IS NOT NULL""",
        (message_id,),
    )


_HANDED = """
SELECT t.at, c.phone, t.events LIKE '%"urgent": true%' AS urgent
FROM turns t JOIN conversations c ON c.id = t.conversation_id
WHERE t.message_id >= :first AND t.message_id < :before AND t.events LIKE :hand_off
ORDER BY t.message_id LIMIT :limit
"""
_FIRST_WORD = """
SELECT min(made_at) AS at FROM messages
WHERE peer = :phone AND made_at >= :since AND made_at < :until AND kind = 'agent'
"""


def handed(tx: Tx, first: datetime, before: datetime, *, limit: int) -> list[Row]:
    """Texts by which a conversation came to a person: `at`, `phone`, `urgent`; in their order."""
    return tx.all(_HANDED, {**_ids(first, before), "limit": limit})


_WAITS = """
SELECT urgent, since, answered_at FROM conversation_waits
WHERE answered_at >= :first AND answered_at < :until AND since >= :first AND since < :before
ORDER BY since LIMIT :limit
"""


def waits(
    tx: Tx, first: datetime, before: datetime, *, until: datetime, limit: int
) -> list[Row]:  # fmt: skip
    """Waits that began in this time and that an agent's answer ended before `until`: `urgent`,
    `since`, `answered_at`."""
    span = {"first": stamp(first), "before": stamp(before), "until": stamp(until)}
    return tx.all(_WAITS, {**span, "limit": limit})


def agent_word(tx: Tx, phone: str, since: datetime, until: datetime) -> str | None:
    """When an agent first wrote to this phone after a moment; None for never before `until`."""
    row = tx.one(_FIRST_WORD, {"phone": phone, "since": stamp(since), "until": stamp(until)})
    return None if row is None or row["at"] is None else str(row["at"])


_ANSWERS = """
SELECT count(*) AS messages, COALESCE(sum(m.segments), 0) AS segments
FROM turns t JOIN messages m ON m.id = t.reply_id
WHERE t.message_id >= :first AND t.message_id < :before
"""
_AGENTS = """
SELECT count(*) AS messages, COALESCE(sum(segments), 0) AS segments FROM messages
WHERE kind = 'agent' AND made_at >= :first AND made_at < :before
  AND status IN ('accepted', 'sent', 'delivered', 'failed')
"""
_ALERTS = """
SELECT kind, channel, count(*) AS messages, sum(segments) AS segments,
       sum(cost_cents) AS cost_cents,
       sum(CASE WHEN cost_cents = 0 THEN segments ELSE 0 END) AS unpriced
FROM messages
WHERE lane = 'alert' AND sent_at >= :first AND sent_at < :before
GROUP BY kind, channel
"""


def answers(tx: Tx, first: datetime, before: datetime) -> tuple[int, int]:
    """The bot's answers to texts of this time: messages and segments."""
    values = {key: value for key, value in _ids(first, before).items() if key != "hand_off"}
    row = tx.one(_ANSWERS, values)
    return (int(row["messages"]), int(row["segments"])) if row else (0, 0)


def agents(tx: Tx, first: datetime, before: datetime) -> tuple[int, int]:
    """What agents wrote in this time: messages and segments that went out."""
    row = tx.one(_AGENTS, {"first": stamp(first), "before": stamp(before)})
    return (int(row["messages"]), int(row["segments"])) if row else (0, 0)


def alerts(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Alerts sent in this time by `kind` and `channel`: `messages`, `segments`, `cost_cents` as
    recorded, and the segments of those whose price was not (`unpriced`)."""
    return tx.all(_ALERTS, {"first": stamp(first), "before": stamp(before)})
