"""Which of three languages a text is in: Cyrillic is Russian, letters tell the rest apart."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from intents.phrases import Phrase
from intents.remember import Remember, learn_anew

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^\W_]+")
_LATVIAN_ONLY = re.compile("[āčēģīķļņšūž]", re.IGNORECASE)
_PLAIN = str.maketrans("āčēģīķļņōŗšūž", "acegiklnorsuz")
_DOUBLED = str.maketrans(
    {"ā": "aa", "ē": "ee", "ī": "ii", "ū": "uu", "š": "sh", "č": "ch", "ž": "zh", "ļ": "lj"}
)
_LV, _RU, _EN = range(3)
_CODES = ("lv", "ru", "en")
# One word may not outvote the rest: street and town names are Latvian in every language.
_LOUDEST_WORD = 5.0
_LONGEST = 1000  # characters that decide; no SMS is longer
_LONGEST_WORD = 40  # letters; a key held down is in no language
_FEWEST_LETTERS = 3  # different ones: "a a a a" is in no language either
_LATVIAN_LETTERS = 8.0
_RUSSIAN_BY = 6  # Cyrillic letters: a Latvian address beside them is no Latvian
# "Brīvības iela 105-12, Rīga": addresses are written in Latvian, whatever the rest is in.
_ADDRESS = re.compile(
    r"(?:\b(?:[^\W\d_a-zāčēģīķļņšūž][^\W\d_]*\.? ){1,3}(?:iel[aā]|gatv[eē]|ce[lļ]š) "
    r"|\b[^\W\d_a-zāčēģīķļņšūž][^\W\d_]+ )"
    r"\d{1,3}(?:[^\W\d_](?!\w))?(?:[-/ ]\d{1,3}(?!\d))?(?:, ?[^\W\d_]{3,}(?: pag\.?)?)?"
)
_SURE_BY = 3.5
_SIMPLE = dict(zip("абвгдезиклмнопрстуфыэ", "abvgdeziklmnoprstufye", strict=True))
# How Russians without the keyboard write it: the official way, the way of a Latvian, of a German.
_LATIN_RUSSIAN = tuple(
    str.maketrans(_SIMPLE | dict(zip("жйхцчшщъьюяё", letters.split(","), strict=True)))
    for letters in (
        "zh,y,kh,ts,ch,sh,shch,,,yu,ya,e",
        "zh,j,h,c,ch,sh,sch,,,ju,ja,e",
        "z,i,h,c,4,6,sh,,',u,ia,yo",
        "j,j,x,c,c,w,sh,,,ju,ja,e",
    )
)

Votes = tuple[float, float, float]


class LanguageGuesser:
    """Naive Bayes over the words and letter groups of the example phrases."""

    def __init__(self, phrases: Iterable[Phrase], *, remember: Remember = learn_anew) -> None:
        self._weights: dict[str, Votes] = remember("language", lambda: _learn(phrases))
        self._word_votes = lru_cache(maxsize=16384)(self._vote)

    def guess(self, text: str) -> tuple[str, bool]:
        """The language (lv, ru, en, or '' when nothing speaks for one), and whether it is sure."""
        text = text[:_LONGEST]
        cyrillic = len(_CYRILLIC.findall(text))
        if cyrillic and (cyrillic >= _RUSSIAN_BY or cyrillic >= len(_LATIN.findall(text))):
            return "ru", True
        bare = _ADDRESS.sub(" ", text) if _DIGIT.search(text) else text
        words = _spoken(bare) or _spoken(text)
        if not words or len(set().union(*words)) < _FEWEST_LETTERS:
            return "", False
        votes = [sum(column) for column in zip(*map(self._word_votes, words), strict=True)]
        best = max(range(3), key=votes.__getitem__)
        if votes[best] <= 0:
            return "", False
        lead = votes[best] - sorted(votes)[-2]
        return _CODES[best], lead >= _SURE_BY

    def _vote(self, word: str) -> Votes:
        if len(word) > _LONGEST_WORD:
            return (0.0, 0.0, 0.0)
        if _LATVIAN_ONLY.search(word):
            return (_LATVIAN_LETTERS, 0.0, 0.0)
        plain = word.translate(_PLAIN)
        found = [weights for group in _groups(plain) if (weights := self._weights.get(group))]
        if not found:
            return (0.0, 0.0, 0.0)
        # Letter groups of one word overlap: their mean, by the root of their number, is honest.
        scale = 1.0 / math.sqrt(len(found))
        lv, ru, en = (sum(column) * scale for column in zip(*found, strict=True))
        loudest = max(lv, ru, en, 1e-9)
        cut = min(1.0, _LOUDEST_WORD / loudest)
        return (lv * cut, ru * cut, en * cut)


def _spoken(text: str) -> list[str]:
    return [word for word in _WORDS.findall(text.lower()) if not word.isdigit()]


def _learn(phrases: Iterable[Phrase]) -> dict[str, Votes]:
    """How much each letter group speaks for each language."""
    counts: dict[str, list[float]] = {}
    totals = [1.0, 1.0, 1.0]
    for word, code, times in _training_words(phrases):
        groups = _groups(word)
        totals[code] += times * len(groups)
        for group in groups:
            row = counts.get(group)
            if row is None:
                row = counts[group] = [0.2, 0.2, 0.2]
            row[code] += times
    return _log_odds(counts, [math.log(total) for total in totals])


def _log_odds(counts: dict[str, list[float]], totals: list[float]) -> dict[str, Votes]:
    weights: dict[str, Votes] = {}
    log = math.log
    for group, (in_lv, in_ru, in_en) in counts.items():
        lv, ru, en = log(in_lv) - totals[_LV], log(in_ru) - totals[_RU], log(in_en) - totals[_EN]
        middle = (lv + ru + en) / 3
        weights[group] = (lv - middle, ru - middle, en - middle)
    return weights


def _training_words(phrases: Iterable[Phrase]) -> list[tuple[str, int, int]]:
    counted: Counter[tuple[str, str]] = Counter()
    for phrase in phrases:
        for word in _WORDS.findall(phrase.text.lower()):
            if not word.isdigit():
                counted[phrase.language, word] += 1
    return [
        (spelling, code, times)
        for (language, word), times in counted.items()
        for spelling, code in _spellings(language, word)
    ]


def _spellings(language: str, word: str) -> set[tuple[str, int]]:
    if language == "lv":
        return {(word.translate(_PLAIN), _LV), (word.translate(_DOUBLED), _LV)}
    if language == "ru":
        if _CYRILLIC.search(word):
            return {(word.translate(table), _RU) for table in _LATIN_RUSSIAN}
        return {(word, _RU)}
    return {(word, _EN)}


def _groups(word: str) -> list[str]:
    padded = f" {word} "
    return [padded, *[padded[start : start + 3] for start in range(len(padded) - 2)]]
