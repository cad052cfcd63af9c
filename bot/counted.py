"""Numbers with their nouns, for operators: '1 letter', '2 letters'. Customers' texts have gettext's
plurals."""

from __future__ import annotations


def counted(count: int, noun: str, several: str = "") -> str:
    """A count and its noun; `several` is the plural where it is not the noun with an s."""
    return f"{count} {noun if count == 1 else several or noun + 's'}"


def premises(count: int) -> str:
    """Premises are one or many by the same word."""
    return counted(count, "premises", "premises")
