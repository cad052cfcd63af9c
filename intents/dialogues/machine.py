"""Another machine answers: an absence note, a voicemail notice. Two must not converse."""

from __future__ import annotations

from dataclasses import replace

from intents.dialogues.turn import Turn
from intents.machine_words import is_by_machine
from intents.model import Step


def is_machine(turn: Turn) -> bool:
    """Whether a machine wrote the text; what may be a danger or STOP is always heard."""
    heard = turn.heard
    return not (heard.danger or heard.reserved) and is_by_machine(heard.text)


def take(turn: Turn) -> Step:
    """One answer, in case somebody reads it; none to the next. What is under way stays."""
    state = replace(turn.state, data={**turn.data, "language": turn.language, "machine": True})
    if "machine" in turn.data:
        return Step(state, (), turn.language)
    return Step(state, (turn.reply("small.out_of_scope"),), turn.language)
