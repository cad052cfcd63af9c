"""Customers over the API, with their premises and contacts. The rules are those of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify

from bot.importing import people
from bot.importing.report import RowRefused
from bot.web.api.auth import caller, needs, shown
from bot.web.api.models import (
    ContactPut,
    CustomerChanged,
    CustomerModel,
    CustomerPath,
    CustomerPremises,
    CustomerPut,
    PremisesPath,
    PremisesPut,
)
from bot.web.api.parts import Parts, described, refusal, unknown
from storage import Database, Row, Tx, customers
from storage.customers import Loaded
from storage.database import audit
from storage.lists import in_chunks

_AT_ONCE = 300
_Values = dict[str, Any]
_CUSTOMER = ("customer_number", "name", "kind", "language", "postal_address", "postcode")
_PREMISES = (
    "eic", "address", "town", "postcode", "meter_number", "transformer", "feeder", "lat", "lon",
)  # fmt: skip


def register(parts: Parts) -> None:
    """The routes of customers."""
    app, database = parts.app, parts.service.database

    @app.put(
        "/customers/<customer_number>",
        **described("customers:write", "customers", {200: CustomerChanged, 201: CustomerChanged}),
    )
    @needs("customers:write")
    def put_customer(path: CustomerPath, body: CustomerPut) -> Response:
        """Say who a customer is, where they are supplied and how they are reached.

        As rows of customers.csv, premises.csv and contacts.csv, all or none of them. Premises and
        contacts that are left out stay as they are; one that is named comes to this customer.
        """
        number = path.customer_number
        customer = _read(people.read_customer, _customer(number, body), "")
        premises = _each(people.read_premises, number, "premises", body.premises or ())
        others = _each(people.read_contact, number, "contacts", body.contacts or ())
        return _changed(
            database, number, _store(database, number, customer, premises=premises, others=others)
        )

    @app.get(
        "/customers/<customer_number>",
        **described("customers:read", "customers", {200: CustomerModel}, 404),
    )
    @needs("customers:read")
    def get_customer(path: CustomerPath) -> Response:
        """Read a customer with premises and contacts."""
        return jsonify(_show(database, _known(database, path.customer_number)))

    _register_single(parts)


def _register_single(parts: Parts) -> None:
    app, database = parts.app, parts.service.database

    @app.put(
        "/customers/<customer_number>/premises/<eic>",
        **described("customers:write", "customers", {200: CustomerChanged}, 404),
    )
    @needs("customers:write")
    def put_premises(path: PremisesPath, body: PremisesPut) -> Response:
        """Say where a customer who is known is supplied."""
        number = path.customer_number
        _known(database, number)
        fields = _fields(number, body) | {"eic": path.eic}
        premises = [_read(people.read_premises, fields, "")]
        return _changed(
            database, number, _store(database, number, {}, premises=premises, others=[])
        )

    @app.put(
        "/customers/<customer_number>/contacts",
        **described("customers:write", "customers", {200: CustomerChanged}, 404),
    )
    @needs("customers:write")
    def put_contact(path: CustomerPath, body: ContactPut) -> Response:
        """Add a phone number or an e-mail address to a customer who is known."""
        number = path.customer_number
        _known(database, number)
        contact = _read(people.read_contact, _fields(number, body), "")
        return _changed(
            database, number, _store(database, number, {}, premises=[], others=[contact])
        )


def _store(
    database: Database, number: str, customer: _Values, *, premises: list[_Values],
    others: list[_Values],
) -> tuple[Loaded, Loaded, Loaded]:  # fmt: skip
    now, by = datetime.now(UTC), caller().actor

    def work(tx: Tx) -> tuple[Loaded, Loaded, Loaded]:
        first = customers.load_customers(tx, [customer] if customer else [], now)
        second = _all(premises, lambda chunk: customers.load_premises(tx, chunk, now))
        third = customers.load_contacts(tx, others, now, source="api")
        if (first + second + third).new or (first + second + third).changed:
            audit(tx, by, "customer.put", number, now=now)
        return first, second, third

    return database.transaction(work, bulk=True)


def _changed(database: Database, number: str, done: tuple[Loaded, Loaded, Loaded]) -> Response:
    first, second, third = done
    row = customers.customer(database, number)
    assert row is not None
    every = first + second + third
    outcome = "new" if first.new else "changed" if every.new or every.changed else "same"
    response = jsonify(
        {
            "outcome": outcome,
            "premises": _counts(second),
            "contacts": _counts(third),
            "customer": _show(database, row),
        }
    )
    response.status_code = 201 if outcome == "new" else 200
    return response


def _known(tx: Tx, number: str) -> Row:
    row = customers.customer(tx, number)
    if row is None:
        raise unknown("customer", number)
    return row


def _all(rows: Sequence[_Values], load: Callable[[list[_Values]], Loaded]) -> Loaded:
    loaded = Loaded()
    for chunk in in_chunks(rows, _AT_ONCE):
        loaded += load(chunk)
    return loaded


# --- what is sent, as rows of files ---------------------------------------------------------


def _customer(number: str, body: CustomerPut) -> dict[str, str]:
    fields = {name: getattr(body, name) for name in _CUSTOMER[1:]}
    return {"customer_number": number, **fields}


def _fields(number: str, body: PremisesPut | ContactPut) -> dict[str, str]:
    """The fields of a row: numbers and flags as text."""
    found = {
        name: "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in body
    }
    return {"customer_number": number, **found}


def _each(
    read: Callable[[dict[str, str]], _Values], number: str, name: str,
    bodies: Sequence[CustomerPremises | ContactPut],
) -> list[_Values]:  # fmt: skip
    return [
        _read(read, _fields(number, body), f"/{name}/{index}") for index, body in enumerate(bodies)
    ]


def _read(read: Callable[[dict[str, str]], _Values], fields: dict[str, str], where: str) -> _Values:
    try:
        return read(fields)
    except RowRefused as refused:
        raise refusal(refused, f"{where}/{refused.field}") from refused


# --- what is answered -----------------------------------------------------------------------


def _counts(loaded: Loaded) -> dict[str, int]:
    return {"new": loaded.new, "changed": loaded.changed, "same": loaded.same}


def _show(tx: Tx, row: Row) -> dict[str, Any]:
    number = str(row["customer_number"])
    return {name: row[name] for name in _CUSTOMER} | {
        "updated_at": row["updated_at"],
        "premises": [
            {name: each[name] for name in _PREMISES} | {"life_support": bool(each["life_support"])}
            for each in customers.premises_of(tx, number)
        ],
        "contacts": [
            {
                "kind": each["kind"],
                "value": shown(str(each["value"])),
                "language": each["language"],
                "source": each["source"],
                "reachable": each["dead_at"] is None,
            }
            for each in customers.contacts_of(tx, number)
        ],
    }
