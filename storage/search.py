"""Full-text search over conversations: who they are with, and every text in them.

A document is made anew after texts came in, by a job and before each search: the path of a text
does nothing for it. The end of a word may be left out, and so may the marks of its letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.database import Tx, new_id, set_switch, switch
from storage.lists import spell
from storage.search_words import excerpt, words
from storage.writer import SQLiteTx

UP_TO = "search_up_to"  # the switch with the id of the last turn that was looked at
# Ids are made before their transaction is committed, so a later one may be seen first.
_OVERLAP = timedelta(seconds=15)
_WORD = re.compile(r"\w+")
OPENS, CLOSES = "\x02", "\x03"  # around the words that were found, in `excerpt`
_LONGEST = 12  # words of a question


def make_stale(tx: Tx, conversation_id: str) -> None:
    """Something was said that no turn tells of: the document is made anew."""
    tx.run("UPDATE search_documents SET up_to = '' WHERE conversation_id = ?", (conversation_id,))


def stale(tx: Tx, limit: int = 5000) -> tuple[list[str], str]:
    """(conversations whose documents must be made anew, the last turn that was looked at)."""
    known = switch(tx, UP_TO)
    rows = tx.all(_TURNS, (_back(known), limit))
    if len(rows) == limit and rows[-1]["message_id"] <= known:
        rows = tx.all(_TURNS, (known, limit))  # more came in the overlap than is read at once
    new = [r["conversation_id"] for r in rows if (r["up_to"] or "") < r["message_id"]]
    old = tx.all("SELECT conversation_id FROM search_documents WHERE up_to = '' LIMIT ?", (limit,))
    # Each at the place of its last text: who wrote last gets the latest document.
    latest_first = dict.fromkeys([*new, *(row["conversation_id"] for row in old)][::-1])
    return [str(key) for key in latest_first][::-1], str(rows[-1]["message_id"]) if rows else ""


_TURNS = """
SELECT t.message_id, t.conversation_id, d.up_to FROM turns t
LEFT JOIN search_documents d ON d.conversation_id = t.conversation_id
WHERE t.message_id > ? ORDER BY t.message_id LIMIT ?
"""


def _back(message_id: str) -> str:
    """An id (UUIDv7: it begins with its milliseconds) from a little earlier."""
    if not message_id:
        return ""
    earlier = int(message_id.replace("-", "")[:12], 16) - int(_OVERLAP.total_seconds() * 1000)
    digits = f"{max(earlier, 0):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def rebuild(tx: Tx, conversation_ids: Sequence[str], up_to: str, now: datetime) -> int:
    """Make these documents anew; how many."""
    for conversation_id in conversation_ids:
        _rebuild(tx, conversation_id)
    if up_to and up_to > switch(tx, UP_TO):
        set_switch(tx, UP_TO, up_to, by="search", now=now)
    return len(conversation_ids)


_TEXTS = """
SELECT m.body, t.message_id FROM messages m LEFT JOIN turns t ON t.message_id = m.id
WHERE m.peer = ? AND m.channel = 'sms' AND m.body IS NOT NULL
  AND (m.direction = 'in' OR m.kind = 'agent')
ORDER BY m.made_at DESC, m.id DESC LIMIT 200
"""
_PEOPLE = """
SELECT k.customer_number, k.name, p.address, p.town, p.eic
FROM contacts c JOIN customers k ON k.customer_number = c.customer_number
LEFT JOIN premises p ON p.customer_number = k.customer_number
WHERE c.kind = 'mobile' AND c.value = ? ORDER BY p.address LIMIT 50
"""


def _rebuild(tx: Tx, conversation_id: str) -> None:
    talk = tx.one("SELECT phone FROM conversations WHERE id = ?", (conversation_id,))
    if talk is None:
        return
    phone = str(talk["phone"])
    rows = tx.all(_TEXTS, (phone,))
    texts = "\n".join(str(row["body"]) for row in rows)
    up_to = max((str(row["message_id"] or "") for row in rows), default="")
    reports = tx.all("SELECT address, town FROM fault_reports WHERE phone = ?", (phone,))
    told = [phone, phone.removeprefix("+371")]
    told += [str(row[name] or "") for row in tx.all(_PEOPLE, (phone,)) for name in row.keys()]  # noqa: SIM118 - a row iterates its values
    told += [f"{row['address']} {row['town']}" for row in reports]
    forget(tx, conversation_id)
    # A number above all others: documents found are ordered by it, whoever wrote last first.
    row = tx.one(
        "INSERT INTO search_documents (conversation_id, up_to) VALUES (?, ?) RETURNING id",
        (conversation_id, up_to or new_id()),
    )
    assert row is not None
    _put_words(tx, row["id"], " ".join(dict.fromkeys(told)), texts)


def _put_words(tx: Tx, document_id: int, people: str, texts: str) -> None:
    if tx.engine == "sqlite":
        tx.run(
            "INSERT INTO search_words (rowid, people, texts) VALUES (?, ?, ?)",
            (document_id, people, texts),
        )
        return
    tx.run(
        "INSERT INTO search_words (rowid, people, texts, words)"
        " VALUES (?, ?, ?, array_to_tsvector(string_to_array(?, ' ')))",
        (document_id, people, texts, " ".join(words(f"{people} {texts}"))),
    )


def forget(tx: Tx, conversation_id: str) -> None:
    """The document of a conversation goes, with its words."""
    tx.run(
        """DELETE FROM search_words WHERE rowid IN
           (SELECT id FROM search_documents WHERE conversation_id = ?)""",
        (conversation_id,),
    )
    tx.run("DELETE FROM search_documents WHERE conversation_id = ?", (conversation_id,))


def question(text: str) -> str:
    """What a person typed, as the engine is asked: every word must be there, or begin so.

    >>> question('Kaln "iela')
    '"Kaln"* "iela"*'
    """
    return " ".join(f'"{word}"*' for word in _WORD.findall(text)[:_LONGEST])


def find(tx: Tx, text: str, limit: int) -> dict[str, str]:
    """Conversations in which every word of `text` is found, those that wrote last first, each
    with an excerpt of its texts (`OPENS` and `CLOSES` stand around what was found)."""
    asked = question(text)
    if not asked:
        return {}
    if tx.engine != "sqlite":
        return _find_by_words(tx, words(text)[:_LONGEST], limit)
    sql = """
    SELECT d.conversation_id, snippet(search_words, 1, :opens, :closes, '…', 14) AS excerpt
    FROM search_words w JOIN search_documents d ON d.id = w.rowid
    WHERE search_words MATCH :asked ORDER BY w.rowid DESC LIMIT :limit
    """
    rows = tx.all(*spell(sql, asked=asked, limit=limit, opens=OPENS, closes=CLOSES))
    return {str(row["conversation_id"]): str(row["excerpt"]) for row in rows}


def _find_by_words(tx: Tx, begins: list[str], limit: int) -> dict[str, str]:
    if not begins:
        return {}
    rows = tx.all(
        """SELECT d.conversation_id, w.texts
           FROM search_words w JOIN search_documents d ON d.id = w.rowid
           WHERE w.words @@ CAST(? AS tsquery) ORDER BY w.rowid DESC LIMIT ?""",
        (" & ".join(f"'{word}':*" for word in begins), limit),
    )
    return {
        str(row["conversation_id"]): excerpt(str(row["texts"]), begins, (OPENS, CLOSES), 14)
        for row in rows
    }


def is_behind(tx: Tx) -> bool:
    """Whether any text is not searched yet. Cheap: two look-ups."""
    last = tx.one("SELECT max(message_id) AS id FROM turns")
    behind = last is not None and (last["id"] or "") > switch(tx, UP_TO)
    return behind or tx.one("SELECT 1 FROM search_documents WHERE up_to = '' LIMIT 1") is not None


def squeeze(tx: Tx) -> bool:
    """Let go of a piece of the words that were deleted from the index; False when none is left."""
    return isinstance(tx, SQLiteTx) and tx.join_segments("search_words")
