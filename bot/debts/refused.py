"""What the rules of debts forbid, said so that people and programs understand it."""

from __future__ import annotations


class DebtRefused(Exception):
    """It cannot be done; the sentence says why and what to do instead. `why` is a word for programs
    and for pages in other languages; `values` are what its sentence names."""

    def __init__(self, sentence: str, why: str, **values: object) -> None:
        super().__init__(sentence)
        self.why, self.values = why, values
