"""What could be answered, for an agent to look at: never sent by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.conversation.facts import load_facts, load_sender
from bot.desk import ready
from bot.turn import Turns
from intents import dialogue, model
from storage import Database

_LIKELY = 0.5  # score from which the meaning of a text is worth a suggestion
_SAYS_NOTHING = ("small.", "handoff.")  # answers of a bot that does not know


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`source`: bot (it would say so), or ready (the ready answer `name` fits the meaning)."""

    text: str
    source: str
    intent: str
    name: str = ""


def suggest(
    database: Database, turns: Turns, *, phone: str, text: str, language: str,
    values: dict[str, str], now: datetime,
) -> Suggestion | None:  # fmt: skip
    """For the customer's latest text; None when nothing fits. Nothing is stored."""
    if not text:
        return None
    heard = turns.learning.recogniser.understand(text)
    if not heard.sure and heard.score < _LIKELY:
        return None
    told = _of_bot(database, turns, heard, phone, now) if heard.sure else ""
    if told:
        return Suggestion(told, "bot", heard.intent)
    name = ready.BY_INTENT.get(heard.intent)
    return (
        Suggestion(ready.shipped(language, name, values), "ready", heard.intent, name)
        if name
        else None
    )


def _of_bot(
    database: Database, turns: Turns, heard: model.Understanding, phone: str, now: datetime
) -> str:
    """What the bot would answer, if that only informs: no question, nothing done, nobody called."""
    needs = dialogue.needs(model.State(), heard)
    held = load_sender(database, phone, now, "", "")
    facts = load_facts(
        database, turns.policy, phone=phone, held=held, needs=needs,
        match=turns.match(heard, needs), now=now,
        others=tuple((each, turns.places.match(each).places) for each in needs.others),
    )  # fmt: skip
    step = dialogue.step(model.State(), heard, replace(facts, handed_off=False))
    replies = [event for event in step.events if isinstance(event, model.Reply)]
    only_told = len(replies) == len(step.events) and not step.state.dialogue
    if not only_told or any(reply.key.startswith(_SAYS_NOTHING) for reply in replies):
        return ""
    return "\n".join(reply.text for reply in replies)
