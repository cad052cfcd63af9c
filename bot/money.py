"""What a dialogue may know of debts and complaints, loaded only for texts about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot import debt_days, moratorium
from bot.debts import debt_of
from bot.policy import Policy
from bot.subjects import noon
from intents import model
from storage import Row, Tx, complaints, debts
from storage.database import moment


def owed(tx: Tx, policy: Policy, customers: Sequence[str], now: datetime) -> dict[str, Any]:
    """Facts on what these customers owe, and on a moratorium; by the names of `model.Facts`."""
    why = moratorium.terms(tx).texts if moratorium.is_on(tx) else {}
    return {
        "debts": tuple(_debt(row, now) for row in debts.open_debts(tx, customers)),
        "payment_days": policy.debt_payment_days,
        "moratorium_why": tuple(why.items()),
    }


def _debt(row: Row, now: datetime) -> model.Debt:
    told = debt_of(row)
    today = debt_days.today(now)
    ahead = [part for part in told.plan if part.due_date >= today] if row["stage"] == "plan" else []
    return model.Debt(
        reference=told.reference,
        sum_cents=told.sum_cents,
        due_at=noon(told.due_date),
        stage=str(row["stage"]),
        off_at=noon(told.disconnect_on) if told.disconnect_on else None,
        part_at=noon(ahead[0].due_date) if ahead else None,
        part_cents=ahead[0].sum_cents if ahead else 0,
    )


def complaints_of(tx: Tx, policy: Policy, phone: str) -> dict[str, Any]:
    """Facts on the open complaint of a phone, and the number of the next one."""
    row = complaints.latest_open(tx, phone)
    known = model.Complaint(str(row["number"]), moment(row["answer_by"])) if row else None
    return {
        "complaint": known,
        "complaint_number": complaints.next_number(tx),
        "complaint_days": policy.complaint_answer_days,
    }
