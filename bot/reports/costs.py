"""What messages cost, by month and kind. Prices are those recorded when each went, where they were;
answers have none of their own, and are counted by the price of a segment now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bot.policy import Policy
from bot.reports.months import bounds
from storage import Tx, talked

ANSWERS, AGENTS = "answer", "agent"


@dataclass
class Cost:
    """Of one kind of message by one channel: how many, their segments, cents."""

    kind: str
    channel: str
    messages: int
    segments: int
    cents: float


@dataclass
class Costs:
    """One month, the dearest kind first."""

    first: date
    rows: list[Cost] = field(default_factory=list)

    @property
    def cents(self) -> float:
        return sum(row.cents for row in self.rows)

    def of(self, kind: str) -> float:
        """Cents for all messages of a kind."""
        return sum(row.cents for row in self.rows if row.kind == kind)


def month_of_costs(tx: Tx, day: date, policy: Policy) -> Costs:
    """What went out in the month that the day is in."""
    span = bounds(day)
    price = policy.campaign_segment_price_cents
    made = Costs(day.replace(day=1))
    for row in talked.alerts(tx, *span):
        own = price if row["channel"] == "sms" else 0.0
        cents = row["cost_cents"] + row["unpriced"] * own
        made.rows.append(
            Cost(row["kind"], row["channel"], int(row["messages"]), int(row["segments"]), cents)
        )
    for kind, read in ((ANSWERS, talked.answers), (AGENTS, talked.agents)):
        messages, segments = read(tx, *span)
        if messages:
            made.rows.append(Cost(kind, "sms", messages, segments, segments * price))
    made.rows.sort(key=lambda row: (-row.cents, row.kind, row.channel))
    return made


def kinds_of(months: list[Costs]) -> list[str]:
    """The kinds that cost anything in these months, the dearest first."""
    total: dict[str, float] = {}
    for month in months:
        for row in month.rows:
            total[row.kind] = total.get(row.kind, 0.0) + row.cents
    return sorted((kind for kind in total if total[kind]), key=lambda kind: (-total[kind], kind))
