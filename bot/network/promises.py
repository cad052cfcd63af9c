"""What becomes due by the clock alone while a fault lasts: the promised word, a time that has
passed, the apology for a day in the dark. The worker asks; nothing here is due twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import alerts
from bot.alerts import Act
from bot.policy import Policy
from storage import Tx, outages, promises

BY = "policy"


def anything_due(tx: Tx, now: datetime, policy: Policy) -> bool:
    """Whether `keep_promises` has anything to do: a reader may ask, which keeps nobody waiting."""
    return bool(_overdue(tx, now, policy) or _words_due(tx, now, policy))


def keep_promises(tx: Tx, now: datetime, policy: Policy) -> int:
    """Tell all to whom a word is due of faults that last; how many notices were made.

    A time that has passed is taken back, and its readers are told when the next word comes. Who
    was promised a word gets one, with the next promise in it. Both make a revision, so what was
    said is on record and a restart repeats nothing.
    """
    late = _overdue(tx, now, policy)
    outages.renew_promises(tx, late, by=BY, now=now, open_end=True)
    due = [each for each in _words_due(tx, now, policy) if each not in late]
    outages.renew_promises(tx, due, by=BY, now=now)
    return _tell(tx, [*late, *due], now, policy, word_due=True)


def tell_long_outages(tx: Tx, now: datetime, policy: Policy) -> int:
    """Apologise, once, for faults that have lasted for a day; how many notices were made."""
    return _tell(tx, _long_ones(tx, now, policy), now, policy)


def any_long(tx: Tx, now: datetime, policy: Policy) -> bool:
    """Whether `tell_long_outages` may have anything to do."""
    return bool(_long_ones(tx, now, policy))


def _long_ones(tx: Tx, now: datetime, policy: Policy) -> list[str]:
    return promises.long_ones(tx, now - timedelta(hours=policy.unplanned_long_outage_hours))


def _overdue(tx: Tx, now: datetime, policy: Policy) -> list[str]:
    return promises.overdue(tx, now - timedelta(minutes=policy.unplanned_overdue_minutes))


def _words_due(tx: Tx, now: datetime, policy: Policy) -> list[str]:
    word = timedelta(minutes=policy.unplanned_next_word_minutes)
    return promises.words_due(tx, now - word, now - word / 2)


def _tell(
    tx: Tx, outage_ids: Sequence[str], now: datetime, policy: Policy, *, word_due: bool = False
) -> int:
    if not outage_ids:
        return 0
    act = Act(BY)
    made = alerts.apply_rules(tx, outage_ids, act, now, policy=policy, word_due=word_due)
    alerts.finish_act(tx, act, now, policy=policy)
    return made
