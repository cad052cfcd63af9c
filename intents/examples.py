"""Ranks intents for a folded text: votes of its features, seconded by the nearest examples."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import Protocol

from rapidfuzz import fuzz, process

from intents.concepts import Concepts, load_concepts
from intents.features import Features, tokens_of
from intents.fold import fold
from intents.linear import Learned, LinearVotes, learn
from intents.mend import Mender
from intents.noise import noised
from intents.phrases import Phrase
from intents.remember import Remember, learn_anew

_COMPARED = 64  # examples compared letter by letter with one text
_NEAREST = 6  # of them kept
_TOLD_BECAUSE = 3  # of them told for an intent
_STEM = 4  # letters by which the words of examples are looked up
_SHARPNESS = 4.5  # votes 1 apart become odds of 90 to 1; an unsure 0.6 is then right in 60 %
_HOPELESS = 1.0  # votes behind the best from which an intent is out of the race
_TOLD = 5  # matches told
# How likely the best intent is right, as log-odds. Fitted on phrases that were left out, plain and
# spoiled (docs/understanding.md): the lead in votes, how near an example of it is, how many words
# are known, and how many were mended.
_LEAD, _NEAR, _KNOWN, _MENDED, _BASE = 2.91, 1.49, 0.46, -0.36, -1.3
_SURE = math.log(20)  # twenty to one
_ALONE = 1.5  # as many odds less, as a logarithm, for a single word
_SEEN = 2  # examples that have a feature, spoiled ones among them, for it to count
_SPOILED, _SPOILED_SEED = "worst", 77  # another seed than measurements have


@dataclass(frozen=True, slots=True)
class Match:
    """One intent for a text: how likely (0 to 1), and the original examples nearest to it.

    Only the first match can be `sure`: votes and nearest examples together leave little doubt.
    """

    intent: str
    score: float
    sure: bool = False
    because: tuple[str, ...] = ()


class Matcher(Protocol):
    """Anything that ranks intents: dialogues never see more of it than this."""

    def rank(self, folded: str) -> list[Match]:
        """Matches, likeliest first; empty when nothing speaks for any intent."""

    def mended(self, folded: str) -> str:
        """The text without its slips, words run together parted."""


class ExampleIndex:
    """The matcher that learns from example phrases."""

    def __init__(
        self, phrases: Sequence[Phrase], concepts: Concepts | None = None, *,
        remember: Remember = learn_anew, spoil: bool = False,
    ) -> None:  # fmt: skip
        """`spoil`: learn each phrase once more as a hurried thumb spells it."""
        self._concepts = load_concepts() if concepts is None else concepts
        self._features = Features(self._concepts)
        self._phrases = tuple(phrases)
        # What is kept is read in a fifth of the time that it takes to make it at every start.
        self.skeletons: list[str] = remember(
            "skeletons", lambda: [fold(phrase.text) for phrase in phrases]
        )
        texts = _Texts(self.skeletons)
        self._nearby = _Nearby(
            remember("sorted", lambda: [" ".join(sorted(words)) for words in texts.words]),
            remember("places", lambda: _places(texts.words)),
        )
        counts = remember("words", lambda: dict(Counter(chain.from_iterable(texts.words))))
        self._mender = Mender(counts, self._concepts.exactly)
        self._mended = lru_cache(maxsize=16384)(self._mender.mend)
        self._votes = LinearVotes(remember("votes", lambda: self._learn(texts.words, spoil)))
        self._own = lru_cache(maxsize=16384)(self._own_total)

    def _learn(self, texts: Sequence[list[str]], spoil: bool) -> Learned:
        labels = [phrase.intent for phrase in self._phrases]
        asked = [self._features.of(words) for words in texts]
        if not spoil:
            return learn(list(zip(asked, labels, strict=True)))
        # What is left of a word after mending teaches which of its letters to trust, and what it
        # means beside others, what to make of a word that no phrase has. Where a few dozen
        # phrases are all there is, these copies would drown them.
        spoiled = noised(self._phrases, _SPOILED, _SPOILED_SEED)
        asked += [self._features.of(self.mended(fold(phrase.text)).split()) for phrase in spoiled]
        asked += [self._features.meanings_of(words) for words in texts]
        return learn(list(zip(asked, labels * 3, strict=True)), seen=_SEEN)

    def mended(self, folded: str) -> str:
        """The text without its slips, words run together parted."""
        return " ".join([word for token in tokens_of(folded) for word in self._mended(token)])

    def rank(self, folded: str) -> list[Match]:
        """Matches, likeliest first; empty when no word of the text means anything."""
        written = tokens_of(folded)
        tokens = [word for token in written for word in self._mended(token)]
        if not self._phrases or not any(map(self._means_something, tokens)):
            return []
        together = self._votes.total(self._features.together(tokens))
        votes = self._votes.votes([together, *map(self._own, dict.fromkeys(tokens))])
        ranked = sorted(zip(votes, self._votes.labels, strict=True), reverse=True)
        nearest = self._nearby.to(tokens)
        # A word by itself that is no example means little: "ko", "line".
        odds = _BASE if len(tokens) > 1 else _BASE - _ALONE
        odds += _KNOWN * sum(map(self._mender.__contains__, tokens)) / len(tokens)
        if tokens != written:
            odds += _MENDED * len(set(written).difference(tokens)) / len(written)
        return self._matches(ranked, nearest, odds)

    def _matches(
        self, ranked: list[tuple[float, str]], nearest: list[tuple[int, float]], odds: float
    ) -> list[Match]:
        best, likeliest = ranked[0]
        texts: dict[str, list[str]] = {}
        for place, near in nearest:
            phrase = self._phrases[place]
            if phrase.intent == likeliest and phrase.intent not in texts:
                odds += _NEAR * near / 100
            texts.setdefault(phrase.intent, []).append(phrase.text)
        lead = best - ranked[1][0] if len(ranked) > 1 else 1.0
        sure = odds + _LEAD * lead >= _SURE
        likely = [
            (math.exp(_SHARPNESS * (vote - best)), label)
            for vote, label in ranked
            if vote >= best - _HOPELESS
        ]
        whole = sum([odd for odd, _ in likely])
        return [
            Match(label, odd / whole, sure and not place, (*texts.get(label, ())[:_TOLD_BECAUSE],))
            for place, (odd, label) in enumerate(likely[:_TOLD])
        ]

    def _own_total(self, token: str) -> int:
        return self._votes.total(self._features.own(token))

    def _means_something(self, token: str) -> bool:
        return token in self._mender or bool(self._concepts.of(token))


class _Texts:
    """The skeletons as words, which only a start that learns anew needs."""

    def __init__(self, skeletons: Sequence[str]) -> None:
        self._skeletons = skeletons

    @cached_property
    def words(self) -> list[list[str]]:
        return [tokens_of(skeleton) for skeleton in self._skeletons]


class _Nearby:
    """The examples that share rare words with a text, compared letter by letter."""

    def __init__(self, spelled: list[str], places: dict[str, list[int]]) -> None:
        self._sorted, self._places = spelled, places

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


def _places(texts: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """In which texts words with these first letters stand."""
    found: dict[str, list[int]] = {}
    for place, words in enumerate(texts):
        for key in {word[:_STEM] for word in words}:
            found.setdefault(key, []).append(place)
    return found
