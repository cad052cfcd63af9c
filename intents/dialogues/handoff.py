"""Handing the conversation to a person: offered, asked for, or needed."""

from __future__ import annotations

from dataclasses import replace

from intents.dialogues.outages import moment
from intents.dialogues.turn import Data, Turn, said
from intents.fold import fold
from intents.model import Event, HandOff, LeaveQueue, Reply, State, Step
from intents.remark_words import closes
from locales import dates

_NO_QUESTIONS = frozenset({"debt.offer"})  # offers that go on to "write: agent"


def start(turn: Turn) -> Step:
    """The sender asks for a person."""
    return hand_off(turn, "agent")


def hand_off(turn: Turn, topic: str, *events: Event) -> Step:
    """To the queue, or the place in it for one who is there already."""
    if turn.facts.handed_off:
        return turn.end(*events, place_in_queue(turn, again=True))
    return turn.end(*events, HandOff(topic), place_in_queue(turn))


def place_in_queue(turn: Turn, *, again: bool = False) -> Reply:
    """The place in the queue and in about how long, until when, or from when, a person answers."""
    facts, position = turn.facts, turn.facts.waiting + 1
    prefix = "handoff.again" if again else "handoff.first"
    if facts.wait_minutes is not None and facts.agents_from is None:
        return turn.reply(f"{prefix}_wait", position=position, count=facts.wait_minutes)
    if facts.agents_until is not None:
        until = dates.hour(facts.agents_until, turn.language)
        return turn.reply(f"{prefix}_open", position=position, until=until)
    if facts.agents_from is not None:
        return turn.reply(
            f"{prefix}_closed", position=position, when=moment(turn, facts.agents_from)
        )
    return turn.reply(f"{prefix}_any", position=position)


def offer(
    turn: Turn, key: str, topic: str, *events: Event, data: Data | None = None, **values: object
) -> Step:
    """The text `key`, which ends by asking whether a person shall take over."""
    kept: Data = {**(data or {}), "topic": topic}
    return turn.ask("handoff.offer", key, *events, data=kept, **values)


def is_statement(state: State) -> bool:
    """Whether the offer that is open ends without a question."""
    return _asked(state) in _NO_QUESTIONS


def _asked(state: State) -> str:
    asked = state.data.get("asked")
    return str(asked.get("key")) if isinstance(asked, dict) else ""


def is_beside(turn: Turn) -> bool:
    """Whether the offer was no question ("write: agent"), and the text is about something else."""
    if not is_statement(turn.state):
        return False
    return not (said(turn) or turn.heard.intent in ("agent", "thanks") or _acknowledges(turn))


def _acknowledges(turn: Turn) -> bool:
    """ "Ok" after a fact takes note of the fact; after a question only it is a yes."""
    told = _asked(turn.state).startswith("info.") or is_statement(turn.state)
    return told and closes(fold(turn.heard.text).split())


def offered(turn: Turn) -> Step:
    """The answer to an offer."""
    if _acknowledges(turn):
        return turn.resume(turn.reply("handoff.back" if "back" in turn.data else "small.fine"))
    if said(turn) == "yes" or turn.heard.intent == "agent":
        return hand_off(turn, str(turn.data.get("topic", "agent")))
    if said(turn) == "no" or turn.heard.intent == "thanks":
        key = "handoff.back" if "back" in turn.data else "handoff.declined"
        return turn.resume(turn.reply(key))
    return turn.again()


def note(turn: Turn) -> Step:
    """Something said while waiting for a person, who will read it. What is not understood does
    not say either in which language the talk goes on."""
    kept = str(turn.data.get("language") or turn.facts.language or turn.language)
    clear = turn.heard.sure and turn.heard.language_sure
    turn = turn if clear else replace(turn, language=kept)
    return turn.end(turn.reply("handoff.noted"))


def leave(turn: Turn) -> Step:
    """The sender waits for a person and changes their mind. A danger is looked at all the same."""
    if turn.facts.urgent:
        return turn.end(turn.reply("handoff.urgent_stays"))
    return turn.end(LeaveQueue(), turn.reply("handoff.left"))
