"""An hour in which the provider is down, lies or refuses, and clocks that jump: on a simulated
clock, against a provider that keeps what customers got."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.channels.base import (
    Accepted,
    Cause,
    Found,
    LookUp,
    NotFound,
    NotSent,
    Outgoing,
    Result,
    Unknown,
)
from bot.delivery.receipts import Receipt, record
from storage import Database
from tests.bot.outbox_world import NOW, outbox, queue_many

COUNT = 20
STEP = timedelta(seconds=15)
_OPEN = "SELECT 1 FROM messages WHERE status IN ('queued', 'sending', 'unknown') LIMIT 1"
Mode = Callable[[int, random.Random], str]


class Provider:
    """Does as its mode says: 'ok', 'down' (no answer, nothing taken), 'refused' (no connection),
    'lies' (takes it and answers 500), 'busy' (429), 'garbage' (takes it, answers rubbish)."""

    def __init__(self, mode: Mode, seed: int = 1) -> None:
        self._mode, self._dice = mode, random.Random(seed)
        self.got: list[Outgoing] = []
        self.calls = 0

    def send(self, message: Outgoing, second: int) -> Result:
        self.calls += 1
        mode = self._mode(second, self._dice)
        if mode == "busy":
            return NotSent(Cause.BUSY, "Too many requests.", "20429", retry_after=30)
        if mode == "refused":
            return NotSent(Cause.BUSY, "No connection.")
        if mode == "down":
            return Unknown("No answer.")
        self.got.append(message)
        if mode in ("lies", "garbage"):
            return Unknown("HTTP 500.")
        return Accepted(f"SM{len(self.got)}")

    def look_up(self, message: Outgoing, second: int) -> LookUp:
        if self._mode(second, self._dice) in ("down", "refused", "busy"):
            return Unknown("No answer.")
        same = [(f"SM{n}", "sent") for n, each in enumerate(self.got, 1) if each.id == message.id]
        return Found(tuple(same)) if same else NotFound()


def run(
    database: Database, provider: Provider, seconds: int,
    clock: Callable[[int], datetime] = lambda second: NOW + timedelta(seconds=second),
) -> None:  # fmt: skip
    """What a worker does, step by step; `clock` is what the machine believes the time is."""
    box = outbox(database)
    for second in range(0, seconds, int(STEP.total_seconds())):
        if not database.one(_OPEN):
            return
        now = clock(second)
        batch = box.claim(now, 5)
        results = [(message, provider.send(message, second)) for message in batch]
        box.record(results, now)
        for message in box.take_doubts(now, 20):
            box.settle(message, provider.look_up(message, second), now)


def check(database: Database, provider: Provider) -> None:
    """Everybody got it, and once."""
    times = Counter(message.id for message in provider.got)
    assert len(times) == COUNT
    assert set(times.values()) == {1}
    open_ = database.all(
        "SELECT status FROM messages WHERE status NOT IN ('accepted', 'sent', 'delivered')"
    )
    assert [row["status"] for row in open_] == []


def until(second: int, mode: str) -> Mode:
    return lambda now, dice: mode if now < second else "ok"


@pytest.mark.parametrize("mode", ["down", "refused", "busy"])
def test_after_an_hour_without_the_provider_everybody_is_told_once(
    database: Database, mode: str
) -> None:
    queue_many(database, COUNT, NOW)
    provider = Provider(until(3600, mode))
    run(database, provider, 3600 + 1200)
    check(database, provider)


@pytest.mark.parametrize("mode", ["lies", "garbage"])
def test_a_provider_that_takes_and_denies_it_for_an_hour_sends_nothing_twice(
    database: Database, mode: str
) -> None:
    queue_many(database, COUNT, NOW)
    provider = Provider(until(3600, mode))
    run(database, provider, 1200)
    check(database, provider)
    assert provider.calls == COUNT


@pytest.mark.parametrize("seed", range(3))
def test_a_provider_that_does_anything_at_random_loses_and_doubles_nothing(
    database: Database, seed: int
) -> None:
    def anything(second: int, dice: random.Random) -> str:
        if second > 1800:
            return "ok"
        return dice.choice(("ok", "down", "lies", "busy", "refused", "garbage"))

    queue_many(database, COUNT, NOW)
    provider = Provider(anything, seed)
    run(database, provider, 1800 + 1200)
    check(database, provider)


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
@pytest.mark.parametrize("mode", ["ok", "lies", "down"])
def test_a_clock_that_jumps_loses_and_doubles_nothing(
    database: Database, hours: int, mode: str
) -> None:
    """Put forward or back in the middle; an hour later somebody puts it right."""
    queue_many(database, COUNT, NOW)
    provider = Provider(until(60, mode))
    jump, back_at = timedelta(hours=hours), 3600

    def clock(second: int) -> datetime:
        told = NOW + timedelta(seconds=second)
        return told + jump if 30 <= second < back_at else told

    # What was stamped with a time to come waits for that time at most: then all are told.
    run(database, provider, back_at + max(0, hours) * 3600 + 1200, clock)
    check(database, provider)


def test_receipts_doubled_shuffled_forged_and_early_end_where_the_truth_is(
    database: Database,
) -> None:
    queue_many(database, COUNT, NOW)
    provider = Provider(until(3600, "lies"))
    box, dice = outbox(database), random.Random(3)
    batch = box.claim(NOW, COUNT)
    results = [(message, provider.send(message, 0)) for message in batch]
    said = [
        Receipt(message.id, "twilio", f"SM{number}", word)
        for number, message in enumerate(provider.got, 1)
        for word in ("queued", "sent", "delivered", "sent", "delivered", "no such word")
    ]
    said += [Receipt(f"{n:032d}", "twilio", f"SM{n}", "failed", "30005") for n in range(50)]
    dice.shuffle(said)
    half = len(said) // 2
    for receipt in said[:half]:  # before the answer of the call is stored
        record(database, receipt, NOW)
    box.record(results, NOW)
    for receipt in said[half:]:
        record(database, receipt, NOW)
    rows = database.all("SELECT status, provider_id FROM messages")
    assert {row["status"] for row in rows} == {"delivered"}
    assert len({row["provider_id"] for row in rows}) == COUNT
    run(database, provider, 600)
    check(database, provider)
