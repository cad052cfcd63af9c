"""`gaisma bench public`: visitors of the public page in a storm, beside nginx and beside texts.

The storm comes to the process of the texts, and to one of its own (`serve --only public`), in turn.
Outages change every second meanwhile, so that pages are made anew all the time. The visitors are a
process of their own, and come whether or not the last were answered.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import quote

import click

from bot.bench import country, inbound
from bot.bench.client import Load, answered, run_load, run_paced
from bot.bench.inbound import Side, await_start, free_port, start
from bot.bench.processes import begin, begun, end, said
from bot.bench.rows import Measured, percentile
from storage import customers, open_database
from storage.lists import in_chunks
from storage.outages import OutageChange, load_outage

PREMISES_OF_ONE = 100
TEXTS_A_SECOND = 100
VISITS_AT_ONCE = 32
PLACES = 300  # that are searched for, some more often
_CREWS = ("handed_over", "on_way", "working")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@dataclass(frozen=True, slots=True)
class Size:
    """Outages that last, visits a second, and seconds of each round."""

    outages: int
    visits: int
    seconds: int


def measure(size: Size, rounds: int) -> list[Measured]:
    """Ours and nginx in turn, then texts alone and beside the storm in turn; medians."""
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder:
        url = f"sqlite:///{folder}/public.db"
        _fill(url, size.outages)
        side, apart = Side("ours", free_port(), "p"), Side("public", free_port(), "p")
        started = [start(side, url)]
        try:
            await_start(side)
            body = _first_page(side.port)
            with _nginx(Path(folder), body) as floor:
                rows = _beside_nginx(side, floor, rounds, len(body))
            started.append(start(apart, url, "--only", "public"))
            await_start(apart)
            return rows + _beside_texts(side, apart, url, size, rounds)
        finally:
            for process in started:
                process.terminate()
            for process in started:
                end(process)


def _fill(url: str, outages: int) -> None:
    database, now = open_database(url), datetime.now(UTC)
    database.migrate()
    rows = [
        {
            "eic": eic, "customer_number": "C1", "address": address, "town": town, "postcode": "",
            "meter_number": "", "transformer": f"TP-{number // PREMISES_OF_ONE}", "feeder": "F-1",
            "life_support": 0, "lat": 56.5 + number % 997 / 1000, "lon": 24 + number % 3989 / 1000,
        }
        for number, (eic, address, town) in enumerate(_homes(outages))
    ]  # fmt: skip
    owner = {
        "customer_number": "C1", "name": "Bench", "kind": "business", "language": "lv",
        "postal_address": "", "postcode": "",
    }  # fmt: skip
    database.transaction(lambda tx: customers.load_customers(tx, [owner], now))
    for some in in_chunks(rows, 5000):
        database.transaction(
            lambda tx, some=some: customers.load_premises(tx, some, now)  # type: ignore[misc]
        )
    for number in range(outages):
        change = _change(number, 1, now)
        database.transaction(
            lambda tx, change=change: load_outage(tx, change, by="bench", now=now)  # type: ignore[misc]
        )
    database.close()


@cache
def _homes(outages: int) -> list[country.Row]:
    """The homes of a made-up country, so many for each outage; neighbours stand together."""
    return list(country.premises(outages * PREMISES_OF_ONE))


def _change(number: int, sequence: int, now: datetime) -> OutageChange:
    return OutageChange(
        external_id=f"B-{number}", sequence=sequence, kind="unplanned", state="active",
        starts_at=now.replace(microsecond=0) - timedelta(hours=1),
        ends_at=now.replace(microsecond=0) + timedelta(hours=3), reason="storm",
        transformer=f"TP-{number}", crew=_CREWS[sequence % len(_CREWS)],
    )  # fmt: skip


# --- beside nginx ---------------------------------------------------------------------------


def _visit(path: str, language: str = "lv") -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n"
        f"Accept-Language: {language}\r\n\r\n"
    ).encode()


def _first_page(port: int) -> bytes:
    """The packed bytes of the first page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Accept-Encoding": "gzip", "Accept-Language": "lv"})
    body = connection.getresponse().read()
    connection.close()
    return body


@contextmanager
def _nginx(folder: Path, body: bytes) -> Iterator[int]:
    """nginx with one file of these bytes, on a port of its own; 0 where it is not installed."""
    if NGINX is None:
        click.echo("  nginx is not installed (apt-get install nginx): no floor.", err=True)
        yield 0
        return
    port, root = free_port(), folder / "files"
    root.mkdir()
    (root / "page").write_bytes(body)
    (folder / "nginx.conf").write_text(_CONFIG.format(folder=folder, root=root, port=port))
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = begin(command, told=None, errors=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 10
        while not answered("127.0.0.1", port, "/page"):
            if time.monotonic() > until:
                raise click.ClickException("nginx did not start within 10 s.")
            time.sleep(0.05)
        yield port
    finally:
        end(process)


_CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
user root;
events {{ worker_connections 256; }}
http {{
    access_log off; sendfile on; keepalive_requests 10000000; default_type text/html;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def _beside_nginx(side: Side, floor: int, rounds: int, size: int) -> list[Measured]:
    ours: list[Load] = []
    theirs: list[Load] = []
    for number in range(-1, rounds):
        load = _checked(run_load("127.0.0.1", side.port, [_visit("/")] * 5000, VISITS_AT_ONCE))
        ours += [load] * (number >= 0)
        if floor:
            load = _checked(run_load("127.0.0.1", floor, [_visit("/page")] * 5000, VISITS_AT_ONCE))
            theirs += [load] * (number >= 0)
        click.echo(f"  first page: {load.rate:.0f}/s", err=True)
    what = f"first page of {size:,} bytes"
    return [
        _row(f"{what}, a second", _rate(ours), _rate(theirs), "1/s", _part(ours, 0.99)),
        _row(f"{what}, p50", _part(ours, 0.5), _part(theirs, 0.5), "ms"),
        _row(f"{what}, p99", _part(ours, 0.99), _part(theirs, 0.99), "ms"),
    ]


def _checked(load: Load) -> Load:
    if load.failed:
        raise click.ClickException(f"{load.failed} visits were refused.")
    return load


def _rate(loads: Sequence[Load]) -> float | None:
    return statistics.median(load.rate for load in loads) if loads else None


def _part(loads: Sequence[Load], share: float) -> float | None:
    parts = [percentile(load.latencies, share) for load in loads]
    return statistics.median(parts) if parts else None


def _row(
    what: str, ours: float | None, floor: float | None, unit: str, p99: float | None = None
) -> Measured:  # fmt: skip
    ratio = round(ours / floor, 3) if ours is not None and floor else None
    rounded = [None if each is None else round(each, 2) for each in (ours, floor, p99)]
    return Measured(what, rounded[0], rounded[1], ratio, unit, rounded[2])


# --- beside texts ---------------------------------------------------------------------------


@dataclass
class _Storms:
    """Visitors at a process: what they saw, and the p99 of texts beside them, of each round."""

    where: str
    port: int
    beside: list[float] = field(default_factory=list)
    visits: list[dict[str, float]] = field(default_factory=list)


def _beside_texts(side: Side, apart: Side, url: str, size: Size, rounds: int) -> list[Measured]:
    alone: list[float] = []
    storms = (_Storms("one process", side.port), _Storms("apart", apart.port))
    numbers = itertools.count()
    with _changing(url, size.outages):
        for each in storms:
            with _Storm(each.port, replace(size, seconds=3), -1):
                _texts(side, 4, -1 - storms.index(each))
        for number in range(rounds):
            alone.append(_texts(side, size.seconds, next(numbers)))
            for each in storms:
                with _Storm(each.port, size, number) as storm:
                    each.beside.append(_texts(side, size.seconds, next(numbers)))
                each.visits.append(storm.seen)
            beside = ", ".join(f"{each.beside[-1]:.1f}" for each in storms)
            click.echo(f"  texts p99 {alone[-1]:.1f} alone, beside {beside} (apart) ms", err=True)
    return [row for each in storms for row in _storm_rows(each, size, statistics.median(alone))]


def _storm_rows(each: _Storms, size: Size, alone: float) -> list[Measured]:
    told = {key: statistics.median(seen[key] for seen in each.visits) for key in each.visits[0]}
    storm_of = f"{size.visits:,} visits a second"
    return [
        _row(f"{storm_of}: answered; {each.where}", told["rate"], None, "1/s", told["p99"]),
        _row(f"{storm_of}: p50; {each.where}", told["p50"], None, "ms"),
        _row(f"{storm_of}: asked to come back; {each.where}", told["refused"], None, "%"),
        _row(
            f"{TEXTS_A_SECOND} texts/s, p99 beside {storm_of}, and alone; {each.where}",
            statistics.median(each.beside), alone, "ms",
        ),
    ]  # fmt: skip


def _texts(side: Side, seconds: int, number: int) -> float:
    """The p99 of so many seconds of texts, ms."""
    made = inbound.requests(side, seconds * TEXTS_A_SECOND, number)
    load = run_paced("127.0.0.1", side.port, made, TEXTS_A_SECOND)
    if load.failed:
        raise click.ClickException(f"{load.failed} texts were refused.")
    return percentile(load.latencies, 0.99)


@contextmanager
def _changing(url: str, outages: int) -> Iterator[None]:
    """Every second another outage has news."""
    ends = threading.Event()

    def work() -> None:
        database, number = open_database(url), 0
        while not ends.wait(1.0):
            now = datetime.now(UTC)
            change = _change(number % outages, 2 + number // outages, now)
            database.transaction(
                lambda tx, change=change, now=now: load_outage(tx, change, by="bench", now=now)  # type: ignore[misc]
            )
            number += 1
        database.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


class _Storm:
    """All visitors, in another process, for a little longer than the block lasts."""

    def __init__(self, port: int, size: Size, seed: int) -> None:
        words = map(str, (port, size.outages, size.visits, size.seconds + 2, seed))
        self._command = [sys.executable, "-m", "bot.bench.public", *words]
        self.seen: dict[str, float] = {}

    def __enter__(self) -> _Storm:
        # Real visitors have processors of their own: here they take what the servers leave.
        command = ["nice", "-n", "10", *self._command]
        self._process = begun(command)  # its requests are made
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None:
            end(self._process)
            return
        try:
            self.seen = json.loads(said(self._process, 120))
        except subprocess.CalledProcessError as error:
            raise click.ClickException("the visitors failed; the lines above say why.") from error


def _visits(outages: int, count: int, seed: int) -> list[bytes]:
    """What people ask for: mostly the first page; searches for the same places again and again."""
    chance, homes = random.Random(seed), _homes(outages)
    languages = ("lv", "lv", "ru", "en")
    made = []
    for _ in range(count):
        kind, language = chance.random(), chance.choice(languages)
        if kind < 0.75:
            made.append(_visit("/", language))
        elif kind < 0.95:
            place = int(PLACES * chance.random() ** 3) * 7919 % len(homes)
            _, address, town = homes[place]
            made.append(_visit(f"/search?q={quote(f'{address}, {town}')}&lang={language}"))
        else:
            feed = chance.choice(("json", "geojson", "atom", "ics"))
            made.append(_visit(f"/outages.{feed}"))
    return made


def _storm(port: int, size: Size, seed: int) -> dict[str, float]:
    made = _visits(size.outages, size.visits * size.seconds, seed)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    load = run_paced("127.0.0.1", port, made, size.visits)
    return {
        "rate": load.rate,
        "p50": percentile(load.latencies, 0.5),
        "p99": percentile(load.latencies, 0.99),
        "refused": 100 * load.failed / max(1, len(load.latencies)),
    }


if __name__ == "__main__":
    _port, *_size, _seed = map(int, sys.argv[1:])
    sys.stdout.write(json.dumps(_storm(_port, Size(*_size), _seed)))
