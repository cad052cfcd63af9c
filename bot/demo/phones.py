"""The simulated phones as the page shows them: the list, one phone's texts, whose phone it is."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.delivery import receipts
from bot.demo.people import CAST_END
from intents.fold import fold
from locales import dates
from locales.catalogue import say
from storage import Database, Row, customers, demo
from storage.database import moment, stamp

PROVIDER = "sandbox"
HINTS = ("no_light", "when", "planned", "street", "danger", "agent", "stop")
STRANGER_HINTS = ("register", "no_light_where", "street", "danger", "agent")
SWITCHED_OFF = "99"  # the sandbox's own rule
PAGE = 80
SOON = timedelta(days=14)


@dataclass
class Phone:
    """One phone of the list. `labels` are keys of the catalogue with their values."""

    number: str
    name: str = ""
    language: str = ""
    towns: list[str] = field(default_factory=list)
    labels: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    text: str = ""
    mine: bool = False  # the latest text went out from this phone
    at: str = ""  # when it came or went, as stored
    words: str = ""  # folded, for the search

    @property
    def cast(self) -> bool:
        return bool(self.name) and self.number < CAST_END

    @property
    def initials(self) -> str:
        firm = self.name.partition('"')[2]
        words = (firm or self.name).replace('"', "").split()
        return "".join(word[0].upper() for word in words[:2]) or "?"


@dataclass(frozen=True)
class Directory:
    """What the list shows: the cast, everybody else, and how many more there are."""

    cast: list[Phone]
    others: list[Phone]
    more: int
    version: str


@dataclass(frozen=True)
class Home:
    """One premises on the card. `news`: (label key, from when to when) of open outages there."""

    address: str
    town: str
    postcode: str
    meter: str  # the last four digits: what proves who one is
    transformer: str
    life_support: bool
    news: list[tuple[str, str]]


@dataclass(frozen=True)
class Customer:
    """One customer on the card."""

    number: str
    name: str
    language: str
    emails: list[str]
    homes: list[Home]
    opted_out: bool = False


@dataclass(frozen=True)
class Card:
    """Whose phone it is: its customers, or for a stranger somebody to register as."""

    phone: str
    customers: list[Customer]
    candidate: Customer | None = None

    @property
    def owner(self) -> Customer | None:
        return self.customers[0] if self.customers else None

    @property
    def switched_off(self) -> bool:
        return self.phone.endswith(SWITCHED_OFF)


# --- the list -------------------------------------------------------------------------------


def list_phones(database: Database, search: str, now: datetime) -> Directory:
    """The phones that have every word of `search` in name, place, number or language."""
    version = demo.texts_version(database)
    phones = _owned(database, now)
    for row in demo.last_texts(database):
        phone = phones.setdefault(row["phone"], Phone(row["phone"], words=row["phone"]))
        phone.text, phone.at = str(row["body"]), str(row["at"])
        phone.mine = row["direction"] == "in"
    wanted = fold(search).split()
    found = [phone for phone in phones.values() if all(word in phone.words for word in wanted)]
    cast = sorted((phone for phone in found if phone.cast), key=lambda phone: phone.number)
    others = sorted((phone for phone in found if not phone.cast), key=lambda phone: phone.number)
    others.sort(key=lambda phone: phone.at, reverse=True)
    return Directory(cast, others[:PAGE], max(len(others) - PAGE, 0), version)


def _owned(database: Database, now: datetime) -> dict[str, Phone]:
    homes: dict[str, list[Row]] = {}
    for row in demo.phone_rows(database):
        homes.setdefault(row["phone"], []).append(row)
    return {number: _phone(number, rows, now) for number, rows in homes.items()}


def _phone(number: str, rows: list[Row], now: datetime) -> Phone:
    first = rows[0]
    towns = list(dict.fromkeys(str(row["town"]) for row in rows))
    phone = Phone(number, first["name"], first["language"], towns, _labels(number, rows, now))
    words = [number, phone.name, phone.language, *_LANGUAGE_WORDS.get(phone.language, ())]
    phone.words = fold(" ".join([*words, *(f"{row['address']} {row['town']}" for row in rows)]))
    return phone


_LANGUAGE_WORDS = {
    "lv": ("latviešu", "Latvian", "латышский"),
    "ru": ("krievu", "Russian", "русский"),
    "en": ("angļu", "English", "английский"),
}


def _labels(number: str, rows: list[Row], now: datetime) -> list[tuple[str, dict[str, object]]]:
    begin, end = stamp(now), stamp(now + SOON)
    planned = [row["planned_at"] for row in rows if row["planned_at"]]
    marks = (
        ("demo.label.dark", any(row["dark"] for row in rows)),
        ("demo.label.planned", any(begin < at < end for at in planned)),
        ("demo.label.life_support", any(row["life_support"] for row in rows)),
        ("demo.label.premises", len(rows) > 1),
        ("demo.label.business", rows[0]["kind"] == "business"),
        ("demo.label.russian", rows[0]["language"] == "ru"),
        ("demo.label.english", rows[0]["language"] == "en"),
        ("demo.label.switched_off", number.endswith(SWITCHED_OFF)),
    )
    return [(key, {"count": len(rows)}) for key, is_so in marks if is_so]


# --- one phone ------------------------------------------------------------------------------


def texts(database: Database, phone: str, language: str, now: datetime) -> dict[str, object]:
    """The latest texts on a phone as JSON values, with a version that changes when they do."""
    rows = demo.texts_of(database, phone)
    told = [_text(row, language, now) for row in rows]
    seen = "|".join(f"{row['id']}{row['status']}" for row in rows)
    return {"version": f"{zlib.crc32(seen.encode()):08x}-{len(rows)}", "texts": told}


def _text(row: Row, language: str, now: datetime) -> dict[str, object]:
    at = moment(row["at"])
    alert = row["direction"] == "out" and row["kind"] not in ("answer", "agent")
    return {
        "id": row["id"],
        "mine": row["direction"] == "in",
        "from": "alert" if alert else row["kind"],
        "text": row["body"],
        "status": row["status"],
        "code": row["error_code"] or "",
        "segments": row["segments"],
        "at": row["at"],
        "time": dates.clock(at),
        "day": _capital(dates.day(at, language, now, relative=True)),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def arrive(
    database: Database, phone: str, reply_id: str, now: datetime, *, in_hand: bool = False
) -> None:
    """The answer is on the phone's screen already: its receipt. `in_hand`: somebody writes on it,
    so it is on whatever its number."""
    off = phone.endswith(SWITCHED_OFF) and not in_hand
    status, code = ("undelivered", "30003") if off else ("delivered", "")
    receipt = receipts.Receipt(reply_id, PROVIDER, f"{PROVIDER}-{reply_id}", status, code)
    receipts.record(database, receipt, now)


# --- whose it is ----------------------------------------------------------------------------


def read_card(database: Database, phone: str, language: str, now: datetime) -> Card:
    """The card of a phone; times in the language of the page."""
    rows = demo.customers_of_phone(database, phone)
    known = [_customer(database, row, language, now) for row in rows]
    other = None if rows else demo.customer_without_phone(database, zlib.crc32(phone.encode()))
    return Card(phone, known, _customer(database, other, language, now) if other else None)


def _customer(database: Database, row: Row, language: str, now: datetime) -> Customer:
    number = str(row["customer_number"])
    open_outages = demo.outages_of(database, number, now)
    return Customer(
        number=number,
        name=row["name"],
        language=row["contact_language"],
        emails=[
            c["value"] for c in customers.contacts_of(database, number) if c["kind"] == "email"
        ],
        homes=[
            _home(home, [o for o in open_outages if o["eic"] == home["eic"]], language, now)
            for home in customers.premises_of(database, number)
        ],
        opted_out=bool(row["opted_out"]),
    )


def _home(row: Row, open_outages: Iterable[Row], language: str, now: datetime) -> Home:
    return Home(
        address=row["address"],
        town=row["town"],
        postcode=row["postcode"],
        meter=row["meter_number"][-4:],
        transformer=row["transformer"],
        life_support=bool(row["life_support"]),
        news=[_news(outage, language, now) for outage in open_outages],
    )


def _news(row: Row, language: str, now: datetime) -> tuple[str, str]:
    ends = moment(row["ends_at"]) if row["ends_at"] else None
    when = dates.short_span(moment(row["starts_at"]), ends, language, now)
    if row["state"] == "active":
        # An outage without a known end began "from", but it is not open-ended.
        when = say(language, "demo.card.until", time=dates.hour(ends, language)) if ends else ""
        return "demo.card.dark", when
    return "demo.card.planned", when


# --- what may be written --------------------------------------------------------------------


def hints(card: Card, language: str) -> list[str]:
    """Examples of texts, in the language of the phone's owner; a stranger's in `language`."""
    person = card.owner or card.candidate
    home = person.homes[0] if person and person.homes else None
    spoken = card.owner.language if card.owner else language
    values: dict[str, Any] = {
        "number": person.number if person else "",
        "address": home.address if home else "",
        "street": _street(home.address) if home else "",
        "town": home.town if home else "",
    }
    keys = HINTS if card.owner else STRANGER_HINTS
    return [say(spoken, f"demo.hint.{key}", **values) for key in keys]


def _street(address: str) -> str:
    """'Brīvības iela' of 'Brīvības iela 105A-12'; a farm stays as it is."""
    return re.sub(r" \d+\w?(-\d+)?$", "", address).strip('"')
