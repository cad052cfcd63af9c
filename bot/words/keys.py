"""Which texts of the catalogue a kind of message needs: a gap is found before it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from bot.words import voice as words_voice
from bot.words.full import FACTS, MANY, SECTIONS
from bot.words.subjects import OF_OUTAGES
from locales import catalogue
from locales.catalogue import Library

# Kinds that are said in several ways, as an SMS; every other kind has one text of its name.
_WAYS = {
    "unplanned": ("unplanned", "unplanned_open"),
    "time_changed": ("time_changed", "time_changed_open"),
    "restored": ("restored", "no_outage"),
    "correction": ("correction", "correction_none", "correction_off", "correction_text"),
    "planned_notice": ("planned_notice", "planned_notice_many"),
    "reminder": ("reminder", "reminder_many"),
    "cancelled": ("cancelled", "cancelled_many"),
    "complaint_outcome": ("complaint_outcome", "complaint_upheld", "complaint_rejected"),
}
# Parts of sentences that an outage may need.
_PARTS = ("why", "by", "more", "somewhere", "work", "back", "back_open", "longer")
_LEADS = {
    "restored": ("restored", "no_outage"),
    "correction": ("correction", "correction_none", "correction_off", "correction_text"),
    "time_changed": ("time_changed", "time_changed_open"),
    "announcement": (),
}
_SUBJECTS = {"restored": ("restored", "no_outage")}
# What a table of facts has beside the labels.
_VALUES = {"where": ("places", "section.places"), "back": ("back_open",), "part": ("part",)}


def needed(kind: str) -> tuple[str, ...]:
    """The keys of every text that a kind can need: SMS, e-mail and letter, call."""
    kind = {"cancelled_many": "cancelled"}.get(kind, kind)
    found = [*_short(kind), *(f"letter.{key}" for key in _full(kind)), *_voice(kind)]
    return tuple(dict.fromkeys(found))


def missing(kind: str, language: str, library: Library = catalogue.SHIPPED) -> list[str]:
    """The keys that a kind needs and a language lacks (not there, empty or marked fuzzy)."""
    lacking = [key for key in needed(kind) if not library.has(language, key)]
    variants = (f"{key}{end}" for key in needed(kind) for end in (".business", ".short", ".many"))
    elsewhere = [key for key in variants if _only_elsewhere(library, language, key)]
    return lacking + elsewhere


def _only_elsewhere(library: Library, language: str, key: str) -> bool:
    """Whether another language says something special here: this one would fall back silently."""
    return not library.has(language, key) and any(
        library.has(other, key) for other in catalogue.LANGUAGES
    )


def _short(kind: str) -> Iterator[str]:
    yield from (f"notice.{key}" for key in _WAYS.get(kind, (kind,)))
    if kind in OF_OUTAGES:
        yield from (f"notice.{key}" for key in _PARTS)
    if kind == "debt_plan":
        yield from ("notice.part", "notice.more")


def _full(kind: str) -> Iterator[str]:
    yield from ("greeting", "closing", "customer", "fact.customer", "ahead.days", "ahead.hours")
    yield from (f"{key}.subject" for key in _SUBJECTS.get(kind, (kind,)))
    yield from (f"{key}.lead" for key in _LEADS.get(kind, (kind,)))
    if kind in MANY:
        yield f"{kind}.lead.many"
    yield "reach.sms"
    for way in (kind, *_LEADS.get(kind, ())):
        for row in FACTS.get(way, ()):
            yield from (f"fact.{row}", *_VALUES.get(row, ()))
        for section in SECTIONS.get(way, ("reach",)):
            yield from (f"section.{section}", section)


def _voice(kind: str) -> tuple[str, ...]:
    return catalogue.keys("voice.") if kind in words_voice.KINDS else ()
