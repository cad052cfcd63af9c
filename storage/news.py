"""What a sender may hear of outages: at premises, on a street, in a town; who wants the news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp

# CROSS JOIN keeps this order in SQLite: from the few premises asked for to their outages. Left to
# itself it begins at all open outages, which costs ten times as much.
_OPEN = """SELECT o.id, o.kind, o.state, o.starts_at, o.ends_at, o.reason, o.crew,
    o.updated_at, p.address, p.town, p.eic
    FROM premises p CROSS JOIN outage_premises op CROSS JOIN outages o
    WHERE op.eic = p.eic AND op.until_revision IS NULL AND o.id = op.outage_id
      AND (o.state = 'active'
           OR o.state = 'scheduled' AND (o.ends_at IS NULL OR o.ends_at > ?))"""
_ORDER = " ORDER BY o.starts_at, o.id, p.address LIMIT 50"


def open_at(tx: Tx, eics: list[str], now: datetime) -> list[Row]:
    """Active and coming outages at these premises, soonest first."""
    marks = ", ".join("?" * len(eics))
    return tx.all(f"{_OPEN} AND p.eic IN ({marks}){_ORDER}", (stamp(now), *eics))


def open_on_streets(tx: Tx, streets: Sequence[tuple[str, str]], now: datetime) -> list[Row]:
    """Active and coming outages on streets (name, town), one row an outage and town."""
    # The range over (town, address) reads the streets alone; LIKE would read every premises.
    each = "(p.town = ? AND p.address >= ? AND p.address < ?)"
    bounds = [part for name, town in streets for part in (town, f"{name} ", f"{name}!")]
    return tx.all(_once_each(f"({' OR '.join([each] * len(streets))})"), (stamp(now), *bounds))


def open_in_town(tx: Tx, town: str, now: datetime) -> list[Row]:
    """Active and coming outages in the town, one row an outage (its first address)."""
    return tx.all(_once_each("p.town = ?"), (stamp(now), town))


def _once_each(where: str) -> str:
    return f"""SELECT id, kind, state, starts_at, ends_at, reason, crew, updated_at,
               min(address) AS address, town, min(eic) AS eic FROM ({_OPEN} AND {where}) AS near
        GROUP BY id, kind, state, starts_at, ends_at, reason, crew, updated_at, town
        ORDER BY starts_at, id LIMIT 20"""  # noqa: S608 - only our own words


def subscribe(tx: Tx, outage_id: str, phone: str, language: str, now: datetime) -> None:
    """The phone wants the news of the outage; asking twice changes nothing."""
    tx.run(
        """INSERT INTO outage_subscribers (outage_id, phone, language, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (outage_id, phone) DO UPDATE SET told = 1""",
        (outage_id, phone, language, stamp(now)),
    )
