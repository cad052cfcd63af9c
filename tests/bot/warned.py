"""Months in which customers were warned of works, half a million if need be: made by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage import Database, Tx
from storage.database import stamp

AT_ONE_OUTAGE = 100
_NUMBERS = """
WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
"""
_PEOPLE = (
    """INSERT INTO customers SELECT 'C' || printf('%07d', n), 'Klients ' || n, :kind, 'lv',
           'Garā iela ' || n, 'LV-1001', :sent_at FROM numbers WHERE true
       ON CONFLICT (customer_number) DO NOTHING""",
    """INSERT INTO premises SELECT '43X' || printf('%013d', n), 'C' || printf('%07d', n),
           'Garā iela ' || n, 'Rīga', 'LV-1001', 'M' || n, 'T' || n / 100, 'F1', 0, NULL, NULL,
           :sent_at FROM numbers WHERE true ON CONFLICT (eic) DO NOTHING""",
)
_WORKS = (
    """INSERT INTO campaigns (id, kind, state, title, made_by, made_at, late_reason, updated_at)
       VALUES (:label, 'planned_notice', 'done', '', 'anna', :sent_at, :reason, :sent_at)""",
    """INSERT INTO outages (id, external_id, kind, state, sequence, revision, starts_at, ends_at,
           reason, updated_at)
       SELECT DISTINCT :label || (n / :each), :label || (n / :each), 'planned', 'restored', 1, 1,
              :starts_at, :ends_at, 'remonts', :sent_at FROM numbers""",
    """INSERT INTO outage_revisions (outage_id, revision, sequence, state, starts_at, ends_at,
           reason, at, made_by)
       SELECT DISTINCT :label || (n / :each), 1, 1, 'scheduled', :starts_at, :ends_at, 'remonts',
              :sent_at, 'anna' FROM numbers""",
    """INSERT INTO outage_premises (outage_id, eic)
       SELECT :label || (n / :each), '43X' || printf('%013d', n) FROM numbers""",
)
_TOLD = (
    """INSERT INTO notices (id, campaign_id, outage_id, revision, kind, customer_number, eic, state,
           due_at, made_at)
       SELECT 'n' || :label || printf('%07d', n), :label, :label || (n / :each), 1,
              'planned_notice', 'C' || printf('%07d', n), '43X' || printf('%013d', n),
              CASE :channel WHEN '' THEN 'unreachable' ELSE 'queued' END, :sent_at, :sent_at
       FROM numbers""",
    """INSERT INTO messages (id, direction, channel, kind, lane, provider, provider_id, peer,
           customer_number, campaign_id, topic_id, language, body, segments, status, error_code,
           made_at, sent_at, done_at)
       SELECT 'm' || :label || printf('%07d', n), 'out', :channel, 'planned_notice', 'alert',
              'sandbox', 'm' || :label || n, '+3712' || printf('%07d', n),
              'C' || printf('%07d', n), :label, :label || (n / :each), 'lv', :body, :segments,
              :status, CASE :status WHEN 'failed' THEN '30005' END, :sent_at, :sent_at, :done_at
       FROM numbers WHERE :channel <> ''""",
    """INSERT INTO notice_messages
       SELECT 'n' || :label || printf('%07d', n), 'm' || :label || printf('%07d', n)
       FROM numbers WHERE :channel <> ''""",
)
_BODY = (
    "Sadales tikls: planoti darbi, elektribas nebus 12. decembri no plkst. 9.00 lidz 15.00. " * 2
)


@dataclass(frozen=True)
class Batch:
    """Customers number `first` to `last` who were warned of works, or tried to be, in one way.

    `channel` '' : nobody could be reached. They hang on outages of their own, 100 each.
    """

    label: str
    first: int
    last: int
    channel: str = "sms"
    kind: str = "household"
    status: str = "delivered"
    sent_at: datetime = datetime(2010, 1, 12, 8, 0, tzinfo=UTC)
    days: float = 8
    reason: str | None = None
    receipt_seconds: float = 4


def _padded(sql: str) -> str:
    """Leading zeros in words that both engines have."""
    sql = sql.replace("printf('%07d', n)", "substr(CAST(10000000 + n AS TEXT), 2)")
    return sql.replace("printf('%013d', n)", "substr(CAST(10000000000000 + n AS TEXT), 2)")


def add_batch(database: Database, batch: Batch) -> None:
    """Store it with its customers, premises, works, notices and messages."""

    def work(tx: Tx) -> None:
        starts = batch.sent_at + timedelta(days=batch.days)
        receipt = batch.sent_at + timedelta(seconds=batch.receipt_seconds)
        values = {
            "label": batch.label, "first": batch.first, "last": batch.last, "kind": batch.kind,
            "channel": batch.channel, "status": batch.status, "sent_at": stamp(batch.sent_at),
            "done_at": stamp(receipt) if batch.status == "delivered" else None,
            "starts_at": stamp(starts), "ends_at": stamp(starts + timedelta(hours=4)),
            "reason": batch.reason, "each": AT_ONE_OUTAGE, "body": _BODY,
            "segments": 2 if batch.channel == "sms" else 0,
        }  # fmt: skip
        for sql in (*_PEOPLE, *_WORKS, *_TOLD):
            text = _padded(sql if sql is _WORKS[0] else _NUMBERS + sql)
            tx.run(text, {name: value for name, value in values.items() if f":{name}" in text})

    database.transaction(work)
