"""What every way out has in common: one message, and the three things that can come of it.

A provider's create call is not idempotent, so "we do not know" is an answer of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it is handed to a channel. Times are UTC."""

    id: str
    channel: str
    peer: str
    body: str
    kind: str
    lane: str
    segments: int
    attempts: int
    claimed_at: datetime
    lease_until: datetime
    valid_until: datetime | None = None
    provider: str = ""
    lookups: int = 0
    why_unknown: str = ""
    holder: str = ""


class Cause(StrEnum):
    """Why a message was certainly not sent: decides what happens next."""

    BUSY = "busy"  # the provider cannot now: later again, nothing held against the message
    LATE = "late"  # we were too slow to be sure of our lease: again at once
    EXPIRED = "expired"  # of no use any more when its turn came: not called
    REFUSED = "refused"  # this message, whatever we do
    DEAD = "dead"  # nobody can ever be reached at this number
    OPTED_OUT = "opted_out"  # its owner said STOP to the provider
    MISCONFIGURED = "misconfigured"  # our account or settings: no message could be sent


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, and calls it `provider_id`."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly not sent. `reason` is a sentence without personal data; `retry_after` seconds."""

    cause: Cause
    reason: str
    code: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been sent or not: no answer, or one that cannot be understood."""

    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """Messages at the provider that may be this one, oldest first: (provider id, our status)."""

    matches: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider answered, and has nothing like it."""


@dataclass(frozen=True, slots=True)
class Others:
    """Nothing with this text, but these went to the same phone: provider ids. Answered only of
    messages that may have gone under another text (`storage.restored.OLD`)."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CannotAsk:
    """This provider keeps no list that could be asked."""


Result = Accepted | NotSent | Unknown
LookUp = Found | Others | NotFound | CannotAsk | Unknown


class Channel(Protocol):
    """One way out. Made inside the event loop that uses it."""

    name: str

    async def send(self, message: Outgoing) -> Result:
        """Hand the message over, within the time limit of the policy. Never raises for what a
        provider or network does; cancelled, the fate of the message is unknown."""
        ...

    async def look_up(self, message: Outgoing) -> LookUp:
        """Ask whether the provider has this message; Unknown when the question failed."""
        ...

    async def close(self) -> None: ...
