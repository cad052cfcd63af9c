"""PostgreSQL: a long transaction among short ones that write the same is not left out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from bot.network import outages
from bot.network.outages import Actor
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.turn import Inbound, Turns
from storage import Database, Tx
from storage.database import audit
from tests.bot import grid
from tests.contract.test_storage import put

POLICY = read_policy()
WRITERS = 4
TEXTS = ("nav elektrības", "cik ilgi vēl?", "STOP", "START", "нет света", "jā", "1", "operators")


@pytest.fixture
def engine() -> str:
    return "postgresql"


@contextmanager
def going_on(act: Callable[[int], object]) -> Iterator[list[int]]:
    """Four who do it all the time; the list holds a number for each time that it was done."""
    ends, done = threading.Event(), list[int]()

    def work(writer: int) -> None:
        for number in count(writer, WRITERS):
            if ends.is_set():
                return
            act(number)
            done.append(number)

    with ThreadPoolExecutor(WRITERS) as writers:
        working = [writers.submit(work, number) for number in range(WRITERS)]
        try:
            yield done
        finally:
            ends.set()
        for each in working:
            each.result(60)


def add(tx: Tx, seconds: float = 0.0) -> None:
    seen = tx.one("SELECT value FROM switches WHERE name = 'count'")
    assert seen is not None
    time.sleep(seconds)
    put(tx, "count", str(int(seen["value"]) + 1))


@pytest.mark.parametrize("loose", [False, True], ids=["serializable", "row by row"])
def test_who_met_others_again_and_again_has_the_database_to_itself(
    database: Database, other: Database, *, loose: bool
) -> None:
    database.transaction(lambda tx: put(tx, "count", "0"))
    tries: list[int] = []

    def long(tx: Tx) -> None:
        tries.append(1)
        add(tx, 0.1)

    def short(_: int) -> None:
        if loose:
            sql = "UPDATE switches SET value = CAST(value AS INTEGER) + 1 WHERE name = 'count'"
            other.transaction(lambda tx: tx.run(sql), loose=True)
        else:
            other.transaction(add)

    with going_on(short) as done:
        for _ in range(3):
            database.transaction(long)
    assert 3 <= len(tries) <= 3 * 12
    row = database.one("SELECT value FROM switches WHERE name = 'count'")
    assert row is not None
    assert int(row["value"]) == len(done) + 3


def test_outages_are_told_of_beside_a_stream_of_texts_and_of_other_acts(
    database: Database, other: Database
) -> None:
    numbers = range(1, 121)
    grid.people(database, numbers)
    hosts = [Turns(Service(Settings(), POLICY, each)) for each in (database, other)]

    def text(number: int) -> None:
        said = TEXTS[number % len(TEXTS)]
        inbound = Inbound("twilio", f"SM{number}", grid.phone(number % 40 + 1), said)
        hosts[number % 2].take(inbound, grid.NOW)
        if number % 4 == 0:  # somebody at the console, who writes to the same log
            other.transaction(lambda tx: audit(tx, "anna", "look", "a page", now=grid.NOW))

    longest = 0.0
    with going_on(text) as done:
        for number in range(8):
            now = grid.NOW + timedelta(minutes=number)
            states = {"state": "restored", "ends_at": now} if number % 2 else {}
            change = replace(
                grid.FAULT, external_id=f"U{number // 2}", sequence=number % 2 + 1, **states
            )
            began = time.monotonic()
            told = outages.store_changes(database, [change], Actor("juris", now, POLICY))
            longest = max(longest, time.monotonic() - began)
            assert [each.outcome for each in told.changes] in (["new"], ["changed"])
    assert longest < 60  # on a busy machine; a second else
    rows = database.all("SELECT state FROM outages ORDER BY external_id")
    assert [row["state"] for row in rows] == ["restored"] * 4
    turns = database.one("SELECT count(*) AS n FROM turns")
    assert turns is not None
    assert turns["n"] == len(done)
