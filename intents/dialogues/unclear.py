"""When a text is not understood: the two likeliest meanings, what one can write, or a person."""

from __future__ import annotations

from dataclasses import replace

from intents.dialogues import handoff
from intents.dialogues.turn import MAX_FAILURES, Data, Turn, picked
from intents.model import Step

LIKELY = 0.25  # a meaning below this is not worth a question
ALONE = 0.5  # from here on, one likely meaning is followed when that can do no harm
_MEANINGS = 2
# Too small, or too plain, to be asked "did you mean".
_NOT_ASKED = frozenset({"yes", "no", "choice", "greeting", "thanks", "cancel", "other", "help"})

_TOPICS = {"fault": "report_fault", "still": "still_out", "register": "register"}
# These act before they ask, so an unsure text must not start them.
_ACTING = frozenset({"restored", "still_out", "opt_in", "agent", "danger", "yes", "no", "choice"})


def one_meaning(turn: Turn, known: tuple[str, ...]) -> str:
    """The only likely meaning, when to take it for meant would ask or tell and no more."""
    heard = turn.heard
    others = [intent for intent, score in heard.also if score >= LIKELY and intent in known]
    if heard.score < ALONE or others or heard.intent in _ACTING or heard.intent not in known:
        return ""
    return heard.intent


def start(turn: Turn, known: tuple[str, ...]) -> Step:
    """Not sure of the meaning, and nothing is under way. `known`: intents that lead somewhere."""
    failures = turn.state.failures + 1
    if failures >= MAX_FAILURES:
        return give_up(turn)
    meanings = _likely(turn, known)
    if meanings:
        return _ask_meaning(turn, meanings, failures)
    known_to_be_other = turn.heard.sure and turn.heard.intent == "other"
    key = "small.out_of_scope" if known_to_be_other else "small.unclear"
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
    meanings = [(turn.heard.intent, turn.heard.score), *turn.heard.also]
    likely = [
        intent
        for intent, score in meanings
        if score >= LIKELY and intent in known and intent not in _NOT_ASKED
    ]
    return list(dict.fromkeys(likely))[:_MEANINGS]


def _ask_meaning(turn: Turn, meanings: list[str], failures: int) -> Step:
    asked = [*meanings, "agent"] if "agent" not in meanings else meanings
    told = [f"meaning.{intent}" for intent in asked]
    data: Data = {"meanings": asked}
    outcome = turn.ask("small.meaning", "small.ask_meaning", data=data, options=told)
    return replace(outcome, state=replace(outcome.state, failures=failures))


def chosen(turn: Turn) -> str:
    """The intent that was picked from the list; '' when none was."""
    meanings = turn.data.get("meanings")
    if not isinstance(meanings, list | tuple):
        return ""
    index = picked(turn, len(meanings))
    return "" if index is None else str(meanings[index])
