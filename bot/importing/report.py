"""What an import says afterwards: how many rows, and what was wrong with which."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.privacy import HIDDEN
from bot.words import unsaid
from bot.words.counted import counted

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
# A word such as belongs to a short list of choices: nobody's name, number or address.
_PLAIN_WORD = re.compile("[a-z]{0,8}")


@dataclass(frozen=True)
class RowProblem:
    """A line of the file, the field, the reason and what to do. With `flagged` the row was loaded
    all the same and somebody should look at it."""

    line: int
    field: str
    reason: str
    advice: str
    flagged: bool = False

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.reason}. {self.advice}"

    def for_log(self) -> str:
        """The same without the value that it quotes: columns are mixed up, so anything may be."""
        return _QUOTED.sub(_hidden, str(self))


def _hidden(quoted: re.Match[str]) -> str:
    return quoted[0] if _PLAIN_WORD.fullmatch(quoted[0][1:-1]) else f"'{HIDDEN}'"


class RowRefused(Exception):
    """One row cannot be loaded: field, reason, advice."""

    def __init__(self, field: str, reason: str, advice: str) -> None:
        super().__init__(field, reason, advice)
        self.field, self.reason, self.advice = field, reason, advice

    def at(self, line: int) -> RowProblem:
        """The problem, with the line it is on."""
        return RowProblem(line, self.field, self.reason, self.advice)


@dataclass
class ImportReport:
    """Rows by what became of them, the problems in the order of the file, the campaigns made.

    `without_address`: customers whose letters go to their premises. `unsaid`: reasons of works that
    are left out for some readers, each once.
    """

    kind: str
    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    wrong: int = 0
    without_address: int = 0
    unsaid: dict[str, str] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)
    campaigns: list[str] = field(default_factory=list)

    def refuse(self, line: int, refused: RowRefused) -> None:
        """Count a wrong row."""
        self.wrong += 1
        self.problems.append(refused.at(line))

    def flag(self, line: int, field_: str, reason: str, advice: str) -> None:
        """Point at a row that was loaded."""
        self.problems.append(RowProblem(line, field_, reason, advice, flagged=True))

    @property
    def notes(self) -> list[str]:
        """What somebody should know of the file as a whole."""
        found = unsaid.notes(self.unsaid)
        if self.without_address:
            many = counted(self.without_address, "customer")
            found.append(f"{many} without postal address: letters go to their premises")
        return found

    def summary(self) -> str:
        """'0 new, 0 changed, 2000 same', with older and wrong rows when there are any."""
        told = f"{self.new} new, {self.changed} changed, {self.same} same"
        told += f", {self.older} older" if self.older else ""
        return told + (f", {self.wrong} wrong" if self.wrong else "")

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        self.problems.sort(key=lambda problem: problem.line)
        return asdict(self) | {"notes": self.notes}
