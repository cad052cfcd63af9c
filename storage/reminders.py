"""Reminders of works whose campaign was taken back: they go into the draft that takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Tx, stamp
from storage.lists import spell

_REMIND_AGAIN = """
INSERT INTO notices (id, campaign_id, outage_id, revision, kind, customer_number, eic, phone,
                     state, due_at, made_at)
SELECT new_id(), :campaign_id, o.id, o.revision, 'reminder', n.customer_number, n.eic, '',
       'draft', n.due_at, :now
FROM notices n
JOIN outages o ON o.id = n.outage_id AND o.state = 'scheduled'
JOIN outage_revisions r ON r.outage_id = o.id AND r.revision = n.revision
JOIN outage_premises op ON op.outage_id = o.id AND op.eic = n.eic AND op.until_revision IS NULL
WHERE n.campaign_id IN ({taken_from}) AND n.kind = 'reminder' AND n.state = 'withdrawn'
  AND o.id IN ({ids}) AND n.due_at > :now
  AND r.starts_at = o.starts_at AND COALESCE(r.ends_at, '') = COALESCE(o.ends_at, '')
  AND EXISTS (SELECT 1 FROM notices f
              WHERE f.customer_number = n.customer_number AND f.eic = n.eic AND f.phone = n.phone
                AND f.outage_id = o.id AND f.kind IN ('planned_notice', 'moved')
                AND f.state IN ('approved', 'queued'))
  AND NOT EXISTS (SELECT 1 FROM notices f
                  WHERE f.customer_number = n.customer_number AND f.eic = n.eic
                    AND f.phone = n.phone AND f.outage_id = o.id AND f.kind = 'reminder'
                    AND f.state IN ('draft', 'approved', 'queued'))
ON CONFLICT (customer_number, eic, phone, outage_id, revision, kind) DO NOTHING
"""


def remind_again(
    tx: Tx, campaign_id: str, outage_ids: Sequence[str], taken_from: Sequence[str], *, now: datetime
) -> int:
    """Put the reminders that campaigns took back, of works told or about to be, into a draft."""
    lists = {"ids": list(outage_ids), "taken_from": list(taken_from)}
    values = {"campaign_id": campaign_id, "now": stamp(now)}
    return tx.run(*spell(_REMIND_AGAIN, **lists, **values))
