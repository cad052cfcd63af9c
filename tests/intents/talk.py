"""A conversation with the pure dialogue: what was heard is given, not worked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from intents.dialogue import step
from intents.model import (
    Address,
    Entities,
    Event,
    Facts,
    Outage,
    Place,
    Premises,
    Reply,
    State,
    Step,
    Understanding,
)

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)  # 12:00 in Riga
HOME = Premises("43ZHOME000000001", "1000001", "Brīvības iela 105-12", "Rīga")
COTTAGE = Premises("43ZCOTT000000002", "1000001", "Jomas iela 3", "Jūrmala")
GARAGE = Premises("43ZGARA000000003", "1000001", "Krasta iela 7", "Rīga")
NOBODY = Facts(now=NOW)
OWNER = Facts(now=NOW, customers=("1000001",), premises=(HOME,), language="lv")
OWNER_OF_TWO = replace(OWNER, premises=(HOME, COTTAGE))
HOUSE = Place("Ganību dambis 7", "Rīga", ("43ZGANI000000007",))
ADDRESS = Address("Ganību dambis 7", "Ganību dambis", "7")

E = TypeVar("E", bound=Event)


def hear(
    text: str, intent: str = "other", *, sure: bool = True, language: str = "lv", **more: object
) -> Understanding:
    """A text understood as `intent`; `more` are entities, or danger, reserved, score, also."""
    own = {name: more.pop(name) for name in ("danger", "reserved", "score", "also") if name in more}
    heard = Understanding(
        text,
        language,
        True,
        intent,
        0.9,
        sure,
        entities=Entities(**more),  # type: ignore[arg-type]
    )
    return replace(heard, **own)  # type: ignore[arg-type]


YES = hear("jā", "yes", answer="yes")
NO = hear("nē", "no", answer="no")
NO_POWER = hear("nav elektrības", "report_fault")
GIBBERISH = hear("asdf", sure=False, score=0.1)


def pick(number: int) -> Understanding:
    return hear(str(number), "choice", choice=number, digits=str(number))


def outage(**changed: object) -> Outage:
    """An active fault at home, expected to end at 16:30 in Riga."""
    known = Outage(
        "out-1", "unplanned", "active", NOW - timedelta(hours=1),
        NOW + timedelta(hours=4, minutes=30), "", HOME.address, HOME.town, HOME.eic,
    )  # fmt: skip
    return replace(known, **changed)  # type: ignore[arg-type]


class Talk:
    """Keeps the state from text to text. `facts` may be changed between them."""

    def __init__(self, facts: Facts = OWNER, state: State | None = None) -> None:
        self.facts = facts
        self.state = state or State()
        self.last: Step = Step(self.state, (), "lv")

    def say(self, *heard: Understanding, **facts: object) -> Talk:
        """Texts one after the other; `facts` change what is known from here on."""
        self.facts = replace(self.facts, **facts)  # type: ignore[arg-type]
        for each in heard:
            self.last = step(self.state, each, self.facts)
            self.state = self.last.state
        return self

    @property
    def keys(self) -> list[str]:
        return [reply.key for reply in self.events(Reply)]

    @property
    def text(self) -> str:
        return "\n".join(reply.text for reply in self.events(Reply))

    @property
    def at(self) -> str:
        return f"{self.state.dialogue}.{self.state.step}" if self.state.dialogue else ""

    def events(self, kind: type[E]) -> list[E]:
        return [event for event in self.last.events if isinstance(event, kind)]

    @property
    def acts(self) -> list[Event]:
        """All that shall happen besides replies."""
        return [event for event in self.last.events if not isinstance(event, Reply)]
