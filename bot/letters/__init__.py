"""Letters on paper: one PDF and one list a batch, for the print shop.

Loads the typeface and ReportLab, so it is imported where letters are made and not at start.
"""

from __future__ import annotations

from bot.letters.batch import (
    BatchResult,
    ClassTotal,
    Placed,
    Refused,
    render_letter,
    sum_of,
    write_batch,
)
from bot.letters.page import Letter, Sender, compose, split_address
from bot.letters.postage import ANYWHERE, LetterError, Postage

__all__ = [
    "ANYWHERE",
    "BatchResult",
    "ClassTotal",
    "Letter",
    "LetterError",
    "Placed",
    "Postage",
    "Refused",
    "Sender",
    "compose",
    "render_letter",
    "split_address",
    "sum_of",
    "write_batch",
]
