"""Drafts of announcements and corrections, looked at before their approval."""

from __future__ import annotations

from collections.abc import Mapping

from storage.database import Row, Tx


def add_texts(tx: Tx, campaign_id: str, texts: Mapping[str, str], makers: str) -> bool:
    """Give a draft texts in languages that it lacks; False when it is no draft any more."""
    sql = "UPDATE campaigns SET made_by = ? WHERE id = ? AND state = 'draft'"
    if not tx.run(sql, [makers, campaign_id]):
        return False
    tx.many(
        "INSERT INTO campaign_texts (campaign_id, language, text) VALUES (?, ?, ?)"
        " ON CONFLICT (campaign_id, language) DO NOTHING",
        [(campaign_id, language, text) for language, text in texts.items()],
    )
    return True


def other_corrections(tx: Tx, row: Row) -> list[Row]:
    """The other corrections of what a correction corrects, the first made first; without those
    that were stopped before anybody approved them."""
    sql = """
    SELECT id, state, made_by, approved_at FROM campaigns
    WHERE corrects_id = ? AND id <> ? AND (approved_at IS NOT NULL OR state = 'draft')
    ORDER BY id
    """
    return tx.all(sql, [row["corrects_id"], row["id"]]) if row["corrects_id"] else []
