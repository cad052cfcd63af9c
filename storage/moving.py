"""A running installation carried over from SQLite to PostgreSQL: every row, counted and compared.

One transaction: either all is there afterwards, or nothing. The old file is then kept under another
name, so that nobody who still serves it stores a text that would be lost: those wait in the spool.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import psycopg

from storage.database import StorageError, open_database, stamp
from storage.postgres import PostgresDatabase
from storage.postgres_tx import PostgresTx
from storage.sqlite import parse_address
from storage.sqlite_moved import ASIDE

# Leases of processes that are no more; and what the engines keep each in their own way. The words
# that are searched are made anew from the texts, by a job.
LEFT = frozenset({"locks", "search_words", "gaisma_steps"})
CHUNK = 5000
Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one table: rows, and a sum over all their values, alike on both sides."""

    table: str
    rows: int
    checksum: str


def _tell_nobody(table: str, rows: int) -> None:
    pass


def move(source: str, target: str, now: datetime, told: Told = _tell_nobody) -> list[Moved]:
    """Copy all tables to an empty database; what was copied, table by table.

    `told` is called with each table and the rows of it so far. Raises StorageError when the
    source is in use or not up to date, when the target holds rows, or when anything differs.
    Afterwards the old file has `ASIDE` behind its name.
    """
    _check_source(source)
    database = open_database(target)
    if not isinstance(database, PostgresDatabase):
        raise StorageError("Name the new database as postgresql://user:password@host/name.")
    try:
        database.migrate()
        with _read(source) as old, database.plain() as new, _renamed(source), new.transaction():
            _check_free(old, now)
            tables = _in_order(old)
            _check_empty(new, tables)
            done = [_copy(old, new, table, told) for table in tables]
            for each in done:
                _compare(new, each)
            _go_on_counting(new)
            # Those who wait for the old file to be free find it gone (`storage.writer`). Before
            # the commit: were it after, a process killed between the two left both in use.
            _put_aside(source)
        return done
    finally:
        database.close()


def _check_source(address: str) -> None:
    path, _ = parse_address(address)
    if not Path(path).exists():
        raise StorageError(f"There is no file {path} to move from.")
    old = open_database(address)
    try:
        left = old.pending_migrations()
    finally:
        old.close()
    if left:
        raise StorageError(f"{path} lacks {len(left)} migration step(s); run: gaisma migrate")


@contextmanager
def _read(address: str) -> Iterator[sqlite3.Connection]:
    """The old file, which nobody else may write meanwhile."""
    path, _ = parse_address(address)
    conn = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        conn.execute("BEGIN IMMEDIATE")
        yield conn
    except sqlite3.OperationalError as error:
        raise StorageError(f"Somebody writes to {path}; stop it first ({error}).") from error
    finally:
        conn.close()


def _put_aside(address: str) -> None:
    path, _ = parse_address(address)
    _rename(path, path + ASIDE)


@contextmanager
def _renamed(address: str) -> Iterator[None]:
    """When what is done fails, the old file has its name again."""
    path, _ = parse_address(address)
    done = False
    try:
        yield
        done = True
    finally:
        if not done and Path(path + ASIDE).exists() and not Path(path).exists():
            _rename(path + ASIDE, path)


def _rename(path: str, other: str) -> None:
    for end in ("-wal", "-shm", ""):
        if Path(path + end).exists():
            Path(path + end).rename(other + end)


def _check_free(old: sqlite3.Connection, now: datetime) -> None:
    row = old.execute("SELECT holder FROM locks WHERE until > ?", (stamp(now),)).fetchone()
    if row is not None:
        raise StorageError(f"A worker ({row[0]}) works on the old database; stop it first.")


def _in_order(old: sqlite3.Connection) -> list[str]:
    """The tables, each after those that it refers to."""
    rows = old.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
        " AND name NOT LIKE 'search_words%'"
    ).fetchall()
    left = {str(row[0]) for row in rows} - LEFT
    needs = {
        table: {str(r[2]) for r in old.execute(f"PRAGMA foreign_key_list({table})")} - {table}
        for table in left
    }
    order: list[str] = []
    while left:
        ready = sorted(table for table in left if not needs[table] & left)
        if not ready:
            raise StorageError(f"These tables refer to each other: {', '.join(sorted(left))}")
        order += ready
        left -= set(ready)
    return order


def _check_empty(new: psycopg.Connection[Any], tables: Iterable[str]) -> None:
    for table in tables:
        if new.execute(cast(Any, f"SELECT 1 FROM {table} LIMIT 1")).fetchone():  # noqa: S608
            raise StorageError(
                f"The new database holds rows already (table {table}); name an empty one."
            )


def _copy(old: sqlite3.Connection, new: psycopg.Connection[Any], table: str, told: Told) -> Moved:
    cursor = old.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
    columns = [str(column[0]) for column in cursor.description]
    rows, total = 0, 0

    def each() -> Iterator[Sequence[Any]]:
        nonlocal rows, total
        while chunk := cursor.fetchmany(CHUNK):
            clean = [_clean(table, columns, row) for row in chunk]
            total = (total + sum(map(_sum, clean))) % (1 << 64)
            rows += len(chunk)
            told(table, rows)
            yield from clean

    PostgresTx(new).copy(table, columns, each())
    return Moved(table, rows, f"{total:016x}")


def _clean(table: str, columns: list[str], row: Sequence[Any]) -> tuple[Any, ...]:
    """As PostgreSQL can keep it; documents of the search are marked to be made anew."""
    kept = [v.replace("\0", "\ufffd") if isinstance(v, str) and "\0" in v else v for v in row]
    if table == "search_documents":
        kept[columns.index("up_to")] = ""
    return tuple(kept)


def _sum(row: Sequence[Any]) -> int:
    """A number of all the values of a row; a table's is the sum, whatever the order."""
    return int.from_bytes(hashlib.blake2b(repr(tuple(row)).encode(), digest_size=8).digest())


def _compare(new: psycopg.Connection[Any], moved: Moved) -> None:
    rows, total = 0, 0
    with new.cursor(name="compare") as cursor:
        cursor.itersize = CHUNK
        for row in cursor.execute(cast(Any, f"SELECT * FROM {moved.table}")):  # noqa: S608
            rows += 1
            total += _sum(row)
    if (rows, f"{total % (1 << 64):016x}") != (moved.rows, moved.checksum):
        raise StorageError(
            f"The table {moved.table} differs after the move ({moved.rows} rows were read, "
            f"{rows} are there). Nothing was stored."
        )


def _go_on_counting(new: psycopg.Connection[Any]) -> None:
    new.execute(
        "SELECT setval(pg_get_serial_sequence('search_documents', 'id'),"
        " (SELECT COALESCE(max(id), 0) + 1 FROM search_documents), false)"
    )
