"""Debts after a moratorium: warned anew before any disconnection, and told that it is over."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, stamp

_TOLD = """
SELECT d.* FROM debts d
WHERE d.stage NOT IN ('plan', 'paid') AND d.sum_cents > 0 AND EXISTS (
    SELECT 1 FROM notices n
    JOIN notice_messages nm ON nm.notice_id = n.id
    JOIN messages m ON m.id = nm.message_id AND m.status IN ('accepted', 'sent', 'delivered')
    WHERE n.outage_id IS NULL AND n.topic_id > d.id || '#' AND n.topic_id < d.id || '$'
      AND n.kind = 'debt_held' AND NOT EXISTS (
          SELECT 1 FROM notices o
          WHERE o.outage_id IS NULL AND o.topic_id > d.id || '#' AND o.topic_id < d.id || '$'
            AND o.kind = 'debt_over' AND o.id > n.id AND o.state <> 'withdrawn'))
ORDER BY d.due_on, d.reference
"""


def told_of_it(tx: Tx) -> list[Row]:
    """Open debts whose customers were told that nobody is disconnected, and not yet that this is
    over: columns of the table."""
    return tx.all(_TOLD)


def start_anew(tx: Tx, now: datetime) -> int:
    """The days of letters from before hold no more: their debts are next for a new letter; how
    many."""
    return tx.run(
        "UPDATE debts SET stage = 'second', pay_by = NULL, disconnect_on = NULL, updated_at = ?"
        " WHERE stage = 'disconnection'",
        [stamp(now)],
    )
