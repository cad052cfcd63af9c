"""STOP and START, and the polite wish to get no more messages."""

from __future__ import annotations

from intents.dialogues.turn import Turn, said
from intents.model import Event, LeaveQueue, OptIn, OptOut, Reply, Step


def stop(turn: Turn) -> Step:
    """At once, whatever was under way. Who gets no SMS cannot be answered by a person either."""
    stopped = turn.reply(f"subscription.stopped{_other_way(turn)}")
    if not turn.facts.handed_off or turn.facts.urgent:
        return turn.end(OptOut(), stopped)
    told = f"{stopped.text} {turn.text('subscription.queue_left')}"
    left: tuple[Event, ...] = (OptOut(), LeaveQueue(), Reply(stopped.key, told))
    return turn.end(*left)


def resume(turn: Turn) -> Step:
    return turn.end(OptIn(), turn.reply("subscription.resumed"))


def ask_stop(turn: Turn) -> Step:
    """A polite sentence may mean less than STOP, so it is asked."""
    if turn.facts.opted_out:
        return turn.end(turn.reply("subscription.stopped_already"))
    return turn.ask("subscription.stop", f"subscription.ask_stop{_other_way(turn)}")


def take_stop(turn: Turn) -> Step:
    if said(turn) == "yes" or turn.heard.intent == "opt_out":
        return stop(turn)
    if said(turn) == "no":
        return turn.end(turn.reply("subscription.kept"))
    return turn.again()


def _other_way(turn: Turn) -> str:
    """How notices required by law come without SMS; a stranger gets none."""
    if not turn.facts.customers:
        return ""
    return "_email" if turn.facts.has_email else "_letter"
