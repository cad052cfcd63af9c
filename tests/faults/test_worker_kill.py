"""A worker killed again and again: the provider's journal has every message exactly once.

The short form runs always; the long one (1,000 messages, 20 kills) with `-m slow` or
GAISMA_LONG_FAULTS=1.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import Database
from tests.bot.outbox_world import queue_many
from tests.doubles import twilio as double

ROOT = Path(__file__).parents[2]
POLICY = """
[outbox]
lease_seconds = 1.5
lookup_gap_seconds = 0.5
call_timeout_seconds = 1
"""
FAULTY = "reset_after=0.02,reset_before=0.02,after500=0.02,before500=0.02,busy=0.02"
LONG = os.environ.get("GAISMA_LONG_FAULTS") == "1"


@contextmanager
def serving_double(journal: Path, *options: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.doubles.twilio", "--journal", str(journal), *options],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Workers:
    """`gaisma worker`, started and killed by its own process id; its log in one file."""

    def __init__(self, folder: Path, url: str, rate: float) -> None:
        (folder / "policy.toml").write_text(POLICY)
        self.log = folder / "worker.log"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("GAISMA", "TWILIO"))},
            "GAISMA_DATABASE_URL": f"sqlite:///{folder}/gaisma.db",
            "GAISMA_POLICY": str(folder / "policy.toml"),
            "GAISMA_SMS_PROVIDER": "twilio",
            "GAISMA_PUBLIC_URL": "http://127.0.0.1:9",
            "GAISMA_TWILIO_API_URL": url,
            "GAISMA_SEND_RATE": str(rate),
            "TWILIO_ACCOUNT_SID": double.ACCOUNT,
            "TWILIO_AUTH_TOKEN": double.TOKEN,
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """One worker, killed without warning at the end of the block."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "worker"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
            try:
                yield process
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()


def undone(database: Database) -> int:
    return len(database.all("SELECT 1 FROM messages WHERE status NOT IN ('accepted', 'sent')"))


def wait_for_more(database: Database, before: int, pause: float) -> None:
    """Until something more was accepted (so that each life does something), then the pause."""
    end = time.monotonic() + 30
    while undone(database) >= before and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(pause)


def kill_again_and_again(
    database: Database, folder: Path, *, count: int, kills: int, seed: int
) -> dict[str, float]:
    """The campaign with its kills; what was counted. Fails when a message is lost or doubled."""
    dice = random.Random(seed)
    journal = folder / "journal.jsonl"
    queue_many(database, count, datetime.now(UTC))
    # So fast that all would be gone after about the time in which we kill it so often.
    rate = count / (kills * 0.4)
    began = time.monotonic()
    with serving_double(journal, "--latency", "0.1", "--plan", FAULTY, "--seed", str(seed)) as url:
        workers = Workers(folder, url, rate)
        for _ in range(kills):
            with workers.running():
                wait_for_more(database, undone(database), dice.uniform(0, 0.6))
        killed_at = time.monotonic()
        with workers.running():
            while undone(database) and time.monotonic() < killed_at + 120:
                time.sleep(0.05)
    sent = Counter(line["body"] for line in double.read_journal(journal))
    figures = {
        "messages": count,
        "kills": kills,
        "lost": count - len(sent),
        "doubled": sum(n - 1 for n in sent.values()),
        "undone": undone(database),
        "tried_again": len(database.all("SELECT 1 FROM messages WHERE attempts > 1")),
        "found_at_provider": len(database.all("SELECT 1 FROM messages WHERE status = 'sent'")),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(figures)
    assert (figures["lost"], figures["doubled"], figures["undone"]) == (0, 0, 0), figures
    log = workers.log.read_text()
    assert "+3712" not in log
    assert "Pārtraukums" not in log
    return figures


def test_a_worker_killed_five_times_loses_and_doubles_nothing(
    database: Database, tmp_path: Path
) -> None:
    kill_again_and_again(database, tmp_path, count=300, kills=5, seed=5)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(900)
@pytest.mark.skipif(not LONG, reason="the long form: GAISMA_LONG_FAULTS=1")
def test_a_worker_killed_twenty_times_loses_and_doubles_nothing(
    database: Database, tmp_path: Path
) -> None:
    kill_again_and_again(database, tmp_path, count=1000, kills=20, seed=20)
