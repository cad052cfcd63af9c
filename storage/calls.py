"""Whom a person must ring up: life support at home, or nobody reached in time.

A call is open, done or withdrawn. One that reached its reader is kept as a message too, so that
the rules know that this customer was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell
from storage.ways import BY_CALL

# What a call is of no use after: the start of what is told.
_BEFORE = "CASE WHEN n.kind = 'cancelled' THEN n.old_starts_at ELSE o.starts_at END"
_FLAG = """
UPDATE notices SET life_support = 1
WHERE campaign_id = :id AND state IN ('draft', 'approved') AND life_support = 0
  AND eic IN (SELECT eic FROM premises WHERE life_support = 1)
"""
# A cancellation is told by phone only where the works were.
_FOR_DEVICES = """
INSERT INTO calls (id, reason, customer_number, eic, outage_id, campaign_id, before_at, made_at)
SELECT new_id(), 'life_support', n.customer_number, n.eic, n.outage_id, n.campaign_id, {before},
       :now
FROM notices n JOIN outages o ON o.id = n.outage_id
WHERE n.campaign_id = :id AND n.life_support = 1 AND n.state = 'approved'
  AND n.customer_number <> ''
  AND (n.kind IN ('planned_notice', 'moved')
       OR n.kind = 'cancelled' AND EXISTS (
          SELECT 1 FROM calls d WHERE d.customer_number = n.customer_number AND d.eic = n.eic
            AND d.reason = 'life_support' AND d.outage_id = n.outage_id AND d.state = 'done'))
ON CONFLICT (reason, customer_number, eic, outage_id, campaign_id) DO NOTHING
""".replace("{before}", _BEFORE)
_NOT_REACHED = """
INSERT INTO calls (id, reason, customer_number, eic, outage_id, campaign_id, before_at, made_at)
SELECT new_id(), 'not_reached', n.customer_number, n.eic, n.outage_id, n.campaign_id, {before},
       :now
FROM notices n JOIN outages o ON o.id = n.outage_id
WHERE n.id IN ({ids}) AND n.customer_number <> '' AND n.kind IN ({kinds}) AND {before} > :now
  AND NOT EXISTS (
      SELECT 1 FROM calls d WHERE d.customer_number = n.customer_number AND d.eic = n.eic
        AND d.reason = 'life_support' AND d.outage_id = n.outage_id
        AND d.campaign_id = n.campaign_id)
ON CONFLICT (reason, customer_number, eic, outage_id, campaign_id)
    DO UPDATE SET state = 'open', outcome = '' WHERE calls.state = 'withdrawn'
""".replace("{before}", _BEFORE)


def add_for_devices(tx: Tx, campaign_id: str, now: datetime) -> int:
    """List the premises with life support that approved notices of a campaign concern; how many.

    Their notices go before all others. May be repeated.
    """
    tx.run(_FLAG, {"id": campaign_id})
    return tx.run(_FOR_DEVICES, {"id": campaign_id, "now": stamp(now)})


def add_not_reached(tx: Tx, notice_ids: Sequence[str], now: datetime) -> int:
    """List those of the notices that a person must tell, as no channel is left in time."""
    if not notice_ids:
        return 0
    return tx.run(*spell(_NOT_REACHED, ids=list(notice_ids), kinds=list(BY_CALL), now=stamp(now)))


# --- what no longer holds -------------------------------------------------------------------

# `late`: 1 where nobody rang up in time.
_STALE = """
SELECT k.id, CASE WHEN k.before_at <= :now THEN 1 ELSE 0 END AS late
FROM calls k
JOIN campaigns c ON c.id = k.campaign_id
JOIN outages o ON o.id = k.outage_id
LEFT JOIN outage_premises op ON op.outage_id = k.outage_id AND op.eic = k.eic
WHERE k.state = 'open'
  AND (k.before_at <= :now OR c.state = 'stopped'
       OR CASE WHEN c.kind = 'cancelled'
               THEN o.state <> 'cancelled' AND op.until_revision IS NULL
               ELSE o.state <> 'scheduled' OR o.starts_at <> k.before_at
                    OR op.eic IS NULL OR op.until_revision IS NOT NULL END)
LIMIT :limit
"""
_WITHDRAW = """
UPDATE calls SET state = 'withdrawn', outcome = :why, done_at = :now
WHERE id IN ({ids}) AND state = 'open'
"""
NOT_IN_TIME = "not called in time"


def stale_calls(tx: Tx, now: datetime, limit: int) -> list[Row]:
    """(id, late) of open calls whose works have changed, were stopped or have begun."""
    return tx.all(_STALE, {"now": stamp(now), "limit": limit})


# Made by this campaign or an earlier one that told the same: works may have been told again.
_TOLD_INSTEAD = """
SELECT DISTINCT k.id FROM notice_messages nm
CROSS JOIN notices n
CROSS JOIN calls k
CROSS JOIN campaigns c
WHERE nm.message_id IN ({ids}) AND n.id = nm.notice_id
  AND k.reason = 'not_reached' AND k.customer_number = n.customer_number AND k.eic = n.eic
  AND k.outage_id = n.outage_id AND k.campaign_id <= n.campaign_id AND k.state = 'open'
  AND c.id = k.campaign_id AND c.kind = n.kind
"""


def close_told(tx: Tx, message_ids: Sequence[str], now: datetime, *, why: str) -> int:
    """Nobody has to ring up whom these messages tell the same; how many calls were on the list."""
    if not message_ids:
        return 0
    found = tx.all(*spell(_TOLD_INSTEAD, ids=list(message_ids)))
    return withdraw(tx, [str(row["id"]) for row in found], now, why=why)


def withdraw(tx: Tx, call_ids: Sequence[str], now: datetime, *, why: str = "") -> int:
    """Take calls off the list; how many were on it."""
    if not call_ids:
        return 0
    return tx.run(*spell(_WITHDRAW, ids=list(call_ids), why=why, now=stamp(now)))


# --- the list -------------------------------------------------------------------------------

_LIST = """
SELECT k.*, u.name, u.language, u.kind AS customer_kind, p.address, p.town, o.external_id,
       o.starts_at, o.ends_at, c.kind AS notice_kind
FROM calls k
JOIN customers u ON u.customer_number = k.customer_number
LEFT JOIN premises p ON p.eic = k.eic
LEFT JOIN outages o ON o.id = k.outage_id
LEFT JOIN campaigns c ON c.id = k.campaign_id
WHERE k.state IN ({states})
ORDER BY CASE k.state WHEN 'open' THEN 0 ELSE 1 END,
         CASE k.reason WHEN 'life_support' THEN 0 ELSE 1 END, k.before_at, k.customer_number, k.id
LIMIT :limit
"""
STATES = ("open", "done", "withdrawn")


def list_calls(tx: Tx, *, states: Sequence[str] = ("open",), limit: int = 1000) -> list[Row]:
    """Calls to make, life support first, then by the time they must be made before."""
    return tx.all(*spell(_LIST, states=list(states), limit=limit))


def phones_of(tx: Tx, customer_numbers: Sequence[str]) -> dict[str, list[str]]:
    """The phone numbers of customers, also those that get no SMS: a person may ring them."""
    if not customer_numbers:
        return {}
    sql = """
    SELECT customer_number, value FROM contacts
    WHERE customer_number IN ({numbers}) AND kind = 'mobile'
    ORDER BY customer_number, CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END, value
    """
    found: dict[str, list[str]] = {}
    for row in tx.all(*spell(sql, numbers=sorted(set(customer_numbers)))):
        found.setdefault(str(row["customer_number"]), []).append(str(row["value"]))
    return found


def find_calls(tx: Tx, part: str) -> list[Row]:
    """The calls whose id ends so, at most two."""
    return tx.all(
        "SELECT * FROM calls WHERE substr(id, length(id) - length(CAST(:part AS TEXT)) + 1)"
        " = :part LIMIT 2",
        {"part": part},
    )


@dataclass(frozen=True)
class Outcome:
    """What came of a call. `told`: its reader knows now."""

    by: str
    text: str
    told: bool


_TOLD = """
INSERT INTO messages (id, direction, channel, kind, lane, provider, peer, customer_number,
                      campaign_id, topic_id, language, status, made_at, sent_at, done_at, made_by)
SELECT new_id(), 'out', 'voice', c.kind, 'alert', 'person', k.customer_number, k.customer_number,
       k.campaign_id, k.id, u.language, 'delivered', :now, :now, :now, :by
FROM calls k
JOIN campaigns c ON c.id = k.campaign_id
JOIN customers u ON u.customer_number = k.customer_number
WHERE k.id = :id
ON CONFLICT (campaign_id, channel, peer, topic_id) WHERE campaign_id IS NOT NULL DO NOTHING
"""
_TOLD_OF = """
INSERT INTO notice_messages (notice_id, message_id)
SELECT n.id, m.id
FROM calls k
JOIN messages m ON m.campaign_id = k.campaign_id AND m.channel = 'voice'
    AND m.peer = k.customer_number AND m.topic_id = k.id
JOIN notices n ON n.customer_number = k.customer_number AND n.eic = k.eic
    AND n.outage_id = k.outage_id AND n.campaign_id = k.campaign_id
WHERE k.id = :id
ON CONFLICT (notice_id, message_id) DO NOTHING
"""
_MARK_TOLD = """
UPDATE notices SET state = 'queued'
WHERE state = 'unreachable' AND id IN (
    SELECT nm.notice_id FROM calls k
    JOIN messages m ON m.campaign_id = k.campaign_id AND m.channel = 'voice'
        AND m.peer = k.customer_number AND m.topic_id = k.id
    JOIN notice_messages nm ON nm.message_id = m.id
    WHERE k.id = :id)
"""


def finish_call(tx: Tx, call_id: str, outcome: Outcome, now: datetime) -> bool:
    """The call was made; False when it is not open (any more)."""
    sql = """
    UPDATE calls SET state = 'done', done_at = :now, done_by = :by, outcome = :text
    WHERE id = :id AND state = 'open'
    """
    values = {"id": call_id, "now": stamp(now), "by": outcome.by}
    if not tx.run(sql, values | {"text": outcome.text}):
        return False
    if outcome.told:
        tx.run(_TOLD, values)
        tx.run(_TOLD_OF, values)
        tx.run(_MARK_TOLD, values)
    return True
