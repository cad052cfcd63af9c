"""What the simulated phones of the demo show: who has a phone, what arrived on it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp

# A text is on the phone when the carrier may have brought it; a failed one is shown as such.
_ARRIVED = "(direction = 'in' OR status IN ('accepted', 'sent', 'delivered'))"
_SHOWN = "(direction = 'in' OR status IN ('accepted', 'sent', 'delivered', 'failed'))"
# A queued alert may be older than the answer that overtook it.
_AT = "COALESCE(sent_at, made_at)"


def is_used(tx: Tx) -> bool:
    """Whether somebody has begun to work with this database: it has people, data or messages."""
    row = tx.one(
        """SELECT EXISTS (SELECT 1 FROM customers) OR EXISTS (SELECT 1 FROM agents)
               OR EXISTS (SELECT 1 FROM outages) OR EXISTS (SELECT 1 FROM messages) AS used"""
    )
    return bool(row and row["used"])


def phone_rows(tx: Tx, limit: int = 10_000) -> list[Row]:
    """One row for each premises of each mobile contact, by phone and address.

    `dark`: an outage is there now; `planned_at`: when the next planned works there begin.
    """
    return tx.all(
        """SELECT c.value AS phone, c.language, k.customer_number, k.name, k.kind,
                  p.address, p.town, p.life_support,
                  max(CASE WHEN o.state = 'active' THEN 1 ELSE 0 END) AS dark,
                  min(CASE WHEN o.state = 'scheduled' THEN o.starts_at END) AS planned_at
           FROM contacts c
           JOIN customers k ON k.customer_number = c.customer_number
           JOIN premises p ON p.customer_number = c.customer_number
           LEFT JOIN outage_premises op ON op.eic = p.eic AND op.until_revision IS NULL
           LEFT JOIN outages o ON o.id = op.outage_id AND o.state IN ('active', 'scheduled')
           WHERE c.kind = 'mobile'
           GROUP BY c.value, c.language, k.customer_number, k.name, k.kind,
                    p.eic, p.address, p.town, p.life_support
           ORDER BY c.value, p.address LIMIT ?""",
        (limit,),
    )


def last_texts(tx: Tx, limit: int = 300) -> list[Row]:
    """The latest text on each phone that has any (`phone`, `direction`, `body`, `at`), newest
    first."""
    return tx.all(
        f"""SELECT phone, direction, body, at FROM (
                SELECT peer AS phone, direction, body, {_AT} AS at, row_number() OVER (
                    PARTITION BY peer ORDER BY {_AT} DESC, id DESC) AS place
                FROM messages WHERE channel = 'sms' AND body IS NOT NULL AND {_ARRIVED}) AS texts
            WHERE place = 1 ORDER BY at DESC LIMIT ?""",  # noqa: S608
        (limit,),
    )


def texts_version(tx: Tx) -> str:
    """Changes whenever a text arrives on any phone."""
    row = tx.one(
        f"""SELECT count(*) AS n, max({_AT}) AS last FROM messages
            WHERE channel = 'sms' AND {_ARRIVED}"""  # noqa: S608
    )
    return f"{row['n']}-{row['last'] or ''}" if row else ""


def texts_of(tx: Tx, phone: str, limit: int = 80) -> list[Row]:
    """The latest texts on one phone, oldest first (`at`: when it was handed over)."""
    rows = tx.all(
        f"""SELECT id, direction, kind, body, status, segments, error_code, {_AT} AS at
            FROM messages WHERE peer = ? AND channel = 'sms' AND body IS NOT NULL AND {_SHOWN}
            ORDER BY at DESC, id DESC LIMIT ?""",  # noqa: S608
        (phone, limit),
    )
    return rows[::-1]


def outages_of(tx: Tx, customer_number: str, now: datetime) -> list[Row]:
    """Open outages at a customer's premises (`eic`, `state`, `kind`, times), soonest first."""
    return tx.all(
        """SELECT p.eic, o.state, o.kind, o.starts_at, o.ends_at
           FROM premises p
           JOIN outage_premises op ON op.eic = p.eic AND op.until_revision IS NULL
           JOIN outages o ON o.id = op.outage_id
           WHERE p.customer_number = ? AND (o.state = 'active'
                 OR (o.state = 'scheduled' AND (o.ends_at IS NULL OR o.ends_at > ?)))
           ORDER BY o.starts_at""",
        (customer_number, stamp(now)),
    )


def customers_of_phone(tx: Tx, phone: str) -> list[Row]:
    """The customers that a phone is registered with, and `opted_out` (0 or 1)."""
    return tx.all(
        """SELECT k.*, c.language AS contact_language,
                  CASE WHEN x.value IS NULL THEN 0 ELSE 1 END AS opted_out
           FROM contacts c JOIN customers k ON k.customer_number = c.customer_number
           LEFT JOIN opt_outs x ON x.kind = 'mobile' AND x.value = c.value
           WHERE c.kind = 'mobile' AND c.value = ? ORDER BY c.id""",
        (phone,),
    )


def customer_without_phone(tx: Tx, place: int) -> Row | None:
    """A household with no mobile number, in the columns of `customers_of_phone`.

    It is the `place`th of the first 500, counted round.
    """
    rows = tx.all(
        """SELECT k.*, k.language AS contact_language, 0 AS opted_out
           FROM customers k WHERE kind = 'household' AND NOT EXISTS (
               SELECT 1 FROM contacts c
               WHERE c.customer_number = k.customer_number AND c.kind = 'mobile')
           ORDER BY customer_number LIMIT 500"""
    )
    return rows[place % len(rows)] if rows else None


# --- a life before today -------------------------------------------------------------------------


def homes(tx: Tx, after: str) -> list[Row]:
    """Premises with whom to tell, without the customers whose phones come before `after`: `eic`,
    `customer_number`, `transformer`, `life_support`, `language`, `phone` and `email` ('' for
    none)."""
    return tx.all(
        """SELECT p.eic, p.customer_number, p.transformer, p.life_support, k.language,
                  COALESCE(max(CASE WHEN c.kind = 'mobile' THEN c.value END), '') AS phone,
                  COALESCE(max(CASE WHEN c.kind = 'email' THEN c.value END), '') AS email
           FROM premises p
           JOIN customers k ON k.customer_number = p.customer_number
           LEFT JOIN contacts c ON c.customer_number = p.customer_number
           WHERE NOT EXISTS (SELECT 1 FROM contacts x
                             WHERE x.customer_number = p.customer_number AND x.kind = 'mobile'
                               AND x.value < ?)
           GROUP BY p.eic, p.customer_number, p.transformer, p.life_support, k.language
           ORDER BY p.eic""",
        (after,),
    )


_TABLES = frozenset(
    (
        "outages", "outage_revisions", "outage_premises", "campaigns", "notices", "messages",
        "notice_messages", "conversations", "turns", "conversation_waits",
        "candidates", "debt_days", "calls",
    )
)  # fmt: skip


def put(tx: Tx, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Rows as they would be if they had come in their time; all with the same columns."""
    if table not in _TABLES:
        raise ValueError(f"nothing is put into {table}")
    if rows:
        names = list(rows[0])
        places = ", ".join("?" * len(names))
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608
        tx.many(sql, [[row[name] for name in names] for row in rows])


def id_of(at: datetime, number: int) -> str:
    """An id that was made at a moment: the `number`th of it."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return (
        f"{digits[:8]}-{digits[8:]}-7{number >> 12 & 0xFFF:03x}-8{number & 0xFFF:03x}-{number:012x}"
    )
