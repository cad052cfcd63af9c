"""The engine for more than one machine: PostgreSQL over psycopg 3, a pool of connections.

Every transaction is SERIALIZABLE, so work that reads and then writes is as safe as on the engine
with one writer; what could not be put in an order is run again. `SET` is never left behind on a
connection but at its start, so a pooler between (PgBouncer, mode "session") does no harm.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from storage import steps
from storage.database import DatabaseBusy, Params, Row, StorageError, Tx, shown_address
from storage.dialect import spoken
from storage.postgres_keeper import Keeper, listen
from storage.postgres_types import read_rows, register

T = TypeVar("T")
Connection = psycopg.Connection[Any]

BUSY_SECONDS = 10.0
POOL_SIZE = 16
# What a connection is told when it is made. Nothing of ours takes so long but by a fault.
SESSION = (
    "SET statement_timeout = '60s'",
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET timezone = 'UTC'",
    # One disk for a few hundred thousand rows: plans for one set of values are the right ones.
    "SET jit = off",
)
_BEGIN = "BEGIN ISOLATION LEVEL SERIALIZABLE"
_BEGIN_LOOSE = "BEGIN ISOLATION LEVEL READ COMMITTED"
_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected)
_BUSY = (errors.LockNotAvailable, errors.QueryCanceled, errors.TooManyConnections)
_FULL = (errors.DiskFull, errors.ReadOnlySqlTransaction, errors.OutOfMemory)
_LOST = (psycopg.OperationalError, psycopg.InterfaceError)


class PostgresTx:
    """Statements on one connection; whoever holds it decides when to commit."""

    engine = "postgresql"

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        cursor = self._conn.execute(spoken(sql), cast(Any, params))
        return cast(list[Row], cursor.fetchall()) if cursor.description else []

    def one(self, sql: str, params: Params = ()) -> Row | None:
        rows = self.all(sql, params)
        return rows[0] if rows else None

    def run(self, sql: str, params: Params = ()) -> int:
        return self._conn.execute(spoken(sql), cast(Any, params)).rowcount

    def many(self, sql: str, rows: Iterable[Params]) -> int:
        kept = cast(Any, list(rows))
        if not kept:
            return 0
        with self._conn.cursor() as cursor:
            cursor.executemany(spoken(sql), kept)
            return cursor.rowcount

    def copy(self, table: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> int:
        """Load rows by COPY; how many. For rows that are known to be new."""
        head = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._conn.cursor() as cursor:
            with cursor.copy(cast(Any, head)) as copy:
                for row in rows:
                    copy.write_row(cast(Any, row))
            return cursor.rowcount


class PostgresDatabase:
    """One database of a server. Address: `postgresql://user:password@host/name[?pool_size=16]`."""

    engine = "postgresql"

    def __init__(self, url: str) -> None:
        self.address, self._size = _parse(url)
        told = _options(self.address)
        # What the address says itself comes first.
        self._told = {name: value for name, value in _TOLD.items() if name not in told}
        self._pool: ConnectionPool[Connection] | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._inside = threading.local()
        # Bulk work leaves connections to people, however much of it there is.
        self._bulk = threading.BoundedSemaphore(max(1, self._size // 2))
        self._whole = False
        self._keeper = Keeper(self._connect)

    # -- reads: each on a connection of its own ------------------------------------------------

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self._on_connection(lambda conn: PostgresTx(conn).all(sql, params))

    def one(self, sql: str, params: Params = ()) -> Row | None:
        return self._on_connection(lambda conn: PostgresTx(conn).one(sql, params))

    # -- writes ----------------------------------------------------------------------------------

    def run(self, sql: str, params: Params = ()) -> int:
        return self.transaction(lambda tx: tx.run(sql, params))

    def many(self, sql: str, rows: Iterable[Params]) -> int:
        kept = list(rows)
        return self.transaction(lambda tx: tx.many(sql, kept), bulk=True)

    def transaction(self, work: Callable[[Tx], T], *, bulk: bool = False, loose: bool = False) -> T:
        if getattr(self._inside, "depth", 0):
            raise StorageError("A transaction was begun inside a transaction.")
        self._inside.depth = 1
        try:
            if not bulk:
                return self._on_connection(lambda conn: _attempt(conn, work, loose=loose))
            with self._bulk:
                return self._on_connection(lambda conn: _attempt(conn, work, loose=loose))
        finally:
            self._inside.depth = 0

    def migrate(self) -> list[str]:
        with self.plain() as conn:
            return steps.migrate(conn)

    def pending_migrations(self) -> list[str]:
        left = self._on_connection(steps.pending)
        if not self._whole:  # once is enough: probes ask this every few seconds
            self._on_connection(lambda conn: steps.check_ours(conn, left))
            self._whole = not left
        return left

    # -- many hosts --------------------------------------------------------------------------------

    def alone(self, name: str, work: Callable[[], T]) -> T | None:
        with self._keeper.hold(name) as held:
            return work() if held else None

    def listen(self, heard: Callable[[], None]) -> Callable[[], None] | None:
        return listen(self._connect, heard)

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

    # -- inside ----------------------------------------------------------------------------------

    def _on_connection(self, act: Callable[[Connection], T]) -> T:
        """Do it on a connection of the pool; again where that is known to be safe."""
        deadline = time.monotonic() + BUSY_SECONDS
        for attempt in range(1_000_000):
            try:
                with self._connection() as conn:
                    return act(conn)
            except (*_AGAIN, *_LOST) as error:
                if isinstance(error, (*_BUSY, *_FULL)) or time.monotonic() > deadline:
                    raise translate(error) from error
            except psycopg.Error as error:
                raise translate(error) from error
            # Those who met wait differently long, else they would meet again.
            time.sleep(random.uniform(0, min(0.0005 * 2**attempt, 0.2)))  # noqa: S311
        raise AssertionError("unreachable")

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        pool = self._pool or self._open_pool()
        try:
            conn = pool.getconn()
        except PoolTimeout as error:
            self._connect().close()  # says why, when it is not that all are in use
            raise DatabaseBusy(
                f"All {self._size} connections have been in use for over {BUSY_SECONDS:.0f} "
                "seconds."
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
                _roll_back(conn)
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
                    max_lifetime=1800.0,
                    num_workers=1,
                    open=True,
                )
            return self._pool

    def _connect(self) -> Connection:
        try:
            conn = psycopg.connect(
                self.address, autocommit=True, row_factory=read_rows, **self._told
            )
        except psycopg.Error as error:
            why = str(error).strip().splitlines()[-1] if str(error).strip() else "no answer"
            raise StorageError(
                f"The database {shown_address(self.address)} cannot be reached: {why}"
            ) from error
        _configure(conn)
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


# Without the last four a host whose cable is out waits a quarter of an hour for its answers.
_TOLD: dict[str, Any] = {
    "connect_timeout": 5, "application_name": "gaisma", "tcp_user_timeout": 10_000,
    "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3,
}  # fmt: skip


def _configure(conn: Connection) -> None:
    conn.execute("; ".join(SESSION))
    conn.prepared_max = 300
    register(conn)


def _attempt(conn: Connection, work: Callable[[Tx], T], *, loose: bool) -> T:
    conn.execute(_BEGIN_LOOSE if loose else _BEGIN)
    answer = work(PostgresTx(conn))  # what it raises is rolled back by who lends the connection
    if conn.info.transaction_status == TransactionStatus.INERROR:
        raise StorageError("A statement failed, and the work went on as if it had not.")
    try:
        conn.execute("COMMIT")
    except _AGAIN:
        raise
    except _LOST as error:
        # It may have been stored or not: nobody but the caller knows whether to do it again.
        raise StorageError(
            "The connection to the database was lost while storing; whether it was stored is not "
            "known."
        ) from error
    return answer


def _roll_back(conn: Connection) -> None:
    try:
        conn.execute("ROLLBACK")
    except psycopg.Error:
        conn.close()  # the pool makes another


def translate(error: BaseException) -> BaseException:
    if isinstance(error, _AGAIN):
        return DatabaseBusy("Others have written the same for too long; nothing was stored.")
    if isinstance(error, _BUSY):
        return DatabaseBusy(f"The database had no time for it: {error}")
    if isinstance(error, _FULL):
        return StorageError(f"The database cannot be written: {error}")
    if isinstance(error, _LOST):
        return StorageError(f"The connection to the database was lost: {error}")
    return error


def _options(address: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(address)
    except psycopg.ProgrammingError as error:
        raise StorageError(
            f"{shown_address(address)!r} is no address of a database: {str(error).strip()}."
        ) from error


def _parse(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    size = next((value for name, value in query if name == "pool_size"), str(POOL_SIZE))
    if not parts.path.strip("/") or not size.isdigit() or int(size) < 2:
        raise StorageError(
            f"{shown_address(url)!r} is no address of a database; write "
            "postgresql://user:password@host:5432/name (?pool_size= is 2 or more)."
        )
    rest = urlencode([(name, value) for name, value in query if name != "pool_size"])
    return urlunsplit(parts._replace(query=rest, scheme="postgresql")), int(size)
