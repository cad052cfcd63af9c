"""Quiet hours and validity, at the claim and at the call; error codes beside their table."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import failpoints
from bot.channels.base import Cause, NotSent
from bot.channels.twilio import _validity
from bot.channels.twilio_codes import CODES
from bot.delivery.claims import HELD
from bot.delivery.sending import Results, Sender
from bot.policy import RIGA
from storage import Database
from tests.bot.outbox_world import NOW, ToldChannel, outbox, queue, row, status

ROOT = Path(__file__).parents[3]


def riga(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=RIGA).astimezone(UTC)


def claimed(database: Database, at: datetime) -> list[str]:
    return [message.kind for message in outbox(database).claim(at, 100)]


EVENINGS = [
    # The last: the night in which clocks go back, then forward.
    ("2026-12-01T20:00", "2026-12-01T23:00", "2026-12-02T07:59", "2026-12-02T08:00"),
    ("2026-10-24T20:59", "2026-10-25T03:30", "2026-10-25T07:59", "2026-10-25T08:00"),
    ("2026-03-28T20:59", "2026-03-29T02:59", "2026-03-29T07:59", "2026-03-29T08:00"),
    ("2028-02-28T20:59", "2028-02-29T00:00", "2028-02-29T07:59", "2028-02-29T08:00"),
]


@pytest.mark.parametrize("times", EVENINGS, ids=lambda times: times[0])
@pytest.mark.parametrize("kind", HELD)
def test_a_held_kind_queued_in_the_evening_waits_for_the_morning(
    database: Database, kind: str, times: tuple[str, ...]
) -> None:
    evening, night, before, morning = map(riga, times)
    queue(database, evening, kind=kind)
    assert claimed(database, night) == []
    assert claimed(database, before) == []
    assert claimed(database, morning) == [kind]


@pytest.mark.parametrize("kind", ["unplanned", "time_changed", "restored", "danger", "answer"])
def test_faults_restorations_danger_and_answers_are_never_held(
    database: Database, kind: str
) -> None:
    night = riga("2026-12-01T23:00")
    queue(database, night, kind=kind, lane="answer" if kind == "answer" else "alert")
    assert claimed(database, night) == [kind]


def test_an_email_wakes_nobody(database: Database) -> None:
    night = riga("2026-12-01T23:00")
    queue(database, night, kind="planned_notice", channel="email", peer="anna@example.lv")
    box = replace(outbox(database), providers={"sms": "twilio", "email": "smtp"})
    assert [message.channel for message in box.claim(night, 10)] == ["email"]


def test_what_is_held_is_put_off_and_hides_no_fault(database: Database) -> None:
    evening, night = riga("2026-12-01T20:00"), riga("2026-12-01T22:00")
    held = [queue(database, evening, kind="planned_notice") for _ in range(5)]
    mail = queue(database, evening, kind="planned_notice", channel="email", peer="a@example.lv")
    fault = queue(database, evening)
    box = outbox(database)
    assert box.postpone(evening) == 0
    assert (box.postpone(night), box.postpone(night)) == (5, 0)
    due = {row(database, each)["due_at"] for each in held}
    assert due == {"2026-12-02T06:00:00.000Z"}
    assert row(database, mail)["due_at"] == row(database, fault)["due_at"]
    assert [message.id for message in box.claim(night, 100)] == [fault]


# --- validity -------------------------------------------------------------------------------


def test_what_became_late_between_claim_and_call_is_not_called(database: Database) -> None:
    message_id = queue(database, valid_until=NOW + timedelta(seconds=5))
    (message,) = outbox(database).claim(NOW, 1)
    channel = ToldChannel()

    async def send() -> Results:
        results = Results()
        sender = Sender(
            channel, 100, 1.0, results=results, clock=lambda: NOW + timedelta(seconds=6)
        )
        sender.submit([message])
        running = asyncio.create_task(sender.run())
        await results.changed.wait()
        running.cancel()
        return results

    ((_, result),) = asyncio.run(send()).items
    assert channel.sent == []
    assert isinstance(result, NotSent)
    assert result.cause is Cause.EXPIRED
    outbox(database).record([(message, result)], NOW + timedelta(seconds=6))
    assert status(database, message_id) == "expired"


@pytest.mark.parametrize(
    ("left", "sent"),
    [(-5.0, 1), (0.4, 1), (90.0, 89), (3600.0, 3599), (36_000.0, 35_999), (1e6, 36_000)],
)
def test_the_provider_is_told_how_long_a_message_is_of_use(left: float, sent: int) -> None:
    told: Any = _validity(datetime.now(UTC) + timedelta(seconds=left))
    assert sent - 1 <= told <= sent + 1
    assert 1 <= told <= 36_000


# --- error codes ----------------------------------------------------------------------------


def test_the_table_of_error_codes_is_the_one_in_the_program() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    table = page[page.index("## Error codes of Twilio") :].split("\n\n")[2]
    told = [
        {int(code): words.strip() for code, words in re.findall(r"`(\d+)` ([^·|]+)", line)}
        for line in table.splitlines()[2:]
    ]
    assert told == list(CODES.values())


def test_no_error_code_means_two_things() -> None:
    codes = [code for each in CODES.values() for code in each]
    assert len(codes) == len(set(codes))


def test_every_failpoint_is_on_the_page_of_crashes() -> None:
    page = (ROOT / "docs" / "dataflow.md").read_text("utf-8")
    table = page[page.index("## A crash at any step") :]
    told = re.findall(r"`([a-z_]+\.(?:before|write|after))`", table)
    assert sorted(told) == sorted(failpoints.POINTS)
