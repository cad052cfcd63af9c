"""From a text to what it means: language, intent, entities, reserved words, danger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from intents import entities
from intents.asking import asked_of
from intents.concepts import Concepts
from intents.danger import find_danger
from intents.exact import reserved
from intents.examples import ExampleIndex, Match, Matcher
from intents.fold import fold
from intents.language import LanguageGuesser
from intents.model import INTENTS, Entities, Understanding
from intents.parts import either, urgent_part
from intents.phrases import Phrase, load_phrases
from intents.remember import Kept, Remember, is_kept, learn_anew

_ALSO = 3  # runners-up that are told
_RULED = 0.95  # score of what a rule says
_HINTED = 0.25  # below this, examples of danger alone are no hint of it: "ledusskapis kūst"
_REMEMBERED = 16384  # texts, about 1 kB each
_NUMBERS_ONLY = re.compile(r"[\dlv ]+")
_TOWN_STEM = 4  # letters that all endings of a town's name share
_TAUGHT = "taught"  # what is learned of phrases accepted here, where it is kept
_LONGEST_PICK = 2  # digits of a number in a list


class Recogniser:
    """Understands texts. Built once; then pure and safe to share.

    A text that came before is answered from memory: in a storm, thousands write the same words.
    """

    def __init__(
        self, phrases: Sequence[Phrase], *, matcher: Matcher | None = None,
        remember: Remember = learn_anew,
    ) -> None:  # fmt: skip
        # Rules about outages and dangers make no sense for the labels of another trade.
        self._ours = {phrase.intent for phrase in phrases} <= set(INTENTS)
        self._language = LanguageGuesser(
            phrases if self._ours else load_phrases(), remember=remember
        )
        concepts = None if self._ours else Concepts([])
        index = ExampleIndex(phrases, concepts, remember=remember, spoil=self._ours)
        self._matcher = matcher or index
        self._known = _by_skeleton(phrases, index.skeletons)
        self._heard = lru_cache(maxsize=_REMEMBERED)(self._understand)
        # By skeleton and without the address: 'nav gaismas' is ranked once for all streets.
        self._ranked = lru_cache(maxsize=_REMEMBERED)(self._matches)

    def understand(self, text: str, hint_language: str = "") -> Understanding:
        """What `text` means. Never raises, whatever the text.

        `hint_language` (lv, ru, en) is the sender's own: it stands when the text does not tell.
        """
        return self._heard(text, hint_language)

    def knows(self, word: str) -> bool:
        """Whether one of the examples has this word, however it is spelled."""
        return fold(word) in self._words

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for skeleton in self._known for word in skeleton.split())

    def _understand(self, text: str, hint_language: str) -> Understanding:
        folded = fold(text)
        language, language_sure = self._language.guess(text)
        told = language if language_sure else hint_language or language or "lv"
        found = entities.find(text, folded) if self._ours else Entities()
        stop_or_start = reserved(folded) if self._ours else ""
        certain = stop_or_start or (_spoken_for(found, folded) if self._ours else "")
        matches = (
            [Match(certain, 1.0, sure=True)]
            if certain
            else self._around_address(text, folded, found)
        )
        if self._ours and not certain:
            matches = list(asked_of(text, self._ranked, matches)) or matches
        danger = "" if certain or not self._ours else self._danger(folded, language)
        if danger == "sure" or matches[0].intent == "danger":
            danger, matches = _endangered(danger, matches)
        if self._ours and not (danger or matches[0].sure):
            parts = urgent_part(text, self._ranked, matches[0]) or either(text, self._ranked)
            matches = list(parts) or matches
        best = matches[0]
        if danger == "doubtful" and best.sure and best.intent not in ("other", "danger"):
            # "viss deg, paldies" is surely about light; a bare "deg!" may be either.
            danger = "" if " " in folded else danger
        return Understanding(
            text=text,
            language=told,
            language_sure=language_sure,
            intent=best.intent,
            score=round(best.score, 4),
            sure=best.sure,
            because=best.because,
            also=tuple((match.intent, round(match.score, 4)) for match in matches[1 : _ALSO + 1]),
            entities=found,
            reserved=stop_or_start,
            danger=danger,
        )

    def _danger(self, folded: str, language: str) -> str:
        """A hazard as it is written, else in what the words are slips of or run together from."""
        found = find_danger(folded, language)
        if found == "sure":
            return found
        mended = self._matcher.mended(folded)
        return find_danger(mended, language) if mended != folded else found

    def _around_address(self, text: str, folded: str, found: Entities) -> list[Match]:
        """The matches of what stands around the address; an address alone says nothing surely."""
        around = _without_address(text, found)
        if around or found.address is None:
            return self._ranked(around or folded)
        best, *rest = self._ranked(folded)
        return [replace(best, sure=False), *rest]

    def _matches(self, folded: str) -> list[Match]:
        """At least one match: a known phrase beyond doubt, else what the matcher says."""
        known = self._known.get(folded)
        if known is not None:
            return [Match(known.intent, 1.0, sure=True, because=(known.text,))]
        return self._matcher.rank(folded) or [Match("other", 0.0)]


def _without_address(text: str, found: Entities) -> str:
    """The skeleton of the text around its address, or '' when nothing is around it."""
    if found.address is None or found.address.raw not in text:
        return ""
    before, _, after = text.partition(found.address.raw)
    around = fold(f"{before} {after}")
    if not found.address.town:
        return around
    # Examples name a few towns: another town must not make the text another matter.
    town = fold(found.address.town)[:_TOWN_STEM]
    return " ".join([word for word in around.split() if not word.startswith(town)])


def _endangered(danger: str, matches: list[Match]) -> tuple[str, list[Match]]:
    """Danger comes first whatever else the text says; unsure without rule and examples alike."""
    best = matches[0]
    if not danger and best.score < _HINTED:
        return "", matches
    if best.intent == "danger" and (danger == "sure") == best.sure:
        return ("sure" if best.sure else "doubtful"), matches
    if best.intent == "danger":
        return "sure", [replace(best, sure=True), *matches[1:]]
    seconded = next((match for match in matches if match.intent == "danger"), Match("", 0.0))
    others = [match for match in matches if match.intent != "danger"]
    # It is treated as a danger in any case; but half of those that no example seconds are none.
    sure = seconded.score >= _HINTED
    return "sure", [Match("danger", _RULED, sure, seconded.because), *others]


def _spoken_for(found: Entities, folded: str) -> str:
    """The intent of a text that is one answer and nothing else, or ''."""
    if found.customer_number and found.postcode and _NUMBERS_ONLY.fullmatch(folded):
        return "register"  # the two facts that registering asks for
    if folded.isdigit():
        return "choice" if len(folded) <= _LONGEST_PICK else ""
    if found.choice is not None and len(folded.split()) <= 2:
        return "choice"
    return found.answer if found.answer and len(folded.split()) == 1 else ""


def _by_skeleton(phrases: Sequence[Phrase], skeletons: Sequence[str]) -> dict[str, Phrase]:
    """Phrases by skeleton, without those that mean two things in two languages."""
    known: dict[str, Phrase] = {}
    doubtful: set[str] = set()
    for skeleton, phrase in zip(skeletons, phrases, strict=True):
        if known.setdefault(skeleton, phrase).intent != phrase.intent:
            doubtful.add(skeleton)
    return {skeleton: phrase for skeleton, phrase in known.items() if skeleton not in doubtful}


@lru_cache(maxsize=1)
def load_recogniser() -> Recogniser:
    """The recogniser of the phrases that come with the program; built at the first call."""
    return _built(load_phrases(), Kept())


def taught_recogniser(taught: Sequence[Phrase]) -> Recogniser:
    """The recogniser of the shipped phrases and of these, which never outvote a shipped one."""
    if not taught:
        return load_recogniser()
    new = _new(taught)
    return _built([*load_phrases(), *new], Kept(name=_TAUGHT, more=repr(new)))


def is_learned(taught: Sequence[Phrase] = ()) -> bool:
    """Whether `taught_recogniser` of these has only to read what was learned before."""
    return is_kept(name=_TAUGHT, more=repr(_new(taught))) if taught else is_kept()


def _built(phrases: Sequence[Phrase], kept: Kept) -> Recogniser:
    recogniser = Recogniser(phrases, remember=kept)
    kept.save()
    return recogniser


def _new(taught: Sequence[Phrase]) -> list[Phrase]:
    """Those of which no shipped phrase is another spelling."""
    skeletons = {fold(phrase.text) for phrase in load_phrases()}
    return [phrase for phrase in taught if fold(phrase.text) not in skeletons]
