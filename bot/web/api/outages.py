"""Outages over the API: put whole or by event, read one or many. The rules are those of files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify

from bot.importing import checks
from bot.importing.outages import REFUSALS, load_one, read_outage
from bot.importing.report import ImportReport, RowRefused
from bot.network import events
from bot.network.events import OutageEvent
from bot.web.api.auth import caller, needs
from bot.web.api.listed import OutagesPage, OutagesQuery
from bot.web.api.models import (
    OutageChanged,
    OutageEventPost,
    OutageModel,
    OutagePath,
    OutagePut,
)
from bot.web.api.paging import page, place_of
from bot.web.api.parts import Parts, described, refusal, unknown
from bot.web.api.problems import Problem, cannot_be
from storage import Row, Tx, api_lists
from storage import campaigns as campaign_rows
from storage import outages as rows
from storage.outages import Change, OutageChange

_COLUMNS = (
    "external_id", "id", "kind", "state", "sequence", "revision", "starts_at", "ends_at",
    "reason", "premises", "updated_at",
)  # fmt: skip
_PLACES = ("eics", "transformer", "feeder")


def register(parts: Parts) -> None:
    """The routes of outages."""
    app, service = parts.app, parts.service

    def load(change: OutageChange, doing: str) -> Response:
        now = datetime.now(UTC)
        try:
            done, report = load_one(
                service.database, change, by=caller().actor, now=now, policy=service.policy,
                doing=doing,
            )  # fmt: skip
        except RowRefused as refused:
            raise refusal(refused) from refused
        return _changed(service.database, change, done, report)

    @app.put(
        "/outages/<external_id>",
        **described("outages:write", "outages", {200: OutageChanged, 201: OutageChanged}),
    )
    @needs("outages:write")
    def put_outage(path: OutagePath, body: OutagePut) -> Response:
        """Say how an outage is now.

        As a row of outages.csv: a lower sequence than before is ignored, the same one with other
        content refused. Campaigns that the change calls for are made as drafts.
        """
        try:
            change = read_outage(_fields(path.external_id, body))
        except RowRefused as refused:
            raise refusal(refused) from refused
        if body.crew is not None:
            crew = events.CREWS[body.crew] if body.kind == "unplanned" else ""
            change = replace(change, crew=crew)
        return load(change, "outage.put")

    @app.post(
        "/outages/<external_id>/events",
        **described("outages:write", "outages", {200: OutageChanged}, 404),
    )
    @needs("outages:write")
    def post_outage_event(path: OutagePath, body: OutageEventPost) -> Response:
        """Say what is new of an outage: state, restoration time, cause, crew, discarded.

        The sequence makes it safe to repeat.
        """
        row = rows.outage_by_external_id(service.database, path.external_id)
        if row is None:
            raise unknown("outage", path.external_id)
        now = datetime.now(UTC)
        change = events.revised(row, _event(body, now), now)
        if body.sequence < row["sequence"]:
            return _changed(
                service.database, change, Change("older", str(row["id"])), ImportReport("outages")
            )
        _check(change)
        return load(change, "outage.event")

    _register_reading(parts)


def _register_reading(parts: Parts) -> None:
    app, database = parts.app, parts.service.database

    @app.get("/outages", **described("outages:read", "outages", {200: OutagesPage}))
    @needs("outages:read")
    def list_outages(query: OutagesQuery) -> Response:
        """List outages in the order in which they came."""
        wanted = wanted_of(database, query)
        found = api_lists.outages(database, place_of(query.cursor), query.limit + 1, wanted)
        return page(found, query.limit, show)

    @app.get(
        "/outages/<external_id>", **described("outages:read", "outages", {200: OutageModel}, 404)
    )
    @needs("outages:read")
    def get_outage(path: OutagePath) -> Response:
        """Read one outage with its supply points."""
        row = api_lists.outage(database, path.external_id)
        if row is None:
            raise unknown("outage", path.external_id)
        return jsonify({**show(row), "eics": rows.outage_eics(database, row["id"])})


def _check(change: OutageChange) -> None:
    """What a row of a file is checked for before its place."""
    if change.ends_at is not None and change.ends_at <= change.starts_at:
        raise cannot_be("It would end before it starts.", "/estimated_restoration")
    if change.ends_at is None and change.kind == "planned":
        raise cannot_be("Planned works have to have an end.", "/estimated_restoration")
    if change.kind == "unplanned" and change.state == "scheduled":
        raise cannot_be("An unplanned outage is never scheduled.", "/state")


def _fields(external_id: str, body: OutagePut) -> dict[str, str]:
    """The same as a row of outages.csv."""
    fields = {name: getattr(body, name) or "" for name in ("transformer", "feeder", "ends_at")}
    return fields | {
        "external_id": external_id,
        "sequence": str(body.sequence),
        "kind": body.kind,
        "state": body.state,
        "starts_at": body.starts_at,
        "reason": body.reason,
        "eics": " ".join(body.eics or ()),
    }


def _event(body: OutageEventPost, now: datetime) -> OutageEvent:
    return OutageEvent(
        sequence=body.sequence,
        at=time_of(body.at, "at") or now,
        state=body.state,
        has_end="estimated_restoration" in body.model_fields_set,
        ends_at=time_of(body.estimated_restoration, "estimated_restoration"),
        cause=body.cause,
        crew=body.crew,
        discarded=bool(body.discarded),
    )


def time_of(text: str | None, name: str) -> datetime | None:
    """The moment that was written; 409 for one that cannot be."""
    try:
        return checks.time({name: text or ""}, name)
    except RowRefused as refused:
        raise refusal(refused) from refused


def wanted_of(tx: Tx, query: Any) -> dict[str, Any]:
    """The filters of a list that were given, as `api_lists` takes them."""
    given = {
        name: value
        for name, value in query
        if value is not None and name not in ("cursor", "limit")
    }
    if "since" in given:
        given["since"] = time_of(given["since"], "since")
    if "outage" in given:
        row = rows.outage_by_external_id(tx, given["outage"])
        given["outage"] = "" if row is None else str(row["id"])
    return given


def _changed(tx: Tx, change: OutageChange, done: Change, report: ImportReport) -> Response:
    if done.outcome in REFUSALS:
        field, wrong, advice = REFUSALS[done.outcome]
        name = "sequence-conflict" if done.outcome == "conflict" else "cannot-be"
        detail = f"{wrong.format(row=change)}. {advice}"
        raise Problem(409, name, detail, errors=[(f"/{field}", detail)])
    row = api_lists.outage(tx, change.external_id)
    assert row is not None
    campaigns = filter(None, (campaign_rows.campaign(tx, each) for each in report.campaigns))
    answer = {
        "outcome": done.outcome,
        "outage": show(row),
        "campaigns": [
            {name: each[name] for name in ("id", "kind", "state", "recipients")}
            for each in campaigns
        ],
        "notes": [
            {"field": each.field, "detail": f"{each.reason}. {each.advice}"}
            for each in report.problems
            if each.flagged
        ]
        + [{"field": "reason", "detail": note} for note in report.notes],
    }
    response = jsonify(answer)
    response.status_code = 201 if done.outcome == "new" else 200
    return response


def show(row: Row) -> dict[str, Any]:
    """An outage as it is answered."""
    return {name: row[name] for name in _COLUMNS} | {
        "crew": row["crew"] or "none",
        "nested_in": row["nested"],
        "eics": None,
    }
