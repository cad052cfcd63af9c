"""Lists of campaigns as people look at them, and how one fares in detail. The rows: `campaigns`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell

# Only those of one page are counted. A customer with two premises and three phones is one
# recipient; reminders go with their notices.
_LIST = """
WITH picked AS (
    SELECT * FROM campaigns c
    WHERE c.state IN ({states})
      AND (c.parent_id IS NULL OR c.state IN ('canary', 'sending', 'paused'))
      AND c.id < :before AND ({with_empty} = 1 OR EXISTS (SELECT 1 FROM notices n
          WHERE n.campaign_id = c.id AND n.state <> 'withdrawn'))
    ORDER BY c.id DESC LIMIT :limit
)
SELECT c.*,
    (SELECT count(*) FROM (SELECT DISTINCT n.customer_number, n.phone
        FROM campaigns r CROSS JOIN notices n ON n.campaign_id = r.id
        WHERE r.parent_id = c.id AND n.state <> 'withdrawn') AS people) AS reminders,
    (SELECT count(*) FROM (SELECT DISTINCT n.customer_number, n.phone FROM notices n
        WHERE n.campaign_id = c.id AND n.state <> 'withdrawn') AS people) AS recipients,
    (SELECT min(n.due_at) FROM notices n
     WHERE n.campaign_id = c.id AND n.state IN ('draft', 'approved')) AS due_at
FROM picked c ORDER BY c.id DESC
"""
LAST = "~"  # sorts after every id


def listed(
    tx: Tx, states: Sequence[str], *, limit: int, before: str = LAST, empty: bool = True
) -> list[Row]:
    """Campaigns in these states, the latest first; a reminder by itself only while it goes.

    Columns of the table, `recipients` and `reminders` (people), `due_at`. `before` is the last id
    of the page before; `empty` False leaves out those with nobody in them.
    """
    sql = _LIST.replace("{with_empty}", str(int(empty)))
    return tx.all(*spell(sql, states=list(states), before=before or LAST, limit=limit))


_VERSION = """
SELECT count(*) || '.' || count(CASE WHEN state = 'draft' THEN 1 END)
       || '.' || count(CASE WHEN state IN ('approved', 'canary', 'sending', 'paused') THEN 1 END)
       || '.' || COALESCE(max(updated_at), '') AS version,
       (SELECT at FROM switches WHERE name = 'sending_stopped') AS stopped,
       (SELECT count(*) FROM campaigns c CROSS JOIN messages m
        WHERE c.state IN ('approved', 'canary', 'sending') AND m.campaign_id = c.id
          AND m.status IN ('accepted', 'sent', 'failed', 'delivered')) AS sent
FROM campaigns
"""


def version(tx: Tx) -> str:
    """Changes whenever a list of campaigns does; cheap: indexes are enough to know."""
    row = tx.one(_VERSION)
    return "" if row is None else f"{row['version']}.{row['sent']}.{row['stopped'] or ''}"


def statuses(tx: Tx, campaign_id: str) -> dict[tuple[str, str], int]:
    """(channel, status) to how many messages of a campaign."""
    sql = """
    SELECT channel, status, count(*) AS n FROM messages WHERE campaign_id = ?
    GROUP BY channel, status
    """
    rows = tx.all(sql, [campaign_id])
    return {(str(row["channel"]), str(row["status"])): int(row["n"]) for row in rows}


def failures(tx: Tx, campaign_id: str) -> list[Row]:
    """(channel, provider, code, messages) of what failed or was set aside, the most first."""
    sql = """
    SELECT channel, provider, COALESCE(error_code, '') AS code,
           count(*) AS messages
    FROM messages
    WHERE campaign_id = ? AND status IN ('failed', 'set_aside')
    GROUP BY channel, provider, COALESCE(error_code, '') ORDER BY messages DESC, code
    """
    return tx.all(sql, [campaign_id])


def sent_since(tx: Tx, campaign_id: str, since: datetime) -> int:
    """How many messages of a campaign left since then."""
    sql = """
    SELECT count(*) AS n FROM messages
    WHERE lane = 'alert' AND sent_at >= ? AND campaign_id = ?
    """
    row = tx.one(sql, [stamp(since), campaign_id])
    return 0 if row is None else int(row["n"])


def count_told(tx: Tx, campaign_id: str) -> int:
    """How many phones and addresses a message of a campaign has reached: who gets a correction."""
    sql = """
    SELECT count(*) AS n FROM (SELECT DISTINCT channel, peer FROM messages
        WHERE campaign_id = ? AND status IN ('accepted', 'sent', 'delivered')) AS told
    """
    row = tx.one(sql, [campaign_id])
    return 0 if row is None else int(row["n"])


def standing_works(tx: Tx, campaign_id: str, now: datetime) -> list[Row]:
    """(id, external_id, starts_at, ends_at) of planned works that the campaign is about and that
    are still to be, the first first."""
    sql = """
    SELECT id, external_id, starts_at, ends_at FROM outages
    WHERE id IN (SELECT outage_id FROM notices WHERE campaign_id = ?)
      AND kind = 'planned' AND state IN ('scheduled', 'active') AND ends_at > ?
    ORDER BY starts_at, external_id
    """
    return tx.all(sql, [campaign_id, stamp(now)])


def corrections(tx: Tx, campaign_id: str) -> list[Row]:
    """(id, state) of the corrections, drafts or approved, that say that a campaign is wrong."""
    sql = """
    SELECT id, state FROM campaigns
    WHERE corrects_id = ? AND (approved_at IS NOT NULL OR state = 'draft') ORDER BY id
    """
    return tx.all(sql, [campaign_id])
