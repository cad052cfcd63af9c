"""Planned works as a person plans with them: by day, with how many they concern. One outage and
its revisions: `outages`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import in_chunks, spell

STATES = ("scheduled", "active", "cancelled", "restored")
AT_ONCE = 500  # outages in one statement

_STARTS = """
SELECT id, external_id, state, starts_at, ends_at, reason FROM outages
WHERE kind = 'planned' AND state IN ({states}) AND starts_at >= :starting AND starts_at < :before
"""
_LIST = """
WITH picked AS ({starts} ORDER BY starts_at, external_id LIMIT :limit OFFSET :skip)
SELECT o.*, count(op.eic) AS premises, count(DISTINCT p.customer_number) AS customers,
       min(p.town) AS town, count(DISTINCT p.town) AS towns
FROM picked o
LEFT JOIN outage_premises op ON op.outage_id = o.id AND op.until_revision IS NULL
LEFT JOIN premises p ON p.eic = op.eic
GROUP BY o.id, o.external_id, o.state, o.starts_at, o.ends_at, o.reason
ORDER BY o.starts_at, o.external_id
""".replace("{starts}", _STARTS)


def starts(tx: Tx, starting: datetime, before: datetime) -> list[Row]:
    """Planned works that start in the time given: columns of `outages` alone, in no order."""
    return tx.all(
        *spell(_STARTS, states=list(STATES), starting=stamp(starting), before=stamp(before))
    )


def planned(
    tx: Tx, starting: datetime, before: datetime, *, limit: int, skip: int = 0
) -> list[Row]:
    """Planned works that start in the time given, in order: columns of `outages` and `premises`,
    `customers` (how many), `town` (the first by name), `towns` (how many)."""
    values = {"starting": stamp(starting), "before": stamp(before), "limit": limit, "skip": skip}
    return tx.all(*spell(_LIST, states=list(STATES), **values))


def count_concerned(tx: Tx, outage_ids: Sequence[str]) -> tuple[int, int]:
    """(premises, customers) that these outages touch now, each counted once."""
    sql = """
    SELECT DISTINCT op.eic, p.customer_number FROM outage_premises op
    JOIN premises p ON p.eic = op.eic
    WHERE op.outage_id IN ({ids}) AND op.until_revision IS NULL
    """
    found: set[tuple[str, str]] = set()
    for some in in_chunks(outage_ids, AT_ONCE):
        rows = tx.all(*spell(sql, ids=list(some)))
        found |= {(str(row["eic"]), str(row["customer_number"])) for row in rows}
    return len(found), len({customer for _, customer in found})


def count_told(tx: Tx, outage_ids: Sequence[str]) -> int:
    """How many customers (or phones of others) a message about these outages has reached."""
    sql = """
    SELECT DISTINCT n.customer_number, n.phone FROM notices n
    JOIN notice_messages nm ON nm.notice_id = n.id
    JOIN messages m ON m.id = nm.message_id AND m.status IN ('accepted', 'sent', 'delivered')
    WHERE n.outage_id IN ({ids})
    """
    found: set[tuple[str, str]] = set()
    for some in in_chunks(outage_ids, AT_ONCE):
        rows = tx.all(*spell(sql, ids=list(some)))
        found |= {(str(row["customer_number"]), str(row["phone"])) for row in rows}
    return len(found)


def feeders(tx: Tx) -> list[str]:
    """Every feeder that has premises."""
    sql = "SELECT DISTINCT feeder FROM premises WHERE feeder <> '' ORDER BY feeder"
    return [str(row["feeder"]) for row in tx.all(sql)]


def reasons(tx: Tx) -> list[str]:
    """The reasons of works that are planned, each once."""
    sql = """
    SELECT DISTINCT reason FROM outages
    WHERE kind = 'planned' AND state = 'scheduled' AND reason <> '' ORDER BY reason
    """
    return [str(row["reason"]) for row in tx.all(sql)]


def premises_of(tx: Tx, outage_id: str, limit: int) -> list[Row]:
    """Some of the premises that an outage touches now: address, town, transformer, feeder."""
    sql = """
    SELECT p.address, p.town, p.transformer, p.feeder, p.life_support
    FROM outage_premises op JOIN premises p ON p.eic = op.eic
    WHERE op.outage_id = ? AND op.until_revision IS NULL
    ORDER BY p.life_support DESC, p.town, p.address LIMIT ?
    """
    return tx.all(sql, [outage_id, limit])


def revisions(tx: Tx, outage_id: str) -> list[Row]:
    """What was said of an outage, the latest first."""
    sql = "SELECT * FROM outage_revisions WHERE outage_id = ? ORDER BY revision DESC"
    return tx.all(sql, [outage_id])


def campaigns_about(tx: Tx, outage_id: str) -> list[Row]:
    """The campaigns that tell of an outage, the latest first."""
    sql = """
    SELECT c.id, c.kind, c.state, c.made_at, c.approved_by, count(*) AS notices
    FROM notices n JOIN campaigns c ON c.id = n.campaign_id
    WHERE n.outage_id = ? AND n.state <> 'withdrawn'
    GROUP BY c.id ORDER BY c.id DESC
    """
    return tx.all(sql, [outage_id])
