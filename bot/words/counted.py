"""Numbers with their nouns, for operators: '1 letter', '2 letters'. Customers' texts have gettext's
plurals."""

from __future__ import annotations


def counted(count: int, noun: str, several: str = "") -> str:
    """A count and its noun; `several` is the plural where it is not the noun with an s."""
    return f"{count} {noun if count == 1 else several or noun + 's'}"


def premises(count: int) -> str:
    """The word has no singular; of one it is '1 set of premises'."""
    return counted(count, "set of premises", "premises")
