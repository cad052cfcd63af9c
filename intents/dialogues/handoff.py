"""Handing the conversation to a person: offered, asked for, or needed."""

from __future__ import annotations

from intents.dialogues.outages import moment
from intents.dialogues.turn import Data, Turn, said
from intents.model import Event, HandOff, LeaveQueue, Reply, Step
from locales import dates


def start(turn: Turn) -> Step:
    """The sender asks for a person."""
    return hand_off(turn, "agent")


def hand_off(turn: Turn, topic: str, *events: Event) -> Step:
    """To the queue, or the place in it for one who is there already."""
    if turn.facts.handed_off:
        return turn.end(*events, place_in_queue(turn, again=True))
    return turn.end(*events, HandOff(topic), place_in_queue(turn))


def place_in_queue(turn: Turn, *, again: bool = False) -> Reply:
    """The place in the queue and until when, or from when, a person answers."""
    facts, position = turn.facts, turn.facts.waiting + 1
    prefix = "handoff.again" if again else "handoff.first"
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


def offered(turn: Turn) -> Step:
    """The answer to an offer."""
    if said(turn) == "yes" or turn.heard.intent == "agent":
        return hand_off(turn, str(turn.data.get("topic", "agent")))
    if said(turn) == "no" or turn.heard.intent == "thanks":
        key = "handoff.back" if "back" in turn.data else "handoff.declined"
        return turn.resume(turn.reply(key))
    return turn.again()


def leave(turn: Turn) -> Step:
    """The sender waits for a person and changes their mind. A danger is looked at all the same."""
    if turn.facts.urgent:
        return turn.end(turn.reply("handoff.urgent_stays"))
    return turn.end(LeaveQueue(), turn.reply("handoff.left"))
