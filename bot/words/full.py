"""The words of an e-mail or a letter: which texts of the catalogue a kind has, and their values.

The fact first, then a table of facts, then sections: how to prepare, what the customer is entitled
to, how to reach us.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.policy import Policy
from bot.words.documents import Document, Section
from bot.words.short import hours_off, said_outcome
from bot.words.subjects import (
    OF_OUTAGES,
    Announcement,
    Complaint,
    Correction,
    Debt,
    Extra,
    NextWord,
    Reader,
    Work,
    noon,
    of_language,
)
from locales import dates
from locales.catalogue import has, say
from locales.reasons import reason_in

_PAY_TO = ("payee", "account")
# The rows of the table of facts; the customer is always the first.
FACTS = {
    "planned_notice": ("when", "where", "why"),
    "reminder": ("when", "where", "why"),
    "moved": ("when", "old", "where", "why"),
    "cancelled": ("old", "where", "why"),
    "unplanned": ("where", "since", "why", "back"),
    "time_changed": ("where", "since", "why", "back"),
    "no_news": ("where", "since", "why", "next"),
    "crew_on_way": ("where", "since", "why", "back"),
    "crew_working": ("where", "since", "why", "back"),
    "restored": ("where",),
    "no_outage": ("where",),
    "long_outage": ("where", "since", "why", "back"),
    "correction": ("when", "where", "why"),
    "correction_none": ("where",),
    "correction_off": ("where", "since", "why", "back"),
    "debt_first": ("reference", "sum", "due", *_PAY_TO),
    "debt_second": ("reference", "sum", "due", *_PAY_TO),
    "debt_disconnection": ("reference", "sum", "due", "off", *_PAY_TO),
    "debt_reconnection": ("reference", "sum", "fee", *_PAY_TO),
    "debt_plan": ("reference", "sum", *_PAY_TO, "part"),
    "debt_last": ("reference", "sum", "due", "off", *_PAY_TO),
    "debt_held": ("reference", "sum", *_PAY_TO),
    "debt_over": ("reference", "sum", *_PAY_TO),
    "complaint_received": ("number", "received", "answer"),
    "complaint_outcome": ("number", "received"),
}
_DEBT_END = ("hard", "dispute", "reach")
SECTIONS = {
    "planned_notice": ("prepare", "rights", "reach"),
    "reminder": ("prepare", "rights", "reach"),
    "moved": ("prepare", "rights", "reach"),
    "unplanned": ("meanwhile", "compensation", "reach"),
    "time_changed": ("meanwhile", "reach"),
    "no_news": ("meanwhile", "reach"),
    "crew_on_way": ("meanwhile", "reach"),
    "crew_working": ("meanwhile", "reach"),
    "restored": ("still_dark", "compensation", "reach"),
    "no_outage": ("still_dark", "reach"),
    "long_outage": ("meanwhile", "compensation", "reach"),
    "correction": ("prepare", "rights", "reach"),
    "correction_off": ("meanwhile", "reach"),
    "debt_first": ("pay", *_DEBT_END),
    "debt_second": ("consequences", "pay", *_DEBT_END),
    "debt_disconnection": ("consequences", "pay", *_DEBT_END),
    "debt_reconnection": ("reconnect", *_DEBT_END),
    "debt_plan": ("pay", "plan", "dispute", "reach"),
    "debt_last": ("pay", *_DEBT_END),
    "debt_held": ("held", "pay", "hard", "reach"),
    "debt_over": ("pay", *_DEBT_END),
    "complaint_received": ("next_steps", "reach"),
    "complaint_outcome": ("disagree", "reach"),
}
# Kinds that can tell of several outages at once.
MANY = ("planned_notice", "reminder", "moved", "cancelled")
# More addresses than this get a section of their own.
PLACES_IN_FACTS = 4


@dataclass(frozen=True)
class FullWriter:
    """Writes one document in one language; `short_number` '' leaves out how to text us."""

    kind: str
    language: str
    reader: Reader
    policy: Policy
    now: datetime
    extra: Extra = None
    short_number: str = ""

    def write(self, works: Sequence[Work]) -> Document:
        """The whole document. `works` may be empty for a kind that has a subject of its own."""
        groups = _by_outage(works)
        key = self._key(works)
        values = self._values(key, works)
        many = len(groups) > 1
        return Document(
            language=self.language,
            subject=self._subject(key, values, many=many),
            greeting=self._say("greeting"),
            lead=self._lead(key, values, many=many),
            facts=tuple(self._facts(key, groups)),
            sections=tuple(self._sections(key, groups, values)),
            closing=self._say("closing", **values),
        )

    def _say(self, key: str, **values: Any) -> str:
        return say(self.language, f"letter.{key}", **values)

    def _key(self, works: Sequence[Work]) -> str:
        if isinstance(self.extra, Correction):
            return "correction_text"
        if self.kind == "correction" and works[0].state == "active":
            return "correction_off"
        if self.kind in OF_OUTAGES and works[0].state == "cancelled":
            return {"restored": "no_outage", "correction": "correction_none"}.get(
                self.kind, self.kind
            )
        return self.kind

    def _many(self, key: str, *, many: bool) -> str:
        several = f"{key}.many"
        return several if many and has(self.language, f"letter.{several}") else key

    def _subject(self, key: str, values: dict[str, Any], *, many: bool) -> str:
        if isinstance(self.extra, Announcement) and self.extra.subjects.get(self.language):
            return self.extra.subjects[self.language]
        kind = "no_outage" if key == "no_outage" else self.kind
        return self._say(self._many(f"{kind}.subject", many=many), **values)

    def _lead(self, key: str, values: dict[str, Any], *, many: bool) -> str:
        if key == "time_changed" and "by" not in values:
            key = "time_changed_open"
        if key == "announcement":
            lead = str(values["text"])
        else:
            lead = self._say(self._many(f"{key}.lead", many=many), **values)
        return lead[:1].upper() + lead[1:]

    # --- values -----------------------------------------------------------------------------

    def _values(self, key: str, works: Sequence[Work]) -> dict[str, Any]:
        values: dict[str, Any] = {
            "brand": self.policy.brand_in_answers,
            "phone": self.policy.contact_service_phone,
            "fault": self.policy.contact_fault_phone,
            "safety": self.policy.contact_safety_phone,
            "ahead": self._say("ahead.days", count=self.policy.planned_notice_days),
            "written": self._say("ahead.days", count=self.policy.debt_written_days),
            "hours": self._say("ahead.hours", count=self.policy.debt_last_warning_hours),
        }
        if isinstance(self.extra, Announcement | Correction):
            return values | {"text": of_language(self.extra.texts, self.language)}
        if isinstance(self.extra, Debt):
            return values | self._of_debt(self.extra)
        if isinstance(self.extra, Complaint):
            return values | self._of_complaint(key, self.extra)
        if not works:
            raise ValueError(f"{self.kind} needs to be told what it is about")
        return values | self._of_works(key, works)

    def _of_works(self, key: str, works: Sequence[Work]) -> dict[str, Any]:
        first = works[0]
        days = (day for work in works for day in dates.days_of(work.starts_at, work.ends_at))
        values: dict[str, Any] = {
            "when": self._span(first.starts_at, first.ends_at),
            "old": self._old(first),
            "day": dates.on_days(days, self.language, self.now),
        }
        if first.ends_at is not None:
            values["by"] = self._by(first.ends_at)
        if key == "no_news":
            values["next"] = self._by(self._next_word())
        if key == "long_outage":
            longer = hours_off(first, self.now)
            values["longer"] = say(self.language, "notice.longer", count=longer)
        return values

    def _of_debt(self, debt: Debt) -> dict[str, Any]:
        values = {
            "sum": dates.money(debt.sum_cents, self.language),
            "reference": debt.reference,
            "due": self._due_year(debt.due_date),
        }
        if debt.disconnect_on is not None:
            values["off"] = dates.on_day(noon(debt.disconnect_on), self.language, year=True)
        elif self.kind in ("debt_disconnection", "debt_last"):
            raise ValueError("a disconnection needs its day")
        return values

    def _of_complaint(self, key: str, complaint: Complaint) -> dict[str, Any]:
        due = complaint.received_on + timedelta(days=complaint.answer_days)
        values = {
            "number": complaint.number,
            "received": self._day(noon(complaint.received_on)),
            "due": self._due(noon(due)),
        }
        if key == "complaint_outcome":
            values["outcome"] = said_outcome(complaint, self.language)
        return values

    def _span(self, start: datetime, end: datetime | None) -> str:
        return dates.span(start, end, self.language, self.now)

    def _old(self, work: Work) -> str:
        if work.old_starts_at is None:
            return self._span(work.starts_at, work.ends_at)
        return self._span(work.old_starts_at, work.old_ends_at)

    def _day(self, at: datetime) -> str:
        return dates.on_day(at, self.language, self.now)

    def _due(self, at: datetime) -> str:
        return dates.by_day(at, self.language, self.now)

    def _due_year(self, due: date) -> str:
        # Papers about money are read years later.
        return dates.by_day(noon(due), self.language, year=True)

    def _by(self, at: datetime) -> str:
        hour = dates.hour(at, self.language)
        return say(self.language, "notice.by", day=self._day(at), hour=hour)

    def _next_word(self) -> datetime:
        if isinstance(self.extra, NextWord):
            return self.extra.at
        return self.now + timedelta(minutes=self.policy.unplanned_next_word_minutes)

    # --- the table of facts -----------------------------------------------------------------

    def _facts(self, key: str, groups: Sequence[Sequence[Work]]) -> Iterator[tuple[str, str]]:
        reader = self.reader
        customer = self._say("customer", name=reader.name, number=reader.customer_number)
        yield self._say("fact.customer"), customer
        rows = FACTS.get(key, ())
        if isinstance(self.extra, Debt):
            yield from self._debt_facts(self.extra, rows)
        elif isinstance(self.extra, Complaint):
            values = self._of_complaint(key, self.extra)
            received = dates.day(noon(self.extra.received_on), self.language, self.now)
            told = {**values, "received": received, "answer": values["due"]}
            yield from ((self._say(f"fact.{row}"), told[row]) for row in rows)
        else:
            for works in groups:
                yield from self._work_facts(works, rows)

    def _work_facts(self, works: Sequence[Work], rows: Sequence[str]) -> Iterator[tuple[str, str]]:
        for row in rows:
            values = self._places(works) if row == "where" else [self._fact(row, works[0])]
            yield from ((self._say(f"fact.{row}"), value) for value in values if value)

    def _fact(self, row: str, work: Work) -> str:
        if row == "when":
            return self._span(work.starts_at, work.ends_at)
        if row == "old":
            return self._old(work)
        if row == "since":
            return self._span(work.starts_at, None)
        if row == "back":
            return self._back(work)
        if row == "next":
            return self._by(self._next_word())
        return reason_in(work.reason, self.language)

    def _back(self, work: Work) -> str:
        # A time that is over would make the row a lie.
        if work.ends_at is not None and work.ends_at > self.now:
            return self._by(work.ends_at)
        minutes = self.policy.unplanned_next_word_minutes
        return self._say("back_open", within=dates.within(minutes, self.language))

    def _places(self, works: Sequence[Work]) -> list[str]:
        places = self._addresses(works)
        if len(places) <= PLACES_IN_FACTS:
            return places
        return [self._say("places", count=len(places))]

    def _addresses(self, works: Sequence[Work]) -> list[str]:
        somewhere = say(self.language, "notice.somewhere")
        told = (", ".join(filter(None, (work.address, work.town))) for work in works)
        return list(dict.fromkeys(place or somewhere for place in told))

    def _debt_facts(self, debt: Debt, rows: Sequence[str]) -> Iterator[tuple[str, str]]:
        values = self._of_debt(debt)
        values["account"] = debt.account or self.policy.pay_to
        if self.policy.pay_to and not debt.account:
            values["payee"] = self.policy.payments_beneficiary
        if debt.disconnect_on is not None:
            values["off"] = dates.day(noon(debt.disconnect_on), self.language, year=True)
        if debt.reconnection_cents is not None:
            values["fee"] = dates.money(debt.reconnection_cents, self.language)
        for row in rows:
            if row == "part":
                yield from self._parts(debt)
            elif value := values.get(row):
                yield self._say(f"fact.{row}"), value

    def _parts(self, debt: Debt) -> Iterator[tuple[str, str]]:
        for number, part in enumerate(debt.plan, 1):
            due = self._due_year(part.due_date)
            told = self._say("part", sum=dates.money(part.sum_cents, self.language), due=due)
            yield self._say("fact.part", number=number), told

    # --- sections ---------------------------------------------------------------------------

    def _sections(
        self, key: str, groups: Sequence[Sequence[Work]], values: dict[str, Any]
    ) -> Iterator[Section]:
        for works in groups:
            places = self._addresses(works)
            if len(places) > PLACES_IN_FACTS and "where" in FACTS.get(key, ()):
                yield Section(self._places_heading(works, groups), tuple(places))
        for name in SECTIONS.get(key, ("reach",)):
            heading = self._say(f"section.{name}")
            yield Section(heading, tuple(self._paragraphs(name, values)))

    def _places_heading(self, works: Sequence[Work], groups: Sequence[Sequence[Work]]) -> str:
        heading = self._say("section.places")
        return heading if len(groups) == 1 else f"{heading}: {self._fact('when', works[0])}"

    def _paragraphs(self, name: str, values: dict[str, Any]) -> Iterator[str]:
        business = f"{name}.business"
        wanted = self.reader.kind == "business" and has(self.language, f"letter.{business}")
        yield from self._say(business if wanted else name, **values).split("\n")
        if name == "reach" and self.short_number:
            yield self._say("reach.sms", number=self.short_number)


def _by_outage(works: Sequence[Work]) -> list[list[Work]]:
    groups: dict[str, list[Work]] = {}
    for work in works:
        groups.setdefault(work.outage_id, []).append(work)
    return list(groups.values())


def document(
    kind: str,
    language: str,
    works: Sequence[Work],
    reader: Reader,
    *,
    policy: Policy,
    now: datetime,
    extra: Extra = None,
    short_number: str = "",
) -> Document:
    """A kind of message as an e-mail or a letter in full, in one language.

    `works` are empty and `extra` is given for a kind that is not about an outage; `short_number`
    is where to text us. Raises ValueError when what the kind is about is missing.
    """
    kind = {"cancelled_many": "cancelled"}.get(kind, kind)
    return FullWriter(kind, language, reader, policy, now, extra, short_number).write(works)
