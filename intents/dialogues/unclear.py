"""When a text is not understood: the likeliest meanings by number, what one can write, a person."""

from __future__ import annotations

from dataclasses import replace

from intents.dialogues import handoff
from intents.dialogues.turn import MAX_FAILURES, Data, Turn, fits
from intents.meant import ELSE, is_something_else
from intents.model import Reply, Step

LIKELY = 0.25  # without a meaning as likely as this, there is no question
WORTH = 0.15  # beside a likely meaning, others are listed from here on
ALONE = 0.5  # from here on, one likely meaning is followed when that can do no harm
_MEANINGS = 3
# Too small, or too plain, to be asked "did you mean".
_NOT_ASKED = frozenset({"yes", "no", "choice", "greeting", "thanks", "other", "help"})

_TOPICS = {"fault": "report_fault", "still": "still_out", "register": "register"}
# What they lead to changes something: an unsure text must not begin them by itself ...
_CHANGING = frozenset(
    {
        "report_fault", "power_quality", "danger", "still_out", "restored", "register",
        "unregister", "opt_out", "opt_in", "language", "agent", "cancel", "complaint", "my_data",
        "yes", "no", "choice",
    }
)  # fmt: skip
# ... unless all it does is to ask for a yes to just that.
_CONFIRMED = frozenset(
    {
        ("fault", "confirm"), ("fault", "withdraw"), ("register", "leave"),
        ("subscription", "stop"), ("complaint", "confirm"),
    }
)  # fmt: skip


def one_meaning(turn: Turn, known: tuple[str, ...]) -> str:
    """The only likely meaning of an unsure text; `only_asks` says whether it may be followed."""
    heard = turn.heard
    others = [intent for intent, score in heard.also if score >= LIKELY and intent in known]
    if heard.score < ALONE or others or heard.intent not in known:
        return ""
    return heard.intent


def only_asks(intent: str, outcome: Step) -> bool:
    """Whether to take an unsure text for this meaning would ask or tell, and do nothing."""
    if not all(isinstance(event, Reply) for event in outcome.events):
        return False
    state = outcome.state
    return intent not in _CHANGING or (state.dialogue, state.step) in _CONFIRMED


def start(turn: Turn, known: tuple[str, ...]) -> Step:
    """Not sure of the meaning, and nothing is under way. `known`: intents that lead somewhere."""
    if turn.facts.handed_off:
        return handoff.note(turn)
    failures = turn.state.failures + 1
    if failures >= MAX_FAILURES:
        return give_up(turn)
    meanings = _likely(turn, known)
    if meanings:
        return _ask_meaning(turn, meanings, failures)
    known_to_be_other = turn.heard.sure and turn.heard.intent == "other"
    key = "small.out_of_scope" if known_to_be_other else "small.unclear"
    return _failed(turn, key, failures)


def _failed(turn: Turn, key: str, failures: int) -> Step:
    outcome = turn.end(turn.reply(key))
    return replace(outcome, state=replace(outcome.state, failures=failures))


def give_up(turn: Turn) -> Step:
    """Two texts in a row were not understood: a person is offered, once."""
    if turn.state.dialogue == "handoff":
        return turn.end(turn.reply("small.unclear"))
    topic = _TOPICS.get(turn.state.dialogue, "other")
    return handoff.offer(turn, "handoff.offer", topic)


def _likely(turn: Turn, known: tuple[str, ...]) -> list[str]:
    if turn.heard.sure:
        return []  # surely none of ours
    asked = {
        intent: score
        for intent, score in ((turn.heard.intent, turn.heard.score), *turn.heard.also)
        if score >= _worth(intent) and intent in known and _may_be_asked(turn, intent)
    }
    worth_it = max(asked.values(), default=0.0) >= LIKELY
    return list(asked)[:_MEANINGS] if worth_it else []


def _worth(intent: str) -> float:
    """Nobody is asked about a danger that is hardly likely: it would alarm without need."""
    return LIKELY if intent == "danger" else WORTH


def _may_be_asked(turn: Turn, intent: str) -> bool:
    if intent == "cancel":
        return bool(turn.facts.reports or turn.facts.handed_off)
    return intent not in _NOT_ASKED


def _ask_meaning(turn: Turn, meanings: list[str], failures: int) -> Step:
    """As many of the likeliest as fit, and "something else"; the text itself is kept."""
    listed = [*meanings, ELSE]
    while len(listed) > 2 and not fits(turn.text("small.ask_meaning", options=_told(listed))):
        del listed[-2]
    data: Data = {"meanings": listed, "text": turn.heard.text}
    outcome = turn.ask("small.meaning", "small.ask_meaning", data=data, options=_told(listed))
    return replace(outcome, state=replace(outcome.state, failures=failures))


def _told(meanings: list[str]) -> list[str]:
    return [f"meaning.{intent}" for intent in meanings]


def take_answer(turn: Turn) -> Step:
    """An answer to the question that picks none of the meanings."""
    if is_something_else(turn.state, turn.heard):
        return _failed(turn, "small.other_meaning", 1)
    return give_up(turn)  # the same question again would not help
