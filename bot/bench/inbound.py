"""`gaisma bench inbound`: signed texts against `gaisma serve`, beside a bare Flask view."""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.bench.client import Load, answered, run_load, signed_request
from bot.bench.rows import Measured, compared, percentile
from intents.phrases import load_phrases

TOKEN = "bench-token"  # noqa: S105 - signs only this measurement's own requests
START_SECONDS = 30


@dataclass
class Side:
    """One of the servers measured, with what came of its rounds."""

    name: str
    port: int
    prefix: str
    loads: list[Load] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(load.rate for load in self.loads)

    @property
    def p99(self) -> float:
        """The median over the rounds of each round's p99, ms."""
        return statistics.median(percentile(load.latencies, 0.99) for load in self.loads)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def measure(connections: int, texts: int, rounds: int, *, repeating: bool) -> list[Measured]:
    """Ours at FULL, ours at NORMAL and the floor, in turn; medians over the rounds."""
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder, _servers(folder) as sides:
        ours, normal, floor = sides
        for number in range(-1, rounds):
            for side in sides:
                made = requests(side, texts, number, repeating=repeating)
                load = run_load("127.0.0.1", side.port, made, connections)
                if load.failed:
                    raise click.ClickException(f"{side.name} refused {load.failed} texts.")
                if number >= 0:  # the first round warms up
                    side.loads.append(load)
                click.echo(f"  {side.name}: {load.rate:.0f}/s", err=True)
    return [
        compared(
            f"texts a second, {connections} connections", ours.rate, floor.rate, "1/s", ours.p99
        ),
        compared("p99", ours.p99, floor.p99, "ms"),
        compared("synchronous FULL beside NORMAL", ours.rate, normal.rate, "1/s"),
    ]


@contextmanager
def _servers(folder: str) -> Iterator[tuple[Side, Side, Side]]:
    sides = tuple(Side(name, free_port(), letter) for name, letter in
                  (("ours FULL", "a"), ("ours NORMAL", "b"), ("floor", "c")))  # fmt: skip
    started = []
    try:
        for side in sides[:2]:
            database = f"sqlite:///{folder}/{side.prefix}.db"
            seed(database)
            started.append(start(side, f"{database}?synchronous={side.name.split()[1]}"))
        started.append(_start_floor(sides[2], f"sqlite:///{folder}/c.db"))
        for side in sides:
            await_start(side)
        yield sides  # type: ignore[misc]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


def start(
    side: Side, database: str, *options: str, worker: bool = False
) -> subprocess.Popen[bytes]:
    """`gaisma serve` on this database, taking texts signed with the token of the bench."""
    command = ["bot.cli", "serve", "--port", str(side.port), *options]
    return _spawn(command if worker else [*command, "--no-worker"], side, database)


def _start_floor(side: Side, database: str) -> subprocess.Popen[bytes]:
    return _spawn(["bot.bench.floor", str(side.port), database, TOKEN, side.url], side, database)


def _spawn(command: list[str], side: Side, database: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "GAISMA_DATABASE_URL": database,
        "GAISMA_PUBLIC_URL": side.url,
        "GAISMA_SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "GAISMA_POLICY": str(Path(__file__).with_name("policy.toml")),
    }
    return subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.DEVNULL
    )


def seed(database_url: str) -> None:
    from bot.demo import build
    from storage import open_database

    database = open_database(database_url)
    database.migrate()
    build(database, datetime.now(UTC))
    database.close()


def await_start(side: Side) -> None:
    """Wait until the server answers. Raises ClickException when it does not."""
    until = time.monotonic() + START_SECONDS
    while not answered("127.0.0.1", side.port):
        if time.monotonic() > until:
            raise click.ClickException(f"{side.name} did not start within {START_SECONDS} s.")
        time.sleep(0.05)


def requests(side: Side, count: int, number: int, *, repeating: bool = True) -> list[bytes]:
    """Signed texts in three languages from many phones, seeded by the round."""
    return signed(side, _texts(random.Random(number), count, repeating), number)


def signed(side: Side, texts: Sequence[str], number: int) -> list[bytes]:
    """A request for each text, from phones and with ids that are seeded by the round."""
    chance = random.Random(f"phones {number}")
    return [
        signed_request(
            f"{side.url}/sms/inbound", TOKEN, _form(chance, f"{number + 1:08x}{i:024x}", text)
        )
        for i, text in enumerate(texts)
    ]


def _form(chance: random.Random, sid: str, text: str) -> dict[str, str]:
    return {
        "MessageSid": f"SM{sid}",
        "AccountSid": "AC" + "0" * 32,
        "From": f"+3712{chance.randint(0, 9_999_999):07d}",
        "To": "+37160000000",
        "Body": text,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }


def _texts(chance: random.Random, count: int, repeating: bool) -> list[str]:
    """Texts as in a storm: few ways to say it make up most (weights 1/rank), every sixth names an
    address. Not `repeating`: each has an address or a number that no other has.
    """
    phrases = [phrase.text for phrase in load_phrases()]
    random.Random(1).shuffle(phrases)
    weights = [1 / rank for rank in range(1, len(phrases) + 1)] if repeating else None
    texts = []
    for index, text in enumerate(chance.choices(phrases, weights, k=count)):
        if index % 6 == 0:
            text = f"{text}, Brīvības {chance.randint(1, 200)}-{chance.randint(1, 60)}"
        texts.append(text if repeating else f"{text} {chance.randint(1000, 9_999_999)}")
    return texts


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
