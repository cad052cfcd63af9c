"""Two providers, each a double of its own: traffic leaves a sick one and comes back by trials."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import bot.health
from bot.channels import open_channels
from bot.outbox import PAUSED
from bot.service import Service
from bot.settings import Settings
from bot.worker import Worker
from storage import Database
from storage.database import switch
from tests.bot.outbox_world import QUICK, queue_many
from tests.bot.test_worker import now, until
from tests.doubles import twilio as double

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

    def bodies(self) -> Counter[str]:
        lines = [x for o in self.options.values() for x in double.read_journal(o.journal)]
        return Counter(line["body"] for line in lines)


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
    monkeypatch.setattr(bot.health, "SLOW_SECONDS", 0.6)
    monkeypatch.setattr(bot.health, "REST_SECONDS", (0.5,))
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
        queue_many(database, 300, now())
        until(lambda: both.count("twilio") >= before + 100, limit=15)
        until(lambda: all_accepted(database), limit=30)
    assert sum(both.bodies().values()) == 760
    rows = database.all("SELECT provider, count(*) AS n FROM messages GROUP BY provider")
    held = {row["provider"]: row["n"] for row in rows}
    # Each row says where its message really is: those in doubt were asked about there.
    assert held == {name: both.count(name) for name in both.faults}


def test_a_wrong_key_of_one_provider_does_not_pause_the_other(
    database: Database, both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    with sending(database, both, token="stale"):
        queue_many(database, 50, now())
        until(lambda: all_accepted(database))
    assert (both.count("twilio"), both.count("fallback")) == (0, 50)
    assert switch(database, PAUSED) == ""
    assert "provider twilio" in caplog.text
