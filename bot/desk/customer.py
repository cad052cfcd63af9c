"""What an agent knows of a customer, and does for them beside writing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.desk.handoff import CannotSay, language_of
from bot.service import Service
from locales.catalogue import LANGUAGES
from storage import (
    Database,
    Row,
    Tx,
    contacts,
    conversations,
    customers,
    messages,
    news,
    reports,
    threads,
)
from storage.database import audit

SCOPES = ("whole", "part", "flicker", "neighbours")
_REGISTER = 20  # the latest acts that are shown
_LONGEST = 200  # characters of an address that is typed


@dataclass(frozen=True, slots=True)
class Home:
    """One premises; `outages` are those under way and those to come there, soonest first."""

    row: Row
    outages: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer of the phone. `others`: their other phones, each with the id of its conversation
    ('' for none)."""

    row: Row
    homes: tuple[Home, ...]
    others: tuple[tuple[str, str], ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """Who is on the phone."""

    customers: tuple[Customer, ...]
    reports: tuple[Row, ...]
    language: str
    opted_out: bool
    origins: tuple[Row, ...] = ()  # of the phone's contacts: customer_number, source, consent_at
    register: tuple[Row, ...] = ()  # what they agreed to and withdrew, the latest first

    @property
    def homes(self) -> list[Home]:
        return [home for customer in self.customers for home in customer.homes]

    @property
    def life_support(self) -> bool:
        return any(home.row["life_support"] for home in self.homes)


def read_card(tx: Tx, row: Row, now: datetime) -> Card:
    """What is known of who writes in this conversation (a row of `conversations`)."""
    phone = str(row["phone"])
    origins = contacts.origins_of(tx, phone)
    numbers = list(dict.fromkeys(str(row["customer_number"]) for row in origins))
    return Card(
        customers=tuple(_customer(tx, number, phone, now) for number in numbers),
        reports=tuple(reports.open_reports(tx, phone)),
        language=language_of(tx, row),
        opted_out=messages.is_opted_out(tx, phone),
        origins=tuple(origins),
        register=tuple(contacts.register_of(tx, [phone])[: -_REGISTER - 1 : -1]),
    )


def _customer(tx: Tx, number: str, phone: str, now: datetime) -> Customer:
    row = customers.customer(tx, number)
    assert row is not None
    homes = customers.premises_of(tx, number)
    outages = news.open_at(tx, [str(home["eic"]) for home in homes], now) if homes else []
    known = customers.contacts_of(tx, number)
    others = [str(r["value"]) for r in known if r["kind"] == "mobile" and r["value"] != phone]
    ids = threads.of_phones(tx, others)
    return Customer(
        row=row,
        homes=tuple(
            Home(home, tuple(each for each in outages if each["eic"] == home["eic"]))
            for home in homes
        ),
        others=tuple((other, ids.get(other, "")) for other in others),
        emails=tuple(str(r["value"]) for r in known if r["kind"] == "email"),
    )


# --- acts -------------------------------------------------------------------------------------


def mark_life_support(
    made: Service, conversation_id: str, eic: str, *, on: bool, by: str, now: datetime
) -> None:
    """A person there depends on a device, or does no longer. Raises CannotSay for premises that
    are not of a customer with this phone."""

    def work(tx: Tx) -> None:
        _own(tx, conversations.get(tx, conversation_id), eic)
        contacts.flag_life_support(tx, (eic,), on=on)
        audit(tx, by, "premises.life_support", eic, now=now, detail=_word(on))
        audit(tx, by, "conversation.life_support", conversation_id, now=now, detail=_word(on))

    made.database.transaction(work)


def _word(on: bool) -> str:
    return "on" if on else "off"


def _own(tx: Tx, row: Row, eic: str) -> Row:
    """The premises, if it is one of the customers of this conversation."""
    home = customers.premises(tx, eic)
    owners = {str(r["customer_number"]) for r in contacts.with_phone(tx, str(row["phone"]))}
    if home is None or str(home["customer_number"]) not in owners:
        raise CannotSay("these premises are not of this customer; nothing was changed.", "not_own")
    return home


def file_report(
    made: Service, conversation_id: str, *, eic: str = "", address: str = "", town: str = "",
    scope: str = "whole", danger: bool = False, by: str, now: datetime,
) -> str:  # fmt: skip
    """A fault report in the customer's name, at premises of theirs or at an address that is typed;
    its id. What explains it already is linked. Raises CannotSay for no place, or one of others."""
    place, where = " ".join(address.split())[:_LONGEST], " ".join(town.split())[:_LONGEST]
    if scope not in SCOPES or not (eic or place):
        raise CannotSay("a report needs an address; nothing was filed.", "no_place")

    def work(tx: Tx) -> str:
        row = conversations.get(tx, conversation_id)
        if eic:
            _own(tx, row, eic)
        active = [each for each in news.open_at(tx, [eic], now) if _explains(each)] if eic else []
        report_id = reports.file_report(
            tx, row["phone"], address=place, town=where, eics=(eic,) if eic else (), scope=scope,
            danger=danger, message_id=conversations.last_text(tx, row["phone"]), now=now,
        )  # fmt: skip
        if active:
            reports.link_report(tx, report_id, str(active[0]["id"]), now)
        audit(tx, by, "conversation.report", conversation_id, now=now, detail=report_id[-8:])
        return report_id

    return made.database.transaction(work)


def _explains(outage: Row) -> bool:
    return bool(outage["state"] == "active" and outage["kind"] == "unplanned")


def outages_near(tx: Tx, report: Row, now: datetime) -> list[Row]:
    """Unplanned outages now in the town of a report that no outage explains: what it may be."""
    if report["outage_id"] or not report["town"]:
        return []
    return [each for each in news.open_in_town(tx, report["town"], now) if _explains(each)]


def link_report(
    made: Service, conversation_id: str, report_id: str, outage_id: str, *, by: str, now: datetime
) -> None:
    """This outage explains the report: its sender hears of it. Raises CannotSay when the report is
    not open, not of this phone, or explained already, or the outage is over."""

    def work(tx: Tx) -> None:
        row = conversations.get(tx, conversation_id)
        found = {str(r["id"]): r for r in reports.open_reports(tx, row["phone"])}.get(report_id)
        near = {str(o["id"]) for o in outages_near(tx, found, now)} if found else set()
        if outage_id not in near or not reports.link_report(tx, report_id, outage_id, now):
            raise CannotSay("the report or the outage has changed meanwhile.", "changed")
        audit(tx, by, "conversation.link", conversation_id, now=now, detail=report_id[-8:])

    made.database.transaction(work)


def set_language(
    made: Service, conversation_id: str, language: str, *, by: str, now: datetime
) -> None:
    """For good: answers and alerts to this phone. Raises CannotSay for another language."""
    if language not in LANGUAGES:
        raise CannotSay(f"{language!r} is none of {', '.join(LANGUAGES)}.", "language")

    def work(tx: Tx) -> None:
        row = conversations.get(tx, conversation_id)
        contacts.set_language(tx, row["phone"], language)
        conversations.choose_language(tx, conversation_id, language)
        audit(tx, by, "conversation.language", conversation_id, now=now, detail=language)

    made.database.transaction(work)


def opt_out(made: Service, conversation_id: str, *, by: str, now: datetime) -> bool:
    """The customer wants no more SMS, as they told an agent; False when that was known."""

    def work(tx: Tx) -> bool:
        row = conversations.get(tx, conversation_id)
        if messages.is_opted_out(tx, row["phone"]):
            return False
        last = conversations.last_text(tx, row["phone"])
        contacts.opt_out(
            tx, row["phone"], text=f"agent {by}", message_id=last, now=now, channel="console", by=by
        )
        audit(tx, by, "conversation.opt_out", conversation_id, now=now)
        return True

    return made.database.transaction(work)


def find(database: Database, conversation_id: str) -> Row | None:
    """The conversation with this id; None when there is none."""
    try:
        return conversations.get(database, conversation_id)
    except LookupError:
        return None
