"""A database in memory that forgets: after each input it is as it was, so that every input can
be tried again by itself, and a million of them take no more room than one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlite_utils

from storage import Database, Tx, open_database
from storage.database import Params, Row, StorageError, new_id
from storage.sqlite import SQLiteDatabase
from storage.writer import SQLiteTx
from tests.worlds import WORLDS, build_world

T = TypeVar("T")


class Held:
    """One connection; transactions are savepoints in one that `forget` undoes."""

    engine = "sqlite"

    def __init__(self, source: Path) -> None:
        conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with sqlite3.connect(source) as there:
            there.backup(conn)
        there.close()
        self._db = sqlite_utils.Database(conn, strict=True, execute_plugins=False)
        conn.row_factory = sqlite3.Row
        conn.create_function("new_id", 0, new_id)
        conn.execute("PRAGMA foreign_keys=ON")
        self._conn, self._tx = conn, SQLiteTx(self._db)
        self._lock = threading.RLock()
        self._depth, self._closed = 0, False
        conn.execute("BEGIN")

    def forget(self) -> None:
        """Undo everything since the last time."""
        with self._lock:
            self._conn.execute("ROLLBACK")
            self._conn.execute("BEGIN")

    def keep(self) -> None:
        """What was done up to now is no more undone."""
        with self._lock:
            self._conn.execute("COMMIT")
            self._conn.execute("BEGIN")

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        with self._lock:
            self._must_be_open()
            return self._tx.all(sql, params)

    def one(self, sql: str, params: Params = ()) -> Row | None:
        with self._lock:
            self._must_be_open()
            return self._tx.one(sql, params)

    def run(self, sql: str, params: Params = ()) -> int:
        return self.transaction(lambda tx: tx.run(sql, params))

    def many(self, sql: str, rows: Iterable[Params]) -> int:
        kept = list(rows)
        return self.transaction(lambda tx: tx.many(sql, kept))

    def transaction(self, work: Callable[[Tx], T], *, bulk: bool = False, **_how: Any) -> T:
        with self._lock:
            self._must_be_open()
            assert not self._depth, "a transaction was begun inside a transaction"
            self._depth += 1
            self._conn.execute("SAVEPOINT held")
            try:
                answer = work(self._tx)
            except BaseException:
                self._conn.execute("ROLLBACK TO held")
                raise
            finally:
                self._conn.execute("RELEASE held")
                self._depth -= 1
            return answer

    def migrate(self) -> list[str]:
        return []

    def pending_migrations(self) -> list[str]:
        return []

    def examine(self, seconds: float) -> str | None:
        return ""

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._conn.close()

    def _must_be_open(self) -> None:
        # Threads of the service may still look for changes.
        if self._closed:
            raise StorageError("The database was closed.")

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)


def hold(folder: Path, now: datetime, *worlds: str) -> Database:
    """A held database with one of the worlds of the tests, and what later ones of them add."""
    path = folder / "world.db"
    made = open_database(f"sqlite:///{path}?synchronous=OFF")
    made.migrate()
    build_world(made, worlds[0], now)
    for name in worlds[1:]:
        WORLDS[name](made, now)
    cast(SQLiteDatabase, made).close()
    return cast(Database, Held(path))
