"""Bytes as a row of decisions: any input of a fuzzer makes a thing of the right shape, nearly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from intents.phrases import load_phrases

T = TypeVar("T")
# What has broken programs that read text, and what this one gives a meaning to.
NASTY = (
    "", " ", "\x00", "\x1b[31m", "\r\n", "\u2028", "\ufeff", "\u200d", "\u202e", "\ud800", "\udfff",
    "\ufffe", "e\u0301" * 40, "\u0300" * 60, "👩‍👩‍👧‍👦", "💡", "İ", "ß", "ﬁ", "½", "²", "٣", "৪",
    "Ⅷ", "<b>&amp;</b>", "]]>", "{brand}", "{0.__class__}", "%s%n", "{{7*7}}", "=1+1", "@SUM(A1)",
    "'--", "\\", "/../../", "\t", "nan", "-0", "9" * 400, "0x1f", "1_000", "NULL", "true",
    "+371", "+37120000001", "20000001", "8404", "112", "STOP", "BEIGT", "СТОП", "START", "1", "2",
    "12.13.2026", "29.02.2027", "31.12.", "24:00", "plkst. 25", "rīt", "šodien", "через 3 дня",
    "tomorrow 9pm", "0. gadā", "1000001", "1000003 4321", "LV-1010", "10204321", "43Z00000000000Y",
    "Brīvības iela 105-12", "Brivibas 105", "Skolas iela 5, Jelgava", "Kalnāji, Lēdurgas pag.",
    "nav gaismas", "нет света", "no power", "dzirksteļo vads", "jā", "нет", "yes", "visur",
    "-" * 300, "a" * 1700, "ā" * 900, "((((((((((((((((((((", "1-" * 200, "12/" * 200, "0" * 200,
    "iela " * 300, "nav " * 400, ", " * 400, "1 un 2 un 3 " * 60,
)  # fmt: skip


@cache
def phrases() -> tuple[str, ...]:
    """What people write, from the shipped phrases."""
    return tuple(phrase.text for phrase in load_phrases()[::7])


class Dice:
    """Decisions from bytes, in order; behind their end all are the first choice."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def raw(self, count: int) -> bytes:
        """Up to so many of the bytes as they are."""
        taken = self._data[self._at : self._at + count]
        self._at += len(taken)
        return taken

    def below(self, limit: int) -> int:
        """A number from 0 on."""
        width = 1 if limit <= 256 else 4
        return int.from_bytes(self.raw(width), "big") % limit

    def one_in(self, count: int) -> bool:
        """Seldom true; never when the bytes have run out."""
        return self.below(count) == count - 1

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def times(self, most: int) -> range:
        """For a loop that runs 0 to `most` times."""
        return range(self.below(most + 1))

    def bytes_(self, most: int = 200) -> bytes:
        return self.raw(self.below(most + 1))

    def text(self, most: int = 4) -> str:
        """Something that somebody, or something, may have typed."""
        parts = [self._part() for _ in range(1 + self.below(most))]
        return self.pick(("", " ", ", ", "\n", ". ")).join(parts)

    def word(self) -> str:
        """One part of a text."""
        return self._part()

    def _part(self) -> str:
        kind = self.below(6)
        if kind < 2:
            return self.spoil(self.pick(phrases()))
        if kind == 2:
            return self.pick(NASTY)
        if kind == 3:
            return self.bytes_(40).decode("utf-8", "replace")
        if kind == 4:
            return "".join(self._sign() for _ in range(self.below(12)))
        return self.pick(NASTY) * (1 + self.below(3))

    def _sign(self) -> str:
        """Any character, also those that no text may hold."""
        if self.below(3):
            return chr(32 + self.below(0x500))
        return chr(self.below(0x110000))

    def spoil(self, text: str) -> str:
        """The text, mostly as it is; else with something cut, doubled, exchanged or put in."""
        while self.one_in(3):
            at = self.below(len(text) + 1)
            upto = min(at + self.below(8), len(text))
            change = self.below(5)
            if change == 0:
                text = text[:at] + text[upto:]
            elif change == 1:
                text = text[:upto] + text[at:]
            elif change == 2:
                text = text[:at] + self._sign() + text[upto:]
            elif change == 3:
                text = text[:at] + self.pick(NASTY) + text[at:]
            else:
                text = text[:at] + text[at:upto].swapcase() + text[upto:]
        return text

    def spoil_bytes(self, data: bytes) -> bytes:
        """The same for bytes."""
        while self.one_in(3):
            at = self.below(len(data) + 1)
            upto = min(at + self.below(16), len(data))
            data = data[:at] + self.pick((b"", data[at:upto] * 2, self.bytes_(8))) + data[upto:]
        return data
