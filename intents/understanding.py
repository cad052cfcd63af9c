"""From a text to what it means: language, intent, entities, reserved words, danger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from intents import entities
from intents.danger import find_danger
from intents.exact import reserved
from intents.examples import ExampleIndex, Match, Matcher
from intents.fold import fold
from intents.language import LanguageGuesser
from intents.model import INTENTS, Entities, Understanding
from intents.phrases import Phrase, load_phrases

_ALSO = 3  # runners-up that are told
_LONGEST_PICK = 2  # digits of a number in a list


class Recogniser:
    """Understands texts. Built once (about half a second); then pure and safe to share."""

    def __init__(self, phrases: Sequence[Phrase], *, matcher: Matcher | None = None) -> None:
        self._phrases = tuple(phrases)
        self._language = LanguageGuesser(self._phrases)
        self._matcher = matcher or ExampleIndex(self._phrases)
        self._known = _by_skeleton(self._phrases)
        # Rules about outages and dangers make no sense for the labels of another trade.
        self._ours = {phrase.intent for phrase in self._phrases} <= set(INTENTS)

    def understand(self, text: str, hint_language: str = "") -> Understanding:
        """What `text` means. Never raises, whatever the text.

        `hint_language` (lv, ru, en) is the sender's own: it stands when the text does not tell.
        """
        folded = fold(text)
        language, sure = self._language.guess(text)
        heard = Understanding(
            text=text,
            language=language if sure else hint_language or language or "lv",
            language_sure=sure,
            intent="other",
            score=0.0,
            sure=False,
        )
        if not self._ours:
            return self._matched(heard, folded)
        heard = replace(heard, entities=entities.find(text, folded))
        return self._by_rule(heard, folded) or self._with_danger(
            self._matched(heard, folded), folded
        )

    def _by_rule(self, heard: Understanding, folded: str) -> Understanding | None:
        stop_or_start = reserved(folded)
        if stop_or_start:
            return _certain(replace(heard, reserved=stop_or_start), stop_or_start)
        intent = _spoken_for(heard.entities, folded)
        return _certain(heard, intent) if intent else None

    def _matched(self, heard: Understanding, folded: str) -> Understanding:
        known = self._known.get(folded)
        matches = self._matcher.rank(folded)
        if known is not None:
            others = [match for match in matches if match.intent != known.intent]
            matches = [Match(known.intent, 1.0, sure=True, because=(known.text,)), *others]
        if not matches:
            return heard
        best = matches[0]
        return replace(
            heard,
            intent=best.intent,
            score=round(best.score, 4),
            sure=best.sure,
            because=best.because,
            also=tuple((match.intent, round(match.score, 4)) for match in matches[1 : _ALSO + 1]),
        )

    def _with_danger(self, heard: Understanding, folded: str) -> Understanding:
        danger = find_danger(folded, heard.language)
        if heard.intent == "danger":
            return replace(heard, danger="sure" if heard.sure or danger == "sure" else "doubtful")
        if danger == "doubtful" and heard.sure and heard.intent != "other":
            return heard  # "viss deg, paldies" is surely about light
        if danger != "sure":
            return replace(heard, danger=danger)
        also = ((heard.intent, heard.score), *heard.also)[:_ALSO]
        return replace(
            heard, intent="danger", score=0.9, sure=True, because=(), also=also, danger="sure"
        )


def _certain(heard: Understanding, intent: str) -> Understanding:
    return replace(heard, intent=intent, score=1.0, sure=True)


def _spoken_for(found: Entities, folded: str) -> str:
    """The intent of a text that is one answer and nothing else, or ''."""
    if folded.isdigit():
        return "choice" if len(folded) <= _LONGEST_PICK else ""
    if found.choice is not None and len(folded.split()) <= 2:
        return "choice"
    return found.answer if found.answer and len(folded.split()) == 1 else ""


def _by_skeleton(phrases: Sequence[Phrase]) -> dict[str, Phrase]:
    """Phrases by skeleton, without those that mean two things in two languages."""
    known: dict[str, Phrase] = {}
    doubtful: set[str] = set()
    for phrase in phrases:
        same = known.setdefault(fold(phrase.text), phrase)
        if same.intent != phrase.intent:
            doubtful.add(fold(phrase.text))
    return {skeleton: phrase for skeleton, phrase in known.items() if skeleton not in doubtful}


@lru_cache(maxsize=1)
def load_recogniser() -> Recogniser:
    """The recogniser of the phrases that come with the program; built at the first call."""
    return Recogniser(load_phrases())
