"""What the log says of a database that is away: that it goes, each minute, and that it is back.

Not which steps fail how often: `gaisma_worker_failures_total` counts them all.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

SECONDS = 60.0  # between two lines that say the same


class Away:
    """Told by the parts of one process what became of their steps, from one thread.

    Some fifteen steps try every second: a line each would bury in an hour what the log is for.
    """

    def __init__(
        self, log: logging.Logger, who: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log, self._who, self._clock = log, who, clock
        self._since: float | None = None  # when the first of these failures was
        self._failed: dict[str, int] = {}  # steps of which no line has told, how often
        self._all = 0
        self._next_at = float("-inf")
        self._told = False

    def failed(self, step: str, why: str) -> None:
        """A step could not use the database."""
        now = self._clock()
        if self._since is None:
            self._since = now
        self._failed[step] = self._failed.get(step, 0) + 1
        self._all += 1
        if now < self._next_at:
            return
        self._next_at, self._told = now + SECONDS, True
        why = " ".join(why.split())  # libpq's words are of several lines
        many = sum(self._failed.values())
        others = f" ({many} failures since the last such line)" if many > 1 else ""
        self._log.error("%s, %s: %s%s", self._who, ", ".join(self._failed), why, others)
        self._failed.clear()

    def works(self) -> None:
        """Something was written: whatever was away is back."""
        if self._since is None:
            return
        if self._told:  # else nobody has read that it was away
            self._log.warning(
                "%s: the database can be used again; %d tries failed in %.0f seconds",
                self._who, self._all, self._clock() - self._since,
            )  # fmt: skip
        self._since, self._all, self._told = None, 0, False
        self._failed.clear()
