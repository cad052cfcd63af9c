"""The nouns of understanding and dialogue: what was heard, what is known, what shall happen.

Everything here is a frozen value. Nothing here acts: `bot.turn` makes rows of the events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from intents.when import When

INTENTS = (
    "report_fault", "power_quality", "danger", "outage_status", "planned_outages", "still_out",
    "restored", "register", "unregister", "opt_out", "opt_in", "language", "agent", "help",
    "cancel", "yes", "no", "choice", "billing", "meter_reading", "complaint", "compensation",
    "my_data", "greeting", "thanks", "other",
)  # fmt: skip
LANGUAGES = ("lv", "ru", "en")


# --- what was heard -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """An address as a customer wrote it, in parts; a part not written is ''."""

    raw: str
    street: str = ""
    house: str = ""
    flat: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A house (or one flat of it) known to the distributor that a text may mean.

    `eics` are the premises there: one when the flat is known, else all of the house.
    `score` is 0 to 100; `exact` says that the house number itself was found.
    """

    address: str
    town: str
    eics: tuple[str, ...] = ()
    score: float = 100.0
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Entities:
    """What a text names. Empty strings and None mean "not named"."""

    eic: str = ""
    eic_valid: bool | None = None
    customer_number: str = ""
    phone: str = ""  # E.164
    postcode: str = ""  # LV-1010
    meter_reading: str = ""  # digits, kWh
    meter_number: str = ""  # digits, when it is called so
    digits: str = ""  # the only run of digits in the text, whatever it may mean
    choice: int | None = None  # 1-based
    answer: str = ""  # "yes" or "no" when the whole text is one
    wanted_language: str = ""  # lv, ru, en: "pa krievski"
    scope: str = ""  # whole, part, flicker, neighbours
    life_support: bool = False
    address: Address | None = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """One text as understood. `reserved` is opt_out or opt_in when the whole text is STOP/START."""

    text: str
    language: str
    language_sure: bool
    intent: str
    score: float  # 0 to 1
    sure: bool
    because: tuple[str, ...] = ()  # the example phrases it rests on
    also: tuple[tuple[str, float], ...] = ()  # next likeliest intents with scores
    entities: Entities = field(default_factory=Entities)
    reserved: str = ""
    danger: str = ""  # "", "sure" (electrical thing and hazard), "doubtful" (ask one question)


# --- what is known --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Premises:
    """One supply point of a customer who has shown the second fact."""

    eic: str
    customer_number: str
    address: str
    town: str
    transformer: str = ""
    feeder: str = ""
    life_support: bool = False


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage as the sender may hear of it, at one address. Times are aware datetimes, UTC."""

    id: str
    kind: str  # planned, unplanned
    state: str  # scheduled, active, restored, cancelled
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    address: str = ""  # of the premises or place it was found for
    town: str = ""
    eic: str = ""
    next_word_at: datetime | None = None  # news is promised by then, even if it is no news
    crew: str = ""  # handed_over, on_way, working


@dataclass(frozen=True, slots=True)
class Report:
    """A fault report of this sender that is still open."""

    id: str
    address: str
    town: str
    made_at: datetime
    eic: str = ""
    outage: Outage | None = None  # that explains it, when one is known
    danger: bool = False
    scope: str = "whole"


@dataclass(frozen=True, slots=True)
class Debt:
    """What a customer of this phone owes: integer cents. Days are moments at noon of the day."""

    reference: str
    sum_cents: int
    due_at: datetime
    stage: str = ""  # "", first, second, disconnection, disconnected, plan
    off_at: datetime | None = None  # the day of the disconnection that was announced
    part_at: datetime | None = None  # of a plan: the next payment
    part_cents: int = 0


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint of this phone that is not answered yet."""

    number: str
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the customer number that is being registered must be checked against.

    `exists` False is never told to the sender: the question for the second fact is the same.
    """

    customer_number: str
    exists: bool
    meter_last4: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()  # digits only
    phones: int = 0
    has_this_phone: bool = False
    premises: tuple[Premises, ...] = ()
    meters: tuple[str, ...] = ()  # in digits, of those long enough to prove who one is


@dataclass(frozen=True, slots=True)
class Needs:
    """What a step needs to know beyond the sender's own facts; loaded in the turn's transaction."""

    registration: bool = False  # the lock and the tries left
    customer_number: str = ""
    eics: tuple[str, ...] = ()  # premises of places named in the text: their outages
    street: str = ""  # outages of a street or town, public facts only
    address: str = ""  # the text to match with known places, for `Facts.places`
    on: Address | None = None  # a street that may be named, to match before the town
    town: bool = False  # whether a town named anywhere in the text matters
    joined: Address | None = None  # what was said before and now, to match instead of the text
    others: tuple[Address, ...] = ()  # of a fault at several places, those behind the first
    emails: bool = False  # whether the sender gave an e-mail address
    debts: bool = False  # what the sender owes, and why there is a moratorium
    complaint: bool = False  # the open complaint, and the number of the next one
    waits: bool = False  # how long others have waited for a person


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a dialogue may know. Loaded before the step; never fetched by it."""

    now: datetime
    phone: str = ""
    language: str = ""  # the sender's own: contact's or chosen for good; '' unknown
    customers: tuple[str, ...] = ()  # customer numbers this phone is registered with
    premises: tuple[Premises, ...] = ()
    outages: tuple[Outage, ...] = ()  # at the sender's premises: active, and scheduled ahead
    places: tuple[Place, ...] = ()  # best first, for the address in the text
    others: tuple[tuple[Address, tuple[Place, ...]], ...] = ()  # the same of `Needs.others`
    place_outages: tuple[Outage, ...] = ()  # at all those places
    streets: tuple[tuple[str, str], ...] = ()  # (street, town) when the text names no known house
    town: str = ""  # when it names only a town
    elsewhere: bool = False  # the streets are in other towns than the text names
    candidate: Candidate | None = None
    locked_until: datetime | None = None  # registration by this phone is locked
    tries_left: int = 5  # before this text
    hunted: bool = False  # somebody guesses: only a whole meter number proves who one is
    lock_minutes: int = 60
    reports: tuple[Report, ...] = ()
    opted_out: bool = False
    waiting: int = 0  # conversations waiting for an agent, without this one
    handed_off: bool = False  # this one waits for an agent already
    wait_minutes: int | None = None  # about so long; loaded when `Needs.waits` asks
    urgent: bool = False  # and for a danger or a life, so it cannot be taken out of the queue
    has_email: bool = False  # an e-mail address is known; loaded when `Needs.emails` asks
    agents_until: datetime | None = None  # agents are at work until then; None: closed
    agents_from: datetime | None = None  # when closed: when they are back
    awaits_restored_check: str = ""  # outage id: we asked "1 if still dark" lately
    moratorium: bool = False
    moratorium_why: tuple[tuple[str, str], ...] = ()  # (language, reason); if `Needs.debts` asks
    debts: tuple[Debt, ...] = ()  # of all the sender's customers; loaded when `Needs.debts` asks
    payment_days: int = 3  # a payment takes so long to come in
    written_days: int = 10  # a letter comes so long before a disconnection
    complaint: Complaint | None = None  # loaded when `Needs.complaint` asks
    complaint_number: str = ""  # of the next one
    complaint_days: int = 15  # within which it is answered
    max_phones: int = 5
    brand: str = "Sadales tīkls"
    safety_phone: str = "112"
    fault_phone: str = "8404"
    service_phone: str = "8403"


@dataclass(frozen=True, slots=True)
class State:
    """Where a dialogue stands. `data` holds JSON values only: it is stored between texts."""

    dialogue: str = ""  # "" when none is under way
    step: str = ""
    data: dict[str, object] = field(default_factory=dict)
    failures: int = 0  # texts in a row that were not understood


# --- what shall happen ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """A text back to the sender, already in their language. `key` names the catalogue entry."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class RegisterPhone:
    """This phone becomes a contact of the customer; consent is kept with the text."""

    customer_number: str


@dataclass(frozen=True, slots=True)
class UnregisterPhone:
    """This phone is no longer a contact of any customer."""


@dataclass(frozen=True, slots=True)
class CountTry:
    """A registration try with a wrong second fact (or an unknown number)."""

    customer_number: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """A fault report. `eics` has one premises, or those of the house, or none when unmatched."""

    address: str
    town: str
    eics: tuple[str, ...] = ()
    scope: str = "whole"
    danger: bool = False


@dataclass(frozen=True, slots=True)
class CancelReport:
    report_id: str


@dataclass(frozen=True, slots=True)
class StillOut:
    """The sender says that it is dark although the outage was said to be over."""

    outage_id: str
    eics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscribe:
    """This phone wants the news of the outage."""

    outage_id: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """No more SMS to this phone, at once."""


@dataclass(frozen=True, slots=True)
class OptIn:
    """SMS to this phone again."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """This language for good: answers and alerts."""

    language: str


@dataclass(frozen=True, slots=True)
class HandOff:
    """A person takes over. `topic` is an intent name; urgent ones come first in the inbox."""

    topic: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """The sender no longer waits for a person; an urgent conversation stays in the queue."""


@dataclass(frozen=True, slots=True)
class FlagLifeSupport:
    """Somebody at these premises depends on an electrical device."""

    eics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """A complaint under the number that the sender is told; `earlier`: a text before this one."""

    number: str
    days: int
    earlier: str = ""


@dataclass(frozen=True, slots=True)
class AddToComplaint:
    """More words to a complaint that is open."""

    number: str
    earlier: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """The sender said what a text meant that we were not sure of: an example to learn from."""

    intent: str
    text: str


Event = (
    Reply
    | RegisterPhone
    | UnregisterPhone
    | CountTry
    | FileReport
    | CancelReport
    | StillOut
    | Subscribe
    | OptOut
    | OptIn
    | SetLanguage
    | HandOff
    | LeaveQueue
    | FlagLifeSupport
    | FileComplaint
    | AddToComplaint
    | Meant
)


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one text: the new state, and what shall happen, in order."""

    state: State
    events: tuple[Event, ...]
    language: str
