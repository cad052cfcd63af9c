"""Complaints: what customers wrote, under a number that they can name, until they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, new_id, stamp
from storage.ways import LETTER_OPEN

PREFIX = "S"  # a bare number would be taken for a customer number
_FIRST = 1001


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A complaint as it came in; `customer_number` '' when the phone is nobody's."""

    number: str
    phone: str
    language: str
    text: str
    answer_by: datetime
    customer_number: str = ""
    message_id: str = ""


def next_number(tx: Tx) -> str:
    """The number of the next complaint, for use in the same transaction."""
    row = tx.one(
        "SELECT max(CAST(substr(number, 2) AS INTEGER)) AS last FROM"
        " (SELECT number FROM complaints ORDER BY id DESC LIMIT 100) AS latest"
    )
    last = row["last"] if row else None
    return f"{PREFIX}{_FIRST if last is None else int(last) + 1}"


def file(tx: Tx, made: NewComplaint, now: datetime) -> None:
    """Store a new complaint."""
    tx.run(
        """INSERT INTO complaints (id, number, phone, customer_number, language, text, message_id,
               made_at, answer_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            new_id(), made.number, made.phone, made.customer_number, made.language, made.text,
            made.message_id, stamp(now), stamp(made.answer_by),
        ),
    )  # fmt: skip


def add_words(tx: Tx, number: str, phone: str, text: str) -> bool:
    """More of the same from the same phone, as a line of its own; False when it is closed."""
    return bool(
        tx.run(
            "UPDATE complaints SET text = text || ? WHERE number = ? AND phone = ?"
            " AND state = 'open'",
            (f"\n{text}", number, phone),
        )
    )


def latest_open(tx: Tx, phone: str) -> Row | None:
    """The latest complaint of this phone that is not answered."""
    return tx.one(
        "SELECT * FROM complaints WHERE state = 'open' AND phone = ? ORDER BY id DESC LIMIT 1",
        (phone,),
    )


def find(tx: Tx, number: str) -> Row | None:
    """The complaint with this number, in either case of the letter."""
    return tx.one("SELECT * FROM complaints WHERE number = ?", (number.strip().upper(),))


def list_complaints(tx: Tx, *, closed: bool = False, limit: int = 200) -> list[Row]:
    """Open complaints, the soonest to be answered first; or those closed, the latest first."""
    if closed:
        sql = "SELECT * FROM complaints WHERE state = 'closed' ORDER BY closed_at DESC LIMIT ?"
    else:
        sql = "SELECT * FROM complaints WHERE state = 'open' ORDER BY answer_by, number LIMIT ?"
    return tx.all(sql, (limit,))


def close(tx: Tx, number: str, *, outcome: str, by: str, now: datetime) -> bool:
    """Keep what came of a complaint; False when it was closed before."""
    return bool(
        tx.run(
            """UPDATE complaints SET state = 'closed', outcome = ?, closed_at = ?, closed_by = ?
               WHERE number = ? AND state = 'open'""",
            (outcome, stamp(now), by, number),
        )
    )


def ways_to(tx: Tx, complaint: Row) -> list[tuple[str, str]]:
    """(channel, peer) by which the writer may be told the outcome, the cheapest first.

    The phone they wrote from, unless it opted out; an e-mail address; a letter.
    """
    row = tx.one(
        """SELECT
            CASE WHEN EXISTS (SELECT 1 FROM opt_outs WHERE kind = 'mobile' AND value = :phone)
                   OR EXISTS (SELECT 1 FROM contacts WHERE kind = 'mobile' AND value = :phone
                              AND dead_at IS NOT NULL)
                 THEN NULL ELSE :phone END AS sms,
            (SELECT c.value FROM contacts c WHERE c.customer_number = :number AND c.kind = 'email'
                 AND c.dead_at IS NULL AND NOT EXISTS (
                     SELECT 1 FROM opt_outs x WHERE x.kind = 'email' AND x.value = c.value)
             ORDER BY c.value LIMIT 1) AS email,
            (SELECT u.customer_number FROM customers u WHERE u.customer_number = :number
                 AND {letter_open}) AS letter""".replace("{letter_open}", LETTER_OPEN),
        {"phone": complaint["phone"], "number": complaint["customer_number"]},
    )
    assert row is not None
    return [(way, str(row[way])) for way in ("sms", "email", "letter") if row[way]]
