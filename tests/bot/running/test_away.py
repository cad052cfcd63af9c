"""A database that is away for hours is a few lines of the log, not a line a step and second."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.running.away import SECONDS, Away
from bot.worker import Job
from storage import Database, StorageError
from tests.bot.delivery.test_worker import until, working
from tests.bot.outbox_world import ToldChannel

LOG = logging.getLogger("gaisma.worker")


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Leaving:
    """A database that can be taken away."""

    def __init__(self, database: Database) -> None:
        self._database, self.is_away = database, False

    def __getattr__(self, name: str) -> Any:
        if self.is_away and name in ("all", "one", "run", "many", "transaction"):
            raise StorageError("The server is away.")
        return getattr(self._database, name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def away(clock: Clock, caplog: pytest.LogCaptureFixture) -> Away:
    caplog.set_level(logging.WARNING)
    return Away(LOG, "worker", clock)


def test_there_is_a_line_when_it_goes_one_a_minute_and_one_when_it_is_back(
    away: Away, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(150):  # seconds
        for step in ("claim", "lock"):
            away.failed(step, "no\n\tserver")
        clock.at += 1
    away.works()
    away.works()
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "worker, claim: no server",
        "worker, lock, claim: no server (120 failures since the last such line)",
        "worker, lock, claim: no server (120 failures since the last such line)",
        "worker: the database can be used again; 300 tries failed in 150 seconds",
    ]


def test_one_that_comes_and_goes_fills_no_log_either(
    away: Away, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(40):
        away.failed("claim", "no server")
        away.works()
        clock.at += SECONDS / 20
    assert len(caplog.records) == 4  # went, was back; a minute later again
    caplog.clear()
    clock.at += SECONDS
    away.failed("claim", "no server")
    assert len(caplog.records) == 1


@pytest.mark.both
def test_a_worker_whose_database_is_away_says_so_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.running.away.SECONDS", 3600.0)
    leaving = Leaving(database)
    jobs = [
        Job(f"job{number}", 0.05, lambda at: len(leaving.all("SELECT 1 AS n WHERE 1 = 0")))
        for number in range(5)
    ]
    with working(leaving, ToldChannel(), jobs=jobs) as worker:  # type: ignore[arg-type]
        until(lambda: worker._held_until > 0)
        leaving.is_away = True
        until(lambda: worker._away._all >= 30, 60)
        leaving.is_away = False
        until(lambda: "can be used again" in caplog.text, 60)
    said = [record for record in caplog.records if record.name == LOG.name]
    assert [record.levelno for record in said] == [logging.ERROR, logging.WARNING]
    assert "The server is away." in said[0].getMessage()
