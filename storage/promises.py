"""What time alone makes due: a promised word, a time that has passed, a day in the dark.

Only which outages; what each of their readers is told is decided by `notices`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell

# `half`: a round of words is the last for half the time of a promise, whoever it misses. The
# outage's own clock is what answers name; a message that went late promised a word for later.
# Of each reader only the last notice is looked at, however many words there were before; who was
# left out of the outage is promised nothing.
_WORD_DUE = """
SELECT o.id FROM outages o
WHERE o.kind = 'unplanned' AND o.state = 'active' AND o.ends_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM outage_revisions r
                  WHERE r.outage_id = o.id AND r.made_by = 'policy' AND r.at > :half)
  AND (EXISTS (
        SELECT 1 FROM outage_premises op
        CROSS JOIN premises p
        CROSS JOIN notices n
        WHERE op.outage_id = o.id AND op.until_revision IS NULL AND p.eic = op.eic
          AND n.id = ({last_of_customer}) AND {long_ago})
    OR EXISTS (
        SELECT 1 FROM outage_subscribers s
        CROSS JOIN notices n
        WHERE s.outage_id = o.id AND n.id = ({last_of_phone}) AND {long_ago})
    OR (o.updated_at <= :promised AND EXISTS (
        SELECT 1 FROM outage_subscribers s
        WHERE s.outage_id = o.id AND s.told = 1 AND NOT EXISTS (
            SELECT 1 FROM notices t
            WHERE t.customer_number = '' AND t.eic = '' AND t.phone = s.phone
              AND t.outage_id = o.id))))
ORDER BY o.id
"""
_LAST = """SELECT t.id FROM notices t
           WHERE {reader} AND t.outage_id = o.id
             AND t.state IN ('approved', 'queued', 'unreachable', 'in_doubt')
           ORDER BY t.revision DESC, t.id DESC LIMIT 1"""
_LONG_AGO = """n.state = 'queued' AND EXISTS (
              SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
              WHERE nm.notice_id = n.id AND m.status IN ('accepted', 'sent', 'delivered')
                AND m.sent_at <= CASE WHEN o.updated_at <= :promised THEN :half
                                      ELSE :promised END)"""
_CUSTOMER = "t.customer_number = p.customer_number AND t.eic = p.eic AND t.phone = ''"
_PHONE = "t.customer_number = '' AND t.eic = '' AND t.phone = s.phone"
_WORD_DUE = (
    _WORD_DUE.replace("{last_of_customer}", _LAST.replace("{reader}", _CUSTOMER))
    .replace("{last_of_phone}", _LAST.replace("{reader}", _PHONE))
    .replace("{long_ago}", _LONG_AGO)
)


def words_due(tx: Tx, promised: datetime, half: datetime) -> list[str]:
    """Outages without a time whose readers were promised a word that is due now.

    Told before `promised` is told long enough ago; `half` is later than that.
    """
    values = {"promised": stamp(promised), "half": stamp(half)}
    return [str(row["id"]) for row in tx.all(_WORD_DUE, values)]


def overdue(tx: Tx, by: datetime) -> list[str]:
    """Faults that should have been over by then, by their own time, and are not."""
    sql = """
    SELECT id FROM outages
    WHERE kind = 'unplanned' AND state = 'active' AND ends_at <= ? ORDER BY id
    """
    return [str(row["id"]) for row in tx.all(sql, [stamp(by)])]


_LONG = """
SELECT o.id FROM outages o
WHERE o.kind = 'unplanned' AND o.state = 'active' AND o.starts_at <= ?
  AND EXISTS (SELECT 1 FROM notices n WHERE n.outage_id = o.id AND n.state = 'queued')
  AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.outage_id = o.id AND n.kind = 'long_outage'
                  AND n.state <> 'withdrawn')
ORDER BY o.id
"""


def long_ones(tx: Tx, since: datetime) -> list[str]:
    """Faults that last since then or longer, and nobody has been told that they are long."""
    return [str(row["id"]) for row in tx.all(_LONG, [stamp(since)])]


_PASSED = """
SELECT r.outage_id, r.ends_at FROM outage_revisions r
WHERE r.outage_id IN ({ids}) AND r.ends_at IS NOT NULL AND r.revision = (
    SELECT max(q.revision) FROM outage_revisions q
    WHERE q.outage_id = r.outage_id AND (q.ends_at IS NOT NULL OR q.made_by <> 'policy'))
"""


def passed_ends(tx: Tx, outage_ids: Sequence[str]) -> dict[str, str]:
    """The last time given for each of these outages (a stamp), by id; none for an outage whose
    time a person took back."""
    if not outage_ids:
        return {}
    rows: list[Row] = tx.all(*spell(_PASSED, ids=list(outage_ids)))
    return {str(row["outage_id"]): str(row["ends_at"]) for row in rows}
