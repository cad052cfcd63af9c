"""How many SMS segments a text costs, counted exactly.

GSM 03.38 (3GPP TS 23.038): the 7-bit default alphabet with its extension table, else UCS-2; no
national shift tables. 3GPP TS 23.040: a text longer than one message is sent in parts, each with
6 octets of concatenation header, and neither an escape pair nor a surrogate pair may straddle a
boundary. So parts are packed one by one: ceil(units / 153) is sometimes one too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

# Without the escape character (0x1B): by itself it is no letter.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"

OUTSIDE = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_ESCAPED = re.compile(f"[{re.escape(EXTENSION)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

Encoding = Literal["GSM-7", "UCS-2"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a text costs.

    `units` are septets (GSM-7) or 16-bit units (UCS-2), `per_segment` the units one segment holds,
    `left` the units still free in the last segment. `offenders` are the characters that force
    UCS-2, each once, in the order of the text.
    """

    encoding: Encoding
    units: int
    segments: int
    per_segment: int
    left: int
    offenders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Code:
    encoding: Encoding
    alone: int  # units of a message in one part
    part: int  # units of each part of a longer one
    double: re.Pattern[str]  # characters that take two units

    def units(self, text: str) -> int:
        return len(text) + len(self.double.findall(text))


_GSM_7 = _Code("GSM-7", 160, 153, _ESCAPED)
_UCS_2 = _Code("UCS-2", 70, 67, _ASTRAL)


@lru_cache(maxsize=4096)  # an answer is counted as it is chosen and again as it is sent
def count_segments(text: str) -> int:
    """The SMS segments a text costs. A message has at least one, so an empty text has one too."""
    code = _code(text)
    units = code.units(text)
    if units <= code.alone:
        return 1
    if units == len(text):
        return -(-units // code.part)
    return sum(1 for _ in _parts(text, code))


def measure(text: str) -> Measure:
    """The cost of a text and the reasons for it."""
    code = _code(text)
    parts = split(text)
    room = code.alone if len(parts) == 1 else code.part
    return Measure(
        encoding=code.encoding,
        units=code.units(text),
        segments=len(parts),
        per_segment=room,
        left=room - code.units(parts[-1]),
        offenders=tuple(dict.fromkeys(OUTSIDE.findall(text))),
    )


def split(text: str) -> list[str]:
    """The parts as they go over the air, without their headers; one part ('') for an empty text."""
    code = _code(text)
    if code.units(text) <= code.alone:
        return [text]
    return list(_parts(text, code))


def _code(text: str) -> _Code:
    return _UCS_2 if OUTSIDE.search(text) else _GSM_7


def _parts(text: str, code: _Code) -> Iterator[str]:
    start = 0
    while start < len(text):
        part = text[start : start + code.part]
        # Dropping n characters saves at most 2n units, so this never drops one too many.
        while (over := code.units(part) - code.part) > 0:
            part = part[: -((over + 1) // 2)]
        yield part
        start += len(part)
