"""Wrong second facts at registration: who guessed at which customer number, and when."""

from __future__ import annotations

from datetime import datetime

from storage.database import Tx, new_id, stamp


def count_try(tx: Tx, phone: str, customer_number: str, now: datetime) -> None:
    tx.run(
        "INSERT INTO registration_tries VALUES (?, ?, ?, ?)",
        (new_id(), phone, customer_number, stamp(now)),
    )


def tries_since(
    tx: Tx, phone: str, customer_number: str, since: datetime
) -> tuple[list[str], int]:  # fmt: skip
    """(when this phone tried in vain, oldest first; how often other phones tried this number).

    Told apart, because what strangers do with a number must not lock its owner out.
    """
    own = tx.all(
        "SELECT at FROM registration_tries WHERE phone = ? AND at > ? ORDER BY at",
        (phone, stamp(since)),
    )
    others = tx.one(
        """SELECT count(*) AS tries FROM registration_tries
           WHERE customer_number = ? AND phone <> ? AND at > ?""",
        (customer_number, phone, stamp(since)),
    )
    return [str(row["at"]) for row in own], int(others["tries"]) if others else 0


def of_number(tx: Tx, customer_number: str, since: datetime) -> int:
    """How often anybody tried this number in vain."""
    row = tx.one(
        "SELECT count(*) AS tries FROM registration_tries WHERE customer_number = ? AND at > ?",
        (customer_number, stamp(since)),
    )
    return int(row["tries"]) if row else 0


def of_all(tx: Tx, since: datetime, at_most: int) -> int:
    """How often anybody tried any number in vain; counted no further than `at_most`."""
    row = tx.one(
        """SELECT count(*) AS tries
           FROM (SELECT 1 FROM registration_tries WHERE at > ? LIMIT ?) AS latest""",
        (stamp(since), at_most),
    )
    return int(row["tries"]) if row else 0


def numbers_tried(tx: Tx, since: datetime, at_least: int) -> int:
    """How many numbers were tried in vain so often."""
    row = tx.one(
        """SELECT count(*) AS numbers FROM
           (SELECT customer_number FROM registration_tries WHERE at > ?
            GROUP BY customer_number HAVING count(*) >= ?) AS hunted""",
        (stamp(since), at_least),
    )
    return int(row["numbers"]) if row else 0
