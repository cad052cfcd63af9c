"""What measurements do to a database of their own: results of a provider, and floors to compare."""

from __future__ import annotations

from datetime import datetime

from storage.database import Tx, stamp


def mark_sent(tx: Tx, now: datetime) -> int:
    """As if the carrier had taken every message that waits; how many."""
    return tx.run(
        "UPDATE messages SET status = 'sent', sent_at = ? WHERE status = 'queued'", [stamp(now)]
    )


_BARE = """
INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
                      topic_id, language, status, due_at, valid_until, made_at)
SELECT new_id(), 'out', 'sms', n.kind, 'alert', c.value, n.customer_number, n.campaign_id, 'bare',
       c.language, 'withdrawn', n.made_at, n.made_at, n.made_at
FROM notices n JOIN contacts c ON c.customer_number = n.customer_number AND c.kind = 'mobile'
WHERE n.campaign_id = ?
"""


def insert_bare(tx: Tx, campaign_id: str) -> int:
    """One message for each notice of a campaign, with no rule applied; how many. The floor."""
    return tx.run(_BARE, [campaign_id])
