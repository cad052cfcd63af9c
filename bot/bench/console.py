"""`gaisma bench console`: many open inboxes beside the texts of customers.

Each console does as the script of the page does: it opens the inbox, then asks every 2.5 seconds
whether its list is still what it has; now and then somebody opens the page anew. The consoles are a
process of their own, so that what they cost this side is no time of the texts.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import click

from bot.bench.client import Load, run_paced
from bot.bench.inbound import Side, await_start, free_port, signed, start
from bot.bench.processes import begun, end, said
from bot.bench.rows import Measured, compared, percentile
from intents.phrases import load_phrases
from storage import Tx, agents, benchmark, open_database

EVERY = 2.5  # seconds between the questions of one console
PAGES_A_SECOND = 4  # opened anew, by all consoles together
TEXTS_A_SECOND = 100
WARM_SECONDS = 5
CALM_EVERY = 2000  # one text of so many asks for a person, and so changes all lists
ROWS_AT_ONCE = 10_000
_CALM = frozenset(("report_fault", "outage_status", "planned_outages", "thanks", "greeting"))
_LIVE = re.compile(r'data-live="([^"]*)" data-version="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each there are; `waiting` of the conversations wait for a person."""

    conversations: int
    consoles: int
    waiting: int
    seconds: int  # a round, of each side


@dataclass
class Seen:
    """What the consoles saw of one round: latencies in ms."""

    pages: list[float] = field(default_factory=list)
    unchanged: list[float] = field(default_factory=list)  # 204
    changed: list[float] = field(default_factory=list)  # 200
    failed: int = 0

    @property
    def polls(self) -> list[float]:
        return [*self.unchanged, *self.changed]


def measure(size: Size, rounds: int) -> list[Measured]:
    """The inbox and its questions, and the p99 of texts with and without consoles, in turn: with
    those in the process of the texts, and in one of their own (`serve --only console`)."""
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder:
        url = f"sqlite:///{folder}/console.db"
        _fill(url, size)
        together, apart = Side("ours", free_port(), "k"), Side("console", free_port(), "k")
        started = [start(together, url, worker=True)]
        try:
            await_start(together)
            started.append(start(apart, url, "--only", "console"))
            await_start(apart)
            texts = iter(_texts(together, (3 * rounds * size.seconds + 2 * WARM_SECONDS)))
            few = replace(size, consoles=min(12, size.consoles), seconds=4)
            for side in (together, apart):
                with _Consoles(side, few, -1):
                    _send(together, texts, WARM_SECONDS)
            sides = (_Sides(together), _Sides(apart))
            alone = [_round(together, sides, texts, size, number) for number in range(rounds)]
        finally:
            for process in started:
                process.terminate()
            for process in started:
                end(process)
    return _rows(size, alone, *sides)


@dataclass
class _Sides:
    """Consoles at a process: what they saw, and the p99 of texts beside them, of each round."""

    side: Side
    beside: list[float] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)


def _round(together: Side, sides: Sequence[_Sides], texts: Any, size: Size, number: int) -> float:
    """One measurement of each; the p99 without consoles, ms."""
    alone = _p99(_send(together, texts, size.seconds))
    for each in sides:
        with _Consoles(each.side, size, number) as consoles:
            each.beside.append(_p99(_send(together, texts, size.seconds)))
        _add(each.seen, consoles.seen)
    beside = ", ".join(f"{each.beside[-1]:.1f}" for each in sides)
    click.echo(f"  p99 alone {alone:.1f}, beside {beside} (apart) ms", err=True)
    return alone


def _rows(size: Size, alone: Sequence[float], together: _Sides, apart: _Sides) -> list[Measured]:
    what = f"{size.conversations} conversations, {size.consoles} consoles"
    floor = statistics.median(alone)
    rows = []
    for each, where in ((together, "one process"), (apart, "apart")):
        seen = each.seen
        share = 100 * len(seen.unchanged) / max(1, len(seen.polls))
        rows += [
            _row(f"inbox page p95; {what}; {where}", seen.pages, "ms"),
            _row(f"question p95, nothing new (204); {where}", seen.unchanged, "ms"),
            _row(f"question p95, a new list (200); {where}", seen.changed, "ms"),
            Measured(f"questions with nothing new; {where}", ours=round(share, 1), unit="%"),
            compared(f"text p99 with consoles, beside without; {TEXTS_A_SECOND}/s; {where}",
                     statistics.median(each.beside), floor, "ms"),
        ]  # fmt: skip
    return rows


def _row(what: str, latencies: Sequence[float], unit: str) -> Measured:
    if not latencies:
        return Measured(what, unit=unit)
    p95, p99 = percentile(latencies, 0.95), percentile(latencies, 0.99)
    return Measured(what, ours=round(p95, 2), unit=unit, p99_ms=round(p99, 2))


# --- the data ---------------------------------------------------------------------------------


def _fill(url: str, size: Size) -> None:
    database = open_database(f"{url}?synchronous=OFF")
    database.migrate()
    now = datetime.now(UTC)
    each = max(2, size.conversations // max(1, size.waiting))
    for first in range(1, size.conversations + 1, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE - 1, size.conversations)
        database.transaction(_people(first, last, now))
        database.transaction(_talks((first, last), each, size.consoles, now))
    for number in range(size.consoles):
        database.transaction(_agent(number, now))
    database.close()


def _people(first: int, last: int, now: datetime) -> Callable[[Tx], None]:
    return lambda tx: benchmark.add_people(tx, first, last, per_mille=1000, now=now)


def _talks(span: tuple[int, int], each: int, many: int, now: datetime) -> Callable[[Tx], None]:
    first, last = span
    return lambda tx: benchmark.add_conversations(tx, first, last, each=each, agents=many, now=now)


def _agent(number: int, now: datetime) -> Callable[[Tx], None]:
    """One who is signed in; nobody can sign in as them by a password."""

    def work(tx: Tx) -> None:
        name = f"agent{number}"
        agents.add(
            tx, name, full_name=f"Agent {number}", roles="agent", password_hash="!",  # noqa: S106
            language=("lv", "ru", "en")[number % 3], now=now, must_change=False,
        )  # fmt: skip
        hashed = hashlib.sha256(_token(number).encode()).hexdigest()  # as sign_in keeps it
        agents.open_session(
            tx, hashed, name, passed=True, now=now, address="127.0.0.1", browser="bench"
        )

    return work


def _token(number: int) -> str:
    return f"bench-{number}"


# --- the texts --------------------------------------------------------------------------------


def _texts(side: Side, seconds: int) -> list[bytes]:
    """Texts for so long that the bot answers by itself, but for one of CALM_EVERY."""
    count = seconds * TEXTS_A_SECOND
    chance = random.Random("console")
    calm = [phrase.text for phrase in load_phrases() if phrase.intent in _CALM]
    person = [phrase.text for phrase in load_phrases() if phrase.intent == "agent"]
    made = [
        chance.choice(person if n % CALM_EVERY == CALM_EVERY // 2 else calm) for n in range(count)
    ]
    return signed(side, made, 0)


def _send(side: Side, texts: Any, seconds: int) -> Load:
    some = [next(texts) for _ in range(seconds * TEXTS_A_SECOND)]
    load = run_paced("127.0.0.1", side.port, some, TEXTS_A_SECOND)
    if load.failed:
        raise click.ClickException(f"{load.failed} texts got no answer.")
    return load


def _p99(load: Load) -> float:
    return percentile(load.latencies, 0.99)


# --- the consoles -----------------------------------------------------------------------------


class _Consoles:
    """All consoles, in another process, for as long as the block lasts."""

    def __init__(self, side: Side, size: Size, seed: int) -> None:
        words = (str(side.port), str(size.consoles), str(size.seconds), str(seed))
        self._command = [sys.executable, "-m", "bot.bench.console", *words]
        self.seen = Seen()

    def __enter__(self) -> _Consoles:
        self._process = begun(self._command)  # all are open
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None:
            end(self._process)
            return
        try:
            self.seen = Seen(**json.loads(said(self._process, 120)))
        except subprocess.CalledProcessError as error:
            raise click.ClickException("the consoles failed; the lines above say why.") from error
        if self.seen.failed:
            raise click.ClickException(f"{self.seen.failed} questions of consoles were refused.")


def _add(seen: Seen, more: Seen) -> None:
    seen.pages += more.pages
    seen.unchanged += more.unchanged
    seen.changed += more.changed


async def _ask_all(port: int, consoles: int, seconds: float, seed: int) -> Seen:
    """Open all one after another, say so on standard output, and then measure."""
    chance, seen = random.Random(seed), Seen()
    people = [_Console(port, number) for number in range(consoles)]
    for each in people:
        await each.open()
    sys.stdout.write("open\n")
    sys.stdout.flush()
    ends = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(
        *(each.ask(chance.random() * EVERY, ends, seen) for each in people),
        _open_now_and_then(chance.sample(people, len(people)), ends, seen),
    )
    for each in people:
        each.close()
    return seen


async def _open_now_and_then(people: list[_Console], ends: float, seen: Seen) -> None:
    """Some of them open the page anew, PAGES_A_SECOND together."""
    loop = asyncio.get_running_loop()
    for each in itertools.cycle(people):
        await asyncio.sleep(1 / PAGES_A_SECOND)
        if loop.time() > ends:
            return
        seen.pages.append(await each.open())


class _Console:
    """One person with the inbox open."""

    def __init__(self, port: int, number: int) -> None:
        self._port, self._cookie = port, f"gaisma_console={_token(number)}"
        self._connection: _Asking | None = None
        self._lock = asyncio.Lock()
        self._address = self._version = ""

    async def open(self) -> float:
        """The whole page; ms."""
        took, status, _, body = await self._get("/console/inbox")
        found = _LIVE.search(body)
        if status != 200 or found is None:
            raise click.ClickException(f"the inbox answered {status}.")
        self._address, self._version = (unescape(part) for part in found.groups())
        return took

    async def ask(self, after: float, ends: float, seen: Seen) -> None:
        """A question every 2.5 seconds."""
        loop = asyncio.get_running_loop()
        turn = loop.time() + after
        while turn < ends:
            await asyncio.sleep(max(0.0, turn - loop.time()))
            joined = "&" if "?" in self._address else "?"
            path = f"{self._address}{joined}after={self._version}"
            took, status, version, _ = await self._get(path, polled=True)
            if status == 204:
                seen.unchanged.append(took)
            elif status == 200:
                seen.changed.append(took)
                self._version = version
            else:
                seen.failed += 1
            turn += EVERY

    async def _get(self, path: str, *, polled: bool = False) -> tuple[float, int, str, str]:
        async with self._lock:
            if self._connection is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                self._connection = _Asking(reader, writer, self._cookie)
            return await self._connection.get(path, polled=polled)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.writer.close()


@dataclass(frozen=True, slots=True)
class _Asking:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    cookie: str

    async def get(self, path: str, *, polled: bool = False) -> tuple[float, int, str, str]:
        """Milliseconds, status, the version in the answer's head, and its body."""
        mark = "X-Gaisma-Poll: 1\r\n" if polled else ""
        began = asyncio.get_running_loop().time()
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.cookie}\r\n{mark}\r\n"
        self.writer.write(head.encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = (line.partition(": ") for line in head.split("\r\n")[1:])
        names = {name.lower(): value for name, _, value in fields}
        body = await self.reader.readexactly(int(names.get("content-length", "0")))
        took = (asyncio.get_running_loop().time() - began) * 1000
        return took, int(head.split()[1]), names.get("x-gaisma-version", ""), body.decode()


if __name__ == "__main__":
    _seen = asyncio.run(_ask_all(*map(int, sys.argv[1:])))
    sys.stdout.write(json.dumps(vars(_seen)))
