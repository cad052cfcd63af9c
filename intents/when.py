"""A day or an hour as a customer said it. Read by `intents.spoken_time`, which has the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class When:
    """What was said of it; None is not said. Without a clock: `spoken_time.span` makes moments."""

    days: int | None = None  # from today: 1 tomorrow, -1 yesterday
    weekday: int | None = None  # 0 Monday
    week: int | None = None  # 0 this week, 1 the next
    month: int | None = None
    day: int | None = None  # of the month
    part: str = ""  # morning, day, evening, night
    start: time | None = None  # the hour, or from then
    end: time | None = None  # until then
    minutes: int | None = None  # from now: "in half an hour" 30; "an hour ago" -60

    def said(self) -> dict[str, int | str]:
        """Only what was said, as plain values; hours as "09:00"."""
        named = ((name, getattr(self, name)) for name in self.__slots__)
        return {
            name: f"{value:%H:%M}" if isinstance(value, time) else value
            for name, value in named
            if value not in (None, "")
        }
