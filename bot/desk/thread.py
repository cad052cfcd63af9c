"""One conversation as a colleague reads it: who said and did what, why the bot answered so."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bot.words.said import read_words
from intents.understanding import Recogniser
from storage import Database, Row, conversations, said, threads

MOST = 60  # messages on the page; more on request
_ACTS = 60
_CUSTOMER, _BOT, _AGENT, _ALERT, _PAPER, _NOTE, _ACT = (
    "customer", "bot", "agent", "alert", "paper", "note", "act",
)  # fmt: skip
_FINAL = ("delivered", "failed", "expired", "set_aside", "withdrawn")
# What of an event a colleague wants to read; the rest are ids.
_TOLD = (
    "address", "town", "customer_number", "topic", "language", "number", "scope", "intent", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Why:
    """What a text was understood as: `because` are the nearest examples, `entities` what it names,
    `events` what it caused (name and details)."""

    intent: str
    score: int  # percent
    sure: bool
    language: str
    because: tuple[str, ...]
    entities: tuple[tuple[str, str], ...]
    answers: tuple[str, ...]
    events: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. `kind`: customer, bot, agent, alert, paper, note or act."""

    id: str
    kind: str
    at: str
    text: str = ""
    by: str = ""  # the agent; of an alert or an act its name
    detail: str = ""
    status: str = ""
    code: str = ""  # why it failed, as its provider says it
    provider: str = ""
    language: str = ""
    segments: int = 0
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """The timeline, oldest first. `last_id`: the latest message; `last_text`: the latest words of
    the customer with their message's id; `unsure`: texts to say the meaning of."""

    lines: tuple[Line, ...]
    more: bool
    last_id: str
    last_text: str = ""
    last_text_id: str = ""
    unsure: tuple[Line, ...] = field(default=())


def version_of(database: Database, row: Row, limit: int = MOST) -> str:
    """Changes with everything that the page of the conversation shows at once; cheap."""
    told = [
        f"{each['id']}{each['status']}" for each in threads.latest(database, row["phone"], limit)
    ]
    names = ("owner", "agent", "urgent", "waiting_since", "closed_at", "language", "topic")
    told += [str(row[name]) for name in names]
    told.append(threads.last_act(database, row["id"]))
    return f"{zlib.crc32('|'.join(told).encode()):08x}"


def read_thread(
    database: Database, row: Row, recogniser: Recogniser, limit: int = MOST
) -> Thread:  # fmt: skip
    """The timeline of a conversation: its latest messages, and all that happened meanwhile."""
    rows = conversations.timeline(database, row["phone"], limit + 1)
    more = len(rows) > limit
    rows = rows[-limit:]
    since = str(rows[0]["made_at"]) if more and rows else ""
    lines = [_message(each, recogniser) for each in rows]
    beside: Iterable[Line] = (
        *(_paper(each) for each in said.papers_of(database, row["phone"], limit)),
        *(_note(each) for each in threads.notes(database, row["id"])),
        *(_act(each) for each in threads.acts(database, row["id"], _ACTS)),
    )
    lines += [line for line in beside if line.at >= since]
    lines.sort(key=lambda line: line.at)
    texts = [line for line in lines if line.kind == _CUSTOMER]
    return Thread(
        lines=tuple(lines),
        more=more,
        last_id=max((str(each["id"]) for each in rows), default=""),
        last_text=texts[-1].text if texts else "",
        last_text_id=texts[-1].id if texts else "",
        unsure=tuple(line for line in texts[-10:] if line.why and not line.why.sure),
    )


def _message(row: Row, recogniser: Recogniser) -> Line:
    kinds = {"text": _CUSTOMER, "answer": _BOT, "agent": _AGENT}
    kind = kinds.get(row["kind"], _ALERT)
    out = row["direction"] == "out"
    return Line(
        id=str(row["id"]),
        kind=kind if out or kind == _CUSTOMER else _CUSTOMER,
        at=str(row["made_at"]),
        text=str(row["body"] or ""),
        by=str(row["made_by"] if kind == _AGENT else row["kind"] if kind == _ALERT else ""),
        status=str(row["status"]) if out else "",
        code=str(row["error_code"] or "") if row["status"] in _FINAL else "",
        provider=str(row["provider"]),
        language=str(row["language"] or row["heard_language"] or ""),
        segments=int(row["segments"]) if out else 0,
        why=_why(row, recogniser) if row["intent"] else None,
    )


def _why(row: Row, recogniser: Recogniser) -> Why:
    events = json.loads(row["events"]) if row["events"] else []
    return Why(
        intent=str(row["intent"]),
        score=round(100 * row["score"]),
        sure=bool(row["sure"]),
        language=str(row["heard_language"] or ""),
        because=tuple(filter(None, str(row["because"]).split("\n"))),
        entities=_entities(recogniser, str(row["body"] or "")),
        answers=tuple(str(row["answers"]).split()),
        events=tuple((str(each["event"]), _details(each)) for each in events),
    )


def _details(event: dict[str, Any]) -> str:
    return ", ".join(str(event[name]) for name in _TOLD if event.get(name))


@lru_cache(maxsize=4096)  # the same texts are shown to each colleague, at each new message
def _entities(recogniser: Recogniser, text: str) -> tuple[tuple[str, str], ...]:
    found = recogniser.understand(text).entities
    named = {
        name: getattr(found, name)
        for name in (
            "customer_number", "eic", "phone", "postcode", "meter_number", "meter_reading",
            "scope", "wanted_language",
        )
    }  # fmt: skip
    if found.address is not None:
        named["address"] = found.address.raw
    if found.life_support:
        named["life_support"] = "+"
    return tuple((name, str(value)) for name, value in named.items() if value)


def _paper(row: Row) -> Line:
    words = read_words(row["channel"], row["body"]) if row["body"] else None
    return Line(
        id=str(row["id"]),
        kind=_PAPER,
        at=str(row["made_at"]),
        text=words.heading if words else "",
        detail=words.text if words else "",
        by=str(row["channel"]),
        status=str(row["status"]),
    )


def _note(row: Row) -> Line:
    return Line(str(row["id"]), _NOTE, str(row["at"]), text=str(row["text"]), by=str(row["agent"]))


def _act(row: Row) -> Line:
    return Line(
        str(row["id"]), _ACT, str(row["at"]), text=str(row["action"]), by=str(row["actor"]),
        detail=str(row["detail"]),
    )  # fmt: skip


def earlier(lines: Sequence[Line]) -> list[Line]:
    """The ends of what colleagues did with this customer before, the latest first."""
    ends = ("conversation.close", "conversation.return")
    return [line for line in lines if line.kind == _ACT and line.text in ends][::-1]
