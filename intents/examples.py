"""Ranks intents for a folded text: votes of its features, and the nearest example phrases."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from intents.concepts import Concepts, load_concepts
from intents.features import Features, tokens_of
from intents.fold import fold
from intents.linear import LinearVotes
from intents.phrases import Phrase

_LOOKED_AT = 400  # postings read for one text; the rare words come first
_COMPARED = 24  # candidates compared letter by letter
_NEAREST = 3  # examples of an intent that count
_SHARPNESS = 5.0  # votes 1 apart become odds of 150 to 1
_SHORTEST_TYPO = 5
_SURE_AGREED = 0.68
_SURE_ALONE = 0.82
_ALSO_FROM = 0.02


@dataclass(frozen=True, slots=True)
class Match:
    """One intent for a text: how likely (0 to 1), and the original examples nearest to it.

    `sure` is true for the first match only: both ways of looking agree, or one is beyond doubt.
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

    def __init__(self, phrases: Sequence[Phrase], concepts: Concepts | None = None) -> None:
        self._features = Features(concepts or load_concepts())
        self._phrases = tuple(phrases)
        tokens = [tokens_of(fold(phrase.text)) for phrase in phrases]
        self._votes = LinearVotes(
            [
                (self._features.of(words), phrase.intent)
                for words, phrase in zip(tokens, phrases, strict=True)
            ]
        )
        self._nearby = _Nearby(tokens)
        self._words: dict[str, list[str]] = {}
        self._vocabulary = {word for words in tokens for word in words}
        for word in sorted(self._vocabulary):
            self._words.setdefault(word[:1], []).append(word)
        self._mended = lru_cache(maxsize=16384)(self._mend)

    def rank(self, folded: str) -> list[Match]:
        """Matches, likeliest first; empty when no word of the text was ever seen."""
        tokens = [self._mended(token) for token in tokens_of(folded)]
        votes = self._votes.votes(self._features.of(tokens))
        nearest = self._nearby.to(tokens)
        if not any(votes) and not nearest:
            return []
        return self._matches(votes, self._by_intent(nearest))

    def _matches(self, votes: list[float], near: dict[str, _Near]) -> list[Match]:
        best = max(votes)
        odds = [math.exp(_SHARPNESS * (vote - best)) for vote in votes]
        whole = sum(odds)
        ranked = sorted(zip(odds, self._votes.labels, strict=True), reverse=True)
        closest = max(near, key=lambda label: near[label].closeness, default="")
        found = []
        for place, (odd, label) in enumerate(ranked):
            score = odd / whole
            if place and score < _ALSO_FROM:
                break
            enough = _SURE_AGREED if label == closest else _SURE_ALONE
            because = near[label].texts if label in near else ()
            found.append(Match(label, score, not place and score >= enough, because))
        return found

    def _by_intent(self, nearest: list[tuple[float, int]]) -> dict[str, _Near]:
        grouped: dict[str, list[tuple[float, int]]] = {}
        for closeness, place in nearest:
            same = grouped.setdefault(self._phrases[place].intent, [])
            if len(same) < _NEAREST:
                same.append((closeness, place))
        return {
            intent: _Near(
                sum(closeness for closeness, _ in same) / _NEAREST,
                tuple(dict.fromkeys(self._phrases[place].text for _, place in same)),
            )
            for intent, same in grouped.items()
        }

    def _mend(self, token: str) -> str:
        if token in self._vocabulary or len(token) < _SHORTEST_TYPO or not token.isalpha():
            return token
        near = process.extractOne(
            token, self._words.get(token[0], ()), scorer=OSA.distance, score_cutoff=1
        )
        return near[0] if near else token


@dataclass(frozen=True, slots=True)
class _Near:
    closeness: float = 0.0
    texts: tuple[str, ...] = ()


class _Nearby:
    """An inverted index of words and their beginnings, rare ones first."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._sorted = [" ".join(sorted(words)) for words in texts]
        self._postings: dict[str, list[int]] = {}
        for place, words in enumerate(texts):
            for key in _keys(words):
                self._postings.setdefault(key, []).append(place)
        self._rarity = {
            key: math.log1p(len(texts) / len(places)) for key, places in self._postings.items()
        }

    def to(self, words: Sequence[str]) -> list[tuple[float, int]]:
        """The nearest texts with how near (0 to 1), nearest first."""
        known = sorted(
            (len(places), key) for key in _keys(words) if (places := self._postings.get(key))
        )
        shared: Counter[int] = Counter()
        looked_at = 0
        for count, key in known:
            rarity = self._rarity[key]
            for place in self._postings[key]:
                shared[place] += rarity  # type: ignore[assignment]
            looked_at += count
            if looked_at > _LOOKED_AT:
                break
        written = " ".join(sorted(words))
        candidates = heapq.nlargest(_COMPARED, shared, key=shared.__getitem__)
        compared = [(fuzz.ratio(written, self._sorted[place]) / 100, place) for place in candidates]
        return sorted(compared, reverse=True)


def _keys(words: Sequence[str]) -> set[str]:
    return {*words, *[f"4{word[:4]}" for word in words if len(word) > 3]}
