"""Transactions on one PostgreSQL connection: how they begin, by which locks they go, and who goes
alone because others were in its way again and again.

Every transaction passes the gate, all of them together. One that could not be put in an order with
others several times has the gate to itself: it waits until those under way have ended, those who
come later wait for it, and so nobody is left whom it could meet. Locks are taken in one order, the
gate, a name, rows: nobody waits for the gate who holds anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from storage.database import Doubtful, Params, Row, StorageError, Tx
from storage.dialect import spoken
from storage.locks import key_of

T = TypeVar("T")
Connection = psycopg.Connection[Any]

_BEGIN = "BEGIN ISOLATION LEVEL SERIALIZABLE"
_BEGIN_LOOSE = "BEGIN ISOLATION LEVEL READ COMMITTED"
COLLIDED = (errors.SerializationFailure, errors.DeadlockDetected)
LOST = (psycopg.OperationalError, psycopg.InterfaceError)


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

    def plan_anew(self, sql: str, params: Params = ()) -> list[Row]:
        """As `all`, but the server keeps no plan of it."""
        cursor = self._conn.execute(spoken(sql), cast(Any, params), prepare=False)
        return cast(list[Row], cursor.fetchall()) if cursor.description else []

    def copy(self, table: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> int:
        """Load rows by COPY; how many. For rows that are known to be new."""
        head = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._conn.cursor() as cursor:
            with cursor.copy(cast(Any, head)) as copy:
                for row in rows:
                    copy.write_row(cast(Any, row))
            return cursor.rowcount


@dataclass(frozen=True, slots=True)
class Way:
    """How a transaction goes: see `Database.transaction`."""

    loose: bool = False
    alone: str = ""
    beside: str = ""


def act(conn: Connection, work: Callable[[Tx], T], way: Way, *, last: bool) -> T:
    """Do the work in one transaction; `last`: with the gate to itself."""
    if way.loose:
        return _loosely(conn, work, way, last=last)
    if not way.alone and not last:
        # On the way of BEGIN; not waited for, as what is seen is that of this statement.
        begun = conn.execute(f"{_BEGIN}; SELECT pg_try_{_XACT}_shared({_GATE})", prepare=False)
        begun.nextset()
        if begun.fetchall()[0][0]:
            return _work(conn, work)
        roll_back(conn)
    return _after_locks(conn, work, way, last=last)


def _loosely(conn: Connection, work: Callable[[Tx], T], way: Way, *, last: bool) -> T:
    """Each statement sees what is committed when it begins; locks are the transaction's."""
    locks = [f"pg_{_XACT}({_GATE})" if last else f"pg_{_XACT}_shared({_GATE})"]
    locks += [f"pg_{_XACT}({key_of(way.alone)})"] if way.alone else []
    locks += [f"pg_{_XACT}_shared({key_of(way.beside)})"] if way.beside else []
    # On the same way as BEGIN; not kept, as each is another text.
    begin = f"{_BEGIN_LOOSE}; SELECT {', '.join(locks)}"
    conn.execute(cast(Any, begin), prepare=False)
    return _work(conn, work)


def _after_locks(conn: Connection, work: Callable[[Tx], T], way: Way, *, last: bool) -> T:
    """All statements see one moment, that of the first: so the locks are taken before."""
    locks = [f"pg_advisory_lock({_GATE})" if last else f"pg_advisory_lock_shared({_GATE})"]
    locks += [f"pg_advisory_lock({key_of(way.alone)})"] if way.alone else []
    try:
        conn.execute(cast(Any, f"SELECT {', '.join(locks)}"), prepare=False)
        conn.execute(_BEGIN)
        return _work(conn, work)
    finally:
        if conn.info.transaction_status != TransactionStatus.IDLE:
            roll_back(conn)
        if not conn.closed:  # else the server has let go of them
            conn.execute("SELECT pg_advisory_unlock_all()")


_XACT = "advisory_xact_lock"
_GATE = key_of("gate")


def _work(conn: Connection, work: Callable[[Tx], T]) -> T:
    answer = work(PostgresTx(conn))  # what it raises is rolled back by who lends the connection
    if conn.info.transaction_status == TransactionStatus.INERROR:
        raise StorageError("A statement failed, and the work went on as if it had not.")
    try:
        conn.execute("COMMIT")
    except COLLIDED:
        raise
    except LOST as error:
        # It may have been stored or not: nobody but the caller knows whether to do it again.
        raise Doubtful(
            "The connection to the database was lost while storing; whether it was stored is not "
            "known."
        ) from error
    return answer


def roll_back(conn: Connection) -> None:
    try:
        conn.execute("ROLLBACK")
    except psycopg.Error:
        conn.close()  # the pool makes another
