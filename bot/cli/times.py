"""Times and days as people type them, and read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import click

from bot.policy import RIGA

UNKNOWN = "unknown"


class LocalTime(click.ParamType[datetime | None]):
    """'2026-12-12 09:00' in Latvia, or ISO 8601 with a zone; 'unknown' where that is allowed."""

    name = "time"

    def __init__(self, *, may_be_unknown: bool = False) -> None:
        self._may_be_unknown = may_be_unknown

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | None:
        """The moment, in UTC; None for 'unknown'."""
        if self._may_be_unknown and value == UNKNOWN:
            return None
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write '2026-12-12 09:00'.", param, ctx)
        if found.tzinfo:
            return found.astimezone(UTC)
        at = found.replace(tzinfo=RIGA).astimezone(UTC)
        if at.astimezone(RIGA).replace(tzinfo=None) != found:
            self.fail(
                f"{value!r} does not exist in Latvia: the clocks go forward then.", param, ctx
            )
        return at


class Day(click.ParamType[date]):
    """'2026-12-12'."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date; write '2026-12-12'.", param, ctx)


def shown_minute(at: str | None) -> str:
    """A stored moment as the clock in Latvia shows it, '2026-12-12 09:00'; "" for none."""
    return shown_second(at)[:16]


def shown_second(at: str | None) -> str:
    """The same with its seconds."""
    return datetime.fromisoformat(at).astimezone(RIGA).strftime("%Y-%m-%d %H:%M:%S") if at else ""
