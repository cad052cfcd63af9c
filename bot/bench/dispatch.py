"""`gaisma bench dispatch`: one worker beside Twilio's own asynchronous client with no database.

Both send the same messages to a local double that answers late, and that counts what it got.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from bot.bench.inbound import free_port
from bot.bench.processes import begin, end, said
from bot.bench.rows import Measured, compared
from bot.channels.base import Accepted
from bot.delivery.sending import WINDOW
from bot.outbox import Outbox, new_holder
from bot.policy import read_policy
from storage import Database, open_database
from storage.messages import NewMessage, count_statuses, enqueue

BATCH = 100  # messages of one claim in the row for claims alone
WAIT_SECONDS = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    """One round of one side: messages a second at the double, CPU a message in us, memory in MB."""

    rate: float
    cpu: float
    rss: float = 0.0


def measure(messages: int, latency_ms: float, rate: float, rounds: int) -> list[Measured]:
    """Ours and the client alone in turn, then claims and records with nobody to call."""
    ours, alone = [], []
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder, _double(latency_ms) as url:
        for number in range(rounds):
            alone.append(_alone(url, messages))
            ours.append(_ours(f"{folder}/{number}.db", url, messages, rate))
            click.echo(
                f"  ours {ours[-1].rate:.0f}/s {ours[-1].cpu:.0f} us;"
                f" client alone {alone[-1].rate:.0f}/s {alone[-1].cpu:.0f} us", err=True,
            )  # fmt: skip
        claims = [_claims(f"{folder}/claims{number}.db", 20_000) for number in range(rounds)]
    possible = min(WINDOW / latency_ms * 1000, rate)
    rss = round(max(run.rss for run in ours))
    return [
        compared(f"messages a second at {latency_ms:g} ms, beside what is possible",
                 _median(ours, "rate"), possible, "1/s"),
        compared("CPU a message, beside twilio's client alone",
                 _median(ours, "cpu"), _median(alone, "cpu"), "us"),
        Measured("claimed and recorded a second, FULL, 100 at a time",
                 round(statistics.median(claims)), unit="1/s", rss_mb=rss),
    ]  # fmt: skip


def _median(runs: list[Run], name: str) -> float:
    return float(statistics.median(getattr(run, name) for run in runs))


# --- the double -----------------------------------------------------------------------------


@contextmanager
def _double(latency_ms: float) -> Iterator[str]:
    port = free_port()
    process = _start([sys.executable, "-m", "bot.bench.double", str(port), str(latency_ms)])
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(url), "the double did not start")
        yield url
    finally:
        end(process)


def _answers(url: str) -> bool:
    try:
        return _told(url) is not None
    except OSError:
        return False


def _told(url: str, method: str = "GET") -> dict[str, float]:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - our own double
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        told: dict[str, float] = json.load(answer)
    return told


def _until(done: Callable[[], bool], complaint: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not done():
        if time.monotonic() > until:
            raise click.ClickException(f"{complaint} within {WAIT_SECONDS:.0f} s.")
        time.sleep(0.05)


# --- the two sides --------------------------------------------------------------------------


def _alone(url: str, messages: int) -> Run:
    """Twilio's client in a process of its own, as many calls in flight as ours."""
    _told(url, "DELETE")
    process = _start([sys.executable, "-m", "bot.bench.twilio_alone", url, str(messages)])
    output = said(process, WAIT_SECONDS)
    _check(_told(url), messages + 1)  # with the one that warms up
    cpu, seconds = map(float, output.split())
    return Run(messages / seconds, cpu / messages * 1e6)


def _ours(path: str, url: str, messages: int, rate: float) -> Run:
    """`gaisma worker`, from the moment the messages are there until all are recorded."""
    _told(url, "DELETE")
    database = open_database(f"sqlite:///{path}")
    database.migrate()
    environment = {
        "GAISMA_DATABASE_URL": f"sqlite:///{path}",
        "GAISMA_PUBLIC_URL": "https://bench.invalid",
        "GAISMA_SMS_PROVIDER": "twilio",
        "GAISMA_SHORT_NUMBER": "1884",
        "GAISMA_TWILIO_API_URL": url,
        "GAISMA_SEND_RATE": str(rate),
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "bench-token",
    }
    process = _start([sys.executable, "-m", "bot.cli", "worker"], environment)
    try:
        queue(database, 1)  # the first call loads code and opens the first connection
        _until(lambda: _accepted(database) == 1, "the worker did not start")
        _told(url, "DELETE")
        before = _cpu(process.pid)
        queue(database, messages)
        _until(lambda: _accepted(database) == messages + 1, "not everything was sent")
        cpu = _cpu(process.pid) - before
        told = _told(url)
        _check(told, messages)
        return Run(messages / told["seconds"], cpu / messages * 1e6, _resident(process.pid))
    finally:
        end(process)
        database.close()


def _check(told: dict[str, float], messages: int) -> None:
    if told["got"] != messages or told["twice"]:
        raise click.ClickException(f"the double got {told['got']:.0f} of {messages} messages.")


def _accepted(database: Database) -> int:
    return count_statuses(database).get("accepted", 0)


def queue(database: Database, messages: int) -> None:
    """Alerts that are due, each with its text, in chunks as a campaign makes them."""
    now = datetime.now(UTC)
    for start in range(0, messages, 300):
        made = [
            NewMessage(
                "sms", "unplanned", "alert", f"+3712{number:07d}", segments=1, language="lv",
                body=f"Sadales tikls: nav elektribas, Brivibas iela {number}. Zinosim lidz 18.00.",
                valid_until=now + timedelta(hours=6),
            )
            for number in range(start, min(start + 300, messages))
        ]  # fmt: skip
        database.transaction(lambda tx, made=made: enqueue(tx, made, now), bulk=True)  # type: ignore[misc]


def _claims(path: str, messages: int) -> float:
    """Messages claimed and recorded a second, in this process, with no calls between."""
    database = open_database(f"sqlite:///{path}?synchronous=FULL")
    database.migrate()
    queue(database, messages)
    box = Outbox(database, read_policy(), new_holder(), {"sms": "twilio"})
    done = 0
    began = time.perf_counter()
    while batch := box.claim(datetime.now(UTC), BATCH):
        results = [(message, Accepted(f"SM{done + n:032x}")) for n, message in enumerate(batch)]
        box.record(results, datetime.now(UTC))
        done += len(batch)
    seconds = time.perf_counter() - began
    database.close()
    if done != messages:
        raise click.ClickException(f"{done} of {messages} messages could be claimed.")
    return done / seconds


# --- processes ------------------------------------------------------------------------------


def _start(
    command: list[str], environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    # Twilio's client uses a way into aiohttp that warns on each call.
    root = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONWARNINGS": "ignore"}
    return begin(command, environment=os.environ | root | (environment or {}))


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used so far, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
