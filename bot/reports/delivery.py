"""How well alerts are delivered: by provider, status and error code; how long receipts take."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import Row, Tx, figures
from storage.database import moment


@dataclass(frozen=True)
class Latency:
    """Seconds from sending to the receipt of delivery, of one provider's channel."""

    channel: str
    provider: str
    messages: int
    p50: float
    p95: float


@dataclass(frozen=True)
class Delivery:
    """`counts`: rows of `channel`, `provider`, `status`, `error_code`, `messages`, `reached`."""

    counts: list[Row]
    latencies: list[Latency]

    def reached(self) -> dict[str, tuple[int, int]]:
        """Channel to (alerts that reached their readers, alerts sent), as `reach` counts them."""
        found: dict[str, tuple[int, int]] = {}
        for row in self.counts:
            if row["status"] in figures.SENT:
                good, sent = found.get(row["channel"], (0, 0))
                many = int(row["messages"])
                found[row["channel"]] = (good + many * bool(row["reached"]), sent + many)
        return found


def delivery_between(tx: Tx, first: datetime, before: datetime) -> Delivery:
    """Alerts that were sent, or given up, in this time."""
    counts = figures.delivery_counts(tx, first, before)
    counts.sort(key=lambda row: (row["channel"], row["provider"], -row["messages"]))
    # Four bytes a message: half a million are two megabytes.
    waits: defaultdict[tuple[str, str], array[float]] = defaultdict(lambda: array("f"))
    for row in figures.delivered(tx, first, before):
        took = (moment(row["done_at"]) - moment(row["sent_at"])) / timedelta(seconds=1)
        waits[str(row["channel"]), str(row["provider"])].append(took)
    found = [
        Latency(channel, provider, len(took), *percentiles(took, (50, 95)))
        for (channel, provider), took in sorted(waits.items())
    ]
    return Delivery(counts, found)


def percentiles(values: Sequence[float], percents: Sequence[int]) -> list[float]:
    """The value that so many percent do not exceed (nearest rank)."""
    ranked = sorted(values)
    return [ranked[max(0, -(-len(ranked) * percent // 100) - 1)] for percent in percents]
