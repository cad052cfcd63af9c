"""Reasons that are kept in proofs and printed in papers: they must say something."""

from __future__ import annotations

from locales.reasons import recognise

FEWEST_LETTERS = 5


def weak_reason(reason: str) -> str:
    """Why a reason cannot be kept; '' for a good one, and where none is given.

    >>> weak_reason("x")[:29], weak_reason("avārijas draudi")
    ("the reason 'x' says nothing: ", '')
    """
    said = reason.strip()
    letters = sum(sign.isalpha() for sign in said)
    if not said or letters >= FEWEST_LETTERS or recognise(said):
        return ""
    return (
        f"the reason {said!r} says nothing: it is kept and printed in proofs. Write it in words, "
        f"with at least {FEWEST_LETTERS} letters."
    )
