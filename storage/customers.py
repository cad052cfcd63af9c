"""Customers, their premises and contacts: what a file brings, and look-ups.

Every `load_...` compares before it writes: a row that says nothing new is not touched, so
`updated_at` is the time of the last real change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from storage.database import Row, Tx, new_id, set_switch
from storage.lists import spell
from storage.merging import Loaded as Loaded
from storage.merging import Target, put_all

Values = dict[str, Any]


CUSTOMER = ("customer_number", "name", "kind", "language", "postal_address", "postcode")
PREMISES = (
    "eic",
    "customer_number",
    "address",
    "town",
    "postcode",
    "meter_number",
    "transformer",
    "feeder",
    "life_support",
    "lat",
    "lon",
)

PREMISES_VERSION = "premises_version"  # the switch that changes with every load

_CUSTOMERS = Target("customers", CUSTOMER[:1], CUSTOMER[1:], at="updated_at")
_PREMISES = Target("premises", PREMISES[:1], PREMISES[1:], at="updated_at")
# Consent and the way it came are those of the first time; a file only corrects the language.
_CONTACTS = Target(
    "contacts", ("kind", "value", "customer_number"), ("language",), at="consent_at",
    first=("id", "source"), renewed=False,
)  # fmt: skip


def load_customers(tx: Tx, rows: Sequence[Values], now: datetime) -> Loaded:
    """Store customers (keys of CUSTOMER); at most `merging.piece` a call."""
    if not rows:
        return Loaded()
    keys = [row["customer_number"] for row in rows]
    sql = "SELECT * FROM customers WHERE customer_number IN ({keys})"
    return put_all(tx, _CUSTOMERS, rows, now, lambda: tx.all(*spell(sql, keys=keys)))


def load_premises(tx: Tx, rows: Sequence[Values], now: datetime) -> Loaded:
    """Store premises (keys of PREMISES) of customers that are known."""
    if not rows:
        return Loaded()
    keys = [row["eic"] for row in rows]
    sql = "SELECT * FROM premises WHERE eic IN ({keys})"
    loaded = put_all(tx, _PREMISES, rows, now, lambda: tx.all(*spell(sql, keys=keys)))
    if loaded.new or loaded.changed:
        # One look-up tells of a change; to seek the latest of a million took 0.1 s.
        set_switch(tx, PREMISES_VERSION, new_id(), by="import", now=now)
    return loaded


def load_contacts(tx: Tx, rows: Sequence[Values], now: datetime, *, source: str) -> Loaded:
    """Store contacts (customer_number, kind, value, language); `source`: file, sms, api, agent."""
    if not rows:
        return Loaded()
    keys = [row["value"] for row in rows]
    sql = "SELECT * FROM contacts WHERE kind IN ('mobile', 'email') AND value IN ({keys})"
    whole = [{**row, "id": new_id(), "source": source} for row in rows]
    return put_all(tx, _CONTACTS, whole, now, lambda: tx.all(*spell(sql, keys=keys)))


# --- look-ups -------------------------------------------------------------------------------


def known_customers(tx: Tx, numbers: Iterable[str]) -> set[str]:
    """Which of the customer numbers are there."""
    sql = "SELECT customer_number AS key FROM customers WHERE customer_number IN ({keys})"
    return _known(tx, sql, numbers)


def known_premises(tx: Tx, eics: Iterable[str]) -> set[str]:
    """Which of the EIC codes are there."""
    return _known(tx, "SELECT eic AS key FROM premises WHERE eic IN ({keys})", eics)


def _known(tx: Tx, sql: str, keys: Iterable[str]) -> set[str]:
    wanted = sorted(set(keys))
    if not wanted:
        return set()
    return {str(row["key"]) for row in tx.all(*spell(sql, keys=wanted))}


def customer(tx: Tx, customer_number: str) -> Row | None:
    """One customer."""
    return tx.one("SELECT * FROM customers WHERE customer_number = ?", [customer_number])


def names_of(tx: Tx, numbers: Iterable[str]) -> dict[str, str]:
    """The names of customers (at most a few hundred) by their numbers."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    sql = "SELECT customer_number, name FROM customers WHERE customer_number IN ({keys})"
    return {
        str(row["customer_number"]): str(row["name"]) for row in tx.all(*spell(sql, keys=wanted))
    }


def in_several_towns(tx: Tx, numbers: Iterable[str]) -> set[str]:
    """Those of the customers (at most a few hundred) who have premises in more than one town."""
    wanted = sorted(set(numbers))
    if not wanted:
        return set()
    sql = """
    SELECT customer_number FROM premises WHERE customer_number IN ({keys})
    GROUP BY customer_number HAVING min(town) <> max(town)
    """
    return {str(row["customer_number"]) for row in tx.all(*spell(sql, keys=wanted))}


def premises(tx: Tx, eic: str) -> Row | None:
    """One premises."""
    return tx.one("SELECT * FROM premises WHERE eic = ?", [eic])


def premises_of(tx: Tx, customer_number: str) -> list[Row]:
    """All premises of a customer, by address."""
    return tx.all(
        "SELECT * FROM premises WHERE customer_number = ? ORDER BY address, eic", [customer_number]
    )


def contacts_of(tx: Tx, customer_number: str) -> list[Row]:
    """All contacts of a customer, the oldest first."""
    return tx.all("SELECT * FROM contacts WHERE customer_number = ? ORDER BY id", [customer_number])


def towns(tx: Tx) -> list[str]:
    """Every town that has premises, as it is written there."""
    return [str(row["town"]) for row in tx.all("SELECT DISTINCT town FROM premises ORDER BY town")]


def count_on(tx: Tx, column: str, names: Iterable[str]) -> dict[str, int]:
    """How many premises hang on each of the transformers or feeders (`column` says which)."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    return {
        str(row["name"]): int(row["premises"])
        for row in tx.all(*spell(_COUNTS[column], keys=wanted))
    }


_COUNTS = {
    "transformer": "SELECT transformer AS name, count(*) AS premises FROM premises"
    " WHERE transformer IN ({keys}) GROUP BY transformer",
    "feeder": "SELECT feeder AS name, count(*) AS premises FROM premises"
    " WHERE feeder IN ({keys}) GROUP BY feeder",
}
