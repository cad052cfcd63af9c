"""The words of a document and an excerpt of it, for the engine that has no such thing built in.

Folded as SQLite's `unicode61 remove_diacritics 2` does: lower case, without marks.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
# An index entry may not be longer; nobody types such a word.
_LONGEST = 200


def words(text: str) -> list[str]:
    """Each word once.

    >>> words("Kalnu iela 7, kalnu")
    ['kalnu', 'iela', '7']
    """
    return list(dict.fromkeys(fold(word)[:_LONGEST] for word in _WORD.findall(text)))


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def excerpt(text: str, begins: list[str], marks: tuple[str, str], length: int) -> str:
    """About so many words of the text from where the first word is found that begins so, each
    found one between the marks.

    >>> excerpt("Nav gaismas Kalnu ielā", ["kaln"], ("[", "]"), 3)
    '…gaismas [Kalnu] ielā'
    """
    spans = [found.span() for found in _WORD.finditer(text)]
    starts = tuple(begins)
    hits = {n for n, (a, b) in enumerate(spans) if fold(text[a:b]).startswith(starts)}
    first = min(hits, default=0)
    last = min(first + length, len(spans))
    if not spans:
        return text
    first = max(0, first - max(0, length - (len(spans) - first))) if last == len(spans) else first
    pieces, at = [], 0 if first == 0 else spans[first][0]
    begin = "" if first == 0 else "…"
    for number in range(first, last):
        start, end = spans[number]
        word = text[start:end]
        pieces += [text[at:start], f"{marks[0]}{word}{marks[1]}" if number in hits else word]
        at = end
    return begin + "".join(pieces) + (text[at:] if last == len(spans) else "…")
