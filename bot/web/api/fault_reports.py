"""Fault reports over the API: filed for a customer, read one or many."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from bot.network import filing
from bot.network.filing import Fault, Filed
from bot.privacy import mask
from bot.web.api.auth import caller, needs
from bot.web.api.listed import (
    FaultReportFiled,
    FaultReportModel,
    FaultReportPath,
    FaultReportPost,
    FaultReportsPage,
    FaultReportsQuery,
    KeyHeader,
)
from bot.web.api.once import Answered, Asked, Once
from bot.web.api.outages import show as show_outage
from bot.web.api.outages import wanted_of
from bot.web.api.paging import page, place_of
from bot.web.api.parts import Parts, described, unknown
from bot.web.api.problems import cannot_be
from intents.address_parse import parse_whole
from storage import Row, Tx, api_lists, customers, outages

_COLUMNS = (
    "id", "eic", "address", "town", "transformer", "feeder", "scope", "outage", "state",
    "made_at", "closed_at",
)  # fmt: skip


def register(parts: Parts) -> None:
    """The routes of fault reports."""
    app, database, policy = parts.app, parts.service.database, parts.service.policy
    once = Once(database)

    @app.post(
        "/fault-reports",
        **described(
            "fault-reports:write", "fault reports", {200: FaultReportFiled, 201: FaultReportFiled}
        ),
    )
    @needs("fault-reports:write")
    def post_fault_report(header: KeyHeader, body: FaultReportPost) -> Response:
        """File a fault report for a customer.

        As if the customer had texted it: a known outage is answered instead of filed again, and
        the phone gets its news. An address that is not found is filed as written.
        One that was loaded a moment ago is found at once for its own customer's phone, for others
        within some seconds.
        """
        fault = _fault(parts, body)
        now, in_full = datetime.now(UTC), "contacts:read" in caller().scopes

        def work(tx: Tx) -> tuple[int, dict[str, Any]]:
            filed = filing.file(tx, fault, now, policy)
            return (201 if filed.outcome == "filed" else 200), _answer(tx, filed, in_full)

        key = Asked(caller().name, (header.idempotency_key or "").lower(), request.get_data())
        return _sent(once.do(key, now, work))

    @app.get(
        "/fault-reports",
        **described("fault-reports:read", "fault reports", {200: FaultReportsPage}),
    )
    @needs("fault-reports:read")
    def list_fault_reports(query: FaultReportsQuery) -> Response:
        """List fault reports in the order in which they were made."""
        wanted, in_full = wanted_of(database, query), "contacts:read" in caller().scopes
        found = api_lists.reports(database, place_of(query.cursor), query.limit + 1, wanted)
        return page(found, query.limit, lambda row: _show(row, in_full))

    @app.get(
        "/fault-reports/<id>",
        **described("fault-reports:read", "fault reports", {200: FaultReportModel}, 404),
    )
    @needs("fault-reports:read")
    def get_fault_report(path: FaultReportPath) -> Response:
        """Read one fault report."""
        row = api_lists.report(database, path.id)
        if row is None:
            raise unknown("fault report", path.id)
        return jsonify(_show(row, "contacts:read" in caller().scopes))


def _fault(parts: Parts, body: FaultReportPost) -> Fault:
    """Where it is, by the premises or by the address as a text would have named it."""
    address, town = body.address or "", body.town or ""
    eics: tuple[str, ...] = ()
    if body.eic:
        row = customers.premises(parts.service.database, body.eic)
        if row is None:
            raise cannot_be(f"There is no premises {body.eic!r}.", "/eic")
        address, town, eics = str(row["address"]), str(row["town"]), (body.eic,)
    elif not address:
        raise cannot_be("Say where: give eic, or address and town.", "/address")
    else:
        written = parse_whole(f"{address}, {town}" if town else address)
        place = filing.place_of(parts.places.match(written))
        if place := place or filing.own_place(parts.service.database, body.phone, written):
            address, town, eics = place.address, place.town, place.eics
    return Fault(
        body.phone, address, town, eics, body.scope, body.danger, body.language, caller().actor
    )


def _answer(tx: Tx, filed: Filed, in_full: bool) -> dict[str, Any]:
    report = api_lists.report(tx, filed.report_id) if filed.report_id else None
    known = outages.outage(tx, filed.outage_id) if filed.outage_id else None
    outage = api_lists.outage(tx, str(known["external_id"])) if known else None
    return {
        "outcome": filed.outcome,
        "report": None if report is None else _show(report, in_full),
        "outage": None if outage is None else show_outage(outage),
    }


def _show(row: Row, in_full: bool) -> dict[str, Any]:
    phone = str(row["phone"])
    return {name: row[name] for name in _COLUMNS} | {
        "phone": phone if in_full else mask(phone),
        "danger": bool(row["danger"]),
        "still_out": bool(row["still_out"]),
    }


def _sent(answered: Answered) -> Response:
    response = Response(answered.body, answered.status, mimetype="application/json")
    if answered.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response
