"""Ready answers: sentences that agents pick, in the language of the conversation, with what is
known of the customer filled in. Those that come with the program are texts of the catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from bot.desk.customer import Card
from bot.desk.handoff import BLANK, MAX_TEXT
from bot.policy import Policy
from intents.exact import reserved
from intents.fold import fold
from locales import dates
from locales.alphabet import clean
from locales.catalogue import LANGUAGES, SHIPPED
from storage import Database, Row, Tx, ready
from storage.database import audit, moment

PREFIX = "ready."
TOPICS = ("talk", "outage", "works", "danger", "account", "bills", "end")
FIELDS = (
    "agent", "name", "number", "address", "time", "works", "brand", "service", "fault", "safety",
)  # fmt: skip
# In the order in which they are offered.
SHIPPED_NAMES = (
    "talk.hello", "talk.look", "talk.address", "talk.call", "outage.known", "outage.unknown",
    "outage.breakers", "outage.filed", "outage.sorry", "works.when", "works.fixed", "danger.away",
    "danger.device", "account.register", "account.done", "bills.supplier", "bills.meter",
    "end.bye", "end.check",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,29}")
# Which of the shipped ones answers what a text is about, where the bot would not say it itself.
HELLO = "talk.hello"
BY_INTENT = {
    "report_fault": "outage.known", "outage_status": "outage.known", "still_out": "outage.known",
    "power_quality": "outage.breakers", "planned_outages": "works.when", "danger": "danger.away",
    "billing": "bills.supplier", "meter_reading": "bills.meter", "register": "account.register",
    "greeting": HELLO, "agent": HELLO, "thanks": "end.bye",
    "complaint": "outage.sorry", "compensation": "outage.sorry",
}  # fmt: skip


class BadAnswer(Exception):
    """It cannot be kept; `why` is name, topic, empty, long, field or reserved."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why} {detail}".strip())
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Ready:
    """One ready answer. `own`: of this installation; its title is its name, else there is a text
    for it. `text` has its fields filled, `BLANK` where nothing is known."""

    name: str
    topic: str
    text: str
    own: bool


def answers(database: Database, language: str, values: dict[str, str]) -> list[Ready]:
    """All of them in this language, by topic, those of this installation first."""
    own = [
        Ready(row["name"], row["topic"], fill(row[language], values), own=True)
        for row in ready.every(database)
    ]
    shipped = [
        Ready(name, name.partition(".")[0], fill(_template(language, name), values), own=False)
        for name in SHIPPED_NAMES
    ]
    return sorted(own + shipped, key=lambda each: TOPICS.index(each.topic))


def shipped(language: str, name: str, values: dict[str, str]) -> str:
    """The text of one that comes with the program."""
    return fill(_template(language, name), values)


def _template(language: str, name: str) -> str:
    return SHIPPED.books[language].single[PREFIX + name]


def fill(template: str, values: dict[str, str]) -> str:
    """The sentence with what is known; a blank for an agent to fill where nothing is."""
    known = {name: values.get(name) or BLANK for name in FIELDS}
    return template.format_map(known)


def values_of(
    card: Card, *, agent: str, language: str, policy: Policy, now: datetime
) -> dict[str, str]:  # fmt: skip
    """What the fields of ready answers say for this customer. `agent`: their full name."""
    first = card.customers[0].row if card.customers else None
    home = _home_asked_about(card)
    dark = [o for each in card.homes for o in each.outages if o["state"] == "active"]
    coming = [o for each in card.homes for o in each.outages if o["state"] == "scheduled"]
    until = moment(dark[0]["ends_at"]) if dark and dark[0]["ends_at"] else None
    return {
        "agent": agent.split()[0] if agent else "",
        "name": str(first["name"]) if first else "",
        "number": str(first["customer_number"]) if first else "",
        "address": home,
        "time": _moment(until, language, now) if until else "",
        "works": _span(coming[0], language, now) if coming else "",
        "brand": policy.brand_in_answers,
        "service": policy.contact_service_phone,
        "fault": policy.contact_fault_phone,
        "safety": policy.contact_safety_phone,
    }


def _home_asked_about(card: Card) -> str:
    """Where it is dark, else where a report is from, else where they live."""
    dark = [h.row for h in card.homes if any(o["state"] == "active" for o in h.outages)]
    rows = [*dark, *card.reports, *(home.row for home in card.homes)]
    return f"{rows[0]['address']}, {rows[0]['town']}" if rows else ""


def _moment(at: datetime, language: str, now: datetime) -> str:
    hour = dates.hour(at, language)
    if dates.local(at).date() == dates.local(now).date():
        return SHIPPED.say(language, "when.today", hour=hour)
    day = dates.on_day(at, language, now, relative=True)
    return SHIPPED.say(language, "when.day", day=day, hour=hour)


def _span(outage: Row, language: str, now: datetime) -> str:
    ends = moment(outage["ends_at"]) if outage["ends_at"] else None
    return dates.span(moment(outage["starts_at"]), ends, language, now)


# --- of this installation ---------------------------------------------------------------------


def save(
    database: Database, *, name: str, topic: str, texts: dict[str, str], by: str, now: datetime
) -> None:
    """Keep one, new or changed. Raises BadAnswer."""
    told = {language: clean(texts.get(language, "")).strip() for language in LANGUAGES}
    if not _NAME.fullmatch(name):
        raise BadAnswer("name")
    if topic not in TOPICS:
        raise BadAnswer("topic")
    for text in told.values():
        _check(text)

    def work(tx: Tx) -> None:
        ready.put(tx, name, topic, told, by=by, now=now)
        audit(tx, by, "ready.save", name, now=now, detail=topic)

    database.transaction(work)


def _check(text: str) -> None:
    if not text:
        raise BadAnswer("empty")
    if len(text) > MAX_TEXT:
        raise BadAnswer("long")
    try:
        fields = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        raise BadAnswer("field", "{ }") from None
    if unknown := fields - set(FIELDS):
        raise BadAnswer("field", "{" + min(unknown) + "}")
    if reserved(fold(text)):
        raise BadAnswer("reserved")


def drop(database: Database, name: str, *, by: str, now: datetime) -> bool:
    """Forget one; False when there is none of this name."""

    def work(tx: Tx) -> bool:
        gone = ready.drop(tx, name)
        if gone:
            audit(tx, by, "ready.drop", name, now=now)
        return gone

    return database.transaction(work)
