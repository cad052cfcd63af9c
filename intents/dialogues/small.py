"""The short answers: greeting, thanks, help, language, and what other people take care of."""

from __future__ import annotations

from collections.abc import Callable

from intents.dialogues import handoff, withdrawal
from intents.dialogues.turn import Turn, fits, picked
from intents.fold import fold
from intents.model import LANGUAGES, Reply, SetLanguage, Step
from intents.remark_words import closes, declines

# A remark beside the question under way: a word, then the question again.
ASIDE = {"greeting": "small.hello", "thanks": "small.welcome", "help": "small.help_here"}


def greet(turn: Turn) -> Step:
    return turn.end(turn.reply("small.greeting", brand=turn.facts.brand))


def thank(turn: Turn) -> Step:
    return turn.end(turn.reply("small.thanks"))


def help_out(turn: Turn) -> Step:
    return turn.end(turn.reply("small.help"))


def aside(turn: Turn) -> Step:
    outcome = turn.stay(turn.reply(ASIDE[turn.heard.intent]))
    told = "\n".join(event.text for event in outcome.events if isinstance(event, Reply))
    return outcome if fits(told) else turn.stay()


def cancel(turn: Turn) -> Step:
    """Leaves what is under way; with nothing under way it may mean an open report."""
    if turn.state.dialogue:
        return turn.end(turn.reply("small.cancelled"))
    if turn.facts.reports:
        return withdrawal.cancel_reports(turn)
    return turn.end(turn.reply("small.nothing_to_cancel"))


# --- language -------------------------------------------------------------------------------


def switch(turn: Turn) -> Step:
    """`turn.language` is the wanted one already."""
    return _switched(turn, turn.stay if turn.state.dialogue else turn.end)


def ask_language(turn: Turn) -> Step:
    return turn.ask("small.language", "small.ask_language", data=turn.interrupted())


def take_language(turn: Turn) -> Step:
    index = picked(turn, len(LANGUAGES))
    if index is None:
        return turn.again()
    wanted = LANGUAGES[index]
    chosen = Turn(turn.state, turn.heard, turn.facts, wanted)
    return _switched(chosen, chosen.resume)


def _switched(turn: Turn, go_on: Callable[..., Step]) -> Step:
    """Says so, unless what is still to be asked fills the message: that is in the new language."""
    event = SetLanguage(turn.language)
    outcome = go_on(event, turn.reply("small.language_switched"))
    told = "\n".join(each.text for each in outcome.events if isinstance(each, Reply))
    return outcome if fits(told) else go_on(event)


# --- true answers to what the bot does not do itself ----------------------------------------


def meter_reading(turn: Turn) -> Step:
    phone = turn.facts.service_phone
    return handoff.offer(turn, "info.meter_reading", "meter_reading", phone=phone)


def compensation(turn: Turn) -> Step:
    phone = turn.facts.service_phone
    return handoff.offer(turn, "info.compensation", "compensation", phone=phone)


def my_data(turn: Turn) -> Step:
    return handoff.offer(turn, "info.my_data", "my_data")


def nothing_asked(turn: Turn) -> Step:
    """A bare yes, no or number with no question open; an "ok" or a thumb only closes the talk."""
    words = fold(turn.heard.text).split()
    if (words or turn.heard.entities.answer) and (closes(words) or declines(words)):
        return turn.end(turn.reply("small.fine"))
    if turn.facts.handed_off:
        return handoff.note(turn)
    return turn.end(turn.reply("small.nothing_asked"))
