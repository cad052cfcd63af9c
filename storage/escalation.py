"""The next channel for notices whose messages failed or stayed silent. When: `bot.delivery`.

A message is looked at once after it failed or was silent for too long (`followed`); the last one
of a notice to do so calls for the next channel. A notice goes out once on each channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import calls, queueing
from storage.database import Row, Tx, moment, stamp
from storage.lists import spell
from storage.queueing import Validity
from storage.ways import BY_CALL, CHANNELS

# As the index messages_to_follow has it, word for word: or it would not be used.
_FOLLOWED = """followed = 0
      AND kind IN ('planned_notice', 'moved', 'cancelled', 'debt_first', 'debt_second')
      AND (status IN ('failed', 'expired', 'set_aside')
           OR status = 'withdrawn' AND error_code = 'opted_out'
           OR status IN ('accepted', 'sent') AND channel = 'sms')"""
_ENDED = """
SELECT id FROM messages
WHERE {followed} AND status IN ('failed', 'expired', 'set_aside', 'withdrawn') LIMIT :limit
""".replace("{followed}", _FOLLOWED)
_SILENT = """
SELECT id FROM messages
WHERE {followed} AND status IN ('accepted', 'sent') AND sent_at <= :silent LIMIT :limit
""".replace("{followed}", _FOLLOWED)
_FOLLOW = "UPDATE messages SET followed = 1 WHERE id IN ({ids})"
DEBTS = ("debt_first", "debt_second")
# A debt is not told further once it is paid, in parts or told anew, or while a moratorium lasts.
_STILL_OWED = """EXISTS (
        SELECT 1 FROM debts d
        WHERE d.id = substr(n.topic_id, 1, 36) AND d.stage = substr(n.kind, 6))
    AND NOT EXISTS (SELECT 1 FROM switches w WHERE w.name = 'moratorium' AND w.value = 'on')
    AND NOT EXISTS (
        SELECT 1 FROM notices l
        WHERE l.outage_id IS NULL AND l.topic_id > substr(n.topic_id, 1, 36) || '#'
          AND l.topic_id < substr(n.topic_id, 1, 36) || '$' AND l.kind = n.kind AND l.id > n.id
          AND l.state <> 'withdrawn')"""
# Of works that are told by several messages, all must have failed. CROSS JOIN: from the messages.
_OPEN = """
SELECT n.id, n.kind, n.campaign_id,
       CASE WHEN n.kind = 'cancelled' THEN n.old_starts_at ELSE o.starts_at END AS before_at,
       CASE WHEN c.late_reason IS NULL THEN 0 ELSE 1 END AS late,
       max(CASE WHEN m.channel = 'sms' THEN 1 ELSE 0 END) AS by_sms,
       max(CASE WHEN m.channel = 'email' THEN 1 ELSE 0 END) AS by_email,
       max(CASE WHEN m.channel = 'letter' THEN 1 ELSE 0 END) AS by_letter
FROM (SELECT DISTINCT notice_id FROM notice_messages WHERE message_id IN ({ids})) AS told
CROSS JOIN notices n
CROSS JOIN campaigns c
CROSS JOIN notice_messages nm
CROSS JOIN messages m
LEFT JOIN outages o ON o.id = n.outage_id
WHERE n.id = told.notice_id AND n.state = 'queued' AND n.customer_number <> ''
  AND n.kind IN ({kinds}) AND (n.outage_id IS NOT NULL OR {still_owed})
  AND c.id = n.campaign_id AND c.state <> 'stopped'
  AND nm.notice_id = n.id AND m.id = nm.message_id
GROUP BY n.id, n.kind, n.campaign_id, n.old_starts_at, o.starts_at, c.late_reason
HAVING max(CASE WHEN m.status IN ('queued', 'sending', 'unknown', 'delivered')
                  OR m.status IN ('accepted', 'sent')
                     AND (m.channel <> 'sms' OR m.sent_at > :silent) THEN 1 ELSE 0 END) = 0
""".replace("{still_owed}", _STILL_OWED)
_REOPEN = """
UPDATE campaigns SET state = 'sending', updated_at = :now
WHERE id IN ({ids}) AND state IN ('done', 'expired')
"""


@dataclass(frozen=True)
class Limits:
    """What is in time now: works that start at these moments or later.

    `legal` and `legal_by_post` keep the law; `posted` is for works approved too late for it
    anyway. `silent`: an SMS sent before it that has no receipt has not arrived.
    """

    silent: datetime
    legal: datetime
    legal_by_post: datetime
    validity: Validity

    def in_time(self, channel: str, row: Row, now: datetime) -> bool:
        """Whether the notice would still be told in time on this channel."""
        if row["before_at"] is None:
            return True  # a debt: nothing begins that it must come before
        starts, letter = moment(row["before_at"]), channel == "letter"
        if row["kind"] == "cancelled" or row["late"]:
            return starts >= self.validity.letters_from if letter else starts > now
        return starts >= (self.legal_by_post if letter else self.legal)


def to_follow(tx: Tx, silent: datetime, limit: int) -> list[str]:
    """Messages to follow that have failed, or were sent before `silent` and say nothing."""
    rows = tx.all(_ENDED, {"limit": limit})
    if len(rows) < limit:
        rows += tx.all(_SILENT, {"silent": stamp(silent), "limit": limit - len(rows)})
    return [str(row["id"]) for row in rows]


def follow(tx: Tx, message_ids: Sequence[str], limits: Limits, now: datetime) -> int:
    """Put what these messages did not bring on the next channel, or on the list of calls; how many
    notices. May be repeated."""
    tx.run(*spell(_FOLLOW, ids=list(message_ids)))
    values = {"kinds": [*BY_CALL, *DEBTS], "silent": stamp(limits.silent)}
    rows = tx.all(*spell(_OPEN, ids=list(message_ids), **values))
    left = {str(row["id"]): row for row in rows}
    for channel in CHANNELS:
        ids = [
            id_
            for id_, row in left.items()
            if not row[f"by_{channel}"] and limits.in_time(channel, row, now)
        ]
        if ids and queueing.queue_by(tx, channel, ids, now, validity=limits.validity):
            for id_ in linked_by(tx, channel, ids):
                left.pop(id_)
    calls.add_not_reached(tx, list(left), now)
    if rows:
        campaign_ids = sorted({str(row["campaign_id"]) for row in rows})
        tx.run(*spell(_REOPEN, ids=campaign_ids, now=stamp(now)))
    return len(rows)


_LINKED = """
SELECT DISTINCT nm.notice_id FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
WHERE nm.notice_id IN ({ids}) AND m.channel = :channel
"""


def linked_by(tx: Tx, channel: str, notice_ids: Sequence[str]) -> list[str]:
    """Those of the notices that have a message on this channel."""
    rows = tx.all(*spell(_LINKED, ids=list(notice_ids), channel=channel))
    return [str(row["notice_id"]) for row in rows]


# --- what is overtaken ----------------------------------------------------------------------

_OTHERS = """
SELECT DISTINCT m.id FROM notice_messages mine
JOIN notice_messages o ON o.notice_id = mine.notice_id
JOIN messages m ON m.id = o.message_id AND m.status = 'queued' AND m.channel IN ('email', 'letter')
WHERE mine.message_id = :id
"""
_TAKE_BACK = """
UPDATE messages SET status = 'withdrawn', error_code = 'reached', done_at = :now
WHERE status = 'queued' AND id IN ({ids}) AND NOT EXISTS (
    SELECT 1 FROM notice_messages nm JOIN notices n ON n.id = nm.notice_id
    WHERE nm.message_id = messages.id AND n.state = 'queued' AND NOT EXISTS (
        SELECT 1 FROM notice_messages dm JOIN messages d ON d.id = dm.message_id
        WHERE dm.notice_id = n.id AND d.status = 'delivered'))
"""


def reached(tx: Tx, message_id: str, now: datetime) -> None:
    """A receipt came after all: take back what was to be sent, or rung up, in its place."""
    others = [str(row["id"]) for row in tx.all(_OTHERS, {"id": message_id})]
    if others:
        tx.run(*spell(_TAKE_BACK, ids=others, now=stamp(now)))
    calls.close_told(tx, [message_id], now, why="reached")


_DEAD = """
UPDATE messages SET status = 'failed', error_code = 'dead', done_at = :now
WHERE peer = :peer AND channel = :channel AND status = 'queued' AND lane = 'alert'
"""


def give_up_on(tx: Tx, channel: str, peer: str, now: datetime) -> int:
    """Nobody can be reached there: alerts that wait to go there have failed; how many."""
    return tx.run(_DEAD, {"channel": channel, "peer": peer, "now": stamp(now)})


_TOO_LATE = """
SELECT id FROM messages
WHERE status = 'queued' AND channel = 'letter' AND lane = 'alert' AND valid_until < :letters_from
  AND kind IN ('planned_notice', 'moved', 'cancelled')
LIMIT :limit
"""
_EXPIRE = """
UPDATE messages SET status = 'expired', done_at = :now WHERE id IN ({ids}) AND status = 'queued'
"""


def late_letters(tx: Tx, letters_from: datetime, limit: int) -> list[str]:
    """Letters that wait and would come after what they tell of."""
    values = {"letters_from": stamp(letters_from), "limit": limit}
    return [str(row["id"]) for row in tx.all(_TOO_LATE, values)]


def expire_letters(tx: Tx, message_ids: Sequence[str], now: datetime) -> int:
    """End letters that are too late to be posted."""
    return tx.run(*spell(_EXPIRE, ids=list(message_ids), now=stamp(now)))
