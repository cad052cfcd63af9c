"""Contacts as customers manage them by text: registering, opting out, language, the register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from storage.customers import PREMISES_VERSION
from storage.database import Row, Tx, new_id, stamp, switch
from storage.lists import spell


def with_phone(tx: Tx, phone: str) -> list[Row]:
    """The contacts with this mobile number: customer_number, language."""
    return tx.all(
        "SELECT customer_number, language FROM contacts WHERE kind = 'mobile' AND value = ?",
        (phone,),
    )


def origins_of(tx: Tx, phone: str) -> list[Row]:
    """The contacts with this mobile number, and where each is from: customer_number, source (file,
    sms, api, agent), consent_at."""
    return tx.all(
        """SELECT customer_number, source, consent_at FROM contacts
           WHERE kind = 'mobile' AND value = ? ORDER BY consent_at, customer_number""",
        (phone,),
    )


def has_email(tx: Tx, customer_numbers: list[str]) -> bool:
    """Whether one of these customers can be reached by e-mail."""
    return any(
        tx.one(
            """SELECT 1 FROM contacts c WHERE c.kind = 'email' AND c.customer_number = ?
               AND c.dead_at IS NULL AND NOT EXISTS (
                   SELECT 1 FROM opt_outs x WHERE x.kind = 'email' AND x.value = c.value)""",
            (number,),
        )
        for number in customer_numbers
    )


def candidate(tx: Tx, customer_number: str) -> tuple[list[Row], list[str]]:
    """(premises of the customer with their second facts, mobile numbers registered so far)."""
    premises = tx.all(
        "SELECT * FROM premises WHERE customer_number = ? ORDER BY address", (customer_number,)
    )
    phones = tx.all(
        "SELECT value FROM contacts WHERE kind = 'mobile' AND customer_number = ?",
        (customer_number,),
    )
    return premises, [str(row["value"]) for row in phones]


def register(
    tx: Tx, phone: str, customer_number: str, *, language: str, text: str, message_id: str,
    now: datetime,
) -> None:  # fmt: skip
    """Make the phone a contact of the customer; the consent is kept with its words."""
    tx.run(
        """INSERT INTO contacts (id, customer_number, kind, value, language, source, consent_at)
           VALUES (?, ?, 'mobile', ?, ?, 'sms', ?)
           ON CONFLICT (kind, value, customer_number) DO UPDATE SET dead_at = NULL""",
        (new_id(), customer_number, phone, language, stamp(now)),
    )
    _consent(tx, phone, "registered", customer_number, (text, message_id, now))


def unregister(tx: Tx, phone: str, *, text: str, message_id: str, now: datetime) -> int:
    """The phone is a contact of nobody any more; how many contacts it was."""
    gone = tx.run("DELETE FROM contacts WHERE kind = 'mobile' AND value = ?", (phone,))
    _consent(tx, phone, "unregistered", "", (text, message_id, now))
    return gone


def opt_out(
    tx: Tx, value: str, *, text: str, message_id: str, now: datetime, kind: str = "mobile",
    channel: str = "", by: str = "",
) -> None:  # fmt: skip
    """Nothing more to the phone (or, with kind `email`, the address), whoever's contact it is."""
    tx.run(
        "INSERT INTO opt_outs VALUES (?, ?, ?) ON CONFLICT (kind, value) DO NOTHING",
        (kind, value, stamp(now)),
    )
    how = (text, message_id, now)
    _consent(tx, value, "opted_out", "", how, kind=kind, channel=channel, by=by)


def opt_in(
    tx: Tx, value: str, *, text: str, message_id: str, now: datetime, kind: str = "mobile"
) -> None:  # fmt: skip
    """The reverse of `opt_out`."""
    tx.run("DELETE FROM opt_outs WHERE kind = ? AND value = ?", (kind, value))
    _consent(tx, value, "opted_in", "", (text, message_id, now), kind=kind)


def is_opted_out(tx: Tx, kind: str, value: str) -> bool:
    """Whether the owner of this number (`mobile`) or address (`email`) wants nothing sent there."""
    row = tx.one("SELECT 1 AS n FROM opt_outs WHERE kind = ? AND value = ?", (kind, value))
    return row is not None


def set_language(tx: Tx, phone: str, language: str) -> None:
    """The language of all alerts to the phone."""
    tx.run(
        "UPDATE contacts SET language = ? WHERE kind = 'mobile' AND value = ?", (language, phone)
    )


def flag_life_support(tx: Tx, eics: tuple[str, ...], *, on: bool = True) -> None:
    for eic in eics:
        tx.run("UPDATE premises SET life_support = ? WHERE eic = ?", (int(on), eic))


def premises_of(tx: Tx, customer_numbers: list[str]) -> list[Row]:
    """All premises of these customers, in the order of their addresses."""
    if not customer_numbers:
        return []
    marks = ", ".join("?" * len(customer_numbers))
    return tx.all(
        f"SELECT * FROM premises WHERE customer_number IN ({marks}) ORDER BY address",  # noqa: S608
        customer_numbers,
    )


AddressRow = tuple[str, str, str]  # EIC, address, town
_AT_ONCE = 2000  # rows of the address index


def each_address(tx: Tx) -> Iterator[AddressRow]:
    """(EIC, address, town) of every premises, by EIC: what the address index is built of.

    Read in chunks: a million rows at once take 500 MB.
    """
    last = ""
    while True:
        rows = tx.all(
            "SELECT eic, address, town FROM premises WHERE eic > ? ORDER BY eic LIMIT ?",
            (last, _AT_ONCE),
        )
        for row in rows:
            yield row["eic"], row["address"], row["town"]
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1]["eic"]


def premises_version(tx: Tx) -> str:
    """Changes whenever premises are loaded: when the address index must be built anew."""
    return switch(tx, PREMISES_VERSION)


def _consent(
    tx: Tx, value: str, action: str, customer_number: str, how: tuple[str, str, datetime],
    *, kind: str = "mobile", channel: str = "", by: str = "",
) -> None:  # fmt: skip
    """Add to the register. What stands in it is never changed; only erasure takes words out."""
    text, message_id, now = how
    channel = channel or ("email" if kind == "email" else "sms")
    tx.run(
        """INSERT INTO consents (id, kind, value, customer_number, action, at, text, message_id,
                                 channel, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            new_id(), kind, value, customer_number, action, stamp(now), text, message_id,
            channel, by,
        ),
    )  # fmt: skip


def register_of(tx: Tx, values: Sequence[str]) -> list[Row]:
    """What the owners of these numbers and addresses agreed to and withdrew, oldest first."""
    if not values:
        return []
    sql = "SELECT * FROM consents WHERE value IN ({values}) ORDER BY at, id"
    return tx.all(*spell(sql, values=list(values)))
