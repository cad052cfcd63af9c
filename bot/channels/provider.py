"""What every SMS provider offers: a way out, its codes, and the addresses that it calls at ours.

docs/providers.md shows how to add one. `tests/contract/test_providers.py` is what each must pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request

from bot.channels.base import Cause, Channel

if TYPE_CHECKING:
    from bot.service import Service
    from bot.settings import Settings

MAX_ID = 64
MAX_SENDER = 64


@dataclass(frozen=True, slots=True)
class Waited:
    """A text that could not be stored when it came: since when it waits, and what its sender was
    told then, under which id and in which language ('' for nothing). `marks`: what would stand for
    the sender in the list of erasures."""

    since: datetime
    told: str
    told_id: str
    language: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text as a provider handed it over. `phone` is E.164 (or a short sender's name)."""

    provider: str
    provider_id: str
    phone: str
    text: str
    provider_answered: str = ""  # STOP, START, HELP: the provider has answered it itself
    waited: Waited | None = None  # then the provider waits for no answer: it goes by the outbox


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: `text` is '' when nobody answers now (an agent will, or nobody need)."""

    reply_id: str = ""
    text: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt, `status` and `error_code` in the provider's own words."""

    message_id: str
    provider: str
    provider_id: str
    status: str
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as the provider reads it in the HTTP answer to its text."""

    body: str
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do and another cannot.

    `can_be_asked`: it keeps a list of messages that `look_up` reads; of one that does not, what
    is in doubt is decided by receipts and by the lane. `max_parts`: segments of its longest
    message. `rings`: it makes telephone calls as well. `spare`: a second account of it can take
    over when the first fails.
    """

    can_be_asked: bool
    max_parts: int
    rings: bool = False
    spare: bool = False


class Hooks(Protocol):
    """What a provider calls at ours: texts at `path`/inbound, receipts at `path`/status/<id>.

    `method` is GET or POST; `received`: the HTTP status that says a receipt was taken;
    `stranger`: the sentence for whoever is not the provider.
    The readers raise BadRequest with a sentence for what cannot be right.
    """

    path: str
    method: str
    received: int
    stranger: str

    def is_genuine(self, call: Request) -> bool:
        """Whether this really comes from the provider."""
        ...

    def read_inbound(self, call: Request) -> Inbound: ...

    def read_receipt(self, call: Request, message_id: str) -> Receipt: ...

    def write_answer(self, answer: Answer) -> Written:
        """The answer; one without text must make the provider send nothing."""
        ...


class Provider(Protocol):
    """One kind of provider. Importing its module must be quick: the web service does it."""

    name: str
    can: Capabilities

    def open(self, service: Service, timeout: float) -> Sequence[Channel]:
        """The ways out by the settings, the preferred one first; called inside an event loop."""
        ...

    def hooks(self, settings: Settings) -> Hooks | None:
        """What it may call at ours; None for one that calls nothing."""
        ...

    def read_status(self, word: str) -> str | None:
        """Our status for its word in a receipt; None for one that is not known."""
        ...

    def read_error_code(self, code: str) -> Cause | None:
        """What a receipt's error code says; None for no code or one that is not known."""
        ...


def required(values: MultiDict[str, str], name: str, limit: int) -> str:
    """A field that must be there, as one short printable line. Raises BadRequest."""
    value = values.get(name, "").strip()
    if not value:
        raise BadRequest(f"The field {name} is missing.")
    if len(value) > limit or not value.isprintable():
        raise BadRequest(f"The field {name} is longer than {limit} characters or unreadable.")
    return value
