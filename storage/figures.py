"""Figures about what customers were told: who in time, by which way, how well. Reads only.

Months are given as moments; a message belongs to the moment at which it was sent. Everything that
may be large is counted by the database or read in pieces, so memory stays flat.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from storage.database import Database, Row, Tx, stamp
from storage.lists import in_chunks, spell

# The first word of works, or of their new time: what the law sets a time for.
WARNINGS = ("planned_notice", "moved")
OUTAGES_AT_ONCE = 20
MESSAGES_AT_ONCE = 20_000

# --- one outage -----------------------------------------------------------------------------

_TOLD = """
SELECT n.kind, n.revision, n.state AS notice_state, n.customer_number, n.eic, n.phone, n.due_at,
       COALESCE(k.name, '') AS name, COALESCE(p.address, '') AS address,
       o.starts_at, r.starts_at AS said_starts_at, r.ends_at AS said_ends_at,
       c.late_reason, c.approved_by, m.channel, m.peer, m.status, m.error_code, m.sent_at, m.done_at
FROM notices n
JOIN outages o ON o.id = n.outage_id
JOIN outage_revisions r ON r.outage_id = n.outage_id AND r.revision = n.revision
JOIN campaigns c ON c.id = n.campaign_id
LEFT JOIN customers k ON k.customer_number = n.customer_number
LEFT JOIN premises p ON p.eic = n.eic
LEFT JOIN notice_messages nm ON nm.notice_id = n.id
LEFT JOIN messages m ON m.id = nm.message_id
WHERE n.outage_id = :outage_id AND (:customer = '' OR n.customer_number = :customer)
  AND n.state <> 'withdrawn'
ORDER BY n.customer_number, n.phone, n.eic, COALESCE(m.sent_at, n.due_at), n.id
LIMIT :limit
"""


def told_of(tx: Tx, outage_id: str, customer: str = "", *, limit: int = 1000) -> list[Row]:
    """What customers were told of one outage, or shall be: a row a notice and message.

    Of `customer` alone when given. Without a message yet its columns are NULL.
    """
    values = {"outage_id": outage_id, "customer": customer, "limit": limit}
    return tx.all(_TOLD, values)


# --- deadlines ------------------------------------------------------------------------------

_PLANNED = """
SELECT id, external_id, starts_at, ends_at FROM outages
WHERE kind = 'planned' AND state IN ('scheduled', 'active', 'restored')
  AND starts_at >= :first AND starts_at < :before
ORDER BY starts_at, external_id
"""
# From the outage to its premises and on by keys. Told of another start is not told of these works,
# so those revisions are left out.
_WARNED = """
SELECT o.id AS outage_id, p.customer_number, op.eic, p.address, p.town, k.name, k.kind,
       n.state AS notice_state, c.late_reason, m.channel, m.sent_at, m.status
FROM outages o
CROSS JOIN outage_premises op
CROSS JOIN premises p
CROSS JOIN customers k
LEFT JOIN notices n ON n.customer_number = p.customer_number AND n.eic = op.eic AND n.phone = ''
    AND n.outage_id = o.id AND n.kind IN ('planned_notice', 'moved') AND n.state <> 'withdrawn'
    AND EXISTS (SELECT 1 FROM outage_revisions r WHERE r.outage_id = o.id
                AND r.revision = n.revision AND r.starts_at = o.starts_at)
LEFT JOIN campaigns c ON c.id = n.campaign_id
LEFT JOIN notice_messages nm ON nm.notice_id = n.id
LEFT JOIN messages m ON m.id = nm.message_id
WHERE o.id IN ({ids}) AND op.outage_id = o.id AND op.until_revision IS NULL AND p.eic = op.eic
  AND k.customer_number = p.customer_number
"""


def planned_between(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Planned works that begin in this time and were not cancelled, in the order of their start."""
    return tx.all(_PLANNED, {"first": stamp(first), "before": stamp(before)})


def warned(database: Database, outage_ids: Sequence[str]) -> Iterator[list[Row]]:
    """For each of these outages with premises, in their order: a row a premises and message that
    warned of it, by customer and EIC. A premises without any has one row with NULLs.

    Read a few outages at a time; the next ones are read while the caller works on these.
    """
    with ThreadPoolExecutor(1) as reader:
        ahead: deque[Future[list[list[Row]]]] = deque()
        for ids in in_chunks(outage_ids, OUTAGES_AT_ONCE):
            ahead.append(reader.submit(_read_warned, database, ids))
            if len(ahead) > 2:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()


def _read_warned(database: Database, ids: list[str]) -> list[list[Row]]:
    found = database.all(*spell(_WARNED, ids=ids))
    of_one = {key: list(rows) for key, rows in groupby(found, key=itemgetter("outage_id"))}
    # Sorted here: for the engine it is a second table of all of them.
    return [sorted(of_one[each], key=_BY_CUSTOMER) for each in ids if each in of_one]


_BY_CUSTOMER = itemgetter("customer_number", "eic")


# --- reach ----------------------------------------------------------------------------------

# Each customer counts once, by what reached them: what is sure before what is only likely (an SMS
# without a receipt). CROSS JOIN: from the messages of the month.
_REACHED = """
SELECT k.kind, w.way, count(*) AS customers FROM (
    SELECT n.customer_number, min(CASE
        WHEN m.status NOT IN ('accepted', 'sent', 'delivered') THEN 9
        WHEN m.channel = 'sms' THEN CASE m.status WHEN 'delivered' THEN 1 ELSE 5 END
        WHEN m.channel = 'email' THEN 2 WHEN m.channel = 'letter' THEN 3 ELSE 4 END) AS way
    FROM messages m
    CROSS JOIN notice_messages nm
    CROSS JOIN notices n
    WHERE m.lane = 'alert' AND m.sent_at >= :first AND m.sent_at < :before
      AND m.kind IN ('planned_notice', 'moved')
      AND nm.message_id = m.id AND n.id = nm.notice_id AND n.customer_number <> ''
    GROUP BY n.customer_number) AS w
JOIN customers k ON k.customer_number = w.customer_number
GROUP BY k.kind, w.way
"""
WAYS = {1: "sms", 2: "email", 3: "letter", 4: "voice", 5: "sms", 9: "none"}
_UNREACHABLE = """
SELECT k.kind, count(*) AS customers FROM (
    SELECT DISTINCT n.customer_number FROM notices n
    WHERE n.state = 'unreachable' AND n.kind IN ('planned_notice', 'moved')
      AND n.due_at >= :first AND n.due_at < :before) AS u
JOIN customers k ON k.customer_number = u.customer_number
GROUP BY k.kind
"""


def reached(tx: Tx, first: datetime, before: datetime) -> dict[tuple[str, str], int]:
    """(kind of customer, channel) to how many customers were warned of works so in this time.

    The channel is 'none' for those whom nothing reached.
    """
    span = {"first": stamp(first), "before": stamp(before)}
    found: dict[tuple[str, str], int] = {}
    for row in tx.all(_REACHED, span):
        key = (str(row["kind"]), WAYS[int(row["way"])])
        found[key] = found.get(key, 0) + int(row["customers"])
    for row in tx.all(_UNREACHABLE, span):
        key = (str(row["kind"]), "none")
        found[key] = found.get(key, 0) + int(row["customers"])
    return found


_AHEAD = """
SELECT o.starts_at, substr(m.sent_at, 1, 16) AS minute, m.channel, count(*) AS messages
FROM messages m
CROSS JOIN notice_messages nm
CROSS JOIN notices n
CROSS JOIN outages o
WHERE m.lane = 'alert' AND m.sent_at >= :first AND m.sent_at < :before
  AND m.kind = 'planned_notice' AND m.status IN ('accepted', 'sent', 'delivered')
  AND nm.message_id = m.id AND n.id = nm.notice_id AND o.id = n.outage_id
GROUP BY o.starts_at, substr(m.sent_at, 1, 16), m.channel
"""


def sent_ahead(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """First notices of works sent in this time: `starts_at`, `minute` ('2026-12-01T10:00', UTC),
    `channel` and how many `messages`."""
    return tx.all(_AHEAD, {"first": stamp(first), "before": stamp(before)})


_COSTS = """
SELECT channel, status, count(*) AS messages, sum(segments) AS segments,
       sum(cost_cents) AS cost_cents,
       sum(CASE WHEN cost_cents = 0 THEN segments ELSE 0 END) AS unpriced
FROM messages
WHERE lane = 'alert' AND sent_at >= :first AND sent_at < :before
GROUP BY channel, status
"""


def alert_costs(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Alerts of all kinds sent in this time, by `channel` and `status`: how many `messages` and
    `segments`, what they cost, and the segments of those whose price was not recorded."""
    return tx.all(_COSTS, {"first": stamp(first), "before": stamp(before)})


def opt_outs(tx: Tx, first: datetime, before: datetime) -> int:
    """How many phones and addresses were opted out in this time."""
    row = tx.one(
        "SELECT count(*) AS n FROM consents WHERE action = 'opted_out' AND at >= ? AND at < ?",
        [stamp(first), stamp(before)],
    )
    return 0 if row is None else int(row["n"])


# --- delivery -------------------------------------------------------------------------------

_DELIVERY = """
SELECT channel, provider, status, COALESCE(error_code, '') AS error_code, count(*) AS messages
FROM messages
WHERE lane = 'alert' AND sent_at >= :first AND sent_at < :before
GROUP BY channel, provider, status, COALESCE(error_code, '')
UNION ALL
SELECT channel, provider, status, COALESCE(error_code, ''), count(*)
FROM messages
WHERE lane = 'alert' AND sent_at IS NULL AND status IN ('failed', 'expired', 'set_aside')
  AND done_at >= :first AND done_at < :before
GROUP BY channel, provider, status, COALESCE(error_code, '')
"""
_LATENCY = """
SELECT id, provider, channel, sent_at, done_at FROM messages
WHERE lane = 'alert' AND (sent_at > :at OR (sent_at = :at AND id > :id)) AND sent_at >= :at
  AND sent_at < :before AND status = 'delivered' AND done_at IS NOT NULL
ORDER BY sent_at, id LIMIT :limit
"""


def delivery_counts(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Alerts by `channel`, `provider`, `status` and `error_code` ('' for none): `messages`.

    Also those that were never sent, by the moment at which that was settled.
    """
    return tx.all(_DELIVERY, {"first": stamp(first), "before": stamp(before)})


def delivered(tx: Tx, first: datetime, before: datetime) -> Iterator[Row]:
    """Alerts that were delivered: `provider`, `channel`, `sent_at` and `done_at`."""
    at, last = stamp(first), ""
    while True:
        values = {"at": at, "id": last, "before": stamp(before), "limit": MESSAGES_AT_ONCE}
        rows = tx.all(_LATENCY, values)
        yield from rows
        if len(rows) < MESSAGES_AT_ONCE:
            return
        at, last = str(rows[-1]["sent_at"]), str(rows[-1]["id"])
