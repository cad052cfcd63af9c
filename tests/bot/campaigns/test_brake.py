"""The kill switch and the brake: what is claimed but not called yet does not go out either."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bot.campaigns import broadcasts
from bot.campaigns import rules as campaigns
from bot.campaigns.broadcasts import Words
from bot.network.audience import Asked
from bot.settings import Settings
from bot.worker import Worker
from storage import Database
from storage import canary as canary_rows
from tests.bot import grid
from tests.bot.delivery.test_worker import now, until
from tests.bot.delivery.test_worker import working as slowly
from tests.bot.outbox_world import ToldChannel, queue

# Ten a second: half a second's worth is claimed ahead, and waits for its turn.
SLOW = Settings(
    sms_provider="twilio", send_rate=10, public_url="http://127.0.0.1",
    twilio_account_sid="AC", twilio_auth_tokens=("t",),
)  # fmt: skip
TEXTS = {"lv": "Centrs ir slēgts.", "ru": "Центр закрыт.", "en": "The centre is closed."}
WITHIN = 2.0


def working(database: Database, channel: ToldChannel) -> AbstractContextManager[Worker]:
    return slowly(
        database, channel, SLOW, render=lambda tx, ids: dict.fromkeys(ids, "Centrs ir slēgts.")
    )


@pytest.fixture
def campaign(database: Database) -> str:
    """An announcement of which two hundred messages wait."""
    grid.people(database, range(1, 201))
    at = now()
    made = broadcasts.announce(database, Asked(), Words(TEXTS, "anna", at))
    campaigns.approve(database, made, by="juris", now=at, policy=grid.POLICY)
    database.run("UPDATE campaigns SET state = 'sending'")
    database.run("UPDATE notices SET due_at = '2020-01-01T00:00:00.000Z'")
    noon = at.replace(hour=10)  # whatever the clock says here, no quiet hours
    grid.fan_out(database, noon)
    database.run("UPDATE messages SET due_at = '2020-01-01T00:00:00.000Z', kind = 'unplanned'")
    database.run("UPDATE messages SET valid_until = '2100-01-01T00:00:00.000Z'")
    return made


def calls_after(channel: ToldChannel) -> int:
    """Calls that come later than the time within which a stop must work."""
    time.sleep(WITHIN)
    before = len(channel.sent)
    time.sleep(1.0)
    return len(channel.sent) - before


def test_stop_all_works_within_two_seconds_also_for_what_is_claimed(
    database: Database, campaign: str
) -> None:
    channel = ToldChannel()
    with working(database, channel):
        until(lambda: len(channel.sent) >= 3)
        campaigns.stop_all(database, by="anna", now=now())
        begun = len(channel.sent)
        assert calls_after(channel) == 0
        assert len(channel.sent) - begun <= 5
        answer = queue(database, now(), kind="answer", lane="answer")
        until(lambda: any(message.id == answer for message in channel.sent))


def test_stop_all_works_from_another_process(
    database: Database, campaign: str, address: str
) -> None:
    channel = ToldChannel()
    with working(database, channel):
        until(lambda: len(channel.sent) >= 3)
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", "campaign", "stop", "--all", "--by", "anna"],
            env=os.environ | {"GAISMA_DATABASE_URL": address},
            cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "All sending is stopped: 1 campaign ended" in done.stdout
        assert calls_after(channel) == 0


def test_one_stopped_campaign_is_braked_too_and_what_comes_back_is_withdrawn(
    database: Database, campaign: str
) -> None:
    channel = ToldChannel()
    with working(database, channel):
        until(lambda: len(channel.sent) >= 3)
        campaigns.stop(database, campaign, by="anna", now=now())
        assert calls_after(channel) == 0
        sql = "SELECT id FROM messages WHERE status = 'sending'"
        until(lambda: not database.all(sql))
    for campaign_id in canary_rows.with_leftovers(database):
        canary_rows.take_back(database, campaign_id, now())
    sql = "SELECT DISTINCT status FROM messages ORDER BY status"
    assert [row["status"] for row in database.all(sql)] == ["accepted", "withdrawn"]


def test_a_paused_campaign_keeps_what_was_claimed_and_sends_it_when_it_goes_on(
    database: Database, campaign: str
) -> None:
    channel = ToldChannel()
    with working(database, channel):
        until(lambda: len(channel.sent) >= 3)
        database.transaction(lambda tx: campaigns.pause(tx, campaign, by="anna", now=now()))
        assert calls_after(channel) == 0
        was = len(channel.sent)
        database.transaction(lambda tx: campaigns.resume(tx, campaign, by="anna", now=now()))
        until(lambda: len(channel.sent) > was)
    ids = [message.id for message in channel.sent]
    assert len(ids) == len(set(ids))
