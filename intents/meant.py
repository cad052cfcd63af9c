"""The answer to 'did you mean': the text that was asked about, with the meaning that was picked.

It is then taken as if it had been written so that its meaning was sure: its address, and whatever
else it names, need not be said again.
"""

from __future__ import annotations

from dataclasses import replace

from intents import entities
from intents.fold import fold
from intents.model import State, Understanding

ASKED = ("small", "meaning")
ELSE = "something_else"
_LONG_NUMBER = 5  # digits; fewer are no customer number
_LIKELY = 0.5  # from here on, an unsure text that repeats a meaning of the list picks it


def _words(words: str) -> frozenset[str]:
    return frozenset(map(fold, words.split()))


_NAMES_ELSE = _words(
    "cits citu cita citam neviens neviena другое другой иное ничего одно одного else other "
    "another none neither"
)
_BESIDE_ELSE = _words(
    "kas kaut viens no tiem tas ne нет не что то из этого ни something anything not of these them"
)


def settled(state: State, heard: Understanding) -> tuple[State, Understanding]:
    """The text that is meant and a state that names its meaning (`meant`); else both as given.

    Words that name a place or a customer of their own stand for themselves: "report it at Miera 3".
    """
    if (state.dialogue, state.step) != ASKED:
        return state, heard
    intent = _picked(state, heard)
    if not intent or intent == ELSE:
        return state, heard
    asked = str(state.data.get("text", ""))
    stands = heard.entities.address is not None or _is_number(heard)
    text = heard.text if stands else asked
    named = heard.entities if stands else entities.find(asked)
    named = replace(named, answer="", choice=None)  # they answered the question
    language = str(state.data.get("language", heard.language))
    danger = "sure" if intent == "danger" else ""
    meant = Understanding(text, language, True, intent, 1.0, True, entities=named, danger=danger)
    return State(data={"language": language, "meant": intent, "text": asked}), meant


def is_something_else(state: State, heard: Understanding) -> bool:
    """Whether the answer is that none of the meanings fits."""
    return _picked(state, heard) == ELSE or heard.entities.answer == "no"


def _says_else(text: str) -> bool:
    words = frozenset(fold(text).split())
    return not _NAMES_ELSE.isdisjoint(words) and words <= _NAMES_ELSE | _BESIDE_ELSE


def _picked(state: State, heard: Understanding) -> str:
    """The meaning that the text picks, by number or in words; '' for none of them."""
    meanings = [str(each) for each in _listed(state)]
    if heard.reserved or heard.danger or heard.entities.life_support or not meanings:
        return ""
    if _is_number(heard):
        return "register" if "register" in meanings else ""
    choice = _number(heard)
    if choice:
        return meanings[choice - 1] if choice <= len(meanings) else ""
    if heard.entities.answer == "yes" and len(meanings) == 2:
        return meanings[0]
    if _says_else(heard.text):
        return ELSE
    likely = heard.sure or heard.score >= _LIKELY
    return heard.intent if likely and heard.intent in meanings else ""


def _listed(state: State) -> list[object]:
    meanings = state.data.get("meanings")
    return list(meanings) if isinstance(meanings, list | tuple) else []


def _is_number(heard: Understanding) -> bool:
    """Whether it names a customer: what registration asks first."""
    named = heard.entities
    long = named.address is None and len(named.digits) >= _LONG_NUMBER
    return bool(named.customer_number or named.eic) or long


def _number(heard: Understanding) -> int:
    named = heard.entities
    if named.choice is not None:
        return named.choice
    return int(named.digits) if named.address is None and named.digits.isdecimal() else 0
