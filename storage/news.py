"""What a sender may hear of outages: at premises, on a street, in a town; who wants the news."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, stamp

_OPEN = """SELECT o.id, o.kind, o.state, o.starts_at, o.ends_at, o.reason, p.address, p.town, p.eic
    FROM premises p
    JOIN outage_premises op ON op.eic = p.eic AND op.until_revision IS NULL
    JOIN outages o ON o.id = op.outage_id AND o.state IN ('active', 'scheduled')
         AND (o.state = 'active' OR o.ends_at IS NULL OR o.ends_at > ?)"""
_ORDER = " ORDER BY o.starts_at, o.id, p.address LIMIT 50"


def open_at(tx: Tx, eics: list[str], now: datetime) -> list[Row]:
    """Active and coming outages at these premises, soonest first."""
    marks = ", ".join("?" * len(eics))
    return tx.all(f"{_OPEN} WHERE p.eic IN ({marks}){_ORDER}", (stamp(now), *eics))


def open_on_street(tx: Tx, street: str, town: str, now: datetime) -> list[Row]:
    """Active and coming outages at any premises of the street, soonest first."""
    # The range over (town, address) reads the street alone; LIKE would read every premises.
    return tx.all(
        f"{_OPEN} WHERE p.town = ? AND p.address >= ? AND p.address < ?{_ORDER}",
        (stamp(now), town, f"{street} ", f"{street}!"),
    )


def open_in_town(tx: Tx, town: str, now: datetime) -> list[Row]:
    """Active and coming outages in the town, one row an outage (its first address)."""
    return tx.all(
        f"""SELECT id, kind, state, starts_at, ends_at, reason, min(address) AS address, town,
                   min(eic) AS eic FROM ({_OPEN} WHERE p.town = ?)
            GROUP BY id, kind, state, starts_at, ends_at, reason, town
            ORDER BY starts_at, id LIMIT 50""",  # noqa: S608
        (stamp(now), town),
    )


def restored_lately(tx: Tx, phone: str, since: datetime) -> str:
    """The outage that this phone was told is over, when that is among the latest news it got."""
    row = tx.one(
        """SELECT topic_id FROM (SELECT kind, topic_id, direction FROM messages
               WHERE peer = ? AND made_at > ? ORDER BY made_at DESC LIMIT 5)
           WHERE kind = 'restored' AND direction = 'out' LIMIT 1""",
        (phone, stamp(since)),
    )
    return "" if row is None else str(row["topic_id"])


def subscribe(tx: Tx, outage_id: str, phone: str, language: str, now: datetime) -> None:
    """The phone wants the news of the outage; asking twice changes nothing."""
    tx.run(
        """INSERT INTO outage_subscribers VALUES (?, ?, ?, ?)
           ON CONFLICT (outage_id, phone) DO NOTHING""",
        (outage_id, phone, language, stamp(now)),
    )
