"""How often PostgreSQL is asked for one act: over a network each journey costs as much as a
statement. And what it is asked often, it has planned already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.delivery.receipts import take_together
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.turn import Inbound, Turns
from storage import Database, open_database
from tests import engines
from tests.contract.test_receipts_together import fill, heard
from tests.worlds import NOW, build_world


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """One connection, so that it is always the same that is asked."""
    address = engines.new_address(tmp_path, "postgresql", migrated=True)
    with closing(open_database(f"{address}&pool_size=2")) as made:
        yield made
    engines.drop(address)


@pytest.fixture
def journeys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The beginning of each statement, or of several that travel together."""
    found: list[str] = []
    execute, many = psycopg.Connection.execute, psycopg.Cursor.executemany

    def counted(self: Any, query: Any, *args: Any, **how: Any) -> Any:
        found.append(" ".join(str(query).split()[:3]))
        return execute(self, query, *args, **how)

    def counted_many(self: Any, query: Any, *args: Any, **how: Any) -> Any:
        found.append(" ".join(str(query).split()[:3]))  # all of them in one pipeline
        return many(self, query, *args, **how)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    monkeypatch.setattr(psycopg.Cursor, "executemany", counted_many)
    return found


def turns_of(database: Database) -> Turns:
    build_world(database, "one_premises", NOW)
    return Turns(Service(Settings(), read_policy(), database))


def test_a_text_takes_six_journeys(database: Database, journeys: list[str]) -> None:
    turns = turns_of(database)
    turns.take(Inbound("twilio", "SM0", "+37129100001", "paldies"), NOW)
    journeys.clear()
    assert turns.take(Inbound("twilio", "SM1", "+37129100001", "paldies"), NOW).text
    assert [each.split()[0] for each in journeys] == [
        "BEGIN", "SELECT", "UPDATE", "INSERT", "INSERT", "COMMIT",
    ], journeys  # fmt: skip


@pytest.mark.parametrize("count", [1, 60])
def test_receipts_of_one_moment_take_five_journeys_however_many(
    database: Database, journeys: list[str], count: int
) -> None:
    ids = fill(database, count)
    words = [heard(id_, f"P{n}", "sent") for n, id_ in enumerate(ids)]
    journeys.clear()
    taken = database.transaction(lambda tx: take_together(tx, words), loose=True)
    assert len(taken) == count
    assert [each.split()[0] for each in journeys] == ["BEGIN", "WITH", "WITH", "WITH", "COMMIT"]
    assert journeys[1:4] == ["WITH wanted (id)", "WITH heard (message_id,", "WITH heard (id,"]


def test_what_is_asked_often_is_planned_once_a_connection(database: Database) -> None:
    turns = turns_of(database)
    for n in range(40):  # two from each phone: who is answered too often is a case of its own
        turns.take(Inbound("twilio", f"SM{n}", f"+371291000{n // 2:02d}", "paldies"), NOW)
    ids = fill(database, 40)
    for first in range(0, 40, 4):  # groups of different sizes are one statement
        some = [heard(ids[n], f"P{n}", "sent") for n in range(first, first + 1 + first % 3)]
        database.transaction(lambda tx, some=some: take_together(tx, some), loose=True)  # type: ignore[misc]
    rows = database.all(
        """SELECT statement, generic_plans + custom_plans AS used FROM pg_prepared_statements"""
    )
    used = {" ".join(str(row["statement"]).split()): int(row["used"]) for row in rows}

    def of(words: str) -> list[int]:
        return [count for statement, count in used.items() if words in statement]

    # psycopg has the server keep what came five times.
    for words in (
        "AS asked LEFT JOIN conversations",
        "UPDATE conversations SET",
        "INSERT INTO turns",
    ):
        assert max(of(words), default=0) >= 10, (words, used)
    assert of("INSERT INTO receipts") and len(of("INSERT INTO receipts")) == 1
