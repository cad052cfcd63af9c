"""Weeks on the clock, hour by hour: over both changes of the clocks and a leap day.

Every notice and reminder goes out once, at the moment that a person with a calendar on the wall
would name, and never in the quiet hours; the promised word about a fault comes in time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from bot import alerts
from bot.campaigns import fanout
from bot.campaigns.when import deadline
from bot.channels.base import Accepted
from bot.delivery.receipts import Receipt, record
from bot.network import promises
from bot.policy import RIGA
from bot.words.bodies import write_bodies
from storage import Database, Tx
from storage.outages import OutageChange
from tests.bot import grid
from tests.bot.outbox_world import outbox

HOUR = timedelta(hours=1)
CLOCKS = (time(0, 30), time(3, 30), time(7, 59), time(9), time(20), time(21), time(23, 30))
# The day on which the clocks change, or the leap day.
DAYS = (date(2026, 10, 25), date(2027, 3, 28), date(2028, 2, 29))
Sent = tuple[datetime, str, str]  # when, kind, phone


def riga(day: date, clock: time) -> datetime:
    """A moment by the clock on the wall; one that the change of clocks skips is an hour later."""
    return datetime.combine(day, clock, RIGA).astimezone(UTC)


def by_hand(day: date, clock: time) -> datetime:
    """When a notice planned for this day and clock may go: not at night."""
    if clock >= time(21):
        return riga(day + timedelta(days=1), time(8))
    return riga(day, max(clock, time(8)))


def ticks(first: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += step


def run_clock(
    database: Database, first: datetime, last: datetime, step: timedelta = HOUR
) -> list[Sent]:
    """What the worker does from one moment to another; everything that went out."""
    sent: list[Sent] = []
    for now in ticks(first, last, step):
        database.transaction(lambda tx, now=now: _look_after(tx, now))  # type: ignore[misc]
        fanout.fan_out(database, now, policy=grid.POLICY)
        sent += [(now, message.kind, message.peer) for message in send_due(database, now)]
    return sent


def _look_after(tx: Tx, now: datetime) -> None:
    alerts.catch_up(tx, now, grid.POLICY)
    promises.keep_promises(tx, now, grid.POLICY)


def send_due(database: Database, now: datetime):  # type: ignore[no-untyped-def]
    box = outbox(
        database, render=lambda tx, ids: write_bodies(tx, ids, grid.POLICY, now=now)
    )  # fmt: skip
    box.expire(now)
    box.postpone(now)
    batch = box.claim(now, 300)
    if batch:
        box.record([(message, Accepted(f"SM-{message.id}")) for message in batch], now)
    for message in batch:
        record(database, Receipt(message.id, "twilio", f"SM-{message.id}", "delivered"), now)
    return batch


def works(number: int, starts: datetime) -> OutageChange:
    return replace(
        grid.WORKS, external_id=f"W{number}", starts_at=starts, transformer=f"T{number}",
        ends_at=starts + timedelta(hours=4),
    )  # fmt: skip


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("before", [10, 1, 0], ids=["notice", "reminder", "works"])
def test_notices_and_reminders_come_once_and_when_the_wall_calendar_says(
    database: Database, day: date, before: int
) -> None:
    """The notice, the reminder, or the works themselves fall on the day."""
    on = day + timedelta(days=before)
    first = riga(on - timedelta(days=12), time(9))
    for number, clock in enumerate(CLOCKS):
        grid.people(database, [number], transformer=f"T{number}")
        grid.change(database, works(number, riga(on, clock)), now=first)
    grid.approve(database, "planned_notice", now=first)
    sent = run_clock(database, first, riga(on, time(23, 59)) + timedelta(hours=2))
    expected = {}
    for number, clock in enumerate(CLOCKS):
        phone = grid.phone(number)
        expected["planned_notice", phone] = by_hand(on - timedelta(days=10), clock)
        expected["reminder", phone] = by_hand(on - timedelta(days=1), clock)
        if expected["reminder", phone] >= riga(on, clock):
            del expected["reminder", phone]  # the morning after is too late for it
    got = {(kind, phone): at for at, kind, phone in sent}
    assert set(Counter((kind, phone) for _, kind, phone in sent).values()) == {1}
    assert got.keys() == expected.keys()
    for key, at in got.items():
        assert timedelta(0) <= at - expected[key] < HOUR, (key, at, expected[key])
        assert time(8) <= at.astimezone(RIGA).time() < time(21)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_legal_deadline_is_the_same_clock_five_days_before(day: date) -> None:
    for ahead in range(7):
        for clock in CLOCKS:
            starts = riga(day + timedelta(days=ahead), clock)
            wall = starts.astimezone(RIGA)
            expected = riga(wall.date() - timedelta(days=5), wall.time())
            assert deadline(starts, grid.POLICY) == expected


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_promised_word_comes_every_hour_through_the_night(
    database: Database, day: date
) -> None:
    """A fault without a known end, from half past one of the night on: the hour that comes twice
    is two hours, and the one that is skipped is none."""
    grid.people(database, [1])
    began = riga(day, time(1, 30))
    fault = replace(grid.FAULT, starts_at=began)
    grid.change(database, fault, now=began)
    sent = run_clock(database, began, began + timedelta(hours=6), timedelta(minutes=10))
    times = [at for at, _, _ in sent]
    assert sent[0] == (began, "unplanned", grid.phone(1))
    assert {later - earlier for earlier, later in pairwise(times)} == {HOUR}
    assert len(sent) == 7


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_what_was_queued_before_the_night_waits_for_the_morning_of_that_day(
    database: Database, day: date
) -> None:
    """A worker that stood still from the evening on sends nothing held in the night."""
    on = day + timedelta(days=10)
    grid.people(database, [1])
    evening = riga(day - timedelta(days=1), time(20))
    grid.change(database, replace(grid.WORKS, starts_at=riga(on, time(9))), now=evening)
    grid.approve(database, "planned_notice", now=evening)
    database.run("UPDATE notices SET due_at = '2026-01-01T00:00:00.000Z'")
    fanout.fan_out(database, evening, policy=grid.POLICY)
    sent = run_clock(database, evening + timedelta(hours=1), riga(day, time(12)))
    notices = [at for at, kind, _ in sent if kind == "planned_notice"]
    assert notices == [riga(day, time(8))]
