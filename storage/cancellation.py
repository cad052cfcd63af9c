"""The rules of `notices` for planned works that are cancelled: a shorter way to the same rows.

Mass cancellations are hundreds of works in one act. For each reader the general statement weighs
everything that an outage can come to; here only two things can be: who was told of the works is
told that they are cancelled, and what nobody has read yet is withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import Tx
from storage.lists import spell
from storage.ways import IN_ORDER_OF_PHONES

# Cancelled before, or told otherwise since: the general rules decide.
_NOT_PLAIN = """
SELECT 1 AS n FROM outages o
WHERE o.id IN ({ids}) AND (o.kind <> 'planned' OR o.state <> 'cancelled' OR EXISTS (
    SELECT 1 FROM notices n WHERE n.outage_id = o.id AND n.kind IN ('cancelled', 'restored')))
LIMIT 1
"""
_WITHDRAW = """
UPDATE notices SET state = 'withdrawn'
WHERE outage_id IN ({ids}) AND state IN ('draft', 'approved', 'unreachable')
"""
# Queued, and not every phone has got it: what has left the house decides, now or later.
_DOUBT = """
UPDATE notices SET state = 'in_doubt'
WHERE outage_id IN ({ids}) AND state = 'queued' AND EXISTS (
    SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
    WHERE nm.notice_id = notices.id AND m.status IN ('queued', 'sending', 'unknown'))
"""
# The last notice told names the times that its reader knows. CROSS JOIN: those told come first.
_MAKE = """
INSERT INTO notices (id, campaign_id, outage_id, revision, kind, customer_number, eic, phone,
                     state, due_at, old_starts_at, old_ends_at, made_at)
WITH targets (outage_id, campaign_id, due_at) AS (VALUES {targets}),
told AS (
    SELECT max(n.id) AS id FROM notices n
    WHERE n.outage_id IN ({ids}) AND n.phone = '' AND n.state <> 'withdrawn' AND EXISTS (
        SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
        WHERE nm.notice_id = n.id AND m.status IN ('accepted', 'sent', 'delivered'))
    GROUP BY n.outage_id, n.customer_number, n.eic)
SELECT new_id(), t.campaign_id, n.outage_id, o.revision, 'cancelled', n.customer_number, n.eic, '',
       CASE WHEN c.state = 'draft' THEN 'draft' ELSE 'approved' END, t.due_at, r.starts_at,
       r.ends_at, :now
FROM told
CROSS JOIN notices n ON n.id = told.id
CROSS JOIN outages o ON o.id = n.outage_id
CROSS JOIN outage_revisions r ON r.outage_id = n.outage_id AND r.revision = n.revision
CROSS JOIN premises p ON p.eic = n.eic AND p.customer_number = n.customer_number
JOIN targets t ON t.outage_id = n.outage_id
JOIN campaigns c ON c.id = t.campaign_id
WHERE COALESCE(r.ends_at, r.starts_at) > :now
ORDER BY {by_phone}
""".replace("{by_phone}", IN_ORDER_OF_PHONES.replace("{number}", "n.customer_number"))


def is_plain(tx: Tx, outage_ids: Sequence[str]) -> bool:
    """Whether all of them are planned works that are cancelled for the first time."""
    return tx.one(*spell(_NOT_PLAIN, ids=list(outage_ids))) is None


def withdraw(tx: Tx, outage_ids: Sequence[str]) -> None:
    """Withdraw what nobody has read yet; what may be on its way is in doubt."""
    tx.run(*spell(_WITHDRAW, ids=list(outage_ids)))
    tx.run(*spell(_DOUBT, ids=list(outage_ids)))


def make(tx: Tx, targets: Sequence[tuple[str, str, str]], now: str) -> int:
    """The notices that (outage id, campaign id, due at) call for; how many. Call `withdraw` and
    settle the doubts before."""
    if not targets:
        return 0
    ids = [outage_id for outage_id, _, _ in targets]
    return tx.run(*spell(_MAKE, targets=list(targets), ids=ids, now=now))
