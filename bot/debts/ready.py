"""Which debts a notice is next for: their step, their days, and the moratorium."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.debts import days as debt_days
from bot.debts import moratorium
from bot.policy import Policy
from storage import Row, Tx, debts, debts_after

# Told again after a moratorium to who was told before it.
_ONCE_A_MORATORIUM = ("debt_disconnection", "debt_held")


def next_for(tx: Tx, kind: str, now: datetime, policy: Policy) -> list[Row]:
    """The debts that a kind of notice ('debt_first') is next for, the longest due first."""
    if kind == "debt_over":
        return debts_after.told_of_it(tx)
    waited = timedelta(hours=policy.debt_last_warning_hours if "disconn" in kind else 0)
    anew = moratorium.over_since(tx) if kind in _ONCE_A_MORATORIUM else ""
    today = debt_days.today(now)
    return debts.ready_for(tx, kind, today=today, told_before=now - waited, anew=anew)
