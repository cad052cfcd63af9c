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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.bench.client import Load, answered, run_load, signed_request
from bot.bench.processes import begin, end
from bot.bench.rows import Measured, compared, percentile
from intents.phrases import load_phrases

TOKEN = "bench-token"  # noqa: S105 - signs only this measurement's own requests
START_SECONDS = 120


@dataclass
class Side:
    """One of the servers measured, with what came of its rounds."""

    name: str
    port: int
    prefix: str
    loads: list[Load] = field(default_factory=list)

    def keep(self, load: Load, number: int) -> None:
        """What came of a round; one before the first only warmed up."""
        if load.failed:
            raise click.ClickException(f"{self.name} refused {load.failed} texts.")
        if number >= 0:
            self.loads.append(load)
        click.echo(f"  {self.name}: {load.rate:.0f}/s", err=True)

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


def measure(
    connections: int, texts: int, rounds: int, *, repeating: bool, postgres: str = ""
) -> list[Measured]:
    """Ours at FULL, ours at NORMAL and the floor, in turn; medians over the rounds.

    `postgres`: the address of a server, on which ours and the floor are measured too, beside the
    statements of a turn alone.
    """
    with ExitStack() as undo:
        folder = undo.enter_context(tempfile.TemporaryDirectory(prefix="gaisma-bench-"))
        sides = [*undo.enter_context(_servers(_in_files(folder)))]
        bare, run_bare = Side("the statements alone", 0, ""), None
        if postgres:
            # Late: the driver is an extra.
            from bot.bench.bare import statements_alone
            from storage.rooms import rooms

            addresses = undo.enter_context(rooms(postgres, ("ours", "floor", "bare")))
            sides += undo.enter_context(_servers(_on_server(addresses)))
            run_bare = undo.enter_context(statements_alone(addresses[2], connections))
        for number in range(-1, rounds):  # the first round warms up
            for side in sides:
                made = requests(side, texts, number, repeating=repeating)
                side.keep(run_load("127.0.0.1", side.port, made, connections), number)
            if run_bare:
                bare.keep(run_bare(texts), number)
    rows = _rows(sides, connections)
    return [*rows, *_rows_on_server(sides, bare)] if run_bare else rows


def _rows(sides: Sequence[Side], connections: int) -> list[Measured]:
    ours, normal, floor = sides[:3]
    return [
        compared(
            f"texts a second, {connections} connections", ours.rate, floor.rate, "1/s", ours.p99
        ),
        compared("p99", ours.p99, floor.p99, "ms"),
        compared("synchronous FULL beside NORMAL", ours.rate, normal.rate, "1/s"),
    ]


def _rows_on_server(sides: Sequence[Side], bare: Side) -> list[Measured]:
    file, _, file_floor, ours, floor = sides
    return [
        compared("PostgreSQL: texts a second", ours.rate, floor.rate, "1/s", ours.p99),
        compared("PostgreSQL: p99", ours.p99, floor.p99, "ms"),
        compared("PostgreSQL: beside the statements alone", ours.rate, bare.rate, "1/s"),
        compared("PostgreSQL beside SQLite", ours.rate, file.rate, "1/s"),
        compared("the floors, PostgreSQL beside SQLite", floor.rate, file_floor.rate, "1/s"),
    ]


@dataclass(frozen=True)
class _Served:
    """A server to be measured: its database, and whether it is ours or the floor."""

    name: str
    database: str
    is_floor: bool = False


def _in_files(folder: str) -> list[_Served]:
    return [
        _Served("ours FULL", f"sqlite:///{folder}/a.db?synchronous=FULL"),
        _Served("ours NORMAL", f"sqlite:///{folder}/b.db?synchronous=NORMAL"),
        _Served("floor", f"sqlite:///{folder}/c.db", is_floor=True),
    ]


def _on_server(addresses: Sequence[str]) -> list[_Served]:
    return [
        _Served("ours PostgreSQL", addresses[0]),
        _Served("floor PostgreSQL", addresses[1], is_floor=True),
    ]


@contextmanager
def _servers(served: Sequence[_Served]) -> Iterator[list[Side]]:
    sides = [Side(each.name, free_port(), each.name[:1]) for each in served]
    started = []
    try:
        for side, each in zip(sides, served, strict=True):
            if each.is_floor:
                started.append(_start_floor(side, each.database))
            else:
                seed(each.database)
                started.append(start(side, each.database))
        for side in sides:
            await_start(side)
        yield sides
    finally:
        for process in started:
            process.terminate()  # all at once: each takes a while
        for process in started:
            end(process)


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
    return begin([sys.executable, "-m", *command], environment=environment, told=subprocess.DEVNULL)


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
