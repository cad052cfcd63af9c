"""Automatic calls: the messages that are read aloud to whom a person would have to ring up."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, stamp

# One call of the list makes one message, to the first phone of its customer: also to one that
# takes no SMS, such as a landline.
_QUEUE = """
INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
                      topic_id, language, status, due_at, valid_until, made_at, made_by)
SELECT new_id(), 'out', 'voice', c.kind, 'alert',
       (SELECT min(p.value) FROM contacts p
        WHERE p.customer_number = k.customer_number AND p.kind = 'mobile'),
       k.customer_number, k.campaign_id, k.id, u.language, 'queued', :now, k.before_at, :now, 'call'
FROM calls k
JOIN campaigns c ON c.id = k.campaign_id
JOIN customers u ON u.customer_number = k.customer_number
WHERE k.state = 'open' AND k.before_at > :now
  AND EXISTS (SELECT 1 FROM contacts p
              WHERE p.customer_number = k.customer_number AND p.kind = 'mobile')
  AND EXISTS (SELECT 1 FROM notices n WHERE n.campaign_id = k.campaign_id AND n.eic = k.eic
                AND n.customer_number = k.customer_number AND n.outage_id = k.outage_id
                AND n.state IN ('queued', 'unreachable'))
  AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.campaign_id = k.campaign_id
                    AND m.channel = 'voice' AND m.topic_id = k.id AND m.made_by = 'call')
ORDER BY CASE k.reason WHEN 'life_support' THEN 0 ELSE 1 END, k.before_at
LIMIT :limit
ON CONFLICT (campaign_id, channel, peer, topic_id) WHERE campaign_id IS NOT NULL DO NOTHING
"""
_LINK = """
INSERT INTO notice_messages (notice_id, message_id)
SELECT n.id, m.id
FROM messages m
JOIN calls k ON k.id = m.topic_id
JOIN notices n ON n.customer_number = k.customer_number AND n.eic = k.eic
    AND n.outage_id = k.outage_id AND n.campaign_id = k.campaign_id
WHERE m.channel = 'voice' AND m.made_by = 'call' AND m.status = 'queued' AND m.made_at = :now
ON CONFLICT (notice_id, message_id) DO NOTHING
"""
# What is in a message is no longer without one; whether it was told is the message's status.
_MARK = """
UPDATE notices SET state = 'queued'
WHERE state = 'unreachable' AND id IN (
    SELECT nm.notice_id FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
    WHERE m.channel = 'voice' AND m.made_by = 'call' AND m.status = 'queued' AND m.made_at = :now)
"""
_WANTED = """
SELECT 1 AS n FROM calls k
WHERE k.state = 'open' AND k.before_at > :now
  AND EXISTS (SELECT 1 FROM contacts p
              WHERE p.customer_number = k.customer_number AND p.kind = 'mobile')
  AND EXISTS (SELECT 1 FROM notices n WHERE n.campaign_id = k.campaign_id AND n.eic = k.eic
                AND n.customer_number = k.customer_number AND n.outage_id = k.outage_id
                AND n.state IN ('queued', 'unreachable'))
  AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.campaign_id = k.campaign_id
                    AND m.channel = 'voice' AND m.topic_id = k.id AND m.made_by = 'call')
LIMIT 1
"""
_VAIN = """
channel = 'voice' AND made_by = 'call' AND status = 'queued'
  AND topic_id NOT IN (SELECT id FROM calls WHERE state = 'open')
"""
_WITHDRAW = "UPDATE messages SET status = 'withdrawn', done_at = :now WHERE {vain}".replace(
    "{vain}", _VAIN
)
_ANY_VAIN = "SELECT 1 AS n FROM messages WHERE {vain} LIMIT 1".replace("{vain}", _VAIN)
_HEARD = """
SELECT k.id FROM calls k
WHERE k.state = 'open' AND k.reason = 'not_reached' AND EXISTS (
    SELECT 1 FROM messages m WHERE m.campaign_id = k.campaign_id AND m.channel = 'voice'
        AND m.topic_id = k.id AND m.made_by = 'call' AND m.status = 'delivered')
"""


def calls_wanted(tx: Tx, now: datetime) -> bool:
    """Whether an open call has no automatic one yet, or one waits that nobody needs any more."""
    return tx.one(_WANTED, {"now": stamp(now)}) is not None or tx.one(_ANY_VAIN) is not None


def queue_calls(tx: Tx, now: datetime, *, limit: int) -> int:
    """Make the automatic calls of the list of calls; how many were made."""
    made = tx.run(_QUEUE, {"now": stamp(now), "limit": limit})
    tx.run(_LINK, {"now": stamp(now)})
    tx.run(_MARK, {"now": stamp(now)})
    return made


def withdraw_calls(tx: Tx, now: datetime) -> int:
    """Take back those not made yet whose call a person has made or that nobody wants any more."""
    return tx.run(_WITHDRAW, {"now": stamp(now)})


def heard_calls(tx: Tx) -> list[Row]:
    """(id) of calls, not to homes with life support, whose automatic one was heard to its end."""
    return tx.all(_HEARD)
