"""Drafts looked at before their approval: announcements, corrections, letters that are late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.database import Row, Tx
from storage.lists import spell


def add_texts(tx: Tx, campaign_id: str, texts: Mapping[str, str], makers: str, logins: str) -> bool:
    """Give a draft texts in languages that it lacks; False when it is no draft any more.

    `makers` and `logins`: all who wrote it now, by name and by login.
    """
    sql = "UPDATE campaigns SET made_by = ?, made_login = ? WHERE id = ? AND state = 'draft'"
    if not tx.run(sql, [makers, logins, campaign_id]):
        return False
    tx.many(
        "INSERT INTO campaign_texts (campaign_id, language, text) VALUES (?, ?, ?)"
        " ON CONFLICT (campaign_id, language) DO NOTHING",
        [(campaign_id, language, text) for language, text in texts.items()],
    )
    return True


def move_letters(tx: Tx, notice_ids: Sequence[str], campaign_id: str, other_id: str) -> int:
    """Draft notices that go by letter leave a campaign for another one; how many."""
    sql = """
    UPDATE notices SET campaign_id = :other_id, by_letter = 1
    WHERE campaign_id = :campaign_id AND state = 'draft' AND id IN ({ids})
    """
    values = {"ids": list(notice_ids), "campaign_id": campaign_id, "other_id": other_id}
    return tx.run(*spell(sql, **values))


def corrections_of(tx: Tx, campaign_id: str) -> list[Row]:
    """The corrections of a campaign that hold: approved ones first, then drafts."""
    sql = """
    SELECT id, state, approved_at FROM campaigns
    WHERE corrects_id = ? AND (approved_at IS NOT NULL OR state = 'draft')
    ORDER BY CASE WHEN approved_at IS NULL THEN 1 ELSE 0 END, id
    """
    return tx.all(sql, [campaign_id])


def other_corrections(tx: Tx, row: Row) -> list[Row]:
    """The other corrections of what a correction corrects, the first made first; without those
    that were stopped before anybody approved them."""
    sql = """
    SELECT id, state, made_by, approved_at FROM campaigns
    WHERE corrects_id = ? AND id <> ? AND (approved_at IS NOT NULL OR state = 'draft')
    ORDER BY id
    """
    return tx.all(sql, [row["corrects_id"], row["id"]]) if row["corrects_id"] else []
