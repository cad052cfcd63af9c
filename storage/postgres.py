"""The engine for more than one machine: PostgreSQL over psycopg 3, a pool of connections.

A transaction is SERIALIZABLE, so work that reads and then writes is as safe as on the engine with
one writer; what could not be put in an order is run again, at last alone. Loose ones, such as
turns, are READ COMMITTED under locks by name (storage.postgres_tx). `SET` is never left behind on
a connection but at its start, so a pooler between (PgBouncer, mode "session") does no harm.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from storage import steps
from storage.database import DatabaseBusy, Overtaken, Params, Row, StorageError, Tx, shown_address
from storage.patience import ends_at
from storage.postgres_address import check_encoding, check_version, parse, told
from storage.postgres_guard import Guard
from storage.postgres_keeper import Keeper, listen
from storage.postgres_tx import COLLIDED, LOST, PostgresTx, Way, act, roll_back
from storage.postgres_types import read_rows, register

T = TypeVar("T")
Connection = psycopg.Connection[Any]

BUSY_SECONDS = 10.0
# Who has said nothing (storage.patience) waits so long at most for a server that stands still.
# Longer than the server lets one statement take; bulk work is many of them.
SILENT_SECONDS, SILENT_BULK_SECONDS = 180.0, 600.0
# To learn why there is no connection, for those who have waited for one already.
_WHY_SECONDS = 2
MOST_COLLISIONS = 3
# Who has met others so often, or twice within so long, has the database to itself the next time.
PATIENT_TRIES, PATIENT_SECONDS = 6, 1.0
# What a connection is told when it is made. Nothing of ours takes so long but by a fault.
SESSION = (
    "SET statement_timeout = '60s'",
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET timezone = 'UTC'",
    # One disk for a few hundred thousand rows: plans for one set of values are the right ones.
    "SET jit = off",
    # A table of a few rows is walked, and a plan for that is kept by the checks of foreign keys
    # while a great campaign fills it: with what looking up costs in truth, no plan walks.
    "SET random_page_cost = 1.1",
)
_BUSY = (errors.LockNotAvailable, errors.QueryCanceled, errors.TooManyConnections)
_FULL = (errors.DiskFull, errors.ReadOnlySqlTransaction, errors.OutOfMemory)
# A table that is not there is being put back by pg_restore, or somebody took it away.
_AMISS = (errors.UndefinedTable, errors.InvalidSchemaName, errors.DataCorrupted,
          errors.IndexCorrupted)  # fmt: skip


class PostgresDatabase:
    """One database of a server. Address: `postgresql://user:password@host/name[?pool_size=16]`."""

    engine = "postgresql"

    def __init__(self, url: str) -> None:
        self.address, self._size = parse(url)
        self._told = told(self.address)
        self._pool: ConnectionPool[Connection] | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._inside = threading.local()
        # Bulk work leaves connections to people, however much of it there is.
        self._bulk = threading.BoundedSemaphore(max(1, self._size // 2))
        self._whole = False
        self._guard = Guard()
        self._keeper = Keeper(self._connect, self._guard)

    # -- reads: each on a connection of its own ------------------------------------------------

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self._on_connection(lambda conn, _: PostgresTx(conn).all(sql, params))

    def one(self, sql: str, params: Params = ()) -> Row | None:
        return self._on_connection(lambda conn, _: PostgresTx(conn).one(sql, params))

    # -- writes ----------------------------------------------------------------------------------

    def run(self, sql: str, params: Params = ()) -> int:
        return self.transaction(lambda tx: tx.run(sql, params))

    def many(self, sql: str, rows: Iterable[Params]) -> int:
        kept = list(rows)
        return self.transaction(lambda tx: tx.many(sql, kept), bulk=True)

    def transaction(
        self, work: Callable[[Tx], T], *, bulk: bool = False, loose: bool = False,
        alone: str = "", beside: str = "",
    ) -> T:  # fmt: skip
        if getattr(self._inside, "depth", 0):
            raise StorageError("A transaction was begun inside a transaction.")
        self._inside.depth = 1
        way = Way(loose, alone, beside)
        try:
            if not bulk:
                return self._on_connection(lambda conn, last: act(conn, work, way, last=last))
            with self._bulk:
                return self._on_connection(
                    lambda conn, last: act(conn, work, way, last=last), SILENT_BULK_SECONDS
                )
        finally:
            self._inside.depth = 0

    def migrate(self) -> list[str]:
        with self.plain() as conn:
            return steps.migrate(conn)

    def pending_migrations(self) -> list[str]:
        left = self._on_connection(lambda conn, _: steps.pending(conn))
        if not self._whole:  # once is enough: probes ask this every few seconds
            self._on_connection(lambda conn, _: steps.check_ours(conn, left))
            self._whole = not left
        return left

    # -- many hosts --------------------------------------------------------------------------------

    def alone(self, name: str, work: Callable[[], T]) -> T | None:
        with self._keeper.hold(name) as held:
            return work() if held else None

    def listen(self, heard: Callable[[], None]) -> Callable[[], None] | None:
        return listen(self._connect, self._guard, heard)

    # -- copies ------------------------------------------------------------------------------------

    def backup(
        self, path: str, at: datetime, progress: Callable[[int, int], None] | None = None
    ) -> None:
        raise StorageError(
            f"A copy of a PostgreSQL database is made by its own tools: pg_dump -Fc -f {path} "
            f"{shown_address(self.address)} (docs/operations.md tells how to bring it back)."
        )

    def restore(self, path: str, prepare: Callable[[str], None], now: datetime) -> str:
        raise StorageError(
            f"A copy of a PostgreSQL database is brought back by its own tools: pg_restore -d "
            f"{shown_address(self.address)} {path} (docs/operations.md tells how)."
        )

    def examine(self, seconds: float) -> str | None:
        return ""  # the server looks after its pages itself

    def close(self) -> None:
        with self._starting:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
        self._keeper.close()
        self._guard.close()

    # -- inside ----------------------------------------------------------------------------------

    def _on_connection(
        self, do: Callable[[Connection, bool], T], silent: float = SILENT_SECONDS
    ) -> T:
        """Do it on a connection of the pool; again where that is known to be safe, and with the
        database to itself (the second argument) when others were in its way for long."""
        began = time.monotonic()
        ends = ends_at()
        patience = BUSY_SECONDS if ends is None else min(BUSY_SECONDS, max(ends - began, 0.0))
        until = began + silent if ends is None else ends
        met = same = 0
        for attempt in range(1_000_000):
            waited = time.monotonic() - began
            try:
                with (
                    self._connection(max(patience - waited, 0.1)) as conn,
                    self._guard.watch(conn, until),
                ):
                    return do(conn, met >= PATIENT_TRIES or (met > 1 and waited > PATIENT_SECONDS))
            except (*COLLIDED, *LOST, Overtaken) as error:
                late = time.monotonic() - began >= patience
                if late or isinstance(error, (*_BUSY, *_FULL)):
                    raise translate(error) from error
                met += isinstance(error, (*COLLIDED, Overtaken))
            except errors.UniqueViolation as error:
                # So may others show who were not there a moment ago (PostgreSQL, "Serialization
                # Failure Handling"): the next try sees their rows.
                same += 1
                if same > MOST_COLLISIONS:
                    raise translate(error) from error
            except psycopg.Error as error:
                raise translate(error) from error
            # Those who met wait differently long, else they would meet again.
            time.sleep(random.uniform(0, min(0.0005 * 2**attempt, 0.2)))  # noqa: S311
        raise AssertionError("unreachable")

    @contextmanager
    def _connection(self, seconds: float) -> Iterator[Connection]:
        """`seconds`: how long to wait for one that is free."""
        pool = self._pool or self._open_pool()
        try:
            conn = pool.getconn(seconds)
        except PoolTimeout as error:
            self._connect(_WHY_SECONDS).close()  # says why, when it is not that all are in use
            raise DatabaseBusy(
                f"All {self._size} connections have been in use for over {seconds:.0f} seconds."
            ) from error
        except PoolClosed as error:
            raise StorageError("The database was closed; nothing more can be stored.") from error
        try:
            yield conn
        finally:
            if conn.info.transaction_status not in (
                TransactionStatus.IDLE,
                TransactionStatus.UNKNOWN,
            ):
                roll_back(conn)
            pool.putconn(conn)

    def _open_pool(self) -> ConnectionPool[Connection]:
        with self._starting:
            if self._closed:
                raise StorageError("The database was closed; nothing more can be stored.")
            if self._pool is None:
                # The pool tries for long and tells no reason; the first one to ask gets it.
                self._connect().close()
                self._pool = ConnectionPool(
                    self.address,
                    min_size=0,
                    max_size=self._size,
                    kwargs={"autocommit": True, "row_factory": read_rows, **self._told},
                    configure=_configure,
                    timeout=BUSY_SECONDS,
                    # Each try waits twice as long as the one before. Within its own five minutes
                    # the pool found a server that was away for one a minute after it was back.
                    reconnect_timeout=BUSY_SECONDS,
                    max_lifetime=1800.0,
                    num_workers=1,
                    open=True,
                )
            return self._pool

    def _connect(self, seconds: int | None = None) -> Connection:
        """`seconds`: for each host of the address; else as the address says, or 5."""
        more = self._told if seconds is None else {**self._told, "connect_timeout": seconds}
        try:
            conn = psycopg.connect(self.address, autocommit=True, row_factory=read_rows, **more)
        except psycopg.Error as error:
            # libpq puts a question on a line of its own behind the reason.
            said = [line for line in str(error).splitlines() if not line.startswith("\t")]
            why = said[-1].strip() if said else "no answer"
            raise StorageError(
                f"The database {shown_address(self.address)} cannot be reached: {why}"
            ) from error
        with ExitStack() as undo:
            undo.callback(conn.close)
            check_version(self.address, conn)
            check_encoding(self.address, conn)
            _configure(conn)
            undo.pop_all()
        return conn

    @contextmanager
    def plain(self) -> Iterator[Connection]:
        """A connection outside of the pool, without the limits on time."""
        conn = self._connect()
        try:
            conn.execute("SET statement_timeout = 0")
            conn.execute("SET lock_timeout = 0")
            yield conn
        except psycopg.Error as error:
            raise translate(error) from error
        finally:
            conn.close()


def _configure(conn: Connection) -> None:
    conn.execute("; ".join(SESSION))
    conn.prepared_max = 300
    register(conn)


def translate(error: BaseException) -> BaseException:
    if isinstance(error, (*COLLIDED, Overtaken)):
        return DatabaseBusy("Others have written the same for too long; nothing was stored.")
    if isinstance(error, _BUSY):
        return DatabaseBusy(f"The database had no time for it: {error}")
    if isinstance(error, _FULL):
        return StorageError(f"The database cannot be written: {error}")
    if isinstance(error, errors.InsufficientPrivilege):
        return StorageError(
            f"The database refuses: {error.diag.message_primary}. Its role has to own the database "
            "(ALTER DATABASE name OWNER TO role), or the schema and the tables in it."
        )
    if isinstance(error, _AMISS):
        return StorageError(f"The database is not as it must be: {error.diag.message_primary}.")
    if isinstance(error, LOST):
        return StorageError(f"The connection to the database was lost: {error}")
    return error
