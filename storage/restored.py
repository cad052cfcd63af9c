"""After a restore: what may have been told since the backup, and is asked about before it goes.

While the switch `RESTORED` is set, an alert goes out only when it was asked about (`ASKED`). One
of which nobody can say whether it was told is `HELD` in the queue until a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.copies import COPY
from storage.database import (
    Row,
    Tx,
    audit,
    maybe_moment,
    moment,
    set_switch,
    stamp,
    switch,
)
from storage.lists import spell

RESTORED = "restored_at"  # the moment of the restore; '' when it is over
SINCE = "restored_from"  # the moment of the backup
ASKED, HELD = "asked", "held"  # error_code of a queued message
# error_code of a message that is asked about. OLD: it may have gone under any text. NEW: it was
# made after the restore, and is known only if the very same text went out.
OLD, NEW = "restored", "restored_new"
PAUSED_WHY = "Restored from a backup: who was told since is being found out."
# Looked at once a statement, not once a row.
MAY_GO = (
    "(m.error_code = 'asked' OR NOT EXISTS (SELECT 1 FROM switches WHERE name = 'restored_at'"
    " AND value <> ''))"
)
_FOLLOWED = """followed = 0
      AND kind IN ('planned_notice', 'moved', 'cancelled', 'debt_first', 'debt_second')
      AND (status IN ('failed', 'expired', 'set_aside')
           OR status = 'withdrawn' AND error_code = 'opted_out'
           OR status IN ('accepted', 'sent') AND channel = 'sms')"""


@dataclass(frozen=True)
class Mark:
    """The hold that a restore left: when it was done, and of what moment the data are."""

    at: datetime
    since: datetime


@dataclass(frozen=True)
class Standing:
    """How far the messages of before are: counts of messages and campaigns."""

    waiting: int  # not asked about yet
    asking: int
    held: int
    clear: int  # certainly not told: they go when their campaign goes on
    paused: int
    drafts: int


def mark(tx: Tx) -> Mark | None:
    """The hold of a restore; None when there is none."""
    at = switch(tx, RESTORED)
    return Mark(moment(at), moment(switch(tx, SINCE))) if at else None


def copy_taken_at(tx: Tx) -> datetime | None:
    """When the file was copied, if it is a copy that nobody has adopted yet."""
    return maybe_moment(switch(tx, COPY) or None)


def last_sign_of_life(tx: Tx) -> datetime | None:
    """The last moment that anything in the database speaks of: for a copy without a mark."""
    row = tx.one(
        """SELECT max(at) AS at FROM (
               SELECT max(made_at) AS at FROM messages UNION ALL SELECT max(at) FROM audit
               UNION ALL SELECT max(at) FROM switches UNION ALL SELECT max(at) FROM receipts)"""
    )
    return None if row is None else maybe_moment(row["at"])


def adopt(tx: Tx, *, taken_at: datetime, by: str, now: datetime) -> dict[str, int]:
    """Make the data of a backup the ones that count, so that nothing is told again by itself.

    Counts: `answers` dropped, `under_way` at that moment, `letters`, `campaigns` paused.
    """
    values = {"now": stamp(now), "why": PAUSED_WHY}
    done = {name: tx.run(sql, values) for name, sql in _ADOPT.items()}
    tx.run("DELETE FROM letter_batches WHERE state = 'open'")
    tx.run("DELETE FROM locks")
    set_switch(tx, COPY, "", by=by, now=now)
    set_switch(tx, SINCE, stamp(taken_at), by=by, now=now)
    set_switch(tx, RESTORED, stamp(now), by=by, now=now)
    audit(tx, by, "restored from a backup", "database", now=now, detail=stamp(taken_at))
    done.pop("followed")
    return done


_ADOPT = {
    # Of no use to anybody any more: whoever asked has asked again.
    "answers": """UPDATE messages SET status = 'expired', error_code = 'restored', done_at = :now,
                      leased_by = NULL, lease_until = NULL
                  WHERE status IN ('queued', 'sending', 'unknown') AND lane = 'answer'
                    AND direction = 'out' AND :why <> ''""",
    "under_way": """UPDATE messages SET status = 'unknown', error_code = 'restored', lookups = 0,
                        leased_by = 'restore', lease_until = :now
                    WHERE status IN ('sending', 'unknown') AND channel <> 'letter'
                      AND lane = 'alert' AND claimed_at IS NOT NULL AND :why <> ''""",
    "letters": """UPDATE messages SET status = 'queued', error_code = 'held', followed = 1,
                      leased_by = NULL, lease_until = NULL
                  WHERE status IN ('queued', 'sending') AND channel = 'letter'
                    AND due_at <= :now AND :why <> ''""",
    # What failed or stayed silent before the backup has been told on the next channel since, or
    # its receipt has come and is lost: to go by silence would tell it twice.
    "followed": f"""UPDATE messages SET followed = 1
                    WHERE {_FOLLOWED} AND :now <> '' AND :why <> ''""",  # noqa: S608 - a constant
    # Also those that were paused: they may have been resumed since.
    "campaigns": """UPDATE campaigns SET state = 'paused', paused_why = :why, updated_at = :now
                    WHERE state IN ('approved', 'canary', 'sending', 'paused')""",
}


# --- asking ---------------------------------------------------------------------------------

# Old: made before the restore, and due before it. What became due only after it was certainly not
# told, unless somebody approved it (again).
_TO_ASK = """
SELECT m.id, m.body, m.segments, m.channel,
       CASE WHEN COALESCE(c.made_at, m.made_at) <= :restored
             AND NOT (COALESCE(c.approved_at, '') <= :restored AND EXISTS (
                 SELECT 1 FROM notice_messages nm JOIN notices n ON n.id = nm.notice_id
                 WHERE nm.message_id = m.id AND n.due_at > :restored))
            THEN 'restored' ELSE 'restored_new' END AS why
FROM messages m LEFT JOIN campaigns c ON c.id = m.campaign_id
WHERE m.status = 'queued' AND m.channel = :channel AND m.lane = 'alert' AND m.due_at <= :now
  AND COALESCE(m.error_code, '') NOT IN ('asked', 'held')
  AND COALESCE(c.state, '') NOT IN ('draft', 'stopped')
ORDER BY m.due_at LIMIT :limit
"""
_ASK = """
UPDATE messages SET status = 'unknown', error_code = :why, lookups = 0, leased_by = 'restore',
    lease_until = :now, claimed_at = :since, provider = ''
WHERE status = 'queued' AND id IN ({ids})
"""
_HOLD = "UPDATE messages SET error_code = 'held', followed = 1 WHERE status = 'queued' AND id = ?"


def to_ask(tx: Tx, channel: str, restored: Mark, now: datetime, limit: int) -> list[Row]:
    """Alerts that wait and were not asked about: id, body, segments, channel, `why` (OLD, NEW)."""
    values = {"channel": channel, "restored": stamp(restored.at), "now": stamp(now)}
    return tx.all(_TO_ASK, {**values, "limit": limit})


def ask(tx: Tx, ids: Sequence[str], why: str, *, since: datetime, now: datetime) -> int:
    """Put these queued messages in doubt: the provider is asked what went out since then."""
    if not ids:
        return 0
    return tx.run(*spell(_ASK, ids=list(ids), why=why, since=stamp(since), now=stamp(now)))


def hold(tx: Tx, message_id: str) -> None:
    """A queued message waits for a person to decide; no other channel is taken meanwhile."""
    tx.run(_HOLD, (message_id,))


# --- the end of it --------------------------------------------------------------------------


def standing(tx: Tx) -> Standing:
    """How far it is: whole counts, for people (one walk over what waits)."""
    row = tx.one(
        """SELECT
               count(CASE WHEN status = 'queued' AND COALESCE(error_code, '') NOT IN
                          ('asked', 'held') THEN 1 END) AS waiting,
               count(CASE WHEN status = 'unknown' THEN 1 END) AS asking,
               count(CASE WHEN status = 'queued' AND error_code = 'held' THEN 1 END) AS held,
               count(CASE WHEN status = 'queued' AND error_code = 'asked' THEN 1 END) AS clear
           FROM messages WHERE status IN ('queued', 'unknown') AND lane = 'alert'"""
    )
    campaigns = tx.one(
        """SELECT count(CASE WHEN state = 'paused' AND paused_why = :why THEN 1 END) AS paused,
                  count(CASE WHEN state = 'draft' AND made_at <= :at THEN 1 END) AS drafts
           FROM campaigns WHERE state IN ('paused', 'draft')""",
        {"why": PAUSED_WHY, "at": switch(tx, RESTORED)},
    )
    assert row is not None and campaigns is not None
    names = ("waiting", "asking", "held", "clear")
    counts = [int(row[name]) for name in names] + [int(campaigns[n]) for n in ("paused", "drafts")]
    return Standing(*counts)


def release(tx: Tx, *, by: str, now: datetime) -> int:
    """The hold is over: what was held goes out; how many messages."""
    many = tx.run(
        "UPDATE messages SET error_code = NULL, followed = 0"
        " WHERE status = 'queued' AND error_code = 'held'"
    )
    _end(tx, "held messages released", many, by=by, now=now)
    return many


def drop(tx: Tx, *, by: str, now: datetime) -> int:
    """The hold is over: what was held, or is still in doubt, is not sent; how many messages."""
    many = tx.run(
        "UPDATE messages SET status = 'withdrawn', error_code = 'restored', done_at = ?,"
        " leased_by = NULL, lease_until = NULL"
        " WHERE (status = 'queued' AND error_code = 'held')"
        " OR (status = 'unknown' AND error_code = 'restored')",
        (stamp(now),),
    )
    _end(tx, "held messages dropped", many, by=by, now=now)
    return many


def _end(tx: Tx, action: str, many: int, *, by: str, now: datetime) -> None:
    set_switch(tx, RESTORED, "", by=by, now=now)
    audit(tx, by, action, "database", now=now, detail=str(many))
