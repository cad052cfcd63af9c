"""The one thread that writes to a SQLite file, and the one that copies its log back.

A commit at `synchronous=FULL` waits for the disk. One thread that commits the work of all who
wait shares that wait between them, and inbound texts never stand behind bulk work. Copying the
log into the file (a checkpoint) takes tens of milliseconds: another thread does it meanwhile.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from pathlib import Path
from typing import Any, cast

import sqlite_utils

from storage.database import DatabaseBusy, Params, Row, StorageError, Tx

log = logging.getLogger("gaisma.storage")

BUSY_SECONDS = 10.0
# More than this in one commit and the first of the group waits longer than it gains.
GROUP_LIMIT = 64
# Rows written between checkpoints: a page that many texts touched is then copied once.
ROWS_BETWEEN_CHECKPOINTS = 4000
# The log is begun anew only when all of it was copied, and while somebody writes there is always
# a rest. When it has grown to so many pages (64 MB), the writer copies that rest itself.
LONG_LOG, SHORT_REST = 16_000, 1_500


class SQLiteTx:
    """Statements on one connection; whoever holds it decides when to commit."""

    engine = "sqlite"

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._execute = db.execute
        self._conn = db.conn

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        # fetchall: a cursor left open would hold the write-ahead log back and let it grow.
        return cast(list[Row], self._execute(sql, cast(Any, params)).fetchall())

    def one(self, sql: str, params: Params = ()) -> Row | None:
        rows = self._execute(sql, cast(Any, params)).fetchall()
        return cast(Row, rows[0]) if rows else None

    def run(self, sql: str, params: Params = ()) -> int:
        return self._execute(sql, cast(Any, params)).rowcount

    def many(self, sql: str, rows: Iterable[Params]) -> int:
        return self._conn.executemany(sql, cast(Any, rows)).rowcount

    def overwrite(self, *, on: bool) -> None:
        """Deleted rows are overwritten with zeros from now on, which writes more pages."""
        self._conn.execute(f"PRAGMA secure_delete = {'ON' if on else 'OFF'}").fetchall()

    def join_segments(self, table: str) -> bool:
        """Bring a piece of a full-text index together; False when there is nothing left to do.

        Until then the words of deleted rows stay in its pages. A few milliseconds a call.
        """
        before = self._conn.total_changes
        # Negative: begins with all segments, not only where there are enough of them.
        self._execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', -64)")  # noqa: S608
        return self._conn.total_changes - before > 1


class _Job:
    __slots__ = ("context", "future", "work")

    def __init__(self, work: Callable[[Tx], Any]) -> None:
        self.work = work
        # What is logged in it then says for which request it works.
        self.context = copy_context()
        self.future: Future[Any] = Future()


class Writer:
    """The one thread that writes: waiting work of people in groups, bulk work in between."""

    def __init__(
        self, db: sqlite_utils.Database, connect: Callable[[], sqlite_utils.Database], path: str
    ) -> None:
        self._db = db
        self._path = Path(path)
        self._file = _identity(self._path)
        self._tx = SQLiteTx(db)
        self._log = _Log(connect)
        self._wake = threading.Condition()
        self._first: deque[_Job] = deque()
        self._bulk: deque[_Job] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="gaisma-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Tx], Any], *, bulk: bool) -> Future[Any]:
        if threading.current_thread() is self._thread:
            raise StorageError("A transaction was begun inside a transaction.")
        job = _Job(work)
        with self._wake:
            if self._stopping:
                raise StorageError("The database was closed; nothing more can be stored.")
            (self._bulk if bulk else self._first).append(job)
            self._wake.notify()
        return job.future

    def stop(self) -> None:
        """Finish what waits, then end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()
        self._log.stop()
        self._db.close()

    def _loop(self) -> None:
        while True:
            with self._wake:
                while not (self._first or self._bulk or self._stopping):
                    self._wake.wait()
                if self._stopping and not (self._first or self._bulk):
                    return
                count = min(len(self._first), GROUP_LIMIT)
                group = [self._first.popleft() for _ in range(count)]
                chunk = [self._bulk.popleft()] if self._bulk else []
            if group:
                self._commit(group)
            if chunk:
                self._commit(chunk)
            self._log.grown(self._db)

    def _commit(self, group: list[_Job]) -> None:
        """One transaction for the group; when any of it fails, one for each."""
        try:
            answers = self._attempt(group)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits, not to us
            if isinstance(error, DatabaseBusy):
                # Who came meanwhile would wait as long again: longer than a provider does.
                group = [*group, *self._all_first()]
            if len(group) > 1 and not isinstance(error, DatabaseBusy):
                for job in group:
                    self._commit([job])
            else:
                for job in group:
                    job.future.set_exception(error)
            return
        for job, answer in zip(group, answers, strict=True):
            job.future.set_result(answer)

    def _all_first(self) -> list[_Job]:
        with self._wake:
            waiting = list(self._first)
            self._first.clear()
        return waiting

    def _attempt(self, group: list[_Job]) -> list[Any]:
        begin(self._db)
        try:
            self._check_file()  # now that nobody else has it: who had it may have put it away
            answers = [job.context.run(job.work, self._tx) for job in group]
            self._db.conn.execute("COMMIT")
            return answers
        except sqlite3.DatabaseError as error:
            told = translate(error)
            if told is error:
                raise
            raise told from error
        finally:
            if self._db.conn.in_transaction:  # something failed
                self._db.conn.execute("ROLLBACK")

    def _check_file(self) -> None:
        # A deleted file still takes writes, and all of them are lost with the process.
        if self._file is not None and _identity(self._path) != self._file:
            raise StorageError(
                f"The database file {self._path} was deleted or replaced while it was in use; "
                "nothing more is stored in it. Put it back and start again."
            )


class _Log:
    """Copies the write-ahead log into the file, beside the writer, in a thread that starts when
    there is enough to copy."""

    def __init__(self, connect: Callable[[], sqlite_utils.Database]) -> None:
        self._connect = connect
        self._copied_at = 0  # rows written by then
        self._rest_is_short = False
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def grown(self, db: sqlite_utils.Database) -> None:
        """The writer has committed on `db`: have the log copied when it is worth it."""
        if self._rest_is_short:
            self._rest_is_short = False
            _checkpoint(db)
        written = db.conn.total_changes
        if written - self._copied_at < ROWS_BETWEEN_CHECKPOINTS:
            return
        self._copied_at = written
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="gaisma-log", daemon=True)
            self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """End the thread; what is left is copied when the last connection closes."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _loop(self) -> None:
        db = self._connect()
        try:
            while True:
                self._wake.wait()
                self._wake.clear()
                if self._stopping:
                    return
                pages, rest = _checkpoint(db)
                self._rest_is_short = pages > LONG_LOG and rest < SHORT_REST
        finally:
            db.close()


def _checkpoint(db: sqlite_utils.Database) -> tuple[int, int]:
    """Copy what nobody reads any more; pages in the log, and how many of them are left to copy.

    Nothing is lost when it fails (a full disk, another process that does the same): the log stays.
    """
    try:
        _, pages, copied = db.conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.OperationalError as error:
        log.warning("the log could not be copied into the database: %s", error)
        return 0, 0
    return int(pages), int(pages) - int(copied)


def begin(db: sqlite_utils.Database) -> None:
    # IMMEDIATE always: a transaction that reads first and writes later cannot wait for another
    # writer, it fails at once with "database is locked".
    try:
        db.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise translate(error) from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file has this name now; None for no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


_WRITING = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def translate(error: BaseException) -> BaseException:
    """The sentence for whoever runs it, where the engine itself failed; else the error."""
    name = getattr(error, "sqlite_errorname", "") if isinstance(error, sqlite3.Error) else ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseBusy(
            f"Another process has held the database for over {BUSY_SECONDS:.0f} seconds."
        )
    if name.startswith(_WRITING):
        why = "Who may write the file?" if "READONLY" in name else "Is the disk full?"
        return StorageError(f"The database cannot be written: {error}. {why}")
    if name.startswith(_DAMAGED):
        return StorageError(f"The database is damaged: {error}. gaisma doctor says more.")
    return error
