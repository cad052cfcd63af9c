"""Two providers, each a double of its own: traffic leaves a sick one and comes back by trials."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot.delivery.health
from bot.channels import open_channels, provider_names
from bot.channels.base import Cause, NotSent
from bot.outbox import PAUSED
from bot.service import Service
from bot.settings import Settings, SettingsError, read_settings
from bot.worker import Worker
from storage import Database
from storage.database import switch
from tests.bot.delivery.test_worker import now, until
from tests.bot.outbox_world import QUICK, ToldChannel, queue, queue_many, status
from tests.doubles import twilio as double

pytestmark = pytest.mark.alone

RULES = replace(QUICK, outbox_call_timeout_seconds=1.5, outbox_lease_seconds=4)


class Both:
    """The two doubles; `fault` of each may be changed at any time."""

    def __init__(self, folder: Path) -> None:
        self.faults = {"twilio": "ok", "fallback": "ok"}
        self.options = {
            name: double.Options(
                folder / f"{name}.jsonl", latency=0.02, fault=self._fault(name), timeout=3.0
            )
            for name in self.faults
        }

    def _fault(self, name: str) -> Callable[[dict[str, str]], str]:
        return lambda form: self.faults[name]

    def count(self, name: str) -> int:
        return len(double.read_journal(self.options[name].journal))


@contextmanager
def sending(database: Database, both: Both, token: str = double.TOKEN) -> Iterator[None]:
    with (
        double.running(both.options["twilio"]) as (_, first),
        double.running(both.options["fallback"]) as (_, second),
    ):
        settings = Settings(
            sms_provider="twilio", send_rate=200, public_url="http://127.0.0.1:9",
            twilio_account_sid=double.ACCOUNT, twilio_auth_tokens=(token,), twilio_api_url=first,
            fallback_account_sid=double.ACCOUNT, fallback_auth_tokens=(double.TOKEN,),
            fallback_api_url=second,
        )  # fmt: skip
        worker = Worker(Service(settings, RULES, database), channels=open_channels)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            worker.stop()
            thread.join(15)


def all_accepted(database: Database) -> bool:
    return not database.all("SELECT 1 FROM messages WHERE status NOT IN ('accepted', 'sent')")


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.setattr(bot.delivery.health, "SLOW_SECONDS", 0.6)
    monkeypatch.setattr(bot.delivery.health, "REST_SECONDS", (0.5,))
    return Both(tmp_path)


@pytest.mark.parametrize("fault", ["before500", "reset_after", "timeout_after", "busy"])
def test_traffic_leaves_a_sick_provider_within_seconds_and_drifts_back(
    database: Database, both: Both, fault: str
) -> None:
    with sending(database, both):
        queue_many(database, 60, now())
        until(lambda: both.count("twilio") >= 50)
        assert both.count("fallback") == 0
        both.faults["twilio"] = fault
        began = time.monotonic()
        queue_many(database, 400, now())
        until(lambda: both.count("fallback") >= 50)
        assert time.monotonic() - began < 5
        both.faults["twilio"] = "ok"
        before = both.count("twilio")
        until(lambda: drifts_back(database, both, before), limit=30)
        until(lambda: all_accepted(database), limit=30)
    rows = database.all("SELECT provider, count(*) AS n FROM messages GROUP BY provider")
    held = {row["provider"]: row["n"] for row in rows}
    # Each row says where its message really is: those in doubt were asked about there.
    assert held == {name: both.count(name) for name in both.faults}


def drifts_back(database: Database, both: Both, before: int) -> bool:
    """Whether the first provider has 100 more; until then, some more messages for them."""
    back = both.count("twilio") >= before + 100
    if not back:
        queue_many(database, 20, now())
        time.sleep(0.1)
    return back


def test_a_wrong_key_of_one_provider_does_not_pause_the_other(
    database: Database, both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    with sending(database, both, token="stale"):
        queue_many(database, 50, now())
        until(lambda: all_accepted(database))
    assert (both.count("twilio"), both.count("fallback")) == (0, 50)
    assert switch(database, PAUSED) == ""
    assert "provider twilio" in caplog.text


def test_a_mail_server_that_refuses_us_does_not_hold_sms_up(database: Database) -> None:
    refused = NotSent(Cause.MISCONFIGURED, "The mail server refused.", "5.7.8")
    mail, sms = ToldChannel(lambda message: refused), ToldChannel()
    mail.name = "smtp"
    settings = Settings(
        sms_provider="twilio", send_rate=1000, public_url="http://127.0.0.1:9",
        twilio_account_sid="AC", twilio_auth_tokens=("t",), smtp_url="smtp://127.0.0.1:9",
    )  # fmt: skip
    held = queue(database, now(), channel="email", peer="anna@example.lv")
    worker = Worker(
        Service(settings, RULES, database), channels=lambda service: {"sms": sms, "email": mail}
    )
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        until(lambda: bool(switch(database, "sending_paused_email")))
        queue_many(database, 20, now())
        until(lambda: len(sms.sent) == 20)
        assert len(mail.sent) <= 2
    finally:
        worker.stop()
        thread.join(10)
    assert status(database, held) == "queued"
    assert switch(database, PAUSED) == ""


def test_the_ways_out_are_those_of_the_settings(database: Database) -> None:
    def ways(**more: Any) -> dict[str, tuple[str, ...]]:
        settings = Settings(sms_provider="twilio", **more)
        return provider_names(Service(settings, RULES, database))

    assert ways() == {"sms": ("twilio",)}
    assert ways(fallback_account_sid="AC", fallback_auth_tokens=("t",)) == {
        "sms": ("twilio", "fallback")
    }
    assert ways(smtp_url="smtp://127.0.0.1", voice="on") == {
        "sms": ("twilio",), "email": ("smtp",), "voice": ("voice",),
    }  # fmt: skip


def test_half_a_second_account_is_refused() -> None:
    with pytest.raises(SettingsError, match="GAISMA_FALLBACK_AUTH_TOKEN"):
        read_settings({"GAISMA_FALLBACK_ACCOUNT_SID": "AC"})
