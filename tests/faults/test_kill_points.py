"""A worker killed at each step of a send, before and after every write and every call.

The double of the provider is slow, resets, and answers 5xx and 429 at random; its own journal says
what customers got. One kill at each point runs always, eight at each (200 kills) with
GAISMA_LONG_FAULTS=1:

    GAISMA_LONG_FAULTS=1 ./run test tests/faults/test_kill_points.py -s
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.failpoints import POINTS
from storage import Database
from storage.messages import NewMessage, enqueue
from tests.doubles import twilio as double
from tests.faults.test_worker_kill import LONG, ROOT, Workers, serving_double

FAULTY = (
    "reset_after=0.03,reset_before=0.03,after500=0.03,before500=0.03,busy=0.03,"
    "timeout_after=0.01,timeout_before=0.01,garbage_after=0.01"
)
NEW = 12  # messages queued before each life
# How often a point is passed at least within a life: it dies at one of the first of them.
PASSES = {"claim": 3, "call": 10, "record": 3, "receipt": 8, "look_up": 2, "settle": 2}
LIFE_SECONDS = 8.0


class Lives:
    """The process that forks lives: see tests.faults.lives."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert self._read() == "ready"

    def live(self, point: str, seconds: float) -> str:
        """One life with this failpoint ('-' for none); how it ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{point} {seconds}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def nursery(folder: Path, url: str) -> Iterator[Lives]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **Workers(folder, url, 200).environment,
        "GAISMA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LIVES_LOG": str(folder / "worker.log"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.lives"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Lives(process)
    finally:
        process.communicate()
        process.wait(10)


def queue_some(database: Database, first: int) -> int:
    """So many alerts that must arrive, and one that is too late and must not; the next number."""
    now = datetime.now(UTC)
    made = [
        NewMessage(
            "sms", "unplanned", "alert", f"+3712{n:07d}", body=f"Pārtraukums {n}", segments=1
        )
        for n in range(first, first + NEW)
    ]
    late = NewMessage(
        "sms", "unplanned", "alert", "+37129999999", body="Par vēlu", segments=1,
        due_at=now + timedelta(hours=1), valid_until=now - timedelta(seconds=1),
    )  # fmt: skip
    database.transaction(lambda tx: enqueue(tx, [*made, late], now))
    return first + NEW


def undone(database: Database) -> int:
    return len(
        database.all("SELECT 1 FROM messages WHERE status IN ('queued', 'sending', 'unknown')")
    )


def kill_at_each_point(database: Database, folder: Path, *, each: int, seed: int) -> None:
    """So many kills at each point, in any order; then all that is left is sent."""
    dice = random.Random(seed)
    plan = list(POINTS) * each
    dice.shuffle(plan)
    ends: Counter[tuple[str, str]] = Counter()
    began, made, journal = time.monotonic(), 0, folder / "journal.jsonl"
    # Receipts for some: else each doubt would be resolved by one before anybody has to ask.
    options = (
        "--latency", "0.1", "--plan", FAULTY, "--seed", str(seed),
        "--callbacks", "--callback-share", "0.3",
    )  # fmt: skip
    with serving_double(journal, *options) as url, nursery(folder, url) as lives:
        for point in plan:
            made = queue_some(database, made)
            passes = PASSES.get(point.partition(".")[0], 1)
            ends[point, lives.live(f"{point}:{dice.randint(1, passes)}", LIFE_SECONDS)] += 1
        finish(database, lives)
    seconds = time.monotonic() - began
    report(database, journal, ends, made=made, seconds=seconds)
    assert {how for _, how in ends} <= {"point", "time"}
    assert sum(n for (_, how), n in ends.items() if how == "point") >= 0.9 * len(plan)
    log = (folder / "worker.log").read_text()
    assert "+3712" not in log
    assert "Pārtraukums" not in log


def finish(database: Database, lives: Lives) -> None:
    for _ in range(40):
        if not undone(database):
            return
        lives.live("-", 3.0)


def report(
    database: Database, journal: Path, ends: Counter[tuple[str, str]], *, made: int,
    seconds: float,
) -> None:  # fmt: skip
    """Print what was counted; fails when a message is lost, doubled, or came too late."""
    sent = Counter(line["body"] for line in double.read_journal(journal))
    print(f"\n{'point':16}{'killed there':>14}{'killed by time':>16}")
    for point in POINTS:
        print(f"{point:16}{ends[point, 'point']:14}{ends[point, 'time']:16}")
    figures = {
        "kills": ends.total(),
        "messages": made,
        "lost": sum(f"Pārtraukums {n}" not in sent for n in range(made)),
        "twice": sum(n - 1 for n in sent.values()),
        "too late": sent["Par vēlu"],
        "undone": undone(database),
        "tried again": len(database.all("SELECT 1 FROM messages WHERE attempts > 1")),
        "seconds": round(seconds, 1),
    }
    print(figures)
    bad = ("lost", "twice", "too late", "undone")
    assert [figures[name] for name in bad] == [0, 0, 0, 0], figures


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_kill_at_each_step_loses_and_doubles_nothing(database: Database, tmp_path: Path) -> None:
    kill_at_each_point(database, tmp_path, each=1, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not LONG, reason="the long form: GAISMA_LONG_FAULTS=1")
def test_eight_kills_at_each_step_lose_and_double_nothing(
    database: Database, tmp_path: Path
) -> None:
    kill_at_each_point(database, tmp_path, each=8, seed=int(os.environ.get("SEED", "8")))
