"""Web and worker killed at random moments while texts come in, outages are told and receipts come.

What must hold afterwards: every text that was answered has exactly one turn; every notice has at
most one message a channel, and the provider got none of them twice; every message has a final
status or stands on somebody's list. On PostgreSQL the server is killed as well. Twelve kills
(eight there) run always, two hundred with

    GAISMA_LONG_FAULTS=1 ./run test tests/faults/test_random_kills.py -s
"""

from __future__ import annotations

import http.client
import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from storage import Database, open_database
from tests.bot import grid
from tests.doubles import twilio as double
from tests.faults.hosts import Server, database_server
from tests.faults.test_worker_kill import LONG, ROOT, Workers, serving_double
from tests.served import free_port, text_fields

FAULTY = "reset_after=0.02,reset_before=0.02,after500=0.02,before500=0.02,busy=0.03"
TOLD_EACH = 4  # customers told of each outage
TEXTERS = 3
TEXTS = (
    "Labdien", "nav elektrības", "нет света", "STOP", "START", "operators", "1", "jā",
    "vads uz zemes dzirksteļo", "когда будет свет?", "no power at home", "cik ilgi vēl?",
)  # fmt: skip
# Nothing more can become of these, or a person has them on a list.
FINAL = ("accepted", "sent", "delivered", "failed", "withdrawn", "expired", "set_aside", "received")


class Lives:
    """The two processes of an installation; `kill` ends one of them and begins it anew.

    `others` are killed as well: a database of its own, where there is one.
    """

    def __init__(self, folder: Path, api: str, url: str = "") -> None:
        self.port = free_port()
        self.public_url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "lives.log"
        environment = {
            **Workers(folder, api, 200).environment,
            "GAISMA_PUBLIC_URL": self.public_url, "LIVES_LOG": str(self.log),
            "GAISMA_SPOOL": str(folder / "gaisma.db.spool"),
        }  # fmt: skip
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.whole_lives", str(self.port)],
            cwd=ROOT, env=environment | ({"GAISMA_DATABASE_URL": url} if url else {}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._read() == "ready"
        self.pids = {role: self._begin(role) for role in ("web", "worker")}
        self.others: dict[str, Callable[[], None]] = {}

    def kill(self, role: str) -> None:
        if role in self.others:
            self.others[role]()
            return
        os.kill(self.pids[role], signal.SIGKILL)
        self.pids[role] = self._begin(role)

    def end(self) -> None:
        for pid in self.pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(BrokenPipeError):
            self._nursery.communicate(timeout=30)

    def _begin(self, role: str) -> int:
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(f"{role}\n")
        self._nursery.stdin.flush()
        return int(self._read())

    def _read(self) -> str:
        assert self._nursery.stdout is not None
        return self._nursery.stdout.readline().strip()


class Carrier:
    """Brings texts, each again and again until it is answered with 200, as a carrier would."""

    def __init__(self, public_url: str, seed: int) -> None:
        self._url, self._dice = public_url, random.Random(seed)
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self.taken: set[str] = set()
        self.answers: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._run) for _ in range(TEXTERS)]
        for thread in self._threads:
            thread.start()

    def progress(self) -> int:
        return self.answers[200]

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            number = next(self._numbers)
            sid = f"SM{number:032d}"
            phone = grid.phone(self._dice.randint(1, 40))
            fields = text_fields(sid, self._dice.choice(TEXTS), phone)
            end = time.monotonic() + 60
            while not (answered := self._post(fields) == 200) and time.monotonic() < end:
                time.sleep(0.1)
            if self._dice.random() < 0.2:
                answered |= self._post(fields) == 200
            if answered:
                self.taken.add(sid)
            time.sleep(0.02)

    def _post(self, fields: list[tuple[str, str]]) -> int:
        signature = RequestValidator(double.TOKEN).compute_signature(
            f"{self._url}/sms/inbound", dict(fields)
        )
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature
        }  # fmt: skip
        connection = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=15)
        try:
            connection.request("POST", "/sms/inbound", urlencode(fields), headers)
            response = connection.getresponse()
            response.read()
            self.answers[response.status] += 1
            return response.status
        except (OSError, http.client.HTTPException):
            self.answers[0] += 1
            return 0
        finally:
            connection.close()


class Journal:
    """What the provider has accepted."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def progress(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0


def wait_for_work(of: Carrier | Journal) -> None:
    """Until the process has done something since it began, but not for long."""
    before, end = of.progress(), time.monotonic() + 10
    while of.progress() == before and time.monotonic() < end:
        time.sleep(0.02)


def tell_of_an_outage(database: Database, number: int) -> None:
    """A new fault; the one of two rounds ago is over."""
    now = datetime.now(UTC)
    fault = replace(
        grid.FAULT, external_id=f"K{number}", starts_at=now - timedelta(minutes=5),
        transformer=f"TK{number}",
    )  # fmt: skip
    changes = [fault]
    if number >= 2:
        changes.append(
            replace(fault, external_id=f"K{number - 2}", transformer=f"TK{number - 2}", sequence=2,
                    state="restored", ends_at=now)
        )  # fmt: skip
    grid.change(database, *changes, now=now)


@contextmanager
def living(folder: Path, seed: int, url: str = "") -> Iterator[Lives]:
    options = (
        "--latency", "0.05", "--plan", FAULTY, "--seed", str(seed), "--callbacks",
        "--callback-share", "0.5",
    )  # fmt: skip
    with serving_double(folder / "journal.jsonl", *options) as api:
        lives = Lives(folder, api, url)
        try:
            yield lives
        finally:
            lives.end()


def kill_at_random(
    database: Database, folder: Path, *, kills: int, seed: int, server: Server | None = None
) -> None:
    """`server`: of the database, when it is to be killed as well."""
    dice, ends, began = random.Random(seed), Counter[str](), time.monotonic()
    journal = Journal(folder / "journal.jsonl")
    for number in range(kills):
        first = 1 + number * TOLD_EACH
        grid.people(database, range(first, first + TOLD_EACH), transformer=f"TK{number}")
    with living(folder, seed, server.database("postgres") if server else "") as lives:
        if server is not None:
            lives.others["database"] = server.kill
        carrier = Carrier(lives.public_url, seed)
        try:
            for number in range(kills):
                tell_of_an_outage(database, number)
                role = dice.choice(("web", "worker", *lives.others))
                if dice.random() < 0.75:  # else it is killed while it starts
                    wait_for_work(carrier if role == "web" else journal)
                time.sleep(dice.uniform(0, 0.5))
                lives.kill(role)
                ends[role] += 1
        finally:
            carrier.stop()
        settle(database, folder)
    seconds = round(time.monotonic() - began, 1)
    report(database, folder, carrier, {"kills": dict(ends), "seconds": seconds})
    log = lives.log.read_text()
    assert grid.phone(1)[:6] not in log


def settle(database: Database, folder: Path) -> None:
    """Until nothing is under way any more."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        time.sleep(0.5)
        spooled = [*folder.glob("gaisma.db.spool/*.json")]
        waits = database.all(
            "SELECT 1 FROM campaigns WHERE state IN ('approved', 'canary', 'sending')"
        )
        if not (undone(database) or spooled or waits):
            return


def undone(database: Database) -> int:
    marks = ", ".join("?" * len(FINAL))
    return len(database.all(f"SELECT 1 FROM messages WHERE status NOT IN ({marks})", FINAL))


def count(database: Database, sql: str) -> int:
    return len(database.all(sql))


def report(
    database: Database, folder: Path, carrier: Carrier, figures: dict[str, object]
) -> None:  # fmt: skip
    """Print what was counted; fails when one of the rules is broken."""
    sent = Counter(
        line["callback"].rpartition("/")[2]
        for line in double.read_journal(folder / "journal.jsonl")
    )
    stored = {
        row["provider_id"]
        for row in database.all("SELECT provider_id FROM messages WHERE direction = 'in'")
    }
    said = {
        row["id"]
        for row in database.all(
            """SELECT id FROM messages WHERE direction = 'out' AND lane = 'alert'
               AND status IN ('accepted', 'sent', 'delivered')"""
        )
    }
    bad = {
        "texts lost": len(carrier.taken - stored),
        "texts twice": count(database, """SELECT 1 FROM messages WHERE direction = 'in'
            GROUP BY provider, provider_id HAVING count(*) > 1"""),
        "texts without a turn": count(database, """SELECT 1 FROM messages m
            LEFT JOIN turns t ON t.message_id = m.id
            WHERE m.direction = 'in' AND t.message_id IS NULL"""),
        "notices twice on a channel": count(database, """SELECT 1 FROM notice_messages n
            JOIN messages m ON m.id = n.message_id
            GROUP BY n.notice_id, m.channel, m.peer HAVING count(*) > 1"""),
        "messages sent twice": sum(n - 1 for n in sent.values()),
        "messages said to be sent, and not": len(said - set(sent)),
        "messages undone": undone(database),
        "outages untold": count(database, """SELECT 1 FROM outages o WHERE NOT EXISTS
            (SELECT 1 FROM notices n WHERE n.outage_id = o.id)"""),
    }  # fmt: skip
    figures |= {
        "texts": len(carrier.taken), "answers": dict(carrier.answers),
        "notices": count(database, "SELECT 1 FROM notices"), "messages sent": len(sent),
        "receipts": count(database, "SELECT 1 FROM receipts"),
    }  # fmt: skip
    print(f"\n{figures}\n{bad}")
    assert not any(bad.values()), bad
    assert carrier.taken
    assert sent


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_twelve_kills_over_the_whole_path_break_no_rule(database: Database, tmp_path: Path) -> None:
    kill_at_random(database, tmp_path, kills=12, seed=12)


def kill_servers_too(folder: Path, *, kills: int, seed: int) -> None:
    # A commit that was answered must be in the log: the server is killed for real.
    with database_server(settings={"synchronous_commit": "on"}) as server:
        database = open_database(server.database("postgres"))
        try:
            database.migrate()
            kill_at_random(database, folder, kills=kills, seed=seed, server=server)
        finally:
            database.close()


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_eight_kills_with_the_database_server_among_the_killed_break_no_rule(
    tmp_path: Path,
) -> None:
    kill_servers_too(tmp_path, kills=8, seed=13)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not LONG, reason="the long form: GAISMA_LONG_FAULTS=1")
def test_two_hundred_kills_with_the_database_server_among_the_killed_break_no_rule(
    tmp_path: Path,
) -> None:
    kill_servers_too(tmp_path, kills=200, seed=int(os.environ.get("SEED", "201")))


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not LONG, reason="the long form: GAISMA_LONG_FAULTS=1")
def test_two_hundred_kills_over_the_whole_path_break_no_rule(
    database: Database, tmp_path: Path
) -> None:
    kill_at_random(database, tmp_path, kills=200, seed=int(os.environ.get("SEED", "200")))
