"""Still dark after we said that it is over, or after an earlier report."""

from __future__ import annotations

from intents.dialogues import fault, filing, withdrawal
from intents.dialogues.places import named
from intents.dialogues.turn import Turn, said
from intents.model import Event, HandOff, Step, StillOut

_SHORT = 2  # words; "not yet": the check itself makes the meaning sure ...
_NOTHING_ELSE = 0.9  # ... when so much of what it may mean is that it is dark
_DARK = ("still_out", "report_fault", "no")


def answers_check(turn: Turn) -> bool:
    """Whether the text answers 'write 1 if it is still dark'."""
    if not turn.facts.awaits_restored_check or turn.state.dialogue:
        return False
    heard = turn.heard
    if heard.entities.choice == 1 or heard.entities.answer:
        return True
    if heard.intent not in _DARK or heard.entities.address is not None:
        return False
    dark = heard.score + sum(score for intent, score in heard.also if intent in _DARK)
    return heard.sure or (len(heard.text.split()) <= _SHORT and dark >= _NOTHING_ELSE)


def take_check(turn: Turn) -> Step:
    """1 or no: still dark. A yes may mean either, so it is asked."""
    if said(turn) == "yes":
        outage: dict[str, object] = {"outage": turn.facts.awaits_restored_check}
        return turn.ask("still.is_back", "still.ask_back", data=outage)
    return _reopen(turn, turn.facts.awaits_restored_check)


def take_back(turn: Turn) -> Step:
    """The answer to 'is the power back?'."""
    if said(turn) == "yes":
        return withdrawal.restored(turn)
    if said(turn) == "no" or turn.heard.entities.choice == 1:
        return _reopen(turn, str(turn.data.get("outage", "")))
    return turn.again()


def start(turn: Turn) -> Step:
    """Nothing was asked: as a fault report that an agent sees at once."""
    data = {**fault.noted(turn), "still": True}
    found = named(turn)
    if found is not None and (found.spots or not turn.facts.premises):
        return fault.take_found(turn, found, data)
    reports = turn.facts.reports
    if reports and found is None:
        return filing.already_reported(turn, reports[0], data)
    return fault.ask_where(turn, data)


def _reopen(turn: Turn, outage_id: str) -> Step:
    own = turn.facts.premises
    eics = (own[0].eic,) if len(own) == 1 else ()
    seen: tuple[Event, ...] = () if turn.facts.handed_off else (HandOff("still_out"),)
    return turn.end(StillOut(outage_id, eics), *seen, turn.reply("still.reopened"))
