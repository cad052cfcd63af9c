"""In which language to answer: the one wanted, else that of the text, else the sender's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from intents.dialogues.bare import is_bare
from intents.dialogues.turn import Turn
from intents.model import LANGUAGES, Facts, SetLanguage, State, Step, Understanding

# Phones offer these to everybody, whatever the language.
_KEYWORDS = frozenset({"HELP", "INFO", "OK", "MENU"})
_BEFORE = "language_before"  # in the data of a state: of a talk that is long over
_LETTER = re.compile(r"[^\W\d_]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


def language_of(
    state: State, heard: Understanding, facts: Facts, place_steps: frozenset[tuple[str, str]]
) -> str:
    """Wanted; else that of the text when sure; else the talk's, the sender's, the last talk's.

    `place_steps`: where an address is the answer, so that its letters tell no language.
    """
    if wanted(heard):
        return wanted(heard)
    spoken = str(state.data.get("language", ""))
    if (spoken or facts.language) and heard.text.strip().upper() in _KEYWORDS:
        return spoken or facts.language
    at_place = (state.dialogue, state.step) in place_steps
    tells = not _tells_no_language(state, heard, at_place=at_place)
    if tells and heard.language_sure and heard.language in LANGUAGES:
        return heard.language
    known = (spoken, facts.language, state.data.get(_BEFORE))
    return next((str(language) for language in known if language in LANGUAGES), "lv")


def language_kept(data: Mapping[str, object], *, under_way: bool) -> dict[str, object]:
    """What is remembered of the language of a talk that was left alone.

    With nothing under way the sender's own comes first again.
    """
    names = [name for name in (_BEFORE, "language") if name in data]
    return {name if under_way else _BEFORE: data[name] for name in names}


def wanted(heard: Understanding) -> str:
    """The language asked for; '' for none. The "LV" of a postcode asks for nothing."""
    asked = heard.entities.wanted_language
    return asked if asked in LANGUAGES and not heard.entities.postcode else ""


def _tells_no_language(state: State, heard: Understanding, *, at_place: bool) -> bool:
    """An address is Latvian whoever writes it, in Latin letters; a number is in no language."""
    if not _LETTER.search(heard.text):
        return True
    address = heard.entities.address
    if at_place and address is not None and 2 * len(address.raw) > len(heard.text):
        return bool(state.data.get("language"))
    return is_bare(heard) and not _CYRILLIC.search(heard.text)


def with_language(turn: Turn, outcome: Step) -> Step:
    """A language wanted beside something else ('no light, English please') is kept for good."""
    asked = wanted(turn.heard)
    switched = any(isinstance(event, SetLanguage) for event in outcome.events)
    if not asked or switched:
        return outcome
    return replace(outcome, events=(SetLanguage(asked), *outcome.events))
