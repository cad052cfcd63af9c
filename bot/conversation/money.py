"""What a dialogue may know of debts and complaints, loaded only for texts about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bot.debts import days as debt_days
from bot.debts import moratorium
from bot.debts.rules import plan_of
from bot.policy import Policy
from bot.words.subjects import noon
from intents import model
from storage import Row, Tx, complaints, debts, locks
from storage.database import moment


def owed(tx: Tx, policy: Policy, customers: Sequence[str], now: datetime) -> dict[str, Any]:
    """Facts on what these customers owe, and on a moratorium; by the names of `model.Facts`."""
    why = moratorium.terms(tx).texts if moratorium.is_on(tx) else {}
    return {
        "debts": tuple(_debt(row, now) for row in debts.open_debts(tx, customers)),
        "payment_days": policy.debt_payment_days,
        "written_days": policy.debt_written_days,
        "moratorium_why": tuple(why.items()),
    }


def _debt(row: Row, now: datetime) -> model.Debt:
    """With the days that hold: of the plan, else of the last notice that was sent, else of the
    bill. Those of a draft hold for nobody yet."""
    plan = plan_of(row) if row["stage"] == "plan" else ()
    ahead = [part for part in plan if part.due_date >= debt_days.today(now)]
    due = (ahead or plan[-1:])[0].due_date if plan else _day(row["told_pay_by"] or row["due_on"])
    off = "" if plan else row["told_disconnect_on"]
    return model.Debt(
        reference=str(row["reference"]),
        sum_cents=int(row["sum_cents"]),
        due_at=noon(due),
        stage=str(row["stage"]),
        off_at=noon(_day(off)) if off else None,
        part_at=noon(due) if ahead else None,
        part_cents=ahead[0].sum_cents if ahead else 0,
    )


_day = date.fromisoformat


def complaints_of(tx: Tx, policy: Policy, phone: str) -> dict[str, Any]:
    """Facts on the open complaint of a phone, and the number of the next one."""
    locks.wait_for(tx, "number of a complaint")
    row = complaints.latest_open(tx, phone)
    known = model.Complaint(str(row["number"]), moment(row["answer_by"])) if row else None
    return {
        "complaint": known,
        "complaint_number": complaints.next_number(tx),
        "complaint_days": policy.complaint_answer_days,
    }
