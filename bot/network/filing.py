"""Fault reports that another system hands over, by the rules of a texted one.

A known outage there is told instead of reported twice, and its news go to the phone; the phone's
own open report there is enough; a danger is always reported, and calls a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.conversation.facts import outages_at
from bot.conversation.places import Match
from bot.policy import Policy
from intents.addresses import AddressIndex
from intents.model import Address, Place
from storage import Tx, contacts, conversations, news, reports, threads

SURE_SCORE = 90.0  # as in dialogues: below it a person would be asked whether it is there
DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is dark for whom. The place: `eics`, with or without an address as it was written."""

    phone: str
    address: str
    town: str
    eics: tuple[str, ...]
    scope: str
    danger: bool
    language: str
    source: str  # who handed it over, in the place of a message


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of it: the report, or the outage that is known already."""

    outcome: Literal["filed", "already_reported", "known_outage"]
    report_id: str = ""
    outage_id: str = ""


def place_of(match: Match) -> Place | None:
    """The one house that an address means beyond doubt; None: a person must look."""
    exact = [place for place in match.places if place.exact]
    if not exact or exact[0].score < SURE_SCORE:
        return None
    return exact[0] if len({(place.address, place.town) for place in exact}) == 1 else None


def own_place(tx: Tx, phone: str, written: Address) -> Place | None:
    """The house as `place_of` finds it, among the premises of who has this phone.

    For one that was loaded a moment ago: the index of all addresses follows some seconds later.
    """
    numbers = [str(row["customer_number"]) for row in contacts.with_phone(tx, phone)]
    rows = contacts.premises_of(tx, numbers)
    index = AddressIndex((row["eic"], row["address"], row["town"]) for row in rows)
    return place_of(Match(index.match(written)))


def file(tx: Tx, fault: Fault, now: datetime, policy: Policy) -> Filed:
    """File it, or say why that is not needed."""
    if not fault.danger:
        active = [o for o in outages_at(tx, policy, list(fault.eics), now) if o.state == "active"]
        if active:
            news.subscribe(tx, active[0].id, fault.phone, _language(tx, fault), now)
            return Filed("known_outage", outage_id=active[0].id)
        if mine := _own_report(tx, fault):
            return Filed("already_reported", report_id=mine)
    report_id = reports.file_report(
        tx, fault.phone, address=fault.address, town=fault.town, eics=fault.eics,
        scope=fault.scope, danger=fault.danger, message_id=fault.source, now=now,
    )  # fmt: skip
    if fault.danger:
        known = threads.of_phones(tx, [fault.phone]).get(fault.phone)
        conversation = known or conversations.keep_state(tx, None, fault.phone, "", now)
        conversations.ask_agent(tx, conversation, DANGER, now, urgent=True)
    return Filed("filed", report_id=report_id)


def _own_report(tx: Tx, fault: Fault) -> str:
    for row in reports.open_reports(tx, fault.phone):
        written = (row["address"], row["town"]) == (fault.address, fault.town)
        if row["eic"] in fault.eics or (fault.address and written):
            return str(row["id"])
    return ""


def _language(tx: Tx, fault: Fault) -> str:
    """The customer's own language; else what the other system says."""
    known = contacts.with_phone(tx, fault.phone)
    return str(known[0]["language"]) if known else fault.language
