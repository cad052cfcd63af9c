"""Figures about what customers were told: who in time, by which way, how well. Reads only.

Months are given as moments; a message belongs to the moment at which it was sent. Everything that
may be large is counted by the database or read in pieces, so memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from storage.database import Database, Row, Tx, stamp
from storage.lists import in_chunks, spell

# The first word of works, or of their new time: what the law sets a time for.
WARNINGS = ("planned_notice", "moved")
SENT = ("accepted", "sent", "delivered", "failed")
OUTAGES_AT_ONCE = 20
MESSAGES_AT_ONCE = 20_000

# --- one outage -----------------------------------------------------------------------------

_TOLD = """
SELECT n.kind, n.revision, n.state AS notice_state, n.customer_number, n.eic, n.phone, n.due_at,
       COALESCE(k.name, '') AS name, COALESCE(p.address, '') AS address,
       o.starts_at, r.starts_at AS said_starts_at, r.ends_at AS said_ends_at,
       c.late_reason, c.approved_by, m.channel, m.peer, m.status, m.error_code, m.sent_at,
       m.done_at, m.id AS message, m.body
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
SELECT id, external_id, starts_at, ends_at, state FROM outages
WHERE kind = 'planned' AND state IN ('scheduled', 'active', 'restored')
  AND starts_at >= :first AND starts_at < :before
ORDER BY starts_at, external_id
"""
# The premises of works, and what was said to their customers, are read apart: each then lies
# together on the disk. Joined, every premises looks its notice up anywhere, in twice the time.
_PLACES = """
SELECT op.outage_id, p.customer_number, op.eic{columns}
FROM outage_premises op
CROSS JOIN premises p{tables}
WHERE op.outage_id IN ({ids}) AND op.until_revision IS NULL AND p.eic = op.eic
"""
_BARE_PLACES = _PLACES.format(columns="", tables="", ids="{ids}")
_NAMED_PLACES = f"""{
    _PLACES.format(
        columns=", p.address, p.town, k.name, k.kind", tables=" CROSS JOIN customers k", ids="{ids}"
    )
} AND k.customer_number = p.customer_number"""
# Told of another start is not told of these works, so only revisions with this one count.
_WARNED = """
SELECT n.outage_id, n.customer_number, n.eic, n.state AS notice_state, c.late_reason, m.channel,
       m.sent_at, m.status, r.ends_at AS said_ends
FROM outages o
CROSS JOIN outage_revisions r
CROSS JOIN notices n
CROSS JOIN campaigns c
LEFT JOIN notice_messages nm ON nm.notice_id = n.id
LEFT JOIN messages m ON m.id = nm.message_id
WHERE o.id IN ({ids}) AND r.outage_id = o.id AND r.starts_at = o.starts_at
  AND n.outage_id = o.id AND n.outage_id IS NOT NULL AND n.revision = r.revision
  AND n.kind IN ('planned_notice', 'moved') AND n.state <> 'withdrawn' AND n.phone = ''
  AND c.id = n.campaign_id
"""


class Warned(NamedTuple):
    """The premises of one outage, by customer and EIC, and the notices and messages that warned
    of it by (customer number, EIC): a row each, with NULLs for a notice without a message."""

    outage_id: str
    places: list[Row]
    said: dict[tuple[str, str], list[Row]]


def planned_between(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Planned works that begin in this time and were not cancelled, in the order of their start."""
    return tx.all(_PLANNED, {"first": stamp(first), "before": stamp(before)})


_AT_CUSTOMER = """
SELECT DISTINCT o.id, o.external_id, o.starts_at, o.ends_at, o.state
FROM premises p
CROSS JOIN outage_premises op
CROSS JOIN outages o
WHERE p.customer_number = :customer AND op.eic = p.eic AND op.until_revision IS NULL
  AND o.id = op.outage_id AND o.kind = 'planned' AND o.starts_at >= :since
ORDER BY o.starts_at DESC, o.external_id LIMIT :limit
"""


def planned_at(tx: Tx, customer_number: str, since: datetime, *, limit: int) -> list[Row]:
    """Planned works at a customer's premises that begin after a moment, the latest first."""
    values = {"customer": customer_number, "since": stamp(since), "limit": limit}
    return tx.all(_AT_CUSTOMER, values)


def premises_of(tx: Tx, first: datetime, before: datetime) -> int:
    """How many premises the works of this time touch, each once for each of the works."""
    row = tx.one(_TOUCHED, {"first": stamp(first), "before": stamp(before)})
    return 0 if row is None else int(row["n"])


_TOUCHED = """
SELECT count(*) AS n FROM outages o CROSS JOIN outage_premises op
WHERE o.kind = 'planned' AND o.state IN ('scheduled', 'active', 'restored')
  AND o.starts_at >= :first AND o.starts_at < :before
  AND op.outage_id = o.id AND op.until_revision IS NULL
"""


def warned(
    database: Database, outage_ids: Sequence[str], *, named: bool = True
) -> Iterator[Warned]:
    """What was said at each of these outages with premises, in their order; a few at a time.

    Places have `customer_number` and `eic`, and when `named` also `address`, `town`, `name` and
    `kind`, which take as long as the rest.
    """
    places = _NAMED_PLACES if named else _BARE_PLACES
    for ids in in_chunks(outage_ids, OUTAGES_AT_ONCE):
        found: dict[str, Warned] = {}
        for row in database.all(*spell(places, ids=ids)):
            key = row["outage_id"]
            if key not in found:
                found[key] = Warned(key, [], {})
            found[key].places.append(row)
        _add_said(database, found)
        for each in ids:
            if each in found:
                # Sorted here: for the engine it is a second table of all of them.
                found[each].places.sort(key=_BY_CUSTOMER)
                yield found.pop(each)


def _add_said(database: Database, found: Mapping[str, Warned]) -> None:
    if not found:
        return
    for row in database.all(*spell(_WARNED, ids=list(found))):
        said = found[row["outage_id"]].said
        said.setdefault((row["customer_number"], row["eic"]), []).append(row)


_CALLED_OFF = """
SELECT n.customer_number, n.eic, n.kind, n.state AS notice_state, m.channel, m.sent_at, m.status
FROM notices n
LEFT JOIN notice_messages nm ON nm.notice_id = n.id
LEFT JOIN messages m ON m.id = nm.message_id
WHERE n.outage_id = :outage_id AND n.kind IN ('planned_notice', 'moved', 'cancelled')
  AND n.state <> 'withdrawn' AND n.phone = ''
ORDER BY n.id
"""


def called_off(tx: Tx, outage_id: str) -> dict[tuple[str, str], list[Row]]:
    """What was said of works, and that they are cancelled, by (customer number, EIC)."""
    said: dict[tuple[str, str], list[Row]] = {}
    for row in tx.all(_CALLED_OFF, {"outage_id": outage_id}):
        said.setdefault((row["customer_number"], row["eic"]), []).append(row)
    return said


def cancellation_of(tx: Tx, outage_id: str) -> Row | None:
    """The revision that cancelled an outage for good: `at`, `made_by`, `reason` ('' where none but
    that of the works themselves was given)."""
    return tx.one(
        """SELECT r.at, r.made_by,
                  CASE WHEN r.reason <> COALESCE((
                      SELECT q.reason FROM outage_revisions q
                      WHERE q.outage_id = :id AND q.state <> 'cancelled'
                      ORDER BY q.revision DESC LIMIT 1), '') THEN r.reason ELSE '' END AS reason
           FROM outage_revisions r
           WHERE r.outage_id = :id AND r.state = 'cancelled' AND r.revision > COALESCE((
               SELECT max(q.revision) FROM outage_revisions q
               WHERE q.outage_id = :id AND q.state <> 'cancelled'), 0)
           ORDER BY r.at, r.revision LIMIT 1""",
        {"id": outage_id},
    )


_BY_CUSTOMER = itemgetter("customer_number", "eic")


# --- reach ----------------------------------------------------------------------------------

# Whether a message m has reached its reader, in all figures alike: it was delivered; or it was sent
# and did not come back, where the channel gives no receipts. A bounced e-mail has failed.
HAS_REACHED = """(m.status = 'delivered'
    OR m.channel IN ('email', 'letter') AND m.status IN ('accepted', 'sent'))"""
# Each customer counts once, by the first of the ways that reached them. CROSS JOIN: from the
# messages of the month.
_REACHED = """
SELECT k.kind, w.way, count(*) AS customers FROM (
    SELECT n.customer_number, min(CASE
        WHEN NOT {has_reached} THEN 9
        WHEN m.channel = 'sms' THEN 1
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
""".replace("{has_reached}", HAS_REACHED)
WAYS = {1: "sms", 2: "email", 3: "letter", 4: "voice", 9: "none"}
# From the campaigns: by state alone it reads every notice there is, once a month.
_UNREACHABLE = """
SELECT k.kind, count(*) AS customers FROM (
    SELECT DISTINCT n.customer_number FROM campaigns c
    CROSS JOIN notices n
    WHERE n.campaign_id = c.id AND n.state = 'unreachable'
      AND n.kind IN ('planned_notice', 'moved') AND n.due_at >= :first AND n.due_at < :before) AS u
CROSS JOIN customers k
WHERE k.customer_number = u.customer_number
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
       sum(cost_cents) AS cost_cents, {has_reached} AS reached,
       sum(CASE WHEN cost_cents = 0 THEN segments ELSE 0 END) AS unpriced
FROM messages m
WHERE lane = 'alert' AND sent_at >= :first AND sent_at < :before
GROUP BY channel, status
""".replace("{has_reached}", HAS_REACHED)


def alert_costs(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Alerts of all kinds sent in this time, by `channel` and `status`: how many `messages` and
    `segments`, whether they `reached` their readers, what they cost, and the segments of those
    whose price was not recorded."""
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
SELECT channel, provider, status, error_code, sum(messages) AS messages, max(reached) AS reached
FROM (
    SELECT channel, provider, status, COALESCE(error_code, '') AS error_code,
           count(*) AS messages, CASE WHEN {has_reached} THEN 1 ELSE 0 END AS reached
    FROM messages m
    WHERE lane = 'alert' AND sent_at >= :first AND sent_at < :before
    GROUP BY channel, provider, status, COALESCE(error_code, '')
    UNION ALL
    SELECT channel, provider, status, COALESCE(error_code, ''), count(*), 0
    FROM messages
    WHERE lane = 'alert' AND sent_at IS NULL AND status IN ('failed', 'expired', 'set_aside')
      AND done_at >= :first AND done_at < :before
    GROUP BY channel, provider, status, COALESCE(error_code, '')) AS both_of_them
GROUP BY channel, provider, status, error_code
""".replace("{has_reached}", HAS_REACHED)
_LATENCY = """
SELECT id, provider, channel, sent_at, done_at FROM messages
WHERE lane = 'alert' AND (sent_at > :at OR (sent_at = :at AND id > :id)) AND sent_at >= :at
  AND sent_at < :before AND status = 'delivered' AND done_at IS NOT NULL
ORDER BY sent_at, id LIMIT :limit
"""


def delivery_counts(tx: Tx, first: datetime, before: datetime) -> list[Row]:
    """Alerts by `channel`, `provider`, `status` and `error_code` ('' for none): `messages`, and
    whether these have `reached` their readers.

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
