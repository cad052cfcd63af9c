"""How long somebody who asks for a person will wait: as those did who were answered lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from storage import Tx, conversations
from storage.database import moment

_LATELY = timedelta(hours=1)
_FEWEST = 3  # answers: fewer tell nothing
_MOST = 100  # answers that are looked at
_STEP = 5  # minutes: nobody knows it better, and "about 17 minutes" sounds as if


def about_minutes(tx: Tx, now: datetime, *, before: int, at_most: int) -> int | None:
    """Minutes, a multiple of five; None when that is not known, or longer than `at_most`.

    `before` is how many wait already. Whoever is last of many waits longer than those did who came
    when the queue was short.
    """
    if not at_most:
        return None
    rows = conversations.latest_waits(tx, now - _LATELY, _MOST)
    if len(rows) < _FEWEST:
        return None
    typical = median(
        (moment(row["answered_at"]) - moment(row["since"])).total_seconds() for row in rows
    )
    span = (now - moment(rows[-1]["answered_at"])).total_seconds()
    in_queue = (before + 1) * span / len(rows)
    minutes = _STEP * max(1, -(-int(max(typical, in_queue)) // (60 * _STEP)))
    return minutes if minutes <= at_most else None
