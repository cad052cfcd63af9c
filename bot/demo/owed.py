"""Debts of the demo, at every step, with what their customers were told. Rows, no acts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.debts import days as debt_days
from bot.debts.rules import TITLES
from bot.policy import RIGA, Policy
from storage import Database, Row, Tx, debts, demo
from storage.database import stamp

_NUMBER = 900_000  # of ids, behind those of the past
_KEPT = 20  # customers between two that owe
# Debts at each step, and how many days ago the bill was due.
_STEPS = (("", 9, 16), ("first", 6, 30), ("second", 4, 44), ("disconnection", 3, 61),
          ("disconnected", 1, 80), ("plan", 2, 40), ("paid", 2, 35))  # fmt: skip
# How many days ago the notices of a step went.
_TOLD = {
    "first": (("debt_first", 5),),
    "second": (("debt_first", 17), ("debt_second", 3)),
    "disconnection": (("debt_first", 34), ("debt_second", 22), ("debt_disconnection", 12)),
    "disconnected": (("debt_first", 52), ("debt_second", 40), ("debt_disconnection", 30)),
    "plan": (("debt_first", 14),),
    "paid": (("debt_first", 20),),
}


@dataclass(frozen=True)
class _Days:
    """What a notice names, by when it went."""

    policy: Policy

    def of(self, kind: str, at: date) -> tuple[date, date | None]:
        if kind == "debt_disconnection":
            off = debt_days.next_working_day(at + timedelta(days=15), self.policy)
            return off - timedelta(days=1), off
        given = {"debt_first": self.policy.debt_pay_days, "debt_second": 5}
        return at + timedelta(days=given[kind]), None


def owe(database: Database, homes: Sequence[Row], now: datetime, policy: Policy) -> None:
    """Some of these customers owe something."""
    reached = [home for home in homes if home["phone"]][::_KEPT]
    database.transaction(lambda tx: _Owing(tx, reached, now, policy).make(), bulk=True)


class _Owing:
    def __init__(self, tx: Tx, homes: Sequence[Row], now: datetime, policy: Policy) -> None:
        self._tx, self._homes, self._now = tx, homes, now
        self._days, self._count = _Days(policy), 0
        self._campaigns: dict[tuple[str, datetime], str] = {}

    def make(self) -> None:
        left = iter(self._homes)
        today = debt_days.today(self._now)
        for stage, many, ago in _STEPS:
            for place in range(many):
                home = next(left)
                reference = f"R-{20410 + self._count * 7 + place}"
                due = today - timedelta(days=ago - place % 3)
                self._owe(home, reference, stage, due)

    def _owe(self, home: Row, reference: str, stage: str, due: date) -> None:
        self._count += 1
        cents = 2_350 + self._count * 1_713 % 21_000
        row = {
            "customer_number": home["customer_number"], "reference": reference,
            "sum_cents": cents, "due_on": due.isoformat(), "stage": stage,
        }  # fmt: skip
        debts.load(self._tx, [row], self._now)
        debt_id = str(debts.find(self._tx, [reference])[reference]["id"])
        for kind, ago in _TOLD.get(stage, ()):
            self._tell(home, debt_id, kind, _morning(self._now - timedelta(days=ago)))
        if stage == "plan":
            first = debt_days.today(self._now) + timedelta(days=12)
            parts = [[first.isoformat(), cents // 2]]
            parts.append([(first + timedelta(days=30)).isoformat(), cents - cents // 2])
            debts.set_plan(self._tx, debt_id, json.dumps(parts), self._now)

    def _tell(self, home: Row, debt_id: str, kind: str, at: datetime) -> None:
        self._count += 1
        number = _NUMBER + self._count
        notice, message = (demo.id_of(at, number + step * 100) for step in range(2))
        campaign = self._campaign(kind, at)
        pay_by, off = self._days.of(kind, debt_days.today(at))
        told = {"made_at": stamp(at), "due_at": stamp(at)}
        _put(self._tx, "notices", id=notice, campaign_id=campaign, topic_id=f"{debt_id}#{kind}",
             revision=1, kind=kind, customer_number=home["customer_number"], state="queued",
             **told)  # fmt: skip
        letter = kind == "debt_disconnection"
        _put(self._tx, "messages", id=message, direction="out",
             channel="letter" if letter else "sms", kind=kind, lane="alert",
             provider="" if letter else "sandbox",
             peer=home["customer_number"] if letter else home["phone"],
             customer_number=home["customer_number"], campaign_id=campaign, topic_id=debt_id,
             language=home["language"], body=None if letter else "Parāds.", followed=1, attempts=1,
             segments=0 if letter else 2, cost_cents=145 if letter else 10,
             status="accepted" if letter else "delivered", sent_at=stamp(at), **told)  # fmt: skip
        _put(self._tx, "notice_messages", notice_id=notice, message_id=message)
        _put(self._tx, "debt_days", notice_id=notice, pay_by=pay_by.isoformat(),
             disconnect_on=off and off.isoformat())  # fmt: skip
        debts.name_days(self._tx, [debt_id], pay_by=pay_by, disconnect_on=off, now=self._now)

    def _campaign(self, kind: str, at: datetime) -> str:
        """One for the notices of a kind that went on the same day."""
        if (kind, at) not in self._campaigns:
            made = demo.id_of(at, _NUMBER + 500 + len(self._campaigns))
            self._campaigns[kind, at] = made
            _put(self._tx, "campaigns", id=made, kind="debt", state="done",
                 title=f"{TITLES[kind]}: demo", made_by="ilze", made_at=stamp(at),
                 approved_by="marta", approved_at=stamp(at), updated_at=stamp(at))  # fmt: skip
        return self._campaigns[kind, at]


def _morning(at: datetime) -> datetime:
    return at.astimezone(RIGA).replace(hour=10, minute=5, second=0, microsecond=0)


def _put(tx: Tx, table: str, **values: object) -> None:
    demo.put(tx, table, [values])
