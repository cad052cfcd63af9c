"""The sides of the comparison: how each fills its queue, and which process works it off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.bench.dispatch import queue
from bot.bench.inbound import free_port
from bot.delivery.sending import WINDOW
from storage import open_database
from tests.comparison.machinery import FOREIGN, running

ROOT = Path(__file__).parents[2]
# So that a message in doubt is settled within the comparison: a minute each as shipped. The other
# side's Redis gets ten seconds instead of an hour.
POLICY = """
[outbox]
lease_seconds = 10
lookup_gap_seconds = 5
call_timeout_seconds = 5
"""


@dataclass(frozen=True)
class Ours:
    """`gaisma worker`: one process, one queue in SQLite at FULL.

    As the others it fills a new queue in a folder, and starts what works it off.
    """

    name: str = "gaisma worker"
    most: int = 1_000_000

    def fill(self, folder: Path, job: str, count: int) -> None:
        database = open_database(f"sqlite:///{folder}/gaisma.db")
        database.migrate()
        queue(database, count)
        database.close()

    def worker(self, folder: Path, url: str, nothings: int = 0) -> Iterator[psutil.Process]:
        (folder / "policy.toml").write_text(POLICY)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GAISMA", "TWILIO"))}
        environment = kept | {
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "GAISMA_DATABASE_URL": f"sqlite:///{folder}/gaisma.db",
            "GAISMA_POLICY": str(folder / "policy.toml"),
            "GAISMA_PUBLIC_URL": "https://bench.invalid",
            "GAISMA_SMS_PROVIDER": "twilio",
            "GAISMA_SHORT_NUMBER": "1884",
            "GAISMA_TWILIO_API_URL": url,
            "GAISMA_SEND_RATE": "10000",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "bench-token",
        }
        with running([sys.executable, "-m", "bot.cli", "worker"], environment, folder) as process:
            yield process


@dataclass(frozen=True)
class Foreign:
    """huey or celery from the environment in `programs`; `command` and `options` of its worker."""

    name: str
    programs: Path
    module: str
    command: tuple[str, ...]
    queue: str = "{folder}/queue.db"
    more: dict[str, str] = field(default_factory=dict)
    most: int = 1_000_000  # jobs; a queue that takes minutes for thousands gets fewer

    def fill(self, folder: Path, job: str, count: int) -> None:
        program = [str(self.programs / "python"), str(FOREIGN / "fill.py")]
        command = [*program, self.module, job, str(count)]
        subprocess.run(command, check=True, env=self._environment(folder), cwd=folder)

    def worker(self, folder: Path, url: str, nothings: int = 0) -> Iterator[psutil.Process]:
        told = {"DOUBLE_URL": url, "NOTHINGS": str(nothings)}
        program, *options = self.command
        command = [str(self.programs / program), *options]
        with running(command, self._environment(folder) | told, folder) as process:
            yield process

    def _environment(self, folder: Path) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(FOREIGN),
            "QUEUE": self.queue.format(folder=folder),
            "IN_FLIGHT": str(WINDOW),
            "NOTHINGS_FILE": str(folder / "nothings.txt"),
            **self.more,
        }


Side = Ours | Foreign


def huey(programs: Path, kind: str) -> Foreign:
    """huey with its queue in SQLite, and as many threads or greenlets as ours has calls."""
    options = ("-w", str(WINDOW), "-k", kind, "-d", "0.01", "-m", "0.1", "-n", "-q")
    patched = ("python", str(FOREIGN / "patched.py"))
    start = patched if kind == "greenlet" else ("huey_consumer",)
    command = (*start, "huey_app.huey", *options)
    return Foreign(f"huey, SQLite, {kind}s", programs, "huey_app", command)


def celery(programs: Path, pool: str, broker: str, acks: str = "late") -> Foreign:
    """celery with as many threads or greenlets as ours has calls."""
    options = ("-P", pool, "-c", str(WINDOW), "-l", "ERROR", "--without-gossip",
               "--without-mingle", "--without-heartbeat")  # fmt: skip
    where = "Redis" if broker.startswith("redis") else "SQLite"
    early = "" if acks == "late" else ", acks early"
    return Foreign(
        f"celery, {where}, {pool}{early}", programs, "celery_app",
        ("celery", "-A", "celery_app", "worker", *options), broker, {"ACKS": acks},
        1_000_000 if where == "Redis" else 600,
    )  # fmt: skip


@contextmanager
def redis(program: str, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A Redis of our own that keeps its log on disk; its address."""
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--appendonly", "yes",
               "--save", "", "--dir", str(folder)]  # fmt: skip
    with running(command, os.environ, folder) as process:
        yield f"redis://127.0.0.1:{port}/0", process
