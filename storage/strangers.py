"""How many answers went to numbers that nobody knows: by day and by block of numbers."""

from __future__ import annotations

from collections.abc import Mapping

from storage.database import Tx


def add(tx: Tx, day: str, answers: Mapping[str, int]) -> None:
    """So many more on this day (ISO, Europe/Riga), by block; '' is all of them."""
    tx.many(
        """INSERT INTO stranger_answers VALUES (?, ?, ?)
           ON CONFLICT (day, block)
           DO UPDATE SET answers = stranger_answers.answers + excluded.answers""",
        [(day, block, many) for block, many in sorted(answers.items())],
    )


def counts(tx: Tx, day: str) -> dict[str, int]:
    rows = tx.all("SELECT block, answers FROM stranger_answers WHERE day = ?", (day,))
    return {str(row["block"]): int(row["answers"]) for row in rows}


def forget_before(tx: Tx, day: str) -> int:
    return tx.run("DELETE FROM stranger_answers WHERE day < ?", (day,))
