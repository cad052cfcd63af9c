"""STOP and START, and the polite wish to get no more messages."""

from __future__ import annotations

from intents.dialogues.turn import Turn, said
from intents.model import OptIn, OptOut, Step


def stop(turn: Turn) -> Step:
    """At once, whatever was under way."""
    return turn.end(OptOut(), turn.reply("subscription.stopped"))


def resume(turn: Turn) -> Step:
    return turn.end(OptIn(), turn.reply("subscription.resumed"))


def ask_stop(turn: Turn) -> Step:
    """A polite sentence may mean less than STOP, so it is asked."""
    if turn.facts.opted_out:
        return turn.end(turn.reply("subscription.stopped_already"))
    return turn.ask("subscription.stop", "subscription.ask_stop")


def take_stop(turn: Turn) -> Step:
    if said(turn) == "yes" or turn.heard.intent == "opt_out":
        return stop(turn)
    if said(turn) == "no":
        return turn.end(turn.reply("subscription.kept"))
    return turn.again()
