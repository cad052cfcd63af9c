"""What people write to the service about itself: are you a robot, your phone, 112, a curse."""

from __future__ import annotations

from intents import remark_words
from intents.dialogues.turn import Turn
from intents.fold import fold
from intents.model import Reply, Step

_LONGEST = 9  # words; a longer text is about something else
_LONGEST_CURSE = 5
_QUESTIONS = {"who": "small.robot", "phone": "small.phones"}
# Meanings that leave a text open to be such a remark, however sure.
_OPEN = frozenset({"agent", "other", "help", "complaint", "greeting", "choice", "meter_reading"})


def take(turn: Turn) -> Step | None:
    """The answer to such a remark; None when the text is none."""
    heard = turn.heard
    if heard.sure and heard.intent not in _OPEN:
        return None
    words = fold(heard.text).split()
    if not words or len(words) > _LONGEST or heard.entities.address is not None:
        return None
    key = (
        _number(turn, words)
        or _QUESTIONS.get(remark_words.asked(words), "")
        or _curse(heard.intent, words)
    )
    return turn.end(reply(turn, key)) if key else None


def asks_who(turn: Turn) -> bool:
    """Whether the text asks, beside an open question, if a machine answers.

    What a complaint says of robots belongs to the complaint.
    """
    heard = turn.heard
    if turn.state.dialogue == "complaint" or (heard.sure and heard.intent not in _OPEN):
        return False
    if heard.entities.address or heard.entities.answer or heard.entities.choice is not None:
        return False
    words = fold(heard.text).split()
    return len(words) <= _LONGEST and remark_words.asked(words) == "who"


def tell_who(turn: Turn) -> Step:
    """The answer, and the open question once more; shorter, or alone, where there is no room."""
    whole = turn.stay_if_fits(reply(turn, "small.robot"))
    return whole if len(whole.events) > 1 else turn.stay_if_fits(reply(turn, "small.robot_here"))


def call_emergency(turn: Turn) -> Step:
    """An SMS does not reach them: said, and a question under way is asked again."""
    told = reply(turn, "small.call_emergency")
    return turn.stay(told) if turn.state.dialogue else turn.end(told)


def is_emergency_number(turn: Turn) -> bool:
    """Whether the text is the number of the emergency service and nothing else."""
    return turn.heard.text.strip(" .!?") == turn.facts.safety_phone


def reply(turn: Turn, key: str) -> Reply:
    facts = turn.facts
    return turn.reply(
        key,
        brand=facts.brand,
        emergency=facts.safety_phone,
        fault=facts.fault_phone,
        service=facts.service_phone,
    )


def _number(turn: Turn, words: list[str]) -> str:
    """Somebody texts the number that they should call."""
    facts = turn.facts
    if len(words) != 1 or not words[0].isdecimal():
        return ""
    if words[0] == facts.safety_phone:
        return "small.call_emergency"
    return "small.phones" if words[0] in (facts.fault_phone, facts.service_phone) else ""


def _curse(intent: str, words: list[str]) -> str:
    """With nothing else in it: a fault or a complaint that is put in words is taken as one."""
    if len(words) > _LONGEST_CURSE:
        return ""
    return "small.cursed" if remark_words.curses(words) and intent in _OPEN else ""
