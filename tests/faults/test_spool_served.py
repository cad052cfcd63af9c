"""A real server whose database is held, whose disk is full, whose file is gone; and then killed."""

from __future__ import annotations

import os
import resource
import signal
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from storage import Database, open_database
from tests.doubles import twilio as double
from tests.faults.test_database_faults import held
from tests.faults.test_worker_kill import serving_double
from tests.served import Answer, Served, gaisma, serving, text_fields

DANGER = "Uz ielas nokritis elektrības vads"
KANNEL = "token-of-kannel"
NO_LIMIT = resource.RLIM_INFINITY


def sender(number: int) -> str:
    return f"+3712{number:07d}"


def write(served: Served, number: int, body: str, phone: str = "") -> Answer:
    fields = text_fields(f"SM{number:032d}", body, phone or sender(number))
    return served.post("/sms/inbound", fields)


def said(answer: Answer) -> str:
    """The words of a TwiML answer; '' for an empty one."""
    assert answer.status == 200, answer
    message = ElementTree.fromstring(answer.text).find("Message")
    return "" if message is None else "".join(message.itertext())


def processes(url: str) -> list[int]:
    """The processes that serve this database."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if f"GAISMA_DATABASE_URL={url}".encode() in environment.split(b"\0"):
                found.append(int(folder.name))
    return found


@contextmanager
def full_disk(url: str, size: int) -> Iterator[None]:
    """No file of the server can grow over so many bytes."""
    for pid in processes(url):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, NO_LIMIT))
    try:
        yield
    finally:
        for pid in processes(url):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_LIMIT, NO_LIMIT))


def eventually(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


class Scene:
    """A server with its worker, the provider's double behind it, and what is stored."""

    def __init__(self, folder: Path, api: str) -> None:
        self.folder, self.api = folder, api
        self.url = f"sqlite:///{folder}/gaisma.db"
        self.spool = folder / "gaisma.db.spool"

    @contextmanager
    def serving(self) -> Iterator[Served]:
        more = {"GAISMA_TWILIO_API_URL": self.api, "GAISMA_KANNEL_TOKEN": KANNEL}
        with serving(self.url, self.folder, **more) as served:
            eventually(lambda: len([*self.spool.glob("reserve-*")]) == 256)
            yield served

    @contextmanager
    def stored(self) -> Iterator[Database]:
        database = open_database(self.url)
        yield database
        database.close()

    def waiting(self) -> int:
        return len([*self.spool.glob("*.json")])

    def bodies(self, phone: str) -> list[str]:
        with self.stored() as database:
            rows = database.all(
                "SELECT body FROM messages WHERE direction = 'in' AND peer = ? ORDER BY made_at",
                (phone,),
            )
        return [row["body"] for row in rows]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with serving_double(tmp_path / "journal.jsonl") as api:
        made = Scene(tmp_path, api)
        assert gaisma(made.url, "migrate").returncode == 0
        yield made


@pytest.mark.alone
@pytest.mark.timeout(300)
def test_texts_outlive_every_fault_of_the_database_and_are_answered_once(scene: Scene) -> None:
    same = sender(999)
    with scene.serving() as served:
        assert said(write(served, 0, "Labdien"))
        # Full: the log of the database cannot grow, small files can be made.
        with full_disk(scene.url, 60_000):
            fill_up(served)
            assert [said(write(served, n, f"pilns {n}", same)) for n in (1, 2)] == ["", ""]
            assert "112" in said(write(served, 3, DANGER))
            query = {"token": KANNEL, "id": "k1", "from": sender(4), "text": "Labdien"}
            answer = served.request("GET", f"/kannel/inbound?{urlencode(query)}")
            assert (answer.status, answer.text) == (200, "")
            assert scene.waiting() >= 4
        eventually(lambda: scene.waiting() == 0)
        # Nothing at all can be written: the provider shall try elsewhere, a danger is answered.
        with full_disk(scene.url, 0):
            assert write(served, 5, "Labdien").status == 503
            assert "112" in said(write(served, 6, DANGER))
        eventually(lambda: said_again(served, 5))
        # Deleted, and put back.
        file = scene.folder / "gaisma.db"
        file.rename(scene.folder / "kept.db")
        assert said(write(served, 7, "dzēsts", same)) == ""
        assert not file.exists()
        (scene.folder / "kept.db").rename(file)
        eventually(lambda: scene.waiting() == 0)
        # Held by somebody for longer than we wait, and killed meanwhile.
        with held(file):
            began = time.monotonic()
            assert said(write(served, 8, "turēts", same)) == ""
            assert time.monotonic() - began < 15  # Twilio's own limit
            assert said(write(served, 9, "turēts vēl", same)) == ""
            for pid in processes(scene.url):
                os.kill(pid, signal.SIGKILL)
    assert scene.waiting() == 2
    with scene.serving():
        eventually(lambda: scene.waiting() == 0)
        with scene.stored() as database:
            unsent = "SELECT 1 FROM messages WHERE status IN ('queued', 'sending')"
            eventually(lambda: not database.all(unsent))
    assert scene.bodies(same) == ["pilns 1", "pilns 2", "dzēsts", "turēts", "turēts vēl"]
    check_sent_once(scene, same)


def fill_up(served: Served) -> None:
    """Until the log of the database has no room left."""
    for number in range(100, 200):
        if not said(write(served, number, "Labdien")):
            return
    raise AssertionError("the disk is not full")


def said_again(served: Served, number: int) -> bool:
    """The provider brings again what was refused."""
    answer = write(served, number, "Labdien")
    return answer.status == 200 and bool(said(answer))


def check_sent_once(scene: Scene, same: str) -> None:
    sent = Counter(line["to"] for line in double.read_journal(scene.folder / "journal.jsonl"))
    assert sent[same] == 5
    assert sent[sender(3)] == 1  # besides the warning, which went with the request
    assert sent[sender(0)] == 0  # answered in the request
    with scene.stored() as database:
        twice = database.all(
            """SELECT 1 FROM messages WHERE direction = 'in'
               GROUP BY provider, provider_id HAVING count(*) > 1"""
        )
        texts = database.all("SELECT 1 FROM messages WHERE direction = 'in'")
        turns = database.all("SELECT 1 FROM turns")
    assert twice == []
    assert len(turns) == len(texts)
