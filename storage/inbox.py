"""What the inbox lists: which conversations, whose they are, and what was said last. Reads only.

Asked for by every open console every few seconds, and looked up once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell

LISTS = ("waiting", "mine", "all", "closed")
COLUMNS = (
    "id", "phone", "owner", "agent", "language", "topic", "urgent", "waiting_since", "last_in_at",
    "agent_at", "closed_at",
)  # fmt: skip
# `told` is all of them in one value, which is cheap to compare.
_TOLD = " || '|' || ".join(f"COALESCE(CAST({name} AS TEXT), '')" for name in COLUMNS)
_COLUMNS = f"{', '.join(COLUMNS)}, {_TOLD} AS told"
_LISTED = {
    "waiting": """SELECT {columns} FROM conversations WHERE waiting_since IS NOT NULL
        ORDER BY urgent DESC, waiting_since LIMIT :limit""",
    "mine": """SELECT {columns} FROM conversations WHERE owner = 'agent' AND agent = :agent
        ORDER BY waiting_since IS NULL, urgent DESC, waiting_since, last_in_at DESC LIMIT :limit""",
}
_PICKED = "SELECT {columns} FROM conversations WHERE id IN ({ids})"


def listed(tx: Tx, which: str, agent: str, limit: int) -> list[Row]:
    """Those of "waiting" or "mine" in their order: COLUMNS of `conversations`, `told`."""
    sql = _LISTED[which].replace("{columns}", _COLUMNS)
    return tx.all(*spell(sql, agent=agent, limit=limit))


def picked(tx: Tx, ids: Sequence[str]) -> list[Row]:
    """These conversations (at most a few hundred), in no order."""
    if not ids:
        return []
    return tx.all(*spell(_PICKED.replace("{columns}", _COLUMNS), ids=list(ids)))


# The latest turns lead to the latest conversations: an index over `last_in_at` would be written
# with every text that comes in. So many are looked through in the order of the list, and what fits
# is a page.
_BACK = {
    "all": """WITH looked AS (SELECT message_id AS place, conversation_id, at FROM turns
            WHERE message_id < :before ORDER BY message_id DESC LIMIT :through)
        SELECT {columns}, place FROM looked
        CROSS JOIN conversations c ON c.id = conversation_id AND c.last_in_at <= looked.at
        WHERE {fits} ORDER BY place DESC LIMIT :limit""",
    "closed": """WITH looked AS (SELECT closed_at AS place, id AS closed_id FROM conversations
            WHERE closed_at < :before ORDER BY closed_at DESC LIMIT :through)
        SELECT {columns}, place FROM looked CROSS JOIN conversations c ON c.id = closed_id
        WHERE closed_at >= COALESCE(last_in_at, '') AND {fits} ORDER BY place DESC LIMIT :limit""",
}
_END = {
    "all": """SELECT message_id AS place FROM turns WHERE message_id < ?
        ORDER BY message_id DESC LIMIT 1 OFFSET ?""",
    "closed": """SELECT closed_at AS place FROM conversations WHERE closed_at < ?
        ORDER BY closed_at DESC LIMIT 1 OFFSET ?""",
}
_AT = "{of}.town = COALESCE(:town, {of}.town) AND instr(lower({of}.transformer), :transformer) > 0"
_FITS = {
    "topic": "c.topic = :topic",
    "language": """COALESCE(NULLIF(c.language, ''),
        (SELECT k.language FROM contacts k WHERE k.kind = 'mobile' AND k.value = c.phone
         ORDER BY k.id LIMIT 1),
        (SELECT t.language FROM messages m JOIN turns t ON t.message_id = m.id
         WHERE m.peer = c.phone AND m.channel = 'sms' AND m.direction = 'in'
         ORDER BY m.made_at DESC LIMIT 1)) = :language""",
    "place": f"""(EXISTS (SELECT 1 FROM contacts k
            JOIN premises p ON p.customer_number = k.customer_number
            WHERE k.kind = 'mobile' AND k.value = c.phone AND {_AT.format(of="p")})
        OR EXISTS (SELECT 1 FROM fault_reports f WHERE f.state = 'open' AND f.phone = c.phone
            AND {_AT.format(of="f")}))""",  # noqa: S608 - constants
}
LAST = "~"  # sorts after every id and moment


def back(
    tx: Tx, which: str, before: str, *, town: str = "", transformer: str = "", language: str = "",
    topic: str | None = None, limit: int, through: int,
) -> tuple[list[Row], str]:  # fmt: skip
    """Conversations of "all" or "closed" behind the place `before` (LAST: from the beginning) that
    fit, and the place to go on from: '' at the end. At most `through` are looked through.

    `transformer` is a part of its name, in any case.
    """
    given = {"topic": topic is not None, "language": language, "place": town or transformer}
    fits = " AND ".join([_FITS[name] for name, is_so in given.items() if is_so] or ["1 = 1"])
    columns = _COLUMNS.replace("id,", "c.id,", 1)
    sql = _BACK[which].replace("{columns}", columns).replace("{fits}", fits)
    found = tx.all(*spell(
        sql, before=before, town=town or None, transformer=transformer.lower(), topic=topic,
        language=language, limit=limit, through=through,
    ))  # fmt: skip
    rows = list({row["id"]: row for row in found}.values())
    if len(found) == limit:
        return rows, str(found[-1]["place"])
    end = tx.one(_END[which], (before, through - 1))
    return rows, "" if end is None else str(end["place"])


# One row for each premises of the customers of a phone; the page shows the first.
_PEOPLE = """
SELECT c.value AS phone, k.name, c.language, p.address, p.town, p.transformer, p.life_support
FROM contacts c JOIN customers k ON k.customer_number = c.customer_number
LEFT JOIN premises p ON p.customer_number = k.customer_number
WHERE c.kind = 'mobile' AND c.value IN ({phones})
ORDER BY c.id, p.address
"""
_REPORTED = """
SELECT phone, address, town, transformer, danger FROM fault_reports
WHERE state = 'open' AND phone IN ({phones}) ORDER BY danger DESC, made_at DESC
"""
_LAST = """
SELECT m.peer AS phone, m.id, m.direction, m.body, m.made_by, t.language FROM (VALUES {phones}) AS w
JOIN messages m ON m.id = (
    SELECT id FROM messages WHERE peer = w.column1 AND channel = 'sms'
        AND (direction = 'in' OR kind = 'agent') ORDER BY made_at DESC LIMIT 1)
LEFT JOIN turns t ON t.message_id = m.id
"""


# Since somebody waits: the text that made it urgent, not the "yes" that came after it.
_CAUSE = """
SELECT m.peer AS phone, m.id, m.body FROM (VALUES {waiting}) AS w
JOIN messages m ON m.id = (
    SELECT n.id FROM messages n JOIN turns t ON t.message_id = n.id
    WHERE n.peer = w.column1 AND n.channel = 'sms' AND n.direction = 'in'
        AND n.made_at >= w.column2 AND instr(t.events, w.column3) > 0
    ORDER BY n.made_at LIMIT 1)
"""


def people(tx: Tx, phones: Sequence[str]) -> list[Row]:
    """Who has these phones, a row for each of their premises."""
    return tx.all(*spell(_PEOPLE, phones=list(phones))) if phones else []


def reported(tx: Tx, phones: Sequence[str]) -> list[Row]:
    """Open fault reports of these phones, dangers first."""
    return tx.all(*spell(_REPORTED, phones=list(phones))) if phones else []


def last_words(tx: Tx, phones: Sequence[str]) -> list[Row]:
    """What was said last on each of these phones, by the customer or an agent."""
    return tx.all(*spell(_LAST, phones=[(phone,) for phone in phones])) if phones else []


def causes(tx: Tx, waiting: Sequence[tuple[str, str]], topic: str) -> list[Row]:
    """The text (`phone`, `id`, `body`) for which each of these phones waits, by (phone, since),
    handed over for this topic."""
    if not waiting:
        return []
    mark = f'"topic": "{topic}"'
    return tx.all(*spell(_CAUSE, waiting=[(*each, mark) for each in waiting]))


# --- what each agent has read -----------------------------------------------------------------


def reads(tx: Tx, agent: str, ids: Sequence[str]) -> dict[str, str]:
    """How far the agent has read these conversations: the id of a message for each."""
    if not ids:
        return {}
    sql = """SELECT conversation_id, message_id FROM conversation_reads
             WHERE agent = :agent AND conversation_id IN ({ids})"""
    rows = tx.all(*spell(sql, agent=agent, ids=list(ids)))
    return {str(row["conversation_id"]): str(row["message_id"]) for row in rows}


def mark_read(tx: Tx, agent: str, conversation_id: str, message_id: str) -> None:
    tx.run(
        """INSERT INTO conversation_reads VALUES (?, ?, ?)
           ON CONFLICT (agent, conversation_id) DO UPDATE SET message_id = excluded.message_id
           WHERE excluded.message_id > conversation_reads.message_id""",
        (agent, conversation_id, message_id),
    )


# --- counts -----------------------------------------------------------------------------------


def counts(tx: Tx, late: datetime) -> Row:
    """How many wait (`waiting`), of them `urgent` and since before `late` (`late`)."""
    row = tx.one(
        """SELECT count(*) AS waiting, COALESCE(sum(urgent), 0) AS urgent,
                  COALESCE(sum(CASE WHEN waiting_since < ? THEN 1 ELSE 0 END), 0) AS late
           FROM conversations WHERE waiting_since IS NOT NULL""",
        (stamp(late),),
    )
    assert row is not None
    return row


def counts_of_agents(tx: Tx) -> dict[str, int]:
    """How many conversations each agent has, of those who have any."""
    rows = tx.all(
        "SELECT agent, count(*) AS n FROM conversations WHERE owner = 'agent' GROUP BY agent"
    )
    return {str(row["agent"]): int(row["n"]) for row in rows}
