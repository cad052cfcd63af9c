"""How many answers numbers that nobody knows have had today, in all and of each block of numbers.

Whoever earns by our answers writes from numbers bought by the hundred, mostly abroad and in one
block. All processes add up in the database, every few seconds; between, each goes by its own.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

from bot.policy import RIGA, Policy
from bot.watch import Watch
from storage import Database, StorageError, Tx, strangers

SAVE_SECONDS = 5.0
_OVERDUE_SECONDS = 120.0
ALL, BLOCK = "strangers", "stranger_block"
_HOME = "+371"
_BLOCK_DIGITS = 4  # the last ones, left out at home: ten thousand numbers
# Country codes of one and two digits; all others have three (ITU-T E.164).
_ONE_DIGIT = ("1", "7")
_TWO_DIGITS = frozenset(
    map(str, (20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59)))
) | frozenset(map(str, (*range(60, 67), 81, 82, 84, 86, *range(90, 96), 98)))
_KEPT_DAYS = 30

log = logging.getLogger("gaisma.strangers")


def block_of(phone: str) -> str:
    """The block that a number is counted with: its ten thousand at home, its country elsewhere.

    >>> block_of("+37126123456"), block_of("+442079460000"), block_of("+358401234567")
    ('+37126120000', '+44', '+358')
    """
    if phone.startswith(_HOME):
        return phone[:-_BLOCK_DIGITS] + "0" * _BLOCK_DIGITS
    if phone[1:2] in _ONE_DIGIT:
        return phone[:2]
    return phone[:3] if phone[1:3] in _TWO_DIGITS else phone[:4]


def share_of_day(tx: Tx, policy: Policy, now: datetime) -> float:
    """How much of what strangers may be answered today they have had: 1 is all of it."""
    found = strangers.counts(tx, str(now.astimezone(RIGA).date()))
    total, most = found.pop("", 0), policy.answers_strangers_per_day
    block, most_of_block = max(found.values(), default=0), policy.answers_stranger_block_per_day
    return max(total / most if most else 0.0, block / most_of_block if most_of_block else 0.0)


class Strangers:
    """The counts of this process and of the others, as far as they were saved."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._most = policy.answers_strangers_per_day
        self._most_of_block = policy.answers_stranger_block_per_day
        self._lock = threading.Lock()
        self._saved: dict[str, int] = {}
        self._fresh: Counter[str] = Counter()
        self._ends = datetime.min.replace(tzinfo=UTC)
        self._told = False
        self._watch = Watch("gaisma-strangers", lambda: SAVE_SECONDS, _OVERDUE_SECONDS)

    def watch(self) -> None:
        """Save what was counted from now on, in a thread that ends with this object."""
        self._watch.start(self)

    def prepare(self, now: datetime) -> None:
        """Before a turn, and not in its transaction: with a new day the counts are read."""
        if now >= self._ends:
            with suppress(StorageError):  # the turn itself will say so
                self._begin(now)

    def refusal(self, phone: str) -> str:
        """Why this number is answered no more today; '' while it is. A look at two counts."""
        if self._most and self._count("") >= self._most:
            return self._tell(ALL)
        if self._most_of_block and self._count(block_of(phone)) >= self._most_of_block:
            return self._tell(BLOCK)
        return ""

    def count(self, phone: str) -> None:
        """One more answer to this number."""
        if self._watch.is_gone:
            self.watch()
        with self._lock:
            self._fresh.update(("", block_of(phone)))

    def refresh(self) -> None:
        """Save what was counted here, and read what all have counted. Raises StorageError."""
        with self._lock:
            fresh, self._fresh = self._fresh, Counter()
        if self._ends.year == 1:  # no text came yet
            return
        day = (self._ends - timedelta(seconds=1)).astimezone(RIGA).date()
        old = day - timedelta(days=_KEPT_DAYS)

        def save(tx: Tx) -> None:
            strangers.add(tx, str(day), fresh)
            strangers.forget_before(tx, str(old))

        try:
            if fresh:
                self._database.transaction(save, bulk=True)
            self._saved = strangers.counts(self._database, str(day))
        except StorageError:
            with self._lock:
                self._fresh.update(fresh)
            raise

    def _count(self, block: str) -> int:
        return self._saved.get(block, 0) + self._fresh[block]

    def _begin(self, now: datetime) -> None:
        """A new day: with what others, or this process before a restart, have counted in it."""
        day = now.astimezone(RIGA).date()
        saved = strangers.counts(self._database, str(day))
        with self._lock:
            self._ends = datetime.combine(day + timedelta(days=1), time(), RIGA).astimezone(UTC)
            self._saved, self._fresh, self._told = saved, Counter(), False

    def _tell(self, why: str) -> str:
        if not self._told:
            self._told = True
            log.critical(
                "numbers that nobody knows have had all answers of today (%s): raise [answers] in "
                "the policy if they are customers", why,
            )  # fmt: skip
        return why
