"""Lists that other systems read page by page, in the order of ids, which is that of making."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.database import Row, Tx, stamp
from storage.lists import spell

_OUTAGE = """
SELECT o.*, (SELECT count(*) FROM outage_premises op
             WHERE op.outage_id = o.id AND op.until_revision IS NULL) AS premises,
       (SELECT x.external_id FROM outages x WHERE x.id = o.nested_in) AS nested
FROM outages o
"""
_NOTICE = """
SELECT n.id, n.campaign_id, n.revision, n.kind, n.customer_number, n.eic, n.phone, n.state,
       n.due_at, n.made_at, o.external_id AS outage,
       (SELECT group_concat(nm.message_id, ' ') FROM notice_messages nm
        WHERE nm.notice_id = n.id) AS messages
FROM notices n LEFT JOIN outages o ON o.id = n.outage_id
"""
_MESSAGE = """
SELECT m.id, m.direction, m.channel, m.kind, m.peer, m.customer_number, m.campaign_id, m.language,
       m.body, m.segments, m.status, m.error_code, m.made_at, m.sent_at, m.done_at,
       o.external_id AS outage
FROM messages m LEFT JOIN outages o ON o.id = m.topic_id
"""
_REPORT = """
SELECT f.*, o.external_id AS outage FROM fault_reports f LEFT JOIN outages o ON o.id = f.outage_id
"""
# By the name of a filter: the condition, with the value as :name. "|| ''" keeps SQLite with
# the order of ids: by the index of a campaign it would sort all of its messages for every page.
_OUTAGES = {
    "state": "o.state = :state",
    "kind": "o.kind = :kind",
    "since": "o.updated_at >= :since",
}
_NOTICES = {
    "state": "n.state = :state",
    "campaign": "n.campaign_id = :campaign",
    "outage": "n.outage_id = :outage",
    "customer": "n.customer_number = :customer",
    "since": "n.made_at >= :since",
}
_MESSAGES = {
    "status": "m.status = :status",
    "channel": "m.channel = :channel",
    "direction": "m.direction = :direction",
    "campaign": "m.campaign_id || '' = :campaign",
    "outage": "m.id IN (SELECT nm.message_id FROM notices n"
    " JOIN notice_messages nm ON nm.notice_id = n.id WHERE n.outage_id = :outage)",
    "since": "m.made_at >= :since",
}
_REPORTS = {
    "state": "f.state = :state",
    "outage": "f.outage_id = :outage",
    "since": "f.made_at >= :since",
}


def outages(tx: Tx, after: str, limit: int, wanted: Mapping[str, Any]) -> list[Row]:
    """Columns of `outages`, `premises` (how many now) and `nested` (an external id).

    `wanted`: state, kind, since (changed then or later).
    """
    return _page(tx, (_OUTAGE, "o", _OUTAGES), after, limit, wanted)


def outage(tx: Tx, external_id: str) -> Row | None:
    """One of them."""
    return tx.one(f"{_OUTAGE} WHERE o.external_id = ?", (external_id,))


def notices(tx: Tx, after: str, limit: int, wanted: Mapping[str, Any]) -> list[Row]:
    """Who must be told what. `wanted`: state, campaign, outage (our id), customer, since."""
    return _page(tx, (_NOTICE, "n", _NOTICES), after, limit, wanted)


def messages(tx: Tx, after: str, limit: int, wanted: Mapping[str, Any]) -> list[Row]:
    """What was sent and came in. `wanted`: status, channel, direction, campaign, outage, since."""
    if "campaign" in wanted:
        after = max(after, wanted["campaign"])  # made before all of its messages
    return _page(tx, (_MESSAGE, "m", _MESSAGES), after, limit, wanted)


def reports(tx: Tx, after: str, limit: int, wanted: Mapping[str, Any]) -> list[Row]:
    """Fault reports. `wanted`: state, outage (our id), since."""
    return _page(tx, (_REPORT, "f", _REPORTS), after, limit, wanted)


def report(tx: Tx, report_id: str) -> Row | None:
    """One of them."""
    return tx.one(f"{_REPORT} WHERE f.id = ?", (report_id,))


def _page(
    tx: Tx, what: tuple[str, str, Mapping[str, str]], after: str, limit: int,
    wanted: Mapping[str, Any],
) -> list[Row]:  # fmt: skip
    sql, table, filters = what
    since = wanted.get("since")
    values: dict[str, Any] = dict(wanted)
    if since is not None:
        values["since"] = stamp(since)
        if table != "o":  # an outage that was made long ago changes now
            after = max(after, first_id(since))
    where = [f"{table}.id > :after", *(filters[name] for name in wanted)]
    text = f"{sql} WHERE {' AND '.join(where)} ORDER BY {table}.id LIMIT :limit"
    return tx.all(*spell(text, after=after, limit=limit, **values))


def first_id(at: datetime) -> str:
    """No id of something made at that time or later comes before it: ids begin with the time."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"
