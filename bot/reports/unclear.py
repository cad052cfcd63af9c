"""Texts that were not understood, so that a person can say what they meant. Scrubbed: they name
nobody, as whoever reads them need not know who wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.conversation.candidates import names_of
from bot.reports.months import bounds
from intents.fold import fold
from intents.scrub import scrub
from intents.understanding import Recogniser
from storage import Row, Tx, talked

LOOKED_AT = 1000  # texts of a month, the latest
SHOWN = 60


@dataclass
class Unclear:
    """Texts that are spelled alike. `message_id`: the latest of them, which can be taught from;
    `outcome`: asked, handed or lost; `meant`: what somebody said already, else ''."""

    message_id: str
    text: str
    language: str
    intent: str
    score: float
    outcome: str
    meant: str
    last_at: str
    times: int = 1


@dataclass
class Failures:
    """Of one month: kinds of outcome with how many texts, and the texts, the most frequent first.

    `unsaid`: texts of which nothing is left without names, numbers and addresses.
    """

    first: date
    outcomes: dict[str, int]
    texts: list[Unclear]
    unsaid: int
    more: bool  # there were more texts than were looked at


def month_of_unclear(tx: Tx, day: date, recogniser: Recogniser) -> Failures:
    """The failures of the month that the day is in."""
    rows = talked.unclear(tx, *bounds(day), limit=LOOKED_AT + 1)
    found: dict[tuple[str, str], Unclear] = {}
    outcomes = {"asked": 0, "handed": 0, "lost": 0}
    unsaid = 0
    for row in rows[:LOOKED_AT]:
        outcomes[row["outcome"]] += 1
        text = scrub(str(row["body"]), recogniser.knows, names_of(tx, str(row["peer"])))
        if not text:
            unsaid += 1
            continue
        key = (str(row["language"]), fold(text))
        if key in found:
            found[key].times += 1
            found[key].meant = found[key].meant or str(row["meant"] or "")
        else:
            found[key] = _one(row, text)
    texts = sorted(found.values(), key=lambda each: -each.times)
    return Failures(day.replace(day=1), outcomes, texts[:SHOWN], unsaid, len(rows) > LOOKED_AT)


def _one(row: Row, text: str) -> Unclear:
    return Unclear(
        str(row["message_id"]), text, str(row["language"]), str(row["intent"]),
        float(row["score"]), str(row["outcome"]), str(row["meant"] or ""), str(row["at"]),
    )  # fmt: skip
