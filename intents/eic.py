"""EIC codes (ENTSO-E Energy Identification Coding scheme, reference manual): check and find.

A code has 16 characters: 15 of A-Z, 0-9 and '-', then a check character. Latvian codes begin
with 43 (the issuing office) and a letter for the kind: X a party, Z a metering point, ...
"""

from __future__ import annotations

import re
from operator import mul

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = range(16, 1, -1)
_LENGTH = 16

# Russian keyboards: the letters that look like Latin ones, and the dashes that phones put in.
_LOOK_ALIKE = str.maketrans("АВЕКМНОРСТУХІЈЅ‐‑‒–—−", "ABEKMHOPCTYXIJS------")

# Case-insensitive and with the Cyrillic letters in: ZXTVWYA are the kinds of the standard.
_START = re.compile(r"4(?<!\w4)3\s?-?\s?[ZXTVWYAХТУАzxtvwyaхтуа]")
_TYPED = re.compile(r"[0-9A-Za-zА-Яа-яІіЈјЅѕ‐‑‒–—−-]")
_GROUPS = re.compile(r"\S+")


def check_character(first15: str) -> str:
    """The 16th character for the first 15. Raises ValueError when they are not 15 of A-Z 0-9 -."""
    try:
        total = sum(map(mul, map(_VALUES.__getitem__, first15), _WEIGHTS))
    except KeyError:
        total = -1
    if total < 0 or len(first15) != _LENGTH - 1:
        raise ValueError("an EIC begins with 15 characters of A-Z, 0-9 and '-'")
    return _ALPHABET[36 - (total - 1) % 37]


def valid(code: str) -> bool:
    """Whether `code` is 16 characters with the right last one. '-' is never a check character."""
    if len(code) != _LENGTH or code[-1] == "-":
        return False
    try:
        return check_character(code[:-1]) == code[-1]
    except ValueError:
        return False


def make(first15: str) -> str:
    """The whole code. Raises ValueError as `check_character`, and when the check is '-'.

    The scheme forbids codes whose check character would be '-'; choose another 15 then.
    """
    check = check_character(first15)
    if check == "-":
        raise ValueError("no EIC may end in '-'")
    return first15 + check


def find(text: str) -> tuple[str, bool] | None:
    """The first code in `text` in its printed form, and whether its check character is right.

    Spaces, small letters, dashes between groups and Cyrillic look-alikes are put right.
    A 16-character code with a wrong check character is found too; a shorter one is not.
    """
    if "43" not in text:
        return None
    wrong = ""
    for start in _START.finditer(text):
        for code in _readings(text, start.start()):
            if valid(code):
                return code, True
            wrong = wrong or code
    return (wrong, False) if wrong else None


def _readings(text: str, start: int) -> list[str]:
    """The 16-character codes that the words from `start` on may spell, whole words only."""
    joined = ""
    found: list[str] = []
    for group in _GROUPS.finditer(text, start, start + 4 * _LENGTH):
        word, ended = _written(group.group())
        spaced = bool(joined)
        joined += word
        for code in (joined, joined.replace("-", "")):
            # Words that happen to add up to 16 letters are no code: ask for digits.
            enough = not spaced or sum(map(str.isdigit, code)) >= 6
            if len(code) == _LENGTH and enough and code not in found:
                found.append(code)
        if ended or len(joined) > _LENGTH + 8:
            break
    return found


def _written(word: str) -> tuple[str, bool]:
    """The part of a word that a code may have, in capitals, and whether the word had more."""
    length = 0
    while length < len(word) and _TYPED.match(word[length]):
        length += 1
    return word[:length].upper().translate(_LOOK_ALIKE), length < len(word)
