"""One skeleton for Latvian, Russian and English as people really type them in SMS.

Diacritics, letter case, punctuation, Cyrillic against Latin Russian ("свет", "svet"), and the
habits of people without the right keyboard ("shodien", "visaa majaa", "4to slu4ilos") all vanish.
A skeleton is for comparing only: it is never shown, and English comes out looking odd on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "ch",
    "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "і": "i", "є": "e", "ґ": "g", "ў": "u", "ђ": "d", "ј": "i",
}  # fmt: skip
# Letters that Unicode does not decompose, and marks that people put for a soft sign or leave out.
_SINGLE = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "t", "ı": "i", "æ": "ae", "œ": "oe",
    "'": "", "’": "", "‘": "", "`": "", "´": "", "ʼ": "", "ʹ": "", "′": "",
}  # fmt: skip
_DROPPED = frozenset(("Mn", "Me", "Cc", "Cf", "Cs", "Co", "Cn"))
_KEPT_UP_TO = 0x2FFF  # rarer characters are worked out each time, so that the table stays small


class _Letters(dict[int, str]):
    """A table for `str.translate` that fills itself."""

    def __missing__(self, code: int) -> str:
        letter = _letter(chr(code))
        if code <= _KEPT_UP_TO:
            self[code] = letter
        return letter


def _letter(char: str) -> str:
    known = _CYRILLIC.get(char) or _SINGLE.get(char)
    if known is not None or char in _CYRILLIC or char in _SINGLE:
        return known or ""
    category = unicodedata.category(char)
    if category in _DROPPED:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return char if char.isalnum() else " "


_LETTERS = _Letters()
_LONGEST_REMEMBERED = 40
_HABITS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # 4 and 6 stand for ч and ш inside words; "4a", "6dz" and "nr4" stay what they are.
        (r"(?<=[^\W\d])4(?=[^\W\d])|^4(?=t?[aeiouy][^\W\d]|t[oa]b?i?$)", "ch"),
        (r"(?<=[^\W\d])6(?=[^\W\d])|^6(?=to$)", "sh"),
        (r"s(?:h?ch|h+)", "s"),
        (r"ch", "c"),
        (r"zh", "z"),
        (r"kh|x", "h"),
        (r"w", "v"),
        (r"q", "k"),
        (r"(?<=[bcdfghklmnprstvz])yo", "e"),
        (r"[yj]", "i"),
        (r"i+(?=e)|(?<=[bcdfghklmnprstvz])i+(?=[aou])", ""),
        (r"ts(?=[aeiou])", "c"),
        (r"([^\W\d])\1+", r"\1"),
    )
)


def fold(text: str) -> str:
    """The skeleton: lower-case Latin words and digits, one space between. Never raises.

    >>> fold("Šodien VISAA mājā nav gaismas!") == fold("shodien visa maja nav gaismas")
    True
    >>> fold("Что случилось, включат?") == fold("4to slu4ilos vkljuchat")
    True
    """
    return " ".join([folded for word in text.split() if (folded := _fold_short(word))])


def _fold_short(word: str) -> str:
    return _remembered(word) if len(word) <= _LONGEST_REMEMBERED else _fold_word(word)


def _fold_word(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFD", plain)
    return " ".join([_skeleton(part) for part in plain.translate(_LETTERS).split()])


def _skeleton(word: str) -> str:
    if word.isdigit():
        return word
    for pattern, replacement in _HABITS:
        word = pattern.sub(replacement, word)
    return word


# Words repeat from text to text, and a word costs ten times as much as looking it up.
_remembered = lru_cache(maxsize=16384)(_fold_word)
