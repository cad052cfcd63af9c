"""Approved notices become messages, a chunk of customers at a time; and what their texts need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell
from storage.outages import AT_ONE_TIME

HELD = ("planned_notice", "reminder", "moved", "cancelled")  # wait for the end of quiet hours


def campaigns_due(tx: Tx, now: datetime, *, held: bool) -> list[str]:
    """Approved campaigns with notices whose time has come; `held` leaves out the HELD kinds."""
    sql = """
    SELECT DISTINCT n.campaign_id AS id FROM notices n JOIN campaigns c ON c.id = n.campaign_id
    WHERE n.state = 'approved' AND n.due_at <= :now AND c.state IN ('approved', 'sending')
      AND c.kind NOT IN ({without}) ORDER BY n.campaign_id
    """
    without = list(HELD) if held else [""]
    return [str(row["id"]) for row in tx.all(*spell(sql, now=stamp(now), without=without))]


_NEXT = """
SELECT DISTINCT customer_number, phone FROM notices
WHERE campaign_id = :campaign_id AND state = 'approved' AND due_at <= :now
ORDER BY customer_number, phone LIMIT :chunk
"""
# With the chunk goes everybody who shares a phone with it: one phone gets one message. Written as
# it should run (contacts of these customers first): SQLite began with every mobile phone there is.
_PICK = """
SELECT id FROM notices
WHERE campaign_id = :campaign_id AND state = 'approved' AND due_at <= :now
  AND ((customer_number > :from_number OR (customer_number = :from_number AND phone >= :from_phone))
   AND (customer_number < :to_number OR (customer_number = :to_number AND phone <= :to_phone)))
UNION
SELECT n.id FROM contacts mine
CROSS JOIN contacts other
CROSS JOIN notices n
WHERE mine.customer_number >= :from_number AND mine.customer_number <= :to_number
  AND mine.customer_number <> '' AND mine.kind <> 'email'
  AND other.kind = 'mobile' AND other.value = mine.value
  AND other.customer_number <> mine.customer_number
  AND n.campaign_id = :campaign_id AND n.customer_number = other.customer_number
  AND n.state = 'approved' AND n.due_at <= :now
"""
# A phone hears of all its cancelled works at once; one that was told already, of each by itself.
# CROSS JOIN: these notices first; with many ids SQLite began with every mobile phone there is.
_REACH = """
reach AS (
    SELECT n.id, n.campaign_id, n.outage_id, n.kind, n.customer_number, n.old_starts_at,
           c.value AS peer, c.language
    FROM notices n
    CROSS JOIN contacts c
    WHERE n.id IN ({ids}) AND n.customer_number <> ''
      AND c.customer_number = n.customer_number AND c.kind = 'mobile' AND c.dead_at IS NULL
    UNION ALL
    SELECT n.id, n.campaign_id, n.outage_id, n.kind, '', n.old_starts_at, n.phone, s.language
    FROM notices n
    JOIN outage_subscribers s ON s.outage_id = n.outage_id AND s.phone = n.phone
    WHERE n.id IN ({ids}) AND n.phone <> ''
),
ways AS (
    SELECT reach.*, CASE WHEN kind = 'cancelled' AND NOT EXISTS (
               SELECT 1 FROM messages m
               WHERE m.campaign_id = reach.campaign_id AND m.channel = 'sms'
                 AND m.peer = reach.peer AND m.topic_id = '' AND m.status <> 'queued')
           THEN '' ELSE outage_id END AS topic_id
    FROM reach
    WHERE NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = reach.peer)
)
"""
_QUEUE = """
INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
                      topic_id, language, status, due_at, valid_until, made_at)
WITH {reach}
SELECT new_id(), 'out', 'sms', w.kind, 'alert', w.peer, max(w.customer_number), w.campaign_id,
       w.topic_id, min(w.language), 'queued', :now,
       max(CASE WHEN w.kind IN ('planned_notice', 'reminder', 'moved') THEN o.starts_at
                WHEN w.kind = 'cancelled' AND w.old_starts_at > :in_12_hours THEN w.old_starts_at
                WHEN w.kind IN ('cancelled', 'restored') THEN :in_12_hours
                ELSE :in_6_hours END), :now
FROM ways w JOIN outages o ON o.id = w.outage_id
WHERE true
GROUP BY w.campaign_id, w.kind, w.peer, w.topic_id
ON CONFLICT (campaign_id, channel, peer, topic_id) WHERE campaign_id IS NOT NULL DO NOTHING
""".replace("{reach}", _REACH)
_LINK = """
INSERT INTO notice_messages (notice_id, message_id)
WITH {reach}
SELECT w.id, m.id FROM ways w
JOIN messages m ON m.campaign_id = w.campaign_id AND m.channel = 'sms' AND m.peer = w.peer
    AND m.topic_id = w.topic_id
WHERE true
ON CONFLICT (notice_id, message_id) DO NOTHING
""".replace("{reach}", _REACH)
_MARK = """
UPDATE notices SET state = CASE
    WHEN EXISTS (SELECT 1 FROM notice_messages nm WHERE nm.notice_id = notices.id)
    THEN 'queued' ELSE 'unreachable' END
WHERE id IN ({ids})
"""


@dataclass(frozen=True)
class Validity:
    """Until when messages made now make sense, where the works themselves do not say it."""

    in_6_hours: datetime
    in_12_hours: datetime


def queue_chunk(
    tx: Tx, campaign_id: str, now: datetime, *, chunk: int, validity: Validity
) -> int | None:
    """Make messages for the next customers of a campaign, at most `chunk`; how many were made.

    None when nothing of the campaign is due any more. Who has no phone that may be written to
    becomes unreachable.
    """
    at = stamp(now)
    people = tx.all(_NEXT, {"campaign_id": campaign_id, "now": at, "chunk": chunk})
    if not people:
        return None
    first, last = people[0], people[-1]
    edges = {
        "from_number": first["customer_number"], "from_phone": first["phone"],
        "to_number": last["customer_number"], "to_phone": last["phone"],
    }  # fmt: skip
    picked = tx.all(_PICK, {"campaign_id": campaign_id, "now": at, **edges})
    ids = [str(row["id"]) for row in picked]
    until = {
        "in_6_hours": stamp(validity.in_6_hours),
        "in_12_hours": stamp(validity.in_12_hours),
    }
    made = tx.run(*spell(_QUEUE, ids=ids, now=at, **until))
    tx.run(*spell(_LINK, ids=ids))
    tx.run(*spell(_MARK, ids=ids))
    return made


# --- what the texts need --------------------------------------------------------------------

# Of notices n, outages o, premises p. `planned_reason`: the reason of the works themselves, which
# says nothing of why they are cancelled. `state`: a fault was real when another one there was.
FACTS = """n.outage_id, n.old_starts_at, n.old_ends_at, o.starts_at, o.ends_at, o.reason,
       CASE WHEN o.kind = 'unplanned' AND o.state = 'cancelled' AND EXISTS (
            SELECT 1 FROM outage_premises yp JOIN outages y ON y.id = yp.outage_id
            WHERE yp.eic = n.eic AND y.id <> o.id AND y.kind = 'unplanned'
              AND y.state = 'restored' AND {at_one_time}) THEN 'restored' ELSE o.state END AS state,
       n.eic,
       COALESCE(p.address, (SELECT f.address FROM fault_reports f
                            WHERE n.phone <> '' AND f.phone = n.phone AND f.outage_id = o.id
                            ORDER BY f.made_at DESC LIMIT 1), '') AS address,
       COALESCE(n.old_starts_at, o.starts_at) AS told_from,
       (SELECT r.reason FROM outage_revisions r
        WHERE r.outage_id = o.id AND r.state <> 'cancelled'
        ORDER BY r.revision DESC LIMIT 1) AS planned_reason,
       (SELECT min(q.town) FROM outage_premises oq JOIN premises q ON q.eic = oq.eic
        WHERE oq.outage_id = o.id AND n.eic = '') AS outage_town""".replace(
    "{at_one_time}", AT_ONE_TIME
)
_FACTS = """
SELECT m.id AS message_id, m.kind, m.language, {facts}
FROM messages m
JOIN notice_messages nm ON nm.message_id = m.id
JOIN notices n ON n.id = nm.notice_id AND n.state = 'queued'
JOIN outages o ON o.id = n.outage_id
LEFT JOIN premises p ON p.eic = n.eic
WHERE m.id IN ({ids})
ORDER BY m.id, told_from, n.outage_id, address, n.eic
""".replace("{facts}", FACTS)


def facts_of_messages(tx: Tx, message_ids: Sequence[str]) -> list[Row]:
    """What each message must say: one row a notice that still holds, in the order of telling."""
    if not message_ids:
        return []
    return tx.all(*spell(_FACTS, ids=list(message_ids)))
