"""What was approved, queued, sent and received of the notices of some works, by campaign."""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import Row, Tx
from storage.lists import spell

_CAMPAIGNS = """
SELECT c.id, c.kind, c.made_by, c.made_at, c.approved_by, c.approved_at, c.deadline_at,
       c.late_reason
FROM campaigns c
WHERE c.id IN (SELECT n.campaign_id FROM notices n WHERE n.outage_id IN ({ids}))
ORDER BY c.made_at, c.id
"""
_COUNTED = """
SELECT n.campaign_id, m.channel, m.status, count(DISTINCT m.id) AS messages,
       min(m.made_at) AS first_queued_at, max(m.made_at) AS last_queued_at,
       min(m.sent_at) AS first_sent_at, max(m.sent_at) AS last_sent_at,
       max(m.done_at) AS last_receipt_at
FROM notices n
JOIN notice_messages l ON l.notice_id = n.id
JOIN messages m ON m.id = l.message_id
WHERE n.outage_id IN ({ids})
GROUP BY n.campaign_id, m.channel, m.status
ORDER BY n.campaign_id, m.channel, m.status
"""


def campaigns_of(tx: Tx, outage_ids: Sequence[str]) -> list[Row]:
    """The campaigns that told of these works: who made and approved each, when, by when it had to
    be sent and why it was late."""
    return tx.all(*spell(_CAMPAIGNS, ids=list(outage_ids))) if outage_ids else []


def counted(tx: Tx, outage_ids: Sequence[str]) -> list[Row]:
    """Their messages by campaign, channel and status, with the first and last moments of each."""
    return tx.all(*spell(_COUNTED, ids=list(outage_ids))) if outage_ids else []
