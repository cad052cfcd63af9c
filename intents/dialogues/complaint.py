"""A complaint: filed at once under a number, with the day of the answer; more words are added."""

from __future__ import annotations

from datetime import timedelta

from intents.dialogues.turn import Turn, said
from intents.fold import fold
from intents.model import AddToComplaint, Event, FileComplaint, HandOff, Reply, State, Step
from intents.remark_words import closes
from locales import dates

_FAULTS = frozenset({"report_fault", "power_quality", "still_out"})
# Words that only announce a complaint.
_ANNOUNCING = frozenset(
    fold(
        "sūdzība sūdzību sūdzības sūdzēties pasūdzēties gribu vēlos vēlētos man ir iesniegt "
        "reģistrēt uzrakstīt vēl viena labdien sveiki lūdzu par jūs jums "
        "жалоба жалобу жалобы пожаловаться жаловаться хочу хотел бы подать написать оставить у "
        "меня есть на вас здравствуйте ещё одна "
        "complaint complaints complain i want to make file have a an would like the about you hi "
        "hello please my is another"
    ).split()
)


def start(turn: Turn) -> Step:
    """A text that is a complaint, or announces one."""
    if _says_nothing(turn):
        if turn.facts.complaint is not None:
            return _more(turn, _known(turn, "complaint.open"))
        return turn.ask("complaint.text", "complaint.ask", data=turn.interrupted())
    if turn.heard.sure:
        return _file(turn, turn.heard.text)
    return turn.ask("complaint.confirm", "complaint.confirm", data={"text": turn.heard.text})


def take_text(turn: Turn) -> Step:
    """What the complaint is about."""
    if said(turn) == "no":
        return turn.resume(turn.reply("handoff.declined"))
    if _says_nothing(turn) or closes(fold(turn.heard.text).split()):
        return turn.again()
    return _file(turn, turn.heard.text)


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
    if said(turn) == "no" or turn.heard.entities.answer or closes(words):
        return turn.end(turn.reply("handoff.declined"))
    return _file(turn, turn.heard.text)


def _says_nothing(turn: Turn) -> bool:
    words = fold(turn.heard.text).split()
    return turn.heard.text.strip().isdecimal() or _ANNOUNCING.issuperset(words)


def _file(turn: Turn, text: str) -> Step:
    """Added to the complaint that is open, else a new one; agents see it either way."""
    facts = turn.facts
    if facts.complaint is not None:
        added = AddToComplaint(facts.complaint.number, text)
        return _more(turn, added, *_agents(turn), _known(turn, "complaint.added"))
    filed = FileComplaint(facts.complaint_number, facts.complaint_days, text)
    due = facts.now + timedelta(days=facts.complaint_days)
    told = turn.reply(
        "complaint.filed",
        number=facts.complaint_number,
        due=dates.by_day(due, turn.language, facts.now),
    )
    return _more(turn, filed, *_agents(turn), told)


def _known(turn: Turn, key: str) -> Reply:
    known = turn.facts.complaint
    assert known is not None
    due = dates.by_day(known.answer_by, turn.language, turn.facts.now)
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
