"""Approved notices become messages, a chunk of customers at a time; and what their texts need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import calls
from storage.database import Row, Tx, stamp
from storage.lists import spell
from storage.outages import AT_ONE_TIME
from storage.ways import ALSO_BY_LETTER, CHANNELS, ON_THE_SAME_WAY, WAYS

# These wait for the end of quiet hours.
HELD = ("planned_notice", "reminder", "moved", "cancelled", "debt", "announcement")


def campaigns_due(tx: Tx, now: datetime, *, held: bool) -> list[str]:
    """Approved campaigns with notices whose time has come; `held` leaves out the HELD kinds."""
    sql = """
    SELECT DISTINCT n.campaign_id AS id FROM notices n JOIN campaigns c ON c.id = n.campaign_id
    WHERE n.state = 'approved' AND n.due_at <= :now
      AND (c.state IN ('approved', 'sending') OR c.state = 'canary' AND c.canary_until IS NULL)
      AND c.kind NOT IN ({without}) ORDER BY n.campaign_id
    """
    without = list(HELD) if held else [""]
    return [str(row["id"]) for row in tx.all(*spell(sql, now=stamp(now), without=without))]


# The time is spelled so that no index is chosen for it: in the order of ids none is sorted.
_DUE = "n.campaign_id = :campaign_id AND n.state = 'approved' AND n.due_at || '' <= :now"
# In the order in which they were made: rows and index entries that lie side by side cost half of
# what scattered ones do.
_NEXT = """
SELECT n.id, n.kind, n.customer_number FROM notices n WHERE {due} ORDER BY n.id LIMIT :chunk
""".replace("{due}", _DUE)
# Where somebody lives by a device, first of all. In the order of their own index: in that of ids
# SQLite would walk all that are left in each chunk.
_URGENT = """
SELECT n.id, n.kind, n.customer_number FROM notices n
WHERE {due} AND n.life_support = 1 ORDER BY n.customer_number LIMIT :chunk
""".replace("{due}", _DUE)
# With them go the other notices of the same customers, and everybody who shares a phone with them:
# one phone gets one message. Written as it should run, the customers first: by campaign and state,
# or by the kind of contact, SQLite would begin with all there are.
_BESIDE = """
WITH people (customer_number) AS (VALUES {numbers})
SELECT n.id FROM people CROSS JOIN notices n
WHERE n.customer_number = people.customer_number AND {due}
UNION
SELECT n.id FROM people
CROSS JOIN contacts mine
CROSS JOIN contacts other
CROSS JOIN notices n
WHERE mine.customer_number = people.customer_number AND mine.kind <> 'email'
  AND other.kind = 'mobile' AND other.value = mine.value
  AND other.customer_number <> mine.customer_number
  AND n.customer_number = other.customer_number AND {due}
""".replace(
    "{due}",
    "n.campaign_id || '' = :campaign_id AND n.state || '' = 'approved' AND n.due_at <= :now",
)
_QUEUE = """
INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
                      topic_id, language, status, due_at, valid_until, made_at)
WITH {ways}
SELECT new_id(), 'out', :channel, w.kind, 'alert', w.peer, max(w.customer_number), w.campaign_id,
       w.message_topic, min(w.language), 'queued', :now,
       max(CASE WHEN w.kind IN ('planned_notice', 'reminder', 'moved') THEN o.starts_at
                WHEN w.kind = 'cancelled' AND w.old_starts_at > :in_12_hours THEN w.old_starts_at
                WHEN w.kind IN ('cancelled', 'restored') THEN :in_12_hours
                WHEN o.id IS NULL THEN :in_5_days
                ELSE :in_6_hours END), :now
FROM ways w LEFT JOIN outages o ON o.id = w.outage_id
WHERE true
GROUP BY w.campaign_id, w.kind, w.peer, w.message_topic
ON CONFLICT (campaign_id, channel, peer, topic_id) WHERE campaign_id IS NOT NULL DO NOTHING
"""
_LINK = """
INSERT INTO notice_messages (notice_id, message_id)
WITH {ways}
SELECT w.id, m.id FROM ways w
JOIN messages m ON m.campaign_id = w.campaign_id AND m.channel = :channel AND m.peer = w.peer
    AND m.topic_id = w.message_topic
WHERE true
ON CONFLICT (notice_id, message_id) DO NOTHING
"""
_SPELLED = {
    channel: tuple(
        sql.replace("{ways}", text).replace("{picked}", "n.id IN ({ids})")
        for sql in (_QUEUE, _LINK)
    )
    for channel, text in WAYS.items()
}
_MARK = """
UPDATE notices SET state = 'queued'
WHERE id IN ({ids}) AND state = 'approved'
  AND EXISTS (SELECT 1 FROM notice_messages nm WHERE nm.notice_id = notices.id)
"""
_LEFT = "SELECT id FROM notices WHERE id IN ({ids}) AND state = 'approved'"
_GIVE_UP = "UPDATE notices SET state = 'unreachable' WHERE id IN ({ids})"
# On which of the dearer ways a customer was told of these works; where several works have become
# one message, the cheapest of their ways serves all.
REACHED_BY = """
WITH reached AS (
    SELECT n.id, n.customer_number, 2 - min(
               CASE m.status WHEN 'delivered' THEN 0 ELSE 3 END
               + CASE m.channel WHEN 'letter' THEN 0 WHEN 'email' THEN 1 ELSE 2 END) % 3 AS place
    FROM notices n
    CROSS JOIN notices t
    CROSS JOIN notice_messages nm
    CROSS JOIN messages m
    WHERE {picked} AND n.customer_number <> ''
      AND t.customer_number = n.customer_number AND t.eic = n.eic AND t.phone = ''
      AND t.outage_id = n.outage_id AND t.id <> n.id AND nm.notice_id = t.id
      AND m.id = nm.message_id AND m.status IN ('accepted', 'sent', 'delivered')
    GROUP BY n.id, n.customer_number)
SELECT r.id, cheapest.place
FROM (SELECT customer_number, min(place) AS place FROM reached
      GROUP BY customer_number HAVING min(place) > 0) AS cheapest
JOIN reached r ON r.customer_number = cheapest.customer_number
"""


@dataclass(frozen=True)
class Validity:
    """Until when messages made now make sense, where the works themselves do not say it.

    `letters_from`: when a letter posted now has come. `email` False: no e-mail can be sent here.
    """

    in_6_hours: datetime
    in_12_hours: datetime
    in_5_days: datetime
    letters_from: datetime
    email: bool = True


def queue_chunk(
    tx: Tx, campaign_id: str, now: datetime, *, chunk: int, validity: Validity
) -> int | None:
    """Make messages for the next customers of a campaign, at most `chunk`; how many were made.

    None when nothing of the campaign is due any more. Each notice goes the cheapest way that is
    permitted; who can be reached on none becomes unreachable, and is rung up where that is due.
    """
    due = {"campaign_id": campaign_id, "now": stamp(now)}
    first = tx.all(_URGENT, {**due, "chunk": chunk}) or tx.all(_NEXT, {**due, "chunk": chunk})
    if not first:
        return None
    kind, picked = str(first[0]["kind"]), _with_those_beside(tx, first, due)
    ids = picked
    made = 0
    if kind in ON_THE_SAME_WAY:
        for channel, same in _reached_by(tx, ids).items():
            made += queue_by(tx, channel, same, now, validity=validity)
            tx.run(*spell(_MARK, ids=same))
        ids = _left(tx, ids)
    made += _queue_cheapest(tx, ids, now, validity=validity)
    if kind in ALSO_BY_LETTER:
        made += queue_by(tx, "letter", picked, now, validity=validity)
    return made


def _with_those_beside(tx: Tx, first: Sequence[Row], due: Mapping[str, object]) -> list[str]:
    """The ids of these notices, and of those that must go in one with them."""
    ids = {str(row["id"]): None for row in first}
    numbers = {(str(row["customer_number"]),): None for row in first if row["customer_number"]}
    if numbers:
        beside = tx.all(*spell(_BESIDE, numbers=list(numbers), **due))
        ids |= {str(row["id"]): None for row in beside}
    return list(ids)


def _reached_by(tx: Tx, ids: list[str]) -> dict[str, list[str]]:
    """The notices whose readers were told on a dearer way, by that channel."""
    found: dict[str, list[str]] = {}
    sql = REACHED_BY.replace("{picked}", "n.id IN ({ids})")
    for row in tx.all(*spell(sql, ids=ids)):
        if row["place"]:
            found.setdefault(CHANNELS[row["place"]], []).append(str(row["id"]))
    return found


def _queue_cheapest(tx: Tx, ids: list[str], now: datetime, *, validity: Validity) -> int:
    made = 0
    for channel in CHANNELS:
        if not ids:
            return made
        made += queue_by(tx, channel, ids, now, validity=validity)
        if tx.run(*spell(_MARK, ids=ids)) == len(ids):
            return made
        ids = _left(tx, ids)
    calls.add_not_reached(tx, ids, now)
    tx.run(*spell(_GIVE_UP, ids=ids))
    return made


def _left(tx: Tx, ids: list[str]) -> list[str]:
    return [str(row["id"]) for row in tx.all(*spell(_LEFT, ids=ids))] if ids else []


def queue_by(
    tx: Tx, channel: str, ids: Sequence[str], now: datetime, *, validity: Validity
) -> int:  # fmt: skip
    """Queue messages for these notices (at most a few hundred) on one channel, where it is open to
    their readers; how many messages were made. A notice never goes twice to the same place."""
    if not ids or (channel == "email" and not validity.email):
        return 0
    values = {"ids": list(ids), "channel": channel, "letters_from": stamp(validity.letters_from)}
    queue, link = _SPELLED[channel]
    until = {
        "in_6_hours": stamp(validity.in_6_hours),
        "in_12_hours": stamp(validity.in_12_hours),
        "in_5_days": stamp(validity.in_5_days),
    }
    made = tx.run(*spell(queue, now=stamp(now), **until, **values))
    tx.run(*spell(link, **values))
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
       p.town,
       COALESCE(n.old_starts_at, o.starts_at) AS told_from,
       (SELECT r.reason FROM outage_revisions r
        WHERE r.outage_id = o.id AND r.state <> 'cancelled'
        ORDER BY r.revision DESC LIMIT 1) AS planned_reason,
       (SELECT min(q.town) FROM outage_premises oq JOIN premises q ON q.eic = oq.eic
        WHERE oq.outage_id = o.id AND n.eic = '') AS outage_town,
       n.customer_number,
       (SELECT u.kind FROM customers u
        WHERE u.customer_number = n.customer_number) AS customer_kind""".replace(
    "{at_one_time}", AT_ONE_TIME
)
_FACTS = """
SELECT m.id AS message_id, m.channel, m.kind, m.language, {facts}
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
