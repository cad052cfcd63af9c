"""The thin interface over the engines: all, one, run, many, transaction. No table is named here.

SQL is written once, in the common subset of SQLite and PostgreSQL (RETURNING, ON CONFLICT, CTEs),
with `?` for values in order or `:name` for values by name.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import uuid_utils

from storage import chain

T = TypeVar("T")
Params = Sequence[Any] | Mapping[str, Any]


_BEFORE = re.compile(r"^(\w+://[^:@/?]*):.*@", re.DOTALL)
_BEHIND = re.compile(r"([?&](?:ssl)?password=)[^&]*")


class StorageError(Exception):
    """The database refused or failed; the sentence says what to do. Shown to whoever runs it."""


class DatabaseBusy(StorageError):
    """Nobody could write for as long as we wait. Nothing was stored; the act may be repeated."""


class Doubtful(StorageError):
    """Whether it was stored nobody can say: the connection broke while it was. Who does it again
    must know by something unique whether it is there."""


class Overtaken(StorageError):
    """Others changed meanwhile what the work went by: it is to be done again from the start."""


class Row(Protocol):
    """One row: values by column name."""

    def __getitem__(self, name: str, /) -> Any: ...

    def keys(self) -> Iterable[str]: ...


class Tx(Protocol):
    """Statements inside one transaction, or (reads only) outside of any."""

    @property
    def engine(self) -> str:
        """`sqlite` or `postgresql`: for the few statements that cannot be alike."""
        ...

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        """Every row of the answer."""
        ...

    def one(self, sql: str, params: Params = ()) -> Row | None:
        """The first row of the answer, or None."""
        ...

    def run(self, sql: str, params: Params = ()) -> int:
        """Execute one writing statement; how many rows it touched."""
        ...

    def many(self, sql: str, rows: Iterable[Params]) -> int:
        """Execute one writing statement for each of the rows; how many rows it touched."""
        ...


class Database(Tx, Protocol):
    """An engine. Reads may be called from any thread; writes go through `transaction`."""

    def transaction(
        self, work: Callable[[Tx], T], *, bulk: bool = False, loose: bool = False,
        alone: str = "", beside: str = "",
    ) -> T:  # fmt: skip
        """Run `work` in one durable transaction and return what it returned.

        `work` may run more than once (a group that failed is tried again one by one), so it
        must not act outside the database. An exception from it undoes all it did and comes out
        here. `bulk` work waits behind the work of people: keep it to about 300 rows a call.
        `loose` is for work whose every statement is right by itself, whatever others commit
        between them (claims, results, receipts): where many write at once, it need not be run
        again because of others.

        `alone` names what no other work that names it may be at meanwhile, neither `alone` nor
        `beside` it; those `beside` it are at it together. What such work reads, once it has its
        turn, is what all before it have left. One writer needs neither.

        Raises DatabaseBusy when no writing was possible.
        """
        ...

    def alone(self, name: str, work: Callable[[], T]) -> T | None:
        """Do `work` unless another process does what has this name at the moment: then None."""
        ...

    def listen(self, heard: Callable[[], None]) -> Callable[[], None] | None:
        """Have `heard` called, from a thread, when any host queues a message; how to end that.

        None where the engine is one process, which needs nobody to tell it.
        """
        ...

    def migrate(self) -> list[str]:
        """Bring the schema up to date; the names of the steps applied now. Safe in parallel."""
        ...

    def pending_migrations(self) -> list[str]:
        """The steps that `migrate` would apply."""
        ...

    def backup(
        self, path: str, at: datetime, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """A consistent copy of all data to a new file, while others read and write.

        Checked, and marked as a copy of the moment `at`. Raises StorageError.
        """
        ...

    def restore(self, path: str, prepare: Callable[[str], None], now: datetime) -> str:
        """Put a copy in the place of the data; the name under which the old ones are kept, or ''.

        `prepare` gets the address of the new data before they have their place. Raises
        StorageError while somebody uses the old ones.
        """
        ...

    def examine(self, seconds: float) -> str | None:
        """What is wrong with the pages of the data, '' when nothing; None when there was no time
        to read them all."""
        ...

    def close(self) -> None: ...


def open_database(url: str) -> Database:
    """The engine that the address names: `sqlite:///relative.db`, `sqlite:////absolute.db`, or
    `postgresql://user:password@host:5432/name[?pool_size=16]`.

    Raises StorageError when the address names no engine that is here.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        from storage.sqlite import SQLiteDatabase

        return SQLiteDatabase(url)
    if scheme in ("postgresql", "postgres"):
        return _open_postgres(url)
    raise StorageError(
        f"GAISMA_DATABASE_URL begins with {scheme or 'nothing'!r}; "
        "use sqlite:///path/to/file.db (or sqlite:////absolute/path.db), "
        "or postgresql://user:password@host/name."
    )


def _open_postgres(url: str) -> Database:
    try:
        from storage.postgres import PostgresDatabase
    except ImportError as error:
        raise StorageError(
            f"PostgreSQL needs the extra \"postgres\" (pip install 'gaisma[postgres]'): {error}."
        ) from error
    return PostgresDatabase(url)


def shown_address(url: str) -> str:
    """The address for people to read, without its password, also where that was written wrongly:
    with an @ or a / as they are, or behind the question mark."""
    if not url.startswith("postgres"):
        return url
    return _BEHIND.sub(r"\1***", _BEFORE.sub(r"\1:***@", url))


def new_id() -> str:
    """A UUIDv7 as text: unique, and later ones sort after earlier ones."""
    return str(uuid_utils.uuid7())


@lru_cache(maxsize=256)  # one turn stamps the same moment a dozen times
def stamp(at: datetime) -> str:
    """A time as it is stored: UTC, fixed width, so that text order is time order.

    >>> stamp(datetime(2026, 12, 1, 10, 0, tzinfo=UTC))
    '2026-12-01T10:00:00.000Z'

    Raises ValueError for a time without a zone: it would be read as another moment.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def moment(text: str) -> datetime:
    """The reverse of `stamp`: an aware datetime in UTC."""
    return datetime.fromisoformat(text)


def maybe_stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def maybe_moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def switch(tx: Tx, name: str) -> str:
    """A fact of the whole installation ('' when it was never set): moratorium, sending_stopped."""
    row = tx.one("SELECT value FROM switches WHERE name = ?", (name,))
    return "" if row is None else str(row["value"])


def set_switch(tx: Tx, name: str, value: str, *, by: str, now: datetime) -> None:
    tx.run(
        """INSERT INTO switches VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at,
               by = excluded.by""",
        (name, value, stamp(now), by),
    )


_login = [""]


def note_login(name: str) -> None:
    """From now on this process acts for the person logged in as `name` at its machine."""
    _login[0] = name


def login() -> str:
    """Who is logged in, where a person acts through this process; '' in servers and workers."""
    return _login[0]


_NEXT = """INSERT INTO audit_chain (name, seq, hash) VALUES ('head', 1, '')
           ON CONFLICT (name) DO UPDATE SET seq = audit_chain.seq + 1
           RETURNING seq, hash"""


def audit(
    tx: Tx, actor: str, action: str, subject: str, *, now: datetime, detail: str = ""
) -> None:
    """Who did what to what: kept for the administrator, never with a phone number or a text.

    The row is linked to the one before (storage.chain); the head of the chain is locked until the
    transaction ends, so that two writers never link to the same row.
    """
    whole = getattr(tx, "transaction", None)
    if whole is not None:  # outside of any: the three statements need one of their own
        whole(lambda inside: audit(inside, actor, action, subject, now=now, detail=detail))
        return
    last = tx.one(_NEXT)
    assert last is not None
    seq, made, salt = int(last["seq"]), new_id(), secrets.token_hex(8)
    at, by = stamp(now), login()
    content = chain.content_hash(salt, subject, detail)
    own = chain.link(str(last["hash"]), seq, made, at, actor, action, by, content)
    tx.run(
        """INSERT INTO audit (id, at, actor, action, subject, detail, login,
                              seq, salt, content_hash, hash)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (made, at, actor, action, subject, detail, by, seq, salt, content, own),
    )
    tx.run("UPDATE audit_chain SET hash = ? WHERE name = 'head'", (own,))


def refuse_others(
    place: str, found: Set[tuple[str, str]], wanted: Set[tuple[str, str]], *, is_new: bool
) -> None:
    """Raise StorageError for a database of another program, or of a build between releases.

    `found` and `wanted` are (table, column); `is_new` is one in which no step of ours was made.
    """
    if found and is_new:
        raise StorageError(f"{place} holds tables of another program; name another.")
    if lost := wanted - found:
        table, column = min(lost)
        raise StorageError(
            f"{place} was made by another build: it lacks {table}.{column}. Take its data along by "
            "hand, or name a new one and load the data again."
        )
