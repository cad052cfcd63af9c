"""`gaisma bench start`: from the command to the first answered text, and memory on demo data."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bot.bench.client import run_load
from bot.bench.inbound import Side, free_port, requests, seed, start
from bot.bench.processes import end
from bot.bench.rows import Measured

RUNS = 5
TEXTS_BEFORE_MEMORY = 2000


def measure() -> list[Measured]:
    """Median of five cold starts; memory of the web process with its worker after 2,000 texts."""
    seconds, memory = [], 0.0
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder:
        database = f"sqlite:///{folder}/a.db"
        seed(database)
        for number in range(RUNS):
            side = Side("ours", free_port(), "a")
            began = time.perf_counter()
            process = start(side, database, worker=True)
            try:
                _first_answer(side, number)
                seconds.append(time.perf_counter() - began)
                if number == RUNS - 1:
                    texts = requests(side, TEXTS_BEFORE_MEMORY, 100)
                    run_load("127.0.0.1", side.port, texts, 8)
                    memory = _resident(process)
            finally:
                end(process)
    start_seconds = round(statistics.median(seconds), 2)
    return [
        Measured("start to the first answered text", start_seconds, unit="s"),
        Measured("web and worker, demo data", round(memory), unit="MB", rss_mb=round(memory)),
    ]


def _first_answer(side: Side, number: int) -> None:
    text = requests(side, 1, 1000 + number)
    while True:
        try:
            if not run_load("127.0.0.1", side.port, text, 1).failed:
                return
        except OSError:
            time.sleep(0.01)


def _resident(process: subprocess.Popen[bytes]) -> float:
    """MB resident in the process and its children; pages that they share count in each."""
    pids = [process.pid]
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    pids += [int(pid) for pid in children.split()]
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total / 1024
