"""What is counted as it happens, on paths where each microsecond counts: kept, and summed later."""

from __future__ import annotations

from collections import deque

from prometheus_client import Counter

UNDERSTOOD = Counter(
    "gaisma_understood", "Texts by what they were understood as", ["intent", "language", "sure"]
)
RECEIPTS = Counter("gaisma_receipts", "Receipts taken by what they say", ["provider", "status"])
EXPIRED = Counter("gaisma_expired", "Messages whose time passed before they could go")
WITHHELD = Counter(
    "gaisma_answers_withheld", "Texts that got no answer, by why: they were too many", ["why"]
)
# Summed when the figures are read: a counter's lock costs more than an append, and dozens of
# threads want it. Who never reads them keeps the latest.
HEARD: deque[tuple[str, str, bool]] = deque(maxlen=100_000)


def sum_up() -> None:
    """Bring the counters up to date: to be called before they are read."""
    while HEARD:
        intent, language, sure = HEARD.popleft()
        UNDERSTOOD.labels(intent, language, "yes" if sure else "no").inc()
