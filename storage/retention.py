"""What is kept for how long: the rows of each class that are older than its days, in small pieces.

Ids begin with the moment at which they were made, so the old ones are one range of the primary key:
no index of their own, and a look at a class costs the same however much is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from storage import audit, search
from storage.database import Tx, set_switch, stamp, switch
from storage.lists import spell

MARK = "kept_from_"  # the switch of a step: the last id that it looked at
_PROOF = """(campaign_id IS NOT NULL OR EXISTS (
    SELECT 1 FROM notice_messages n WHERE n.message_id = messages.id))"""


@dataclass(frozen=True)
class Step:
    """One look at one table. `days`: the class in `[retention]`; `acts`: what is done to the ids
    that `find` finds. `steady`: what it passes over once it never has to look at again."""

    name: str
    days: str
    find: str
    acts: tuple[str, ...]
    steady: bool = True


_FORGET_TEXTS = (
    "DELETE FROM candidates WHERE message_id IN ({ids})",
    "DELETE FROM turns WHERE message_id IN ({ids})",
    "UPDATE turns SET reply_id = NULL WHERE reply_id IN ({ids})",
    "DELETE FROM receipts WHERE message_id IN ({ids})",
    """UPDATE search_documents SET up_to = '' WHERE conversation_id IN (
           SELECT c.id FROM conversations c JOIN messages m ON m.peer = c.phone
           WHERE m.id IN ({ids}))""",
    "DELETE FROM messages WHERE id IN ({ids})",
)
STEPS = (
    Step("texts", "conversations", f"FROM messages WHERE {{range}} AND NOT {_PROOF}",
         _FORGET_TEXTS),
    Step("notes", "conversations", "FROM conversation_notes WHERE {range}",
         ("DELETE FROM conversation_notes WHERE id IN ({ids})",)),
    Step("waits", "conversations", "FROM conversation_waits WHERE {range}",
         ("DELETE FROM conversation_waits WHERE id IN ({ids})",)),
    Step("conversations", "conversations",
         """FROM conversations WHERE {range} AND coalesce(last_in_at, made_at) < :before
            AND waiting_since IS NULL AND owner = 'bot'
            AND NOT EXISTS (SELECT 1 FROM messages m JOIN turns t ON t.message_id = m.id
                            WHERE m.peer = conversations.phone AND m.direction = 'in')
            AND NOT EXISTS (SELECT 1 FROM conversation_notes n
                            WHERE n.conversation_id = conversations.id)""",
         ("DELETE FROM conversation_reads WHERE conversation_id IN ({ids})",
          "DELETE FROM conversation_waits WHERE conversation_id IN ({ids})",
          "DELETE FROM conversations WHERE id IN ({ids})"), steady=False),
    Step("subscriptions", "conversations",
         """FROM outages WHERE {range} AND EXISTS (
                SELECT 1 FROM outage_subscribers s WHERE s.outage_id = outages.id)""",
         ("DELETE FROM outage_subscribers WHERE outage_id IN ({ids})",)),
    Step("receipts", "receipts", "FROM receipts WHERE {range}",
         ("DELETE FROM receipts WHERE id IN ({ids})",)),
    Step("words of alerts", "messages", "FROM messages WHERE {range} AND peer NOT LIKE 'kept-%'",
         ("""UPDATE messages SET peer = 'kept-' || id, body = '', provider_id = NULL
             WHERE id IN ({ids})""",)),
    Step("reports", "reports",
         "FROM fault_reports WHERE {range} AND state <> 'open' AND made_at < :before",
         ("DELETE FROM danger_looks WHERE report_id IN ({ids})",
          "DELETE FROM fault_reports WHERE id IN ({ids})"), steady=False),
    Step("complaints", "complaints",
         "FROM complaints WHERE {range} AND state = 'closed' AND closed_at < :before",
         ("DELETE FROM complaints WHERE id IN ({ids})",), steady=False),
    Step("debts", "debts",
         "FROM debts WHERE {range} AND stage = 'paid' AND updated_at < :before",
         ("DELETE FROM debts WHERE id IN ({ids})",), steady=False),
    Step("proofs", "notices", "FROM messages WHERE {range}",
         ("DELETE FROM notice_messages WHERE message_id IN ({ids})", *_FORGET_TEXTS)),
    Step("notices", "notices", "FROM notices WHERE {range}",
         ("DELETE FROM notice_messages WHERE notice_id IN ({ids})",
          "DELETE FROM debt_days WHERE notice_id IN ({ids})",
          "DELETE FROM notices WHERE id IN ({ids})")),
    Step("calls", "notices", "FROM calls WHERE {range} AND state <> 'open'",
         ("DELETE FROM calls WHERE id IN ({ids})",), steady=False),
    # Without the proof it is of no use which premises an outage had; and each change of an outage
    # looks at all that its premises ever had. At most so many a piece: one may have 30,000.
    Step("places", "notices",
         """FROM outages WHERE {range} AND updated_at < :before
            AND state IN ('restored', 'cancelled')
            AND EXISTS (SELECT 1 FROM outage_premises p WHERE p.outage_id = outages.id)""",
         ("""DELETE FROM outage_premises WHERE (outage_id, eic) IN (
                 SELECT p.outage_id, p.eic FROM outage_premises p WHERE p.outage_id IN ({ids})
                 LIMIT 2000)""",),
         steady=False),
    # The last word of each address stays: it is what holds now.
    Step("consents", "consents",
         """FROM consents WHERE {range} AND EXISTS (SELECT 1 FROM consents later
                WHERE later.value = consents.value AND later.kind = consents.kind
                  AND later.id > consents.id)""",
         ("DELETE FROM consents WHERE id IN ({ids})",), steady=False),
    Step("erasures", "audit", "FROM erased WHERE {range}",
         ("DELETE FROM erased WHERE id IN ({ids})",)),
    Step("tries", "sessions", "FROM registration_tries WHERE {range}",
         ("DELETE FROM registration_tries WHERE id IN ({ids})",)),
    Step("tokens", "tokens",
         """FROM api_tokens WHERE {range}
            AND (coalesce(revoked_at, '9') < :before OR coalesce(expires_at, '9') < :before)""",
         ("DELETE FROM api_tokens WHERE id IN ({ids})",), steady=False),
)  # fmt: skip
AUDIT, SESSIONS = "audit", "sign-ins"  # what is not found by its id
_AUDIT_LEAST = 200  # a purge is a row of the log itself: not one for every few


def floor(at: datetime) -> str:
    """The text before which the ids made before this moment sort.

    >>> floor(datetime(2026, 12, 1, tzinfo=UTC))
    '019ad73a-8400'
    """
    digits = f"{int(at.astimezone(UTC).timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _find(
    tx: Tx, step: Step, before: datetime, limit: int, *, after: str = "", count: bool = False
) -> list[str]:
    if step.steady:
        after = switch(tx, f"{MARK}{step.name}")
    source = step.find.replace("{range}", "id > :after AND id < :floor")
    sql = f"SELECT id {source} ORDER BY id LIMIT :limit"
    values = {"after": after, "floor": floor(before), "before": stamp(before), "limit": limit}
    if count:
        sql = f"SELECT count(*) AS id FROM (SELECT id {source} LIMIT :limit) AS found"  # noqa: S608
    return [str(row["id"]) for row in tx.all(*spell(sql, **values))]


def due(tx: Tx, step: Step, before: datetime, most: int = 100_000) -> int:
    """How many rows of a step are older than `before`; at most `most` are counted."""
    return int(_find(tx, step, before, most, count=True)[0])


def find(tx: Tx, step: Step, before: datetime, limit: int, *, after: str = "") -> list[str]:
    """The next ids that a step has to do with. `after`: the last of the piece before, so that what
    a step leaves is not walked over again for each piece."""
    return _find(tx, step, before, limit, after=after)


def take(tx: Tx, step: Step, ids: Sequence[str], now: datetime) -> int:
    """Do what the step does to these; how many."""
    if not ids:
        return 0
    if step.name == "conversations":
        for each in ids:
            search.forget(tx, each)
    for sql in step.acts:
        tx.run(*spell(sql, ids=list(ids)))
    if step.steady:
        set_switch(tx, f"{MARK}{step.name}", ids[-1], by="retention", now=now)
    return len(ids)


def audit_due(tx: Tx, before: datetime, limit: int) -> int:
    """The place up to which the audit log may go now; 0 while it is not worth it."""
    start, _ = audit.end_of(tx, "anchor")
    last = audit.last_before(tx, stamp(before), limit)
    return last if last - start >= _AUDIT_LEAST else 0


def forget_sign_ins(tx: Tx, before: datetime) -> int:
    """Sessions that nobody uses any more, and wrong tries whose lock is long over."""
    gone = tx.run("DELETE FROM agent_sessions WHERE seen_at < ?", (stamp(before),))
    return gone + tx.run(
        "DELETE FROM agent_tries WHERE at < ? AND coalesce(locked_until, '') < ?",
        (stamp(before), stamp(before)),
    )


def sign_ins_due(tx: Tx, before: datetime) -> int:
    """How many rows `forget_sign_ins` would take."""
    row = tx.one(
        """SELECT (SELECT count(*) FROM agent_sessions WHERE seen_at < :before)
                + (SELECT count(*) FROM agent_tries WHERE at < :before
                   AND coalesce(locked_until, '') < :before) AS n""",
        {"before": stamp(before)},
    )
    return int(row["n"]) if row else 0
