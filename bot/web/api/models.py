"""What is sent and answered: outages, customers, fault reports. Lists: `listed`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.web.api.fields import (
    FILLED,
    LINE,
    POSTCODE,
    CustomerNumber,
    Eic,
    ExternalId,
    Filled,
    Given,
    Language,
    Line,
    Sequence,
    Time,
    Told,
)

State = Literal["scheduled", "active", "restored", "cancelled"]
Reason = Annotated[
    str,
    Field(
        pattern=LINE, max_length=200, examples=["repair of a line"],
        description="A few words that customers read.",
    ),
]  # fmt: skip
Crew = Annotated[
    Literal["none", "handed_over", "on_way", "working"],
    Field(description="Where the crew of an unplanned outage that is active is."),
]


class ProblemModel(Told):
    """A refusal, as RFC 9457 tells it."""

    type: str = Field(description="about:blank, or which of our own kinds it is.")
    title: str
    status: int
    detail: str = Field(description="A sentence: what is wrong, and what to do.")
    errors: list[ErrorModel] | None = Field(default=None, description="Field by field.")


class ErrorModel(Told):
    """What is wrong with one field."""

    pointer: str = Field(description="JSON pointer into the body, or the name of a parameter.")
    detail: str


# --- outages --------------------------------------------------------------------------------


class OutagePut(Given):
    """An outage as the other system has it now: all of it, under its sequence."""

    sequence: Sequence
    kind: Literal["planned", "unplanned"]
    state: State = Field(description="unplanned: active, restored or cancelled.")
    starts_at: Time
    ends_at: Time | None = Field(
        default=None, description="Planned end, or estimated restoration; null: not known."
    )
    reason: Reason = ""
    eics: list[Eic] | None = Field(
        default=None, min_length=1, max_length=5000,
        description="The supply points; or a transformer, or a feeder. None of the three: as"
        " before.",
    )  # fmt: skip
    transformer: Filled | None = None
    feeder: Filled | None = None
    crew: Crew | None = None


class OutageEventPost(Given):
    """What is new of an outage that is known; what is left out stays."""

    sequence: Sequence
    at: Time | None = Field(default=None, description="When it happened; left out: now.")
    state: State | None = None
    estimated_restoration: Time | None = Field(
        default=None, description="null: it is not known any more. Left out: as before."
    )
    cause: Reason | None = None
    crew: Crew | None = None
    discarded: Literal[True] | None = Field(
        default=None, description="The outage was a mistake: who was told of it is told so."
    )


class OutageModel(Told):
    """An outage as Gaisma has it."""

    external_id: str
    id: str
    kind: str
    state: str
    sequence: int
    revision: int = Field(description="Counts what was changed here, whoever did it.")
    starts_at: str
    ends_at: str | None
    reason: str
    crew: str
    nested_in: str | None = Field(description="The outage that this one is a part of.")
    premises: int = Field(description="How many supply points it touches now.")
    updated_at: str
    eics: list[str] | None = Field(default=None, description="Of a single outage only.")


class CampaignModel(Told):
    """A campaign that a change made: people approve it, unless the policy lets it go."""

    id: str
    kind: str
    state: str
    recipients: int


class NoteModel(Told):
    """What somebody should look at, though it was stored."""

    field: str
    detail: str


class OutageChanged(Told):
    """What became of what was sent."""

    outcome: Literal["new", "changed", "same", "older"] = Field(
        description="same: nothing new in it. older: a higher sequence came before; ignored."
    )
    outage: OutageModel
    campaigns: list[CampaignModel]
    notes: list[NoteModel]


class OutagePath(Given):
    """Which outage."""

    external_id: ExternalId


# --- customers ------------------------------------------------------------------------------


class PremisesPut(Given):
    """A supply point."""

    address: Filled = Field(examples=["Kalna iela 7-3"])
    town: Filled = Field(examples=["Ogre"])
    postcode: Annotated[str, Field(pattern=POSTCODE, examples=["LV-1010"])]
    meter_number: Line = ""
    transformer: Filled
    feeder: Filled
    life_support: bool = False
    lat: Annotated[float, Field(ge=-90, le=90, strict=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, strict=False)] | None = None


class CustomerPremises(PremisesPut):
    """A supply point, with its EIC."""

    eic: Eic


class ContactPut(Given):
    """A mobile phone or an e-mail address of a customer."""

    kind: Literal["mobile", "email"]
    value: Annotated[
        str,
        Field(
            pattern=FILLED, max_length=200, examples=["+37120000001"],
            description="E.164, or a Latvian number without its country code; or an address.",
        ),
    ]  # fmt: skip
    language: Language


class CustomerPut(Given):
    """A customer. Premises and contacts that are left out stay as they are."""

    name: Filled
    kind: Literal["household", "business"]
    language: Language
    postal_address: Line = ""
    postcode: Line = ""
    premises: list[CustomerPremises] | None = Field(default=None, max_length=500)
    contacts: list[ContactPut] | None = Field(default=None, max_length=50)


class PremisesModel(Told):
    """A supply point as Gaisma has it."""

    eic: str
    address: str
    town: str
    postcode: str
    meter_number: str
    transformer: str
    feeder: str
    life_support: bool
    lat: float | None
    lon: float | None


class ContactModel(Told):
    """A contact; `value` is masked without the scope contacts:read."""

    kind: str
    value: str
    language: str
    source: str
    reachable: bool = Field(description="false: the provider says that nobody is there.")


class CustomerModel(Told):
    """A customer as Gaisma has it."""

    customer_number: str
    name: str
    kind: str
    language: str
    postal_address: str
    postcode: str
    premises: list[PremisesModel]
    contacts: list[ContactModel]
    updated_at: str


class Counts(Told):
    """How many rows were new, changed or the same."""

    new: int
    changed: int
    same: int


class CustomerChanged(Told):
    """What became of what was sent."""

    outcome: Literal["new", "changed", "same"]
    premises: Counts
    contacts: Counts
    customer: CustomerModel


class CustomerPath(Given):
    """Which customer."""

    customer_number: CustomerNumber


class PremisesPath(CustomerPath):
    """Which supply point of a customer."""

    eic: Eic
