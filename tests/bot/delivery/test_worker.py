"""The worker as a whole: claims, paces, sends, records, and ends well; with a told channel."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import open_channels
from bot.channels.base import Accepted, Cause, Found, NotSent, Outgoing, Result, Unknown
from bot.delivery.sending import Pace
from bot.outbox import PAUSED, Outbox
from bot.service import Service
from bot.settings import Settings
from bot.worker import Job, Worker
from storage import Database, StorageError
from storage.database import set_switch, switch
from tests.bot.outbox_world import (
    PHONE,
    QUICK,
    ToldChannel,
    queue,
    queue_many,
    row,
    seconds,
    status,
)

FAST = Settings(
    sms_provider="twilio", send_rate=100_000, public_url="http://127.0.0.1",
    twilio_account_sid="AC", twilio_auth_tokens=("t",),
)  # fmt: skip


def now() -> datetime:
    return datetime.now(UTC)


def until(condition: Callable[[], bool], limit: float = 10.0) -> None:
    """Wait for a condition; the test fails when it does not come."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def working(
    database: Database, channel: ToldChannel, settings: Settings = FAST, **more: Any
) -> Iterator[Worker]:
    worker = Worker(
        Service(settings, QUICK, database), channels=lambda service: {"sms": channel}, **more
    )  # fmt: skip
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(10)
        assert not thread.is_alive()


def all_are(database: Database, *statuses: str) -> bool:
    return all(row["status"] in statuses for row in database.all("SELECT status FROM messages"))


def test_everything_due_is_sent_once_and_recorded(database: Database) -> None:
    ids = queue_many(database, 500, now())
    channel = ToldChannel(latency=0.01)
    with working(database, channel):
        until(lambda: all_are(database, "accepted"))
    assert sorted(m.id for m in channel.sent) == sorted(ids)
    assert row(database, ids[0])["provider_id"] == f"SM{ids[0]}"


def test_a_new_message_goes_out_within_half_a_second(database: Database) -> None:
    channel = ToldChannel()
    with working(database, channel):
        time.sleep(0.5)
        began = time.monotonic()
        queue(database, now())
        until(lambda: bool(channel.sent))
        assert time.monotonic() - began < 0.5


def test_a_wake_up_is_heard_at_once(database: Database) -> None:
    channel = ToldChannel()
    with working(database, channel) as worker:
        until(lambda: worker._held_until > 0)
        time.sleep(0.1)
        queue(database, now())
        worker.wake()
        began = time.monotonic()
        until(lambda: bool(channel.sent))
        assert time.monotonic() - began < 0.2


def test_the_pace_is_counted_in_segments(database: Database) -> None:
    for number in range(20):
        queue(database, now(), peer=f"+3712900{number:04d}", segments=2)
    channel = ToldChannel()
    began = time.monotonic()
    with working(database, channel, replace(FAST, send_rate=40)):
        until(lambda: len(channel.sent) == 20)
    assert 0.8 < time.monotonic() - began < 3


def test_the_pace_holds_back_longer_each_time_the_provider_is_busy() -> None:
    pace = Pace(1000)
    waits = []
    for _ in range(5):
        pace.hold(0.0, None)
        waits.append(pace.wait_for(1, 0.0))
    assert waits == sorted(waits)
    assert waits[-1] > 2
    pace.hold(0.0, 30)
    assert pace.wait_for(1, 0.0) >= 30


def test_stopping_waits_for_the_calls_in_flight(database: Database) -> None:
    ids = queue_many(database, 400, now())
    channel = ToldChannel(latency=0.3)
    with working(database, channel):
        until(lambda: len(channel.sent) >= 100)
    sent = {m.id for m in channel.sent}
    assert sent < set(ids)
    for message_id in ids:
        found = row(database, message_id)
        expected = ("accepted", 1) if message_id in sent else ("queued", 0)
        assert (found["status"], found["attempts"]) == expected


def test_too_many_requests_are_brought_again(database: Database) -> None:
    tries: dict[str, int] = {}

    def busy_at_first(message: Outgoing) -> Result:
        tries[message.id] = tries.get(message.id, 0) + 1
        if tries[message.id] == 1:
            return NotSent(Cause.BUSY, "Busy.", "429", retry_after=0.1)
        return Accepted(f"SM{message.id}")

    queue_many(database, 5, now())
    with working(database, ToldChannel(busy_at_first)):
        until(lambda: all_are(database, "accepted"))
    assert set(tries.values()) == {2}


def test_wrong_settings_stop_the_calls_and_a_restart_goes_on(database: Database) -> None:
    queue_many(database, 200, now())
    refusing = ToldChannel(lambda m: NotSent(Cause.MISCONFIGURED, "Code 20003.", "20003"))
    with working(database, refusing, replace(FAST, send_rate=100)):
        until(lambda: bool(switch(database, PAUSED)))
        time.sleep(0.5)
        assert len(refusing.sent) < 100
    assert all_are(database, "queued")
    with working(database, ToldChannel()):
        until(lambda: all_are(database, "accepted"))


def test_an_unknown_result_is_looked_up_twice_before_it_is_sent_again(database: Database) -> None:
    results: list[Result] = [Unknown("No answer."), Accepted("SM1")]
    channel = ToldChannel(lambda m: results.pop(0))
    message_id = queue(database, now())
    with working(database, channel):
        until(lambda: status(database, message_id) == "accepted")
    assert (len(channel.sent), len(channel.asked)) == (2, 2)


def test_an_unknown_result_that_is_found_is_not_sent_again(database: Database) -> None:
    channel = ToldChannel(lambda m: Unknown("No answer."), lambda m: Found((("SM7", "sent"),)))
    message_id = queue(database, now())
    with working(database, channel):
        until(lambda: status(database, message_id) == "sent")
    assert len(channel.sent) == 1
    assert row(database, message_id)["provider_id"] == "SM7"


def test_a_lease_too_short_for_the_call_is_given_back(database: Database) -> None:
    """A process that slept between claim and call must not call: another may have by then."""
    message_id = queue(database, now())
    claim = Outbox.claim

    def slow_claim(box: Outbox, at: datetime, *more: Any) -> list[Outgoing]:
        return claim(box, at - seconds(100), *more)

    channel = ToldChannel()
    with pytest.MonkeyPatch.context() as patch:
        database.run("UPDATE messages SET due_at = '2026-01-01T00:00:00.000Z'")
        patch.setattr(Outbox, "claim", slow_claim)
        patch.setattr(Outbox, "take_doubts", lambda *args: [])
        with working(database, channel):
            until(lambda: row(database, message_id)["provider"] == "twilio")
            time.sleep(0.3)
    assert channel.sent == []
    assert status(database, message_id) == "queued"


def test_an_error_in_a_channel_is_one_unknown_result(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    queue(database, now())
    good = queue(database, now(), peer="+37120000002")

    def fail(message: Outgoing) -> Result:
        if message.peer == PHONE:
            raise RuntimeError(f"{message.peer} {message.body}")
        return Accepted("SM1")

    with working(database, ToldChannel(fail)):
        until(lambda: status(database, good) == "accepted")
        until(lambda: "RuntimeError" in caplog.text)
    assert PHONE not in caplog.text
    assert "Teksts" not in caplog.text


def test_results_wait_until_the_database_can_store_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [StorageError("disk full"), StorageError("disk full")]
    record = Outbox.record

    def failing(box: Outbox, results: Any, at: datetime) -> None:
        if refusals:
            raise refusals.pop()
        record(box, results, at)

    monkeypatch.setattr(Outbox, "record", failing)
    queue_many(database, 3, now())
    channel = ToldChannel()
    with working(database, channel):
        until(lambda: all_are(database, "accepted"))
    assert len(channel.sent) == 3


def test_jobs_run_again_at_once_while_they_find_work_and_survive_errors(
    database: Database,
) -> None:
    done: list[str] = []

    def fan_out(at: datetime) -> int:
        done.append("fan_out")
        return int(len(done) < 20)

    def broken(at: datetime) -> int:
        done.append("broken")
        raise ValueError(PHONE)

    jobs = [Job("fan_out", 60, fan_out), Job("broken", 0.1, broken)]
    began = time.monotonic()
    with working(database, ToldChannel(), jobs=jobs):
        until(lambda: done.count("fan_out") >= 15 and done.count("broken") >= 2)
    assert time.monotonic() - began < 5


@pytest.mark.sqlite  # on PostgreSQL they share the queue: tests/contract/test_many_hosts.py
def test_a_second_worker_waits_for_the_first(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = ToldChannel(), ToldChannel()
    with working(database, first) as worker:
        until(lambda: worker._held_until > 0)
        with working(database, second):
            until(lambda: "this one waits" in caplog.text)
            queue_many(database, 20, now())
            until(lambda: all_are(database, "accepted"))
            assert second.sent == []
            worker.stop()
            until(lambda: database.one("SELECT 1 FROM locks") is None)
            queue(database, now())
            until(lambda: len(second.sent) == 1)


def test_the_stop_button_is_heard_between_two_claims(database: Database) -> None:
    queue_many(database, 200, now())
    channel = ToldChannel()
    with working(database, channel, replace(FAST, send_rate=50)):
        until(lambda: len(channel.sent) > 5)
        database.transaction(lambda tx: set_switch(tx, "sending_stopped", "1", by="m", now=now()))
        time.sleep(1.0)
        held = len(channel.sent)
        assert held < 100
        time.sleep(0.5)
        assert len(channel.sent) == held


def test_simulated_phones_receive_all_but_those_switched_off(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, off = queue(database, now()), queue(database, now(), peer="+37120000099")
    settings = replace(FAST, sms_provider="sandbox")
    worker = Worker(Service(settings, QUICK, database), channels=open_channels)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(lambda: status(database, on) == "delivered" and status(database, off) == "failed")
    finally:
        worker.stop()
        thread.join()
    assert row(database, off)["error_code"] == "30003"


def test_no_log_line_holds_a_number_or_a_text(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: list[Result] = [
        Unknown("x"), NotSent(Cause.DEAD, "Code 21211.", "21211"),
        NotSent(Cause.REFUSED, "Code 21408.", "21408"), NotSent(Cause.OPTED_OUT, "x", "21610"),
        Accepted("SM1"), NotSent(Cause.MISCONFIGURED, "Code 20003.", "20003"),
    ]  # fmt: skip
    for number in range(len(answers)):
        queue(database, now(), peer=f"+3712912345{number}", body="Slepens teksts")
    with working(database, ToldChannel(lambda m: answers.pop(0) if answers else Unknown("x"))):
        until(lambda: bool(switch(database, PAUSED)))
        time.sleep(0.5)
    assert caplog.records
    assert "2912345" not in caplog.text
    assert "Slepens" not in caplog.text


def test_a_result_is_on_the_disk_within_fifty_milliseconds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not stored yet is in doubt after a crash: so it must not be much, for long."""
    known: dict[str, float] = {}
    waits: list[float] = []
    record = Outbox.record

    def timed(box: Outbox, results: Any, at: datetime) -> None:
        record(box, results, at)
        waits.extend(time.monotonic() - known[message.id] for message, _ in results)

    def answer(message: Outgoing) -> Result:
        known[message.id] = time.monotonic()
        return Accepted(f"SM{message.id}")

    monkeypatch.setattr(Outbox, "record", timed)
    queue_many(database, 600, now())
    with working(database, ToldChannel(answer, latency=0.1), replace(FAST, send_rate=300)):
        until(lambda: all_are(database, "accepted"))
    waits.sort()
    print(f"stored after {waits[300] * 1000:.0f} ms, p95 {waits[570] * 1000:.0f} ms")
    assert waits[300] < 0.05
