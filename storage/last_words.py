"""The last word before a disconnection: only to those whose letter was posted."""

from __future__ import annotations

from datetime import date

from storage.database import Tx

# Of a campaign of last words: its parent is that of the letters.
_UNTRUE = """
UPDATE notices SET state = 'withdrawn'
WHERE campaign_id = :campaign_id AND kind = 'debt_last' AND state = 'approved'
  AND (EXISTS (SELECT 1 FROM debt_days t WHERE t.notice_id = notices.id
               AND t.disconnect_on <= :today)
       OR NOT EXISTS (
           SELECT 1 FROM campaigns c
           CROSS JOIN notices l
           CROSS JOIN notice_messages nm
           CROSS JOIN messages m
           WHERE c.id = notices.campaign_id AND l.campaign_id = c.parent_id
             AND l.customer_number = notices.customer_number AND l.outage_id IS NULL
             AND substr(l.topic_id, 1, 36) = substr(notices.topic_id, 1, 36)
             AND nm.notice_id = l.id AND m.id = nm.message_id AND m.channel = 'letter'
             AND m.status IN ('accepted', 'sent', 'delivered')))
"""


def drop_untrue(tx: Tx, campaign_id: str, today: date) -> int:
    """Withdraw what would remind of a letter that was never posted, or of a day that has come; how
    many notices."""
    return tx.run(_UNTRUE, {"campaign_id": campaign_id, "today": today.isoformat()})
