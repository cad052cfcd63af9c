"""By which way customers were warned, month by month; and what that cost."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import floor
from typing import IO, Any

from bot.policy import Policy
from bot.reports.months import bounds, days_before
from storage import Row, Tx, figures
from storage.database import moment

CHANNELS = ("sms", "email", "letter", "voice")
KINDS = ("household", "business")
FAR = 11  # days before the start: so many and more are one bar


@dataclass(frozen=True)
class Month:
    """One month: customers by (kind, channel), alerts, costs in cents, days before the start.

    A customer who was warned counts once, under the channel that reached them; 'none' is kept out
    of the shares. `ahead` counts first notices by whole days before the works, -1 being after.
    """

    first: date
    customers: dict[tuple[str, str], int]
    sent: dict[str, int] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    cost_cents: dict[str, float] = field(default_factory=dict)
    opt_outs: int = 0
    ahead: dict[int, int] = field(default_factory=dict)

    def warned(self, kinds: Sequence[str] = KINDS) -> int:
        """How many customers were reached."""
        return sum(self.by(channel, kinds) for channel in CHANNELS)

    def by(self, channel: str, kinds: Sequence[str] = KINDS) -> int:
        """How many customers this channel reached."""
        return sum(self.customers.get((kind, channel), 0) for kind in kinds)

    def share(self, channel: str, kinds: Sequence[str] = KINDS) -> float:
        """Percent of those who were reached."""
        all_ = self.warned(kinds)
        return 100 * self.by(channel, kinds) / all_ if all_ else 0.0

    def reach_rate(self, channel: str) -> float | None:
        """Percent of the alerts sent by a channel that reached their readers
        (`figures.HAS_REACHED`); None when none was sent."""
        sent = self.sent.get(channel, 0)
        return 100 * self.reached.get(channel, 0) / sent if sent else None

    def plain(self) -> dict[str, Any]:
        """For programs: shares in percent with one decimal, money in cents."""
        return {
            "month": f"{self.first:%Y-%m}",
            "warned": self.warned(),
            "not_reached": self.by("none"),
            "customers": {channel: self.by(channel) for channel in CHANNELS},
            "shares": {channel: round(self.share(channel), 1) for channel in CHANNELS},
            "by_kind": {
                kind: {channel: self.by(channel, [kind]) for channel in (*CHANNELS, "none")}
                for kind in KINDS
            },
            "alerts": {
                channel: {
                    "sent": self.sent[channel],
                    "delivered": self.delivered.get(channel, 0),
                    "reached": self.reached.get(channel, 0),
                    "failed": self.failed.get(channel, 0),
                    "cost_cents": round(self.cost_cents.get(channel, 0)),
                }
                for channel in self.sent
            },
            "opt_outs": self.opt_outs,
            "days_before": {str(day): many for day, many in sorted(self.ahead.items())},
        }


def month_of_reach(tx: Tx, day: date, policy: Policy) -> Month:
    """The figures of the month that the day is in."""
    first, before = bounds(day)
    costs = figures.alert_costs(tx, first, before)
    return Month(
        first=day.replace(day=1),
        customers=figures.reached(tx, first, before),
        sent=_sum(costs, figures.SENT),
        delivered=_sum(costs, ("delivered",)),
        reached=_sum([row for row in costs if row["reached"]], figures.SENT),
        failed=_sum(costs, ("failed",)),
        cost_cents=_costs(costs, policy),
        opt_outs=figures.opt_outs(tx, first, before),
        ahead=_ahead(figures.sent_ahead(tx, first, before), policy),
    )


COLUMNS = (
    "month", "customer_kind", "warned", "not_reached", *CHANNELS,
    *(f"{channel}_percent" for channel in CHANNELS),
)  # fmt: skip


def write_csv(file: IO[str], months: Sequence[Month]) -> None:
    """A row a month and kind of customer, after a header."""
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    for month in months:
        for name, kinds in (("all", KINDS), *((kind, (kind,)) for kind in KINDS)):
            counts = [month.by(channel, kinds) for channel in CHANNELS]
            shares = [f"{month.share(channel, kinds):.1f}" for channel in CHANNELS]
            told = (month.warned(kinds), month.by("none", kinds))
            rows.writerow([f"{month.first:%Y-%m}", name, *told, *counts, *shares])


def _sum(rows: Sequence[Row], statuses: Sequence[str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        if row["status"] in statuses:
            found[str(row["channel"])] += int(row["messages"])
    return dict(found)


def _costs(rows: Sequence[Row], policy: Policy) -> dict[str, float]:
    """What was recorded when it went; SMS of before prices were recorded, by the price of now."""
    found: dict[str, float] = {}
    for row in rows:
        channel = str(row["channel"])
        price = policy.campaign_segment_price_cents if channel == "sms" else 0.0
        found[channel] = found.get(channel, 0.0) + row["cost_cents"] + row["unpriced"] * price
    return found


def _ahead(rows: Sequence[Row], policy: Policy) -> dict[int, int]:
    found: Counter[int] = Counter()
    for row in rows:
        at = datetime.fromisoformat(f"{row['minute']}:00+00:00")
        days = floor(days_before(moment(row["starts_at"]), at))
        days -= policy.planned_post_days if row["channel"] == "letter" else 0
        found[max(-1, min(days, FAR))] += int(row["messages"])
    return dict(found)
