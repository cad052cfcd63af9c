"""Ranks intents for a folded text: votes of its features, seconded by the nearest examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Protocol

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from intents.concepts import Concepts, load_concepts
from intents.features import Features, tokens_of
from intents.fold import fold
from intents.linear import Learned, LinearVotes, learn
from intents.phrases import Phrase
from intents.remember import Remember, learn_anew

_COMPARED = 64  # examples compared letter by letter with one text
_NEAREST = 6  # of them kept
_COUNTED = 3  # of them an intent is judged by
_SHORTEST_TYPO = 5
_STEM = 4  # letters by which the words of examples are looked up
_SHARPNESS = 5.0  # votes 1 apart become odds of 150 to 1
_SURE_AGREED = 0.7  # the nearest examples say the same
_SURE_ALONE = 0.85
_HOPELESS = 1.0  # votes behind the best from which an intent is out of the race
_TOLD = 5  # matches told


@dataclass(frozen=True, slots=True)
class Match:
    """One intent for a text: how likely (0 to 1), and the original examples nearest to it.

    Only the first match can be `sure`: both ways of looking agree, or one is beyond doubt.
    """

    intent: str
    score: float
    sure: bool = False
    because: tuple[str, ...] = ()


class Matcher(Protocol):
    """Anything that ranks intents: dialogues never see more of it than this."""

    def rank(self, folded: str) -> list[Match]:
        """Matches, likeliest first; empty when nothing speaks for any intent."""


class ExampleIndex:
    """The matcher that learns from example phrases."""

    def __init__(
        self, phrases: Sequence[Phrase], concepts: Concepts | None = None, *,
        remember: Remember = learn_anew,
    ) -> None:  # fmt: skip
        self._concepts = concepts or load_concepts()
        self._features = Features(self._concepts)
        self._phrases = tuple(phrases)
        texts: list[list[str]] = remember(
            "texts", lambda: [tokens_of(fold(phrase.text)) for phrase in phrases]
        )
        self._votes = LinearVotes(remember("votes", lambda: self._learn(texts)))
        self._nearby = _Nearby(texts)
        self._vocabulary = {word for words in texts for word in words}
        self._by_initial: dict[str, list[str]] = {}
        for word in sorted(self._vocabulary):
            self._by_initial.setdefault(word[0], []).append(word)
        self._own = lru_cache(maxsize=16384)(self._own_total)
        self._mended = lru_cache(maxsize=16384)(self._mend)

    def _learn(self, texts: Sequence[list[str]]) -> Learned:
        labelled = zip(texts, self._phrases, strict=True)
        return learn([(self._features.of(words), phrase.intent) for words, phrase in labelled])

    def rank(self, folded: str) -> list[Match]:
        """Matches, likeliest first; empty when no word of the text means anything."""
        tokens = [self._mended(token) for token in tokens_of(folded)]
        if not self._phrases or not any(map(self._means_something, tokens)):
            return []
        together = self._votes.total(self._features.together(tokens))
        votes = self._votes.votes([together, *map(self._own, dict.fromkeys(tokens))])
        least = max(votes) - _HOPELESS
        likely = [
            (math.exp(_SHARPNESS * (vote - least)), label)
            for vote, label in zip(votes, self._votes.labels, strict=True)
            if vote >= least
        ]
        likely.sort(reverse=True)
        return self._matches(likely, self._nearby.to(tokens))

    def _matches(
        self, ranked: list[tuple[float, str]], nearest: list[tuple[int, float]]
    ) -> list[Match]:
        texts: dict[str, list[str]] = {}
        closeness: dict[str, float] = {}
        for place, near in nearest:
            phrase = self._phrases[place]
            same = texts.setdefault(phrase.intent, [])
            if len(same) < _COUNTED:
                same.append(phrase.text)
                closeness[phrase.intent] = closeness.get(phrase.intent, 0.0) + near
        whole = sum([odd for odd, _ in ranked])
        closest = max(closeness, key=closeness.__getitem__, default="")
        enough = _SURE_AGREED if ranked[0][1] == closest else _SURE_ALONE
        sure = ranked[0][0] >= enough * whole
        return [
            Match(label, odd / whole, sure and not place, tuple(texts.get(label, ())))
            for place, (odd, label) in enumerate(ranked[:_TOLD])
        ]

    def _own_total(self, token: str) -> tuple[int, int]:
        return self._votes.total(self._features.own(token))

    def _means_something(self, token: str) -> bool:
        return token in self._vocabulary or bool(self._concepts.of(token))

    def _mend(self, token: str) -> str:
        """The word of the examples that is one slip away, or the word itself."""
        if token in self._vocabulary or len(token) < _SHORTEST_TYPO or not token.isalpha():
            return token
        words = self._by_initial.get(token[0], ())
        near = process.extractOne(token, words, scorer=OSA.distance, score_cutoff=1)
        return near[0] if near else token


class _Nearby:
    """The examples that share rare words with a text, compared letter by letter."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._sorted = [" ".join(sorted(words)) for words in texts]
        self._places: dict[str, list[int]] = {}
        for place, words in enumerate(texts):
            for key in {word[:_STEM] for word in words}:
                self._places.setdefault(key, []).append(place)

    def to(self, words: Sequence[str]) -> list[tuple[int, float]]:
        """Places of the nearest texts with how near (0 to 100), nearest first."""
        candidates = self._candidates(words)
        written = " ".join(sorted(words))
        choices = [self._sorted[place] for place in candidates]
        found = process.extract(written, choices, scorer=fuzz.ratio, limit=_NEAREST)
        return [(candidates[index], score) for _, score, index in found]

    def _candidates(self, words: Sequence[str]) -> list[int]:
        stems = {word[:_STEM] for word in words}
        lists = [places for stem in stems if (places := self._places.get(stem))]
        lists.sort(key=len)
        if not lists:
            return []
        found = dict.fromkeys(lists[0])
        if len(found) > _COMPARED and len(lists) > 1:
            # Common words only: examples that have two of them say more than any one of them.
            both = found.keys() & set(lists[1])
            found = dict.fromkeys(both or found)
        for places in lists[1:]:
            if len(found) + len(places) > _COMPARED:
                break
            found.update(dict.fromkeys(places))
        return list(islice(found, _COMPARED))
