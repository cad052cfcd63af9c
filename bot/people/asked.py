"""Erasing and handing out with four eyes: one administrator asks, another one lets it happen."""

from __future__ import annotations

from datetime import datetime

from bot.people import privacy
from bot.people.persons import same_name
from bot.people.privacy import Erased, Export, Unknown
from bot.service import Service
from storage import Database, Row, Tx, persons, privacy_requests
from storage.database import audit

ERASE, EXPORT = "erase", "export"
KINDS = (ERASE, EXPORT)
LONGEST = 200  # characters of a reason
_ASKED = {ERASE: "privacy.erase_asked", EXPORT: "privacy.export_asked"}
_APPROVED = {ERASE: "privacy.erase_approved", EXPORT: "privacy.export_approved"}
_DROPPED = {ERASE: "privacy.erase_dropped", EXPORT: "privacy.export_dropped"}


class AskRefused(Exception):
    """It was not done; `why` is unknown, nothing, no_reason, twice, same, over or waits."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def ask(database: Database, kind: str, who: str, reason: str, *, by: str, now: datetime) -> str:
    """Ask for it: the id of what waits now. Raises AskRefused: unknown, nothing, no_reason, twice.

    `who`: a phone number, an e-mail address or the number of a customer.
    """
    words = " ".join(reason.split())[:LONGEST]
    if not words:
        raise AskRefused("no_reason")

    def work(tx: Tx) -> str:
        found, _ = _find(tx, who)
        if privacy_requests.waiting_for(tx, kind, found):
            raise AskRefused("twice")
        made = privacy_requests.add(tx, kind, found, words, by=by, now=now)
        audit(tx, by, _ASKED[kind], made, now=now)
        return made

    return database.transaction(work)


def counts(tx: Tx, who: str) -> dict[str, int]:
    """How many rows each table holds about them, for who decides; empty when nothing is left."""
    try:
        _, person = privacy.find(tx, who)
    except Unknown:
        return {}
    held = persons.held(tx, person)
    held.pop("privacy_requests", None)  # that it was asked for is nothing to decide by
    return {name: len(rows) for name, rows in held.items()}


def approve(database: Database, key: str, *, by: str, now: datetime) -> Row:
    """Let it happen; what it is. Raises AskRefused: over, or same when they asked themselves."""

    def work(tx: Tx) -> Row:
        row = _waiting(tx, key)
        if same_name(str(row["asked_by"]), by):
            raise AskRefused("same")
        if not privacy_requests.approve(tx, key, by=by, now=now):
            raise AskRefused("over")
        audit(tx, by, _APPROVED[row["kind"]], key, now=now)
        return row

    return database.transaction(work)


def drop(database: Database, key: str, *, by: str, now: datetime) -> None:
    """Turn it down, or take it back. Raises AskRefused: over."""

    def work(tx: Tx) -> None:
        row = _waiting(tx, key)
        if not privacy_requests.drop(tx, key, by=by, now=now):
            raise AskRefused("over")
        audit(tx, by, _DROPPED[row["kind"]], key, now=now)

    database.transaction(work)


def erase(made: Service, key: str, *, by: str, now: datetime) -> Erased:
    """Erase whom an approved request is about.

    Raises AskRefused: over, waits (for a second person), nothing; privacy.NotNow.
    """
    row = _approved(made.database, key, ERASE)
    try:
        done = privacy.erase(made.database, made.settings, str(row["who"]), by=by, now=now)
    except Unknown as error:
        made.database.transaction(lambda tx: privacy_requests.finish(tx, key))
        raise AskRefused("nothing") from error
    made.database.transaction(lambda tx: privacy_requests.finish(tx, key))
    return done


def export(made: Service, key: str, *, by: str, now: datetime) -> Export:
    """What is held about whom an approved request is about, once. Raises as `erase`."""
    row = _approved(made.database, key, EXPORT)
    try:
        found = privacy.export(
            made.database, str(row["who"]), by=by, now=now, settings=made.settings
        )
    except Unknown as error:
        made.database.transaction(lambda tx: privacy_requests.finish(tx, key))
        raise AskRefused("nothing") from error
    made.database.transaction(lambda tx: privacy_requests.finish(tx, key))
    return found


def _find(tx: Tx, who: str) -> tuple[str, persons.Person]:
    try:
        found, person = privacy.find(tx, who)
    except Unknown as error:
        raise AskRefused("unknown") from error
    if not persons.held(tx, person):
        raise AskRefused("nothing")
    return found, person


def _waiting(tx: Tx, key: str) -> Row:
    row = privacy_requests.get(tx, key)
    if row is None or row["state"] not in privacy_requests.OPEN:
        raise AskRefused("over")
    return row


def _approved(tx: Tx, key: str, kind: str) -> Row:
    row = _waiting(tx, key)
    if row["kind"] != kind:
        raise AskRefused("over")
    if row["state"] != "approved":
        raise AskRefused("waits")
    return row
