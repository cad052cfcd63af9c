"""What the page of one conversation shows beside its texts: notes, acts, and whether all is new."""

from __future__ import annotations

from storage.database import Row, Tx


def notes(tx: Tx, conversation_id: str) -> list[Row]:
    """What agents wrote to each other beside this conversation, oldest first."""
    return tx.all(
        "SELECT * FROM conversation_notes WHERE conversation_id = ? ORDER BY id", (conversation_id,)
    )


def acts(tx: Tx, conversation_id: str, limit: int) -> list[Row]:
    """Who did what with this conversation, oldest first; without what was said."""
    rows = tx.all(
        """SELECT id, at, actor, action, detail FROM audit
           WHERE subject = ? AND action NOT IN
               ('conversation.say', 'conversation.note', 'conversation.seen')
           ORDER BY id DESC LIMIT ?""",
        (conversation_id, limit),
    )
    return rows[::-1]


def latest(tx: Tx, phone: str, limit: int) -> list[Row]:
    """(id, status) of the latest messages with this phone: they tell whether any is new."""
    return tx.all(
        "SELECT id, status FROM messages WHERE peer = ? ORDER BY made_at DESC, id DESC LIMIT ?",
        (phone, limit),
    )


def last_act(tx: Tx, conversation_id: str) -> str:
    """The id of the last act or note; '' for none."""
    row = tx.one(
        """SELECT (SELECT max(id) FROM audit WHERE subject = :id
                       AND action <> 'conversation.seen') AS act,
                  (SELECT max(id) FROM conversation_notes WHERE conversation_id = :id) AS note""",
        {"id": conversation_id},
    )
    return "" if row is None else f"{row['act'] or ''}{row['note'] or ''}"


def of_phones(tx: Tx, phones: list[str]) -> dict[str, str]:
    """The ids of the conversations with these phones, by phone."""
    if not phones:
        return {}
    marks = ", ".join("?" * len(phones))
    rows = tx.all(f"SELECT id, phone FROM conversations WHERE phone IN ({marks})", phones)  # noqa: S608
    return {str(row["phone"]): str(row["id"]) for row in rows}


def next_waiting(tx: Tx, conversation_id: str) -> str:
    """Another conversation that waits for its first answer, the most urgent; '' for none."""
    row = tx.one(
        """SELECT id FROM conversations WHERE waiting_since IS NOT NULL AND id <> ?
           AND owner = 'bot' ORDER BY urgent DESC, waiting_since LIMIT 1""",
        (conversation_id,),
    )
    return "" if row is None else str(row["id"])
