"""When a notice of planned works is due and until when it keeps the law. No clock in here."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.debts import days as debt_days
from bot.policy import RIGA, Policy

# The kinds for which the law sets a time before the start of the works.
BOUND_BY_LAW = ("planned_notice", "moved")


def days_before(at: datetime, days: int) -> datetime:
    """The same clock time in Latvia so many days earlier, also over a change of the clocks."""
    return (at.astimezone(RIGA) - timedelta(days=days)).astimezone(at.tzinfo)


def deadline(starts_at: datetime, policy: Policy) -> datetime:
    """The last moment at which a notice of these works keeps the law."""
    return days_before(starts_at, policy.planned_notice_days)


def first_due(starts_at: datetime, now: datetime, policy: Policy) -> datetime:
    """When the first notice of these works should go: not too early, or it is forgotten."""
    return max(now, days_before(starts_at, policy.planned_first_notice_days[0]))


def reminder_due(starts_at: datetime, policy: Policy) -> datetime | None:
    """When to remind of works; None when the policy wants none or no hour is left for it."""
    if not policy.planned_reminder_days:
        return None
    due = policy.after_quiet_hours(days_before(starts_at, policy.planned_reminder_days))
    return due if due < starts_at else None


def days_after(at: datetime, days: int) -> datetime:
    """The same clock time in Latvia so many days later, also over a change of the clocks."""
    return (at.astimezone(RIGA) + timedelta(days=days)).astimezone(at.tzinfo)


def letter_arrives(posted: datetime, policy: Policy) -> datetime:
    """When a letter posted at this moment has come: the same clock time, working days later."""
    local = posted.astimezone(RIGA)
    day = debt_days.after_post(local.date(), policy)
    return datetime.combine(day, local.time(), RIGA).astimezone(posted.tzinfo)


def letter_deadline(starts_at: datetime, policy: Policy) -> datetime:
    """The last moment at which a letter about these works can be posted and keep the law."""
    bound = deadline(starts_at, policy)
    posted = days_before(bound, int(policy.planned_post_days))
    while letter_arrives(posted, policy) > bound:
        posted = days_before(posted, 1)
    return posted


def letter_first_due(starts_at: datetime, now: datetime, policy: Policy) -> datetime:
    """When the first letter about these works may go. It is paper, and knows no quiet hours."""
    return max(now, days_before(starts_at, policy.planned_letter_days))
