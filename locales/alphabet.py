"""Texts in the alphabet that costs least, and texts that nothing down the line chokes on.

`plain` is for texts we send (Latvian without diacritics, no typographic characters), `clean` for
texts we receive. No function here raises, whatever the text holds.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from locales.segments import OUTSIDE, count_segments

# Only what compatibility decomposition (NFKD) does not already turn into GSM-7.
_PUNCTUATION = {
    **dict.fromkeys("„“”‟«»″〝〞", '"'),
    **dict.fromkeys("‘’‚‛‹›′`´ʼ", "'"),
    **dict.fromkeys("‐‑‒–—―−⁃•·", "-"),
    **dict.fromkeys("\t\v\u1680", " "),
    **dict.fromkeys("\x85\u2028\u2029", "\n"),
    "…": "...",
}
_SIGNS = {
    "⁄": "/",
    "×": "x",
    "÷": ":",
    "±": "+/-",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "←": "<-",
    "©": "(c)",
    "®": "(R)",
    "№": "Nr.",
    "°": "",
}
_LETTERS = {
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "ħ": "h",
    "ı": "i",
    "µ": "u",
    "œ": "oe",
    "Œ": "OE",
    "ẞ": "SS",
}
KNOWN = _PUNCTUATION | _SIGNS | _LETTERS
# Languages whose own letters are all there: only names of others bring any from outside.
_WITHIN_GSM_7 = frozenset(("en",))
# Letters, digits and what hangs on them; all else outside GSM-7 is a picture or invisible.
_KEPT = ("L", "M", "N")
# Accents that found no letter to join, keycaps, and the choice between two looks of an emoji.
_LOOSE = re.compile("[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f]")
_OUTSIDE_RUN = re.compile(f" ?(?:{OUTSIDE.pattern})+")

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    "\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
_LINE_END = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
# A zero-width joiner belongs only between the pictures of one emoji.
_PICTURE = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_STRAY_JOINER = re.compile(f"(?<!{_PICTURE})\u200d|\u200d(?!{_PICTURE})")


def gsm7(text: str) -> bool:
    """Whether a text is sent in the 7-bit alphabet: 160 characters a segment instead of 70."""
    return OUTSIDE.search(text) is None


def plain(text: str) -> str:
    """A text with Latin letters and typographic characters brought to GSM-7.

    'Paziņojums – „rīt”' gives 'Pazinojums - "rit"'. Letters of other scripts (Russian) stay as
    they are; emoji and other pictures are dropped, with the space before them.
    """
    if gsm7(text):
        return text
    return _OUTSIDE_RUN.sub(_plain_run, unicodedata.normalize("NFC", text))


def to_policy(text: str, mode: str, language: str = "") -> str:
    """A text as the policy of its language wants it: `plain`, or `full` with all its letters.

    With `full`, typographic characters still become plain ones where they alone would make the
    text UCS-2: a curly quotation mark is not worth a second segment. So do, in a `language` whose
    own letters are all in GSM-7, the letters of names wherever that saves a segment.
    """
    if mode == "plain":
        return plain(text)
    if all(char in _PUNCTUATION or char.isspace() for char in OUTSIDE.findall(text)):
        return plain(text)
    if language in _WITHIN_GSM_7 and count_segments(shorter := plain(text)) < count_segments(text):
        return shorter
    return text


def clean(text: str) -> str:
    r"""A text without what is never meant: legal in XML 1.0 and encodable as UTF-8.

    Control characters, lone surrogates, bidirectional controls, invisible and non-characters go;
    line ends become \n and tabs a space; letters and emoji stay.
    """
    if text.isprintable():  # nearly every text, at a tenth of the time
        return text
    text = _LINE_END.sub("\n", text).replace("\t", " ")
    return _STRAY_JOINER.sub("", _INVISIBLE.sub("", text))


def one_line(text: str) -> str:
    """A name, an address, a reason that somebody typed: clean, with single spaces.

    >>> one_line("Kalna\\x1b[2J  iela\\n5")
    'Kalna[2J iela 5'
    """
    return " ".join(clean(text).split())


def _plain_run(found: re.Match[str]) -> str:
    run = found[0]
    told = "".join(map(_plain_char, run.removeprefix(" ")))
    return " " + told if told and run[0] == " " else told


@lru_cache(maxsize=4096)
def _plain_char(char: str) -> str:
    if char in KNOWN:
        return KNOWN[char]
    if char.isspace():
        return " "
    base = _LOOSE.sub("", unicodedata.normalize("NFKD", char))
    base = "".join(KNOWN.get(part, part) for part in base)
    if gsm7(base):
        return base
    return char if unicodedata.category(char)[0] in _KEPT else ""
