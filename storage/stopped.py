"""Stopped campaigns: what they took back, and which of them nobody has made again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, maybe_moment, stamp
from storage.lists import spell


def outages_taken_back(tx: Tx, campaign_ids: Sequence[str]) -> list[str]:
    """The outages of which the campaigns took notices back, the first to begin first."""
    sql = """
    SELECT o.id FROM outages o WHERE o.id IN (
        SELECT n.outage_id FROM notices n
        WHERE n.campaign_id IN ({ids}) AND n.state = 'withdrawn')
    ORDER BY o.starts_at, o.id
    """
    return [str(row["id"]) for row in tx.all(*spell(sql, ids=list(campaign_ids)))]


def last_stop_of_all(tx: Tx) -> datetime | None:
    """When all sending was last stopped; None when it never was."""
    row = tx.one("SELECT max(at) AS at FROM audit WHERE action = 'all sending stopped'")
    return None if row is None else maybe_moment(row["at"])


# Of one that took nothing back there is nothing to tell; what was made again is told by those.
_STOPPED_SINCE = """
SELECT c.*, (SELECT count(*) FROM (
                 SELECT DISTINCT n.customer_number, n.phone FROM notices n
                 WHERE n.campaign_id = c.id AND n.state = 'withdrawn') AS people) AS taken_back
FROM campaigns c
WHERE c.state = 'stopped' AND c.updated_at >= :since AND c.approved_at IS NOT NULL
  AND c.kind NOT IN ('announcement', 'debt') AND c.corrects_id IS NULL
  AND (c.parent_id IS NULL
       OR NOT EXISTS (SELECT 1 FROM campaigns p WHERE p.id = c.parent_id AND p.state = 'stopped'))
  AND EXISTS (SELECT 1 FROM notices n
              WHERE (n.campaign_id = c.id OR n.campaign_id IN (
                         SELECT child.id FROM campaigns child WHERE child.parent_id = c.id))
                AND n.state = 'withdrawn')
  AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.subject = c.id
                  AND a.action = 'campaign made again' AND a.at >= c.updated_at)
ORDER BY c.id
"""


def stopped_since(tx: Tx, since: datetime) -> list[Row]:
    """Approved campaigns about outages that were stopped since then and not made again, the oldest
    first: columns of the table, and `taken_back` (people who were not told). Reminders go with
    their notices unless these were not stopped."""
    return tx.all(_STOPPED_SINCE, {"since": stamp(since)})
