"""The typeface of letters: what it can show, how wide it is and where a line breaks.

Source Sans Pro has Latvian and Cyrillic; its files come with the package `font-source-sans-pro`.
Widths are in points.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

from reportlab.pdfbase.ttfonts import TTFont

_FILES = {"regular": "SourceSansPro-Regular.ttf", "bold": "SourceSansPro-Semibold.ttf"}
# Shown for what the typeface lacks; the first of these that it has.
_STAND_INS = "\ufffd\u25a1\u2610?"
# Look-alikes for characters that come out of word processors and are in few typefaces.
_ALIKE = {"\u2010": "-", "\u2011": "-", "\u2012": "\u2013", "\u2015": "\u2014", "\t": " "}
# Marks, joiners and controls: without a letter to stand on they show nothing.
_UNSEEN = frozenset(("Mn", "Me", "Cf", "Cc"))
_KEPT = 2048  # texts kept: in a batch most paragraphs are those of the letter before


class Style(NamedTuple):
    """How a text is set: face 'regular' or 'bold', size and leading in points, colour as RGB."""

    face: str
    size: float
    leading: float
    colour: str = "0.08 0.14 0.17"


@cache
def font(face: str) -> TTFont:
    """The face as ReportLab's font: it knows the widths, and makes the part that is embedded."""
    path = resources.files("font_source_sans_pro").joinpath("files", _FILES[face])
    with resources.as_file(path) as file:
        return TTFont(face, str(file), asciiReadable=True)


@cache
def _has(code: int) -> bool:
    return all(code in font(face).face.charToGlyph for face in _FILES)


@cache
def stand_in() -> str:
    """The character shown where the typeface lacks one."""
    return next(char for char in _STAND_INS if _has(ord(char)))


class _Shown(dict[int, str]):
    """What is shown for a code point, worked out once each: a table for `str.translate`."""

    def __missing__(self, code: int) -> str:
        self[code] = shown = _shown(chr(code))
        return shown


def _shown(char: str) -> str:
    if char == "\n" or _has(ord(char)):
        return char
    if char in _ALIKE:
        return _ALIKE[char]
    category = unicodedata.category(char)
    if category in _UNSEEN:
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    plainer = unicodedata.normalize("NFKC", char)
    return plainer if all(_has(ord(each)) for each in plainer) else stand_in()


_TABLE = _Shown()


def clean(text: str) -> str:
    """The text in characters that the typeface has; line feeds stay, other controls go."""
    return unicodedata.normalize("NFC", text).translate(_TABLE)


@lru_cache(maxsize=_KEPT)
def width(text: str, style: Style) -> float:
    """How wide a cleaned text is, in points."""
    return _units(text, style.face) * style.size / 1000


def _units(text: str, face: str) -> float:
    widths: dict[int, Any] = font(face).face.charWidths
    return float(sum(widths.get(code, 0) for code in map(ord, text)))


@lru_cache(maxsize=_KEPT)
def wrap(text: str, style: Style, room: float) -> tuple[str, ...]:
    """The text, cleaned, in lines no wider than `room` points; a word too long is cut.

    Line feeds break lines; empty lines go. A no-break space keeps its words together.
    """
    return tuple(
        line for part in clean(text).split("\n") for line in _lines(part, style, room) if line
    )


def _lines(text: str, style: Style, room: float) -> Iterator[str]:
    space = width(" ", style)
    line, used = "", 0.0
    for word in text.split(" "):
        if not word:
            continue
        wide = width(word, style)
        if line and used + space + wide <= room:
            line, used = f"{line} {word}", used + space + wide
            continue
        yield line
        *whole, line = _cut(word, style, room) if wide > room else (word,)
        yield from whole
        used = wide if not whole else width(line, style)
    yield line


def _cut(word: str, style: Style, room: float) -> list[str]:
    """A word in pieces that fit; at least one character each, whatever the room."""
    pieces, used = [""], 0.0
    for char in word:
        wide = width(char, style)
        if pieces[-1] and used + wide > room:
            pieces.append("")
            used = 0.0
        pieces[-1] += char
        used += wide
    return pieces


@lru_cache(maxsize=_KEPT)
def shorten(text: str, style: Style, room: float) -> str:
    """The text, cleaned, on one line of `room` points: cut with an ellipsis when it is longer."""
    line = " ".join(clean(text).split())
    if width(line, style) <= room:
        return line
    kept, used = 0, width("…", style)
    for char in line:
        used += width(char, style)
        if used > room:
            break
        kept += 1
    return line[:kept].rstrip() + "…"
