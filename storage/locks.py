"""Locks by name with an end: who holds one does a job that only one process may do at a time."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from storage.database import Tx, stamp

# What transactions may be `alone` at. Who asks what is dark is `beside` the changes of outages.
NETWORK = "network"


def of_phone(phone: str) -> str:
    """The name of all that is done to one phone's conversation."""
    return f"phone {phone}"


def key_of(name: str) -> int:
    """The number by which PostgreSQL knows a lock of this name, whoever takes it: 64 bits."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def wait_for(tx: Tx, name: str) -> None:
    """Wait until no other transaction has this name, and have it until this one ends.

    For `loose` work, whose next statement sees what those before it have left.
    """
    if tx.engine != "sqlite":
        tx.one("SELECT pg_advisory_xact_lock(?) IS NULL", (key_of(name),))


def hold_lock(tx: Tx, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
    """Take the lock, or keep it, until this time; False while another holds it."""
    row = tx.one(
        """INSERT INTO locks VALUES (?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
               WHERE locks.holder = excluded.holder OR locks.until <= ?
           RETURNING holder""",
        (name, holder, stamp(until), stamp(now)),
    )
    return row is not None


def release_lock(tx: Tx, name: str, holder: str) -> None:
    """Let the next one have it at once."""
    tx.run("DELETE FROM locks WHERE name = ? AND holder = ?", (name, holder))


def lock_holder(tx: Tx, name: str) -> str:
    """Who took the lock last and has not let it go; '' when nobody."""
    row = tx.one("SELECT holder FROM locks WHERE name = ?", (name,))
    return "" if row is None else str(row["holder"])


def count_me(tx: Tx, group: str, holder: str, *, now: datetime, until: datetime) -> int:
    """Be one of this group until then; how many it has at this time."""
    hold_lock(tx, f"{group} {holder}", holder, now=now, until=until)
    tx.run("DELETE FROM locks WHERE name > ? AND name < ? AND until <= ?",
           (f"{group} ", f"{group}!", stamp(now)))  # fmt: skip
    row = tx.one(
        "SELECT count(*) AS n FROM locks WHERE name > ? AND name < ?", (f"{group} ", f"{group}!")
    )
    return int(row["n"]) if row else 1


def leave(tx: Tx, group: str, holder: str) -> None:
    """Be one of this group no more."""
    release_lock(tx, f"{group} {holder}", holder)
