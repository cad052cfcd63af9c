"""Why power is off, in the reader's language, whatever language the operator wrote it in.

The reasons and the words they are known by are in `reasons.po`. What is not known there is said
to readers of the language in which it was written, and to no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from locales.alphabet import plain
from locales.catalogue import FALLBACK, LANGUAGES, keys, say

_PREFIX, _KNOWN = "reason.", ".known"
_WORD = re.compile(r"[^\W_]+")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
# Words that no Latvian reason has.
_ENGLISH = re.compile(r"\b(?:the|of|on|and|at|by|for|works?|repairs?|line|power)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of the catalogue. `language`: that in which it was written; '' when by its code."""

    code: str
    language: str


def codes() -> tuple[str, ...]:
    """The codes of all reasons ('tree_cutting'), which a file may give in place of words."""
    return tuple(key[len(_PREFIX) :] for key in keys(_PREFIX) if not key.endswith(_KNOWN))


@lru_cache(maxsize=1024)  # a campaign has thousands of readers and a few reasons
def reason_in(text: str, language: str) -> str:
    """A reason as readers of a language are told it; '' when it is not known in theirs.

    'Koku zāģēšana' is 'обрезка деревьев' in Russian; in its own language it stays as it is.
    """
    text = text.strip().rstrip(".")
    known = recognise(text)
    written_in = known.language if known else _language_of(text)
    if language == written_in:
        return text
    return say(language, f"{_PREFIX}{known.code}") if known else ""


@lru_cache(maxsize=1024)
def recognise(text: str) -> Reason | None:
    """The reason of the catalogue that a text means: the one with most words in common."""
    code = "_".join(text.lower().split())
    if code in codes():
        return Reason(code, "")
    words = _folded(text)
    fitting = [way for way in _ways() if all(_begins(stem, words) for stem in way.stems)]
    best = max(fitting, key=lambda way: (len(way.stems), sum(map(len, way.stems))), default=None)
    return best.reason if best else None


def _language_of(text: str) -> str:
    if _CYRILLIC.search(text):
        return "ru"
    return "en" if _ENGLISH.search(text) else FALLBACK


def _begins(stem: str, words: tuple[str, ...]) -> bool:
    return any(word.startswith(stem) for word in words)


def _folded(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(plain(text).lower().replace("ё", "е")))


@dataclass(frozen=True, slots=True)
class _Way:
    stems: tuple[str, ...]
    reason: Reason


@cache
def _ways() -> tuple[_Way, ...]:
    return tuple(way for language in LANGUAGES for way in _ways_in(language))


def _ways_in(language: str) -> Iterator[_Way]:
    for code in codes():
        for way in say(language, f"{_PREFIX}{code}{_KNOWN}").split(","):
            yield _Way(_folded(way), Reason(code, language))
