"""The embedded engine: SQLite over sqlite-utils, one writer thread that commits in groups.

A commit at `synchronous=FULL` waits for the disk. One thread that commits the work of all who
wait shares that wait between them, and inbound texts never stand behind bulk work.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import sqlite_utils

from storage.copies import Progress, check_copy, copy_out, put_in_place
from storage.database import Params, Row, StorageError, Tx, new_id, refuse_others
from storage.schema import MIGRATIONS
from storage.sqlite_moved import moved_away
from storage.writer import BUSY_SECONDS, SQLiteTx, Writer, begin, translate

T = TypeVar("T")
PRAGMAS = (
    "foreign_keys=ON",
    "temp_store=MEMORY",
    # 16 MB: the pages of a busy hour stay in memory; the default of 2 MB reads them anew.
    "cache_size=-16000",
    # Checkpoints are made beside the writer (storage.writer); this is for when they fall behind.
    "wal_autocheckpoint=64000",
    "journal_size_limit=67108864",
)
SYNCHRONOUS = ("FULL", "NORMAL", "OFF")


class SQLiteDatabase:
    """One database file. Address: `sqlite:///file.db[?synchronous=NORMAL]`."""

    engine = "sqlite"

    def __init__(self, url: str) -> None:
        self._path, self._synchronous = parse_address(url)
        self._readers: deque[sqlite_utils.Database] = deque()
        self._writer: Writer | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._whole = False

    # -- reads: any thread, a connection from the pool ---------------------------------------

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        with self._reader() as tx:
            return tx.all(sql, params)

    def one(self, sql: str, params: Params = ()) -> Row | None:
        with self._reader() as tx:
            return tx.one(sql, params)

    # -- writes: all through the one writer --------------------------------------------------

    def run(self, sql: str, params: Params = ()) -> int:
        return self.transaction(lambda tx: tx.run(sql, params))

    def many(self, sql: str, rows: Iterable[Params]) -> int:
        kept = list(rows)
        return self.transaction(lambda tx: tx.many(sql, kept), bulk=True)

    def transaction(
        self, work: Callable[[Tx], T], *, bulk: bool = False, loose: bool = False,
        alone: str = "", beside: str = "",
    ) -> T:  # fmt: skip
        # One writer: nobody commits between two statements, whatever the names.
        writer = self._writer or self._start_writer()
        return cast(T, writer.submit(work, bulk=bulk).result())

    def alone(self, name: str, work: Callable[[], T]) -> T | None:
        return work()  # one worker on one file (storage.locks) is alone anyway

    def listen(self, heard: Callable[[], None]) -> Callable[[], None] | None:
        return None

    def migrate(self) -> list[str]:
        if gone := moved_away(self._path):
            raise StorageError(gone)
        db = self._connect()
        try:
            # IMMEDIATE: parallel start-ups wait here for each other instead of failing.
            begin(db)
            before = [step.name for step in MIGRATIONS.pending(db)]
            self._check_ours(db, before)
            MIGRATIONS.apply(db)
            db.conn.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise translate(error) from error
        finally:
            db.close()
        return before

    def pending_migrations(self) -> list[str]:
        try:
            is_there = Path(self._path).exists()
        except OSError as error:
            raise _cannot_open(self._path, error) from error
        if not is_there:
            return [step.name for step in MIGRATIONS._migrations]
        with self._reader_connection() as db:
            left = [step.name for step in MIGRATIONS.pending(db)]
            # Once is enough: probes ask this every few seconds.
            if not self._whole:
                self._check_ours(db, left)
                self._whole = not left
        return left

    def _check_ours(self, db: sqlite_utils.Database, left: list[str]) -> None:
        """Raise StorageError for a file of another program, or of a build between releases."""
        is_new = len(left) == len(MIGRATIONS._migrations)
        found, wanted = _shape(db), frozenset() if left else wanted_shape()
        refuse_others(f"The database {self._path}", found, wanted, is_new=is_new)

    def backup(self, path: str, at: datetime, progress: Progress | None = None) -> None:
        with self._reader_connection() as db:
            copy_out(db.conn, Path(path), at, progress)

    def restore(self, path: str, prepare: Callable[[str], None], now: datetime) -> str:
        check_copy(Path(path))
        kept = put_in_place(Path(path), Path(self._path), prepare, now)
        return str(kept or "")

    def examine(self, seconds: float) -> str | None:
        end = time.monotonic() + seconds
        with self._reader_connection() as db:
            # Asked after so many steps of the engine: whether to break off.
            db.conn.set_progress_handler(lambda: time.monotonic() > end, 100_000)
            try:
                found = [str(row[0]) for row in db.conn.execute("PRAGMA quick_check(1)")]
            except sqlite3.OperationalError:
                return None
            except sqlite3.DatabaseError as error:
                return str(error)
            finally:
                db.conn.set_progress_handler(None, 0)
        return "" if found == ["ok"] else found[0][:200]

    def close(self) -> None:
        with self._starting:
            self._closed = True
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.stop()
        while self._readers:
            self._readers.pop().close()

    # -- inside ------------------------------------------------------------------------------

    @contextmanager
    def _reader(self) -> Iterator[SQLiteTx]:
        with self._reader_connection() as db:
            try:
                yield SQLiteTx(db)
            except sqlite3.DatabaseError as error:
                told = translate(error)
                if told is error:
                    raise
                raise told from error

    @contextmanager
    def _reader_connection(self) -> Iterator[sqlite_utils.Database]:
        self._refuse_closed()
        try:
            db = self._readers.pop()
        except IndexError:
            db = self._connect(query_only=True)
        try:
            yield db
        finally:
            if self._closed:
                db.close()
            else:
                self._readers.append(db)

    def _start_writer(self) -> Writer:
        with self._starting:
            self._refuse_closed()
            if self._writer is None:
                self._writer = Writer(self._connect(), self._connect, self._path)
            return self._writer

    def _refuse_closed(self) -> None:
        """A file that is gone by then would be made anew, and empty."""
        if self._closed:
            raise StorageError("The database was closed; nothing more can be stored or read.")

    def _connect(self, *, query_only: bool = False) -> sqlite_utils.Database:
        path = Path(self._path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                # Customers' data: for nobody else on this machine. Its log inherits the mode.
                path.touch(mode=0o600, exist_ok=False)
            conn = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.OperationalError) as error:
            raise _cannot_open(path, error) from error
        # Plugins of its command line are of no use here, and looking for them takes 0.1 s.
        db = sqlite_utils.Database(
            conn, strict=True, recursive_triggers=False, execute_plugins=False
        )
        conn.row_factory = sqlite3.Row
        # Set-based inserts name their rows themselves; ids must sort by time there too.
        conn.create_function("new_id", 0, new_id)
        try:
            _use_wal(db)
            for pragma in (*PRAGMAS, f"synchronous={self._synchronous}"):
                db.execute(f"PRAGMA {pragma}").fetchall()
        except sqlite3.DatabaseError as error:
            db.close()
            if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
                raise StorageError(
                    f"The file {path} is no SQLite database; name another."
                ) from error
            raise translate(error) from error
        if query_only:
            db.execute("PRAGMA query_only=ON")
        return db


def _use_wal(db: sqlite_utils.Database) -> None:
    """Turn the write-ahead log on. Waits for others that do the same to a new file.

    SQLite does not wait by itself here: of two connections that both hold a read lock and want
    the exclusive one, it fails one at once, whatever the busy timeout.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            busy = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _cannot_open(path: str | Path, error: Exception) -> StorageError:
    why = getattr(error, "strerror", None) or error
    return StorageError(f"The database file {path} cannot be opened: {why}.")


def _shape(db: sqlite_utils.Database) -> set[tuple[str, str]]:
    """Every (table, column) of ours or of another program, without the engine's own."""
    rows = db.conn.execute(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND m.name NOT LIKE '\\_sqlite%' ESCAPE '\\'"
    )
    return {(str(row[0]), str(row[1])) for row in rows.fetchall()}


@cache
def wanted_shape() -> frozenset[tuple[str, str]]:
    """Every (table, column) that there is when all steps are done."""
    fresh = sqlite_utils.Database(memory=True)
    try:
        MIGRATIONS.apply(fresh)
        return frozenset(_shape(fresh))
    finally:
        fresh.close()


def parse_address(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    path = parts.path.removeprefix("/")
    synchronous = parse_qs(parts.query).get("synchronous", ["FULL"])[0].upper()
    if parts.netloc or not path or synchronous not in SYNCHRONOUS:
        raise StorageError(
            f"{url!r} is no SQLite address; write sqlite:///path/to/file.db "
            "or sqlite:////absolute/path.db."
        )
    return path, synchronous
