"""A complaint: filed at once under a number, with the day of the answer; more words are added."""

from __future__ import annotations

from datetime import timedelta

from intents.complaint_words import announces
from intents.dialogues.beside import WORTH_KEEPING
from intents.dialogues.turn import Turn, said
from intents.fold import fold
from intents.model import AddToComplaint, Event, FileComplaint, HandOff, Reply, State, Step
from intents.remark_words import closes, is_all
from locales import dates

_FAULTS = frozenset({"report_fault", "power_quality", "still_out"})


def start(turn: Turn) -> Step:
    """A text that is a complaint, or announces one."""
    if _says_nothing(turn):
        if turn.facts.complaint is not None:
            return _more(turn, _known(turn, "complaint.open"))
        # An offer that they passed over is not made again when the complaint is filed.
        kept = turn.interrupted() if turn.state.dialogue in WORTH_KEEPING else {}
        return turn.ask("complaint.text", "complaint.ask", data=kept)
    if turn.heard.sure:
        return _file(turn)
    return turn.ask("complaint.confirm", "complaint.confirm", data={"text": turn.heard.text})


def take_text(turn: Turn) -> Step:
    """What the complaint is about."""
    if said(turn) == "no":
        return turn.resume(turn.reply("handoff.declined"))
    if _says_nothing(turn) or closes(fold(turn.heard.text).split()):
        return turn.again()
    return _file(turn)


def take_confirm(turn: Turn) -> Step:
    """Whether an angry text shall be filed."""
    if said(turn) == "yes":
        return _file(turn, str(turn.data.get("text", "")))
    if said(turn) == "no":
        return turn.end(turn.reply("handoff.declined"))
    return turn.again()


def take_more(turn: Turn) -> Step:
    """Words after the complaint; a no or an ok ends it."""
    words = fold(turn.heard.text).split()
    if said(turn) == "no" or turn.heard.entities.answer or closes(words) or is_all(words):
        return turn.end(turn.reply("handoff.declined"))
    return _file(turn)


def _says_nothing(turn: Turn) -> bool:
    text = turn.heard.text
    return text.strip().isdecimal() or announces(text)


def _file(turn: Turn, earlier: str = "") -> Step:
    """Added to the complaint that is open, else a new one; agents see it either way. It is this
    text, or an `earlier` one."""
    facts = turn.facts
    if facts.complaint is not None:
        added = AddToComplaint(facts.complaint.number, earlier)
        return _more(turn, added, *_agents(turn), _known(turn, "complaint.added"))
    filed = FileComplaint(facts.complaint_number, facts.complaint_days, earlier)
    due = facts.now + timedelta(days=facts.complaint_days)
    told = turn.reply(
        "complaint.filed",
        number=facts.complaint_number,
        due=dates.by_day(due, turn.language, facts.now, relative=True),
    )
    return _more(turn, filed, *_agents(turn), told)


def _known(turn: Turn, key: str) -> Reply:
    known = turn.facts.complaint
    assert known is not None
    due = dates.by_day(known.answer_by, turn.language, turn.facts.now, relative=True)
    return turn.reply(key, number=known.number, due=due)


def _agents(turn: Turn) -> tuple[Event, ...]:
    return () if turn.facts.handed_off else (HandOff("complaint"),)


def _more(turn: Turn, *events: Event) -> Step:
    """Open for more words; beside another question, that one goes on."""
    if turn.heard.intent in _FAULTS:
        events = (*events, turn.reply("complaint.dark"))
    if turn.state.dialogue not in ("", "complaint", "small"):
        return turn.end(*events)
    if "back" in turn.data:
        return turn.resume(*events)
    return Step(State("complaint", "more", {"language": turn.language}), events, turn.language)
