"""A standby of PostgreSQL that is promoted in the middle of a campaign.

Streaming with a synchronous standby: what was committed is on both, so nothing is lost and nothing
is told twice when the first one is gone for good. Both hosts are in the one address, and nobody
changes a setting.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import create_app
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database, open_database
from tests.bot.outbox_world import queue_many
from tests.doubles import twilio as double
from tests.faults.hosts import Host, Part, Server, database_server
from tests.faults.test_many_hosts import environment
from tests.faults.test_worker_kill import FAULTY, POLICY, serving_double, undone

# What a primary needs that has a synchronous standby.
REPLICATED = {
    "wal_level": "replica", "max_wal_senders": "4", "synchronous_commit": "on",
    "hot_standby": "on",
}  # fmt: skip
MANY = 250


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    with database_server(settings=REPLICATED) as first, first.standby() as second:
        first.set("synchronous_standby_names", "'*'")  # before it is there, nothing would commit
        yield first, second


def address_of(*servers: Server) -> str:
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"


def wait_until_undone(database: Database, most: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while undone(database) > most and time.monotonic() < end:
        time.sleep(0.05)


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_host_on_a_standby_is_not_ready_until_it_is_promoted(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    first, second = pair
    database = open_database(address_of(first, second))
    database.migrate()
    database.close()
    end = time.monotonic() + 120
    standby = open_database(second.database("postgres"))
    while standby.pending_migrations() and time.monotonic() < end:
        time.sleep(0.05)
    settings = Settings(spool=str(tmp_path / "spool"))
    client = create_app(Service(settings, read_policy(), standby), only="console").test_client()
    answer = client.get("/readyz")
    while "addresses" in answer.text and time.monotonic() < end:
        time.sleep(0.05)
        answer = client.get("/readyz")
    assert (answer.status_code, "read-only" in answer.text) == (503, True)
    first.stop()
    second.promote()
    while (answer := client.get("/readyz")).status_code != 200 and time.monotonic() < end:
        time.sleep(0.05)
    standby.close()
    assert answer.text == "ok\n"


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_promoted_standby_goes_on_with_the_campaign_and_nobody_is_told_twice(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    first, second = pair
    address = address_of(first, second)
    database = open_database(address)
    database.migrate()
    queue_many(database, MANY, datetime.now(UTC))
    journal = tmp_path / "journal.jsonl"
    (tmp_path / "policy.toml").write_text(POLICY)
    with serving_double(journal, "--latency", "0.1", "--plan", FAULTY, "--seed", "9") as url:
        told = environment(tmp_path, address.partition("?")[0], url, "http://127.0.0.1:9")
        told |= {"GAISMA_DATABASE_URL": f"{address}&pool_size=6", "GAISMA_SEND_RATE": "60"}
        workers = [
            Part(Host(f"w{n}", (), "127.0.0.1"), ("worker",), told, tmp_path / "log")
            for n in range(2)
        ]
        try:
            for worker in workers:
                worker.start()
            wait_until_undone(database, MANY * 3 // 4, 120)
            before = undone(database)
            first.stop()
            second.promote()
            wait_until_undone(database, 0, 180)
        finally:
            for worker in workers:
                worker.end(signal.SIGKILL)
    sent = Counter(line["body"] for line in double.read_journal(journal))
    figures = {
        "left when the first was gone": before, "lost": MANY - len(sent),
        "doubled": sum(n - 1 for n in sent.values()), "undone": undone(database),
    }  # fmt: skip
    database.close()
    print(figures)
    assert before > 0
    assert [figures[name] for name in ("lost", "doubled", "undone")] == [0, 0, 0], figures
