"""What a message is about: works or a fault at a premises, a debt, an announcement, a complaint.

Plain values, without a word for a customer: `texts` makes an SMS of them, `words_full` an e-mail or
a letter, `words_voice` a telephone call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal, TypeAlias

from bot.policy import Policy
from locales import dates
from locales.catalogue import LANGUAGES, say

# Kinds told of an outage at premises, and kinds with a subject of their own (the `extra`).
OF_OUTAGES = (
    "planned_notice",
    "reminder",
    "moved",
    "cancelled",
    "unplanned",
    "time_changed",
    "no_news",
    "crew_on_way",
    "crew_working",
    "restored",
    "long_outage",
    "correction",
)
OF_DEBTS = (
    "debt_first",
    "debt_second",
    "debt_disconnection",
    "debt_reconnection",
    "debt_plan",
    "debt_last",
    "debt_held",
    "debt_over",
)
OF_COMPLAINTS = ("complaint_received", "complaint_outcome")
KINDS = (*OF_OUTAGES, "announcement", *OF_DEBTS, *OF_COMPLAINTS)

CustomerKind = Literal["household", "business"]
ReadyText = Literal["closed_centres", "storm_warning"]


@dataclass(frozen=True)
class Work:
    """One outage at one premises, as one notice tells of it. `address` '': none is known.

    `town` is said in e-mails and letters, in an SMS only where a street alone could be another's.
    """

    outage_id: str
    starts_at: datetime
    ends_at: datetime | None
    address: str
    reason: str = ""
    state: str = ""
    old_starts_at: datetime | None = None
    old_ends_at: datetime | None = None
    town: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads an e-mail or a letter."""

    name: str
    customer_number: str
    kind: CustomerKind = "household"
    language: str = "lv"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment of a plan: integer cents."""

    due_date: date
    sum_cents: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed: integer cents, in EUR. `reference` is the number of the bill.

    `due_date` is the last day to pay, `disconnect_on` the day of the disconnection (the notice of
    disconnection cannot be told without it), `account` where to pay ('': where the policy says).
    """

    sum_cents: int
    due_date: date
    reference: str
    disconnect_on: date | None = None
    plan: tuple[Instalment, ...] = ()
    reconnection_cents: int | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A free text of the operator by language, whole sentences; `subjects` for e-mail and letter.

    The brand before it and the phone after it are added.
    """

    texts: Mapping[str, str]
    subjects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is right, in whole sentences by language, when a campaign said something wrong."""

    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NextWord:
    """When the next word about an outage is promised."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint and, once it is decided, what came of it.

    `outcome` are whole sentences by language; without them `upheld` chooses a ready one.
    """

    number: str
    received_on: date
    answer_days: int
    upheld: bool = False
    outcome: Mapping[str, str] = field(default_factory=dict)


Extra: TypeAlias = Debt | Announcement | Correction | NextWord | Complaint | None


def noon(day: date) -> datetime:
    """A day as a moment that is on this day in Latvia."""
    return datetime.combine(day, time(12), dates.RIGA)


def ready_announcement(
    name: ReadyText,
    starts_at: datetime,
    ends_at: datetime | None,
    policy: Policy,
    now: datetime | None = None,
) -> Announcement:
    """A ready text in all languages, to be sent as it is or changed by the operator first."""
    texts = {
        language: say(
            language,
            f"announce.{name}",
            when=dates.short_span(starts_at, ends_at, language, now),
            safety=policy.contact_safety_phone,
        )
        for language in LANGUAGES
    }
    subjects = {language: say(language, f"announce.{name}.subject") for language in LANGUAGES}
    return Announcement(texts, subjects)


def of_language(texts: Mapping[str, str], language: str) -> str:
    """The operator's text in a language. Raises ValueError when it was not written."""
    if text := texts.get(language, "").strip():
        return text
    raise ValueError(f"there is no text in {language}")
