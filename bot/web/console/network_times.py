"""Times as forms of the console write them: of a clock in Latvia, without a zone."""

from __future__ import annotations

from datetime import datetime

from bot.policy import RIGA
from storage.database import moment


class BadTime(Exception):
    """What was typed cannot be; `why` is the key of the sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_time(text: str) -> datetime | None:
    """'2026-12-01T10:00' as a moment; None for nothing. Raises BadTime for anything else."""
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadTime("time") from None
    if found.tzinfo is not None or not 2000 <= found.year <= 2100:
        raise BadTime("time")
    return found.replace(tzinfo=RIGA)


def written(at: datetime | str | None) -> str:
    """The reverse, for the field of a form; '' for no time."""
    if at is None:
        return ""
    there = (moment(at) if isinstance(at, str) else at).astimezone(RIGA)
    return f"{there:%Y-%m-%dT%H:%M}"
