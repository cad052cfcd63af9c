"""Ready answers of the distributor's own: a row each, in three languages."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, stamp


def every(tx: Tx) -> list[Row]:
    """All of them, by topic and name."""
    return tx.all("SELECT * FROM ready_answers ORDER BY topic, name")


def get(tx: Tx, name: str) -> Row | None:
    return tx.one("SELECT * FROM ready_answers WHERE name = ?", (name,))


def put(tx: Tx, name: str, topic: str, texts: dict[str, str], *, by: str, now: datetime) -> None:
    """A new one, or the words of one that is there."""
    tx.run(
        """INSERT INTO ready_answers VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET topic = excluded.topic, lv = excluded.lv,
               ru = excluded.ru, en = excluded.en, made_by = excluded.made_by,
               updated_at = excluded.updated_at""",
        (name, topic, texts["lv"], texts["ru"], texts["en"], by, stamp(now)),
    )


def drop(tx: Tx, name: str) -> bool:
    return bool(tx.run("DELETE FROM ready_answers WHERE name = ?", (name,)))
