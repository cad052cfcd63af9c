"""What lists ask for and answer, and fault reports."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from bot.web.api.fields import (
    KEY,
    PHONE,
    Asked,
    Cursor,
    CustomerNumber,
    Eic,
    ExternalId,
    Filled,
    Given,
    Language,
    Left,
    Limit,
    OurId,
    Time,
    Told,
)
from bot.web.api.models import OutageModel, State

CHANNELS = Literal["sms", "email", "letter", "voice"]


class Paged(Asked):
    """What every list takes."""

    cursor: Left[Cursor] = None
    limit: Limit = 50
    since: Left[Time] = Field(default=None, description="Only what was made then or later.")


class OutagesQuery(Paged):
    """Which outages. `since`: changed then or later."""

    state: Left[State] = None
    kind: Left[Literal["planned", "unplanned"]] = None


class NoticesQuery(Paged):
    """Which notices."""

    state: Left[
        Literal["draft", "approved", "queued", "unreachable", "in_doubt", "withdrawn"]
    ] = None  # fmt: skip
    campaign: Left[OurId] = None
    outage: Left[ExternalId] = None
    customer: Left[CustomerNumber] = None


class MessagesQuery(Paged):
    """Which messages."""

    status: Left[
        Literal[
            "received", "queued", "sending", "unknown", "accepted", "sent", "failed", "delivered",
            "withdrawn", "expired", "set_aside",
        ]
    ] = None  # fmt: skip
    channel: Left[CHANNELS] = None
    direction: Left[Literal["in", "out"]] = None
    campaign: Left[OurId] = None
    outage: Left[ExternalId] = None


class FaultReportsQuery(Paged):
    """Which fault reports."""

    state: Left[Literal["open", "cancelled", "closed"]] = None
    outage: Left[ExternalId] = None


class NoticeModel(Told):
    """What one customer must be told about one revision of one outage."""

    id: str
    campaign_id: str
    outage: str | None
    revision: int
    kind: str
    customer_number: str
    eic: str
    phone: str = Field(description="Of a subscriber who is no customer; masked.")
    state: str
    due_at: str
    made_at: str
    messages: list[str]


class MessageModel(Told):
    """One SMS, e-mail, letter or call. `peer` and `text` need the scope contacts:read."""

    id: str
    direction: str
    channel: str
    kind: str
    peer: str
    customer_number: str
    campaign_id: str | None
    outage: str | None
    language: str
    text: str | None
    segments: int
    status: str
    error_code: str | None
    made_at: str
    sent_at: str | None
    done_at: str | None


class FaultReportModel(Told):
    """A fault report; `phone` is masked without the scope contacts:read."""

    id: str
    phone: str
    eic: str
    address: str
    town: str
    transformer: str
    feeder: str
    scope: str
    danger: bool
    still_out: bool
    outage: str | None
    state: str
    made_at: str
    closed_at: str | None


class FaultReportPost(Given):
    """A fault that a customer told another system of: the premises by EIC, or the address."""

    phone: Annotated[
        str, Field(pattern=PHONE, max_length=16, examples=["+37120000001"],
                   description="Whom to tell the news; E.164."),
    ]  # fmt: skip
    eic: Eic | None = None
    address: Filled | None = Field(default=None, examples=["Kalna iela 7-3"])
    town: Filled | None = Field(default=None, examples=["Ogre"])
    scope: Literal["whole", "part", "flicker", "neighbours"] = "whole"
    danger: bool = Field(default=False, description="A wire down, sparks, fire: raised at once.")
    language: Language = "lv"


class FaultReportFiled(Told):
    """What became of it. known_outage: it is known already; the phone gets its news."""

    outcome: Literal["filed", "already_reported", "known_outage"]
    report: FaultReportModel | None
    outage: OutageModel | None


class KeyHeader(BaseModel):
    """Repeating a request with the same key gives the same answer for a day."""

    idempotency_key: Left[
        Annotated[
            str, Field(pattern=KEY, json_schema_extra={"format": "uuid"}, description="A UUID."),
        ]
    ] = Field(default=None, alias="Idempotency-Key")  # fmt: skip


def page_of(name: str, item: type[BaseModel]) -> type[BaseModel]:
    """The model of a page of items."""
    return type(
        name, (Told,), {
            "__module__": __name__, "__doc__": "A page.",
            "__annotations__": {"items": list[item], "next_cursor": str | None},  # type: ignore[valid-type]
        },
    )  # fmt: skip


class FaultReportPath(Given):
    """Which fault report."""

    id: OurId


OutagesPage = page_of("OutagesPage", OutageModel)
NoticesPage = page_of("NoticesPage", NoticeModel)
MessagesPage = page_of("MessagesPage", MessageModel)
FaultReportsPage = page_of("FaultReportsPage", FaultReportModel)
