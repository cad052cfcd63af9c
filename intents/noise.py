"""Labelled texts as hurried thumbs and wrong keyboards spoil them, to measure and to learn on.

Seeded by the text itself: a text is always spoiled alike, whatever stands around it in a file.
Nothing here runs when a customer writes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from intents.phrases import Phrase

KINDS = ("plain", "typo2", "latin", "glued", "worst")

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_ABOVE = dict(zip(_ROWS, ("", *_ROWS[:2], "", *_ROWS[3:5]), strict=True))
_SHORTEST = 3  # letters of a word in which an error is made: "jā" with two is another word
_GLUED = 1 / 3  # of the spaces, one at least
# Each line: а в ё ж й х ц ч ш щ ъ ы ь э ю я, as one kind of writer spells them.
_SPELLINGS = tuple(
    dict(zip("авёжйхцчшщъыьэюя", line.split(" "), strict=True))
    for line in (
        "a v e zh y kh ts ch sh shch  y  e yu ya",  # as in a passport
        "a v e zh j h c ch sh sch  i  e ju ja",  # as Latvian neighbours would
        "a v e z j h c 4 6 6  y  e u ja",  # digits that look like ч and ш
        "a v yo zh y x c 4 sh w  y ' e yu ya",  # chats: x for х, w for щ
        "a w jo j i h z tsch sch sch  y  e ju ja",  # a German keyboard: w for в, j for ж
        "a v e j y x c ch w w ' i ' e u ia",  # keys that look alike: w for ш
    )
)
_REST = dict(zip("бгдезиклмнопрстуф", "bgdeziklmnoprstuf", strict=True))
_DOUBLED = {"ā": "aa", "ē": "ee", "ī": "ii", "ū": "uu", "š": "sh", "č": "ch", "ž": "zh"}


def noised(rows: Sequence[Phrase], kind: str, seed: int = 1) -> list[Phrase]:
    """The rows with their texts spoiled in one of the `KINDS`. Raises KeyError for another."""
    spoil = _SPOILERS[kind]
    return [replace(row, text=spoil(row.text, Random(f"{seed}:{row.text}"))) for row in rows]  # noqa: S311


def _plain(text: str, _chance: Random) -> str:
    return text


def _typo2(text: str, chance: Random) -> str:
    return _typo(_typo(text, chance), chance)


def _typo(text: str, chance: Random) -> str:
    """One error in a word of letters: a neighbouring key, a swap, a lost or a doubled letter."""
    places = [
        start + offset
        for start, word in _words(text)
        if len(word) >= _SHORTEST and word.isalpha()
        for offset in range(len(word))
    ]
    if not places:
        return text
    return slipped(text, chance.choice(places), chance)


def slipped(text: str, place: int, chance: Random) -> str:
    """The text with the typing error of a hurried thumb at the letter at `place`."""
    before, letter, after = text[:place], text[place], text[place + 1 :]
    error = chance.choice((_neighbour, _swapped, _lost, _doubled))
    return before + error(letter, after, chance)


def _words(text: str) -> list[tuple[int, str]]:
    found, start = [], 0
    for word in text.split(" "):
        found.append((start, word.rstrip(".,!?;:")))
        start += len(word) + 1
    return found


def _neighbour(letter: str, after: str, chance: Random) -> str:
    keys = neighbours(letter)
    return (chance.choice(keys) if keys else letter) + after


def _swapped(letter: str, after: str, _chance: Random) -> str:
    return after[:1] + letter + after[1:] if after[:1].isalpha() else letter + after


def _lost(_letter: str, after: str, _chance: Random) -> str:
    return after


def _doubled(letter: str, after: str, _chance: Random) -> str:
    return letter + letter + after


def neighbours(letter: str) -> str:
    """The keys beside and above a letter on a Latin or a Russian keyboard, in lower case."""
    plain = unicodedata.normalize("NFD", letter.lower())[0]
    base = letter.lower() if letter.lower() in "".join(_ROWS[3:]) else plain
    for row in _ROWS:
        place = row.find(base)
        if place >= 0:
            beside = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
            return beside + _ABOVE[row][place : place + 2]
    return ""


def _latin(text: str, chance: Random) -> str:
    """Without diacritics (every third text doubles its long vowels), Cyrillic in Latin letters."""
    if any("\u0400" <= letter <= "\u04ff" for letter in text):
        table = _REST | chance.choice(_SPELLINGS)
    else:
        table = _DOUBLED if chance.randrange(3) == 0 else {}
    spelled = "".join(table.get(letter, letter) for letter in text.lower())
    marked = unicodedata.normalize("NFD", spelled)
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def _glued(text: str, chance: Random) -> str:
    words = text.split()
    gaps = len(words) - 1
    if gaps < 1:
        return text
    lost = {place for place in range(gaps) if chance.random() < _GLUED}
    lost = lost or {chance.randrange(gaps)}
    spaced = [word + ("" if place in lost else " ") for place, word in enumerate(words)]
    return "".join(spaced).strip()


def _worst(text: str, chance: Random) -> str:
    return _typo(_glued(_latin(text, chance), chance), chance)


_SPOILERS: dict[str, Callable[[str, Random], str]] = {
    "plain": _plain,
    "typo2": _typo2,
    "latin": _latin,
    "glued": _glued,
    "worst": _worst,
}
