"""Empty databases of a PostgreSQL server for measurements, dropped afterwards.

Nothing of this runs in service. The role of the address must be allowed to make databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import psycopg

from storage.database import StorageError, shown_address
from storage.postgres_tx import PostgresTx
from storage.postgres_types import read_rows, register

PREFIX = "gaisma_bench_"


@contextmanager
def rooms(url: str, names: Sequence[str]) -> Iterator[list[str]]:
    """The address of a new database for each of the names, until the block ends.

    The database of `url` itself is only what is connected to. Raises StorageError when the server
    makes none.
    """
    made: list[str] = []
    try:
        for name in names:
            _command(url, f"CREATE DATABASE {PREFIX}{name} TEMPLATE template0 ENCODING 'UTF8'")
            made.append(name)
        yield [address(url, name) for name in names]
    finally:
        for name in made:
            drop(url, name)


def copy(url: str, source: str, name: str) -> str:
    """A room with all that another has, in the place of one of that name; its address."""
    drop(url, name)
    _command(url, f"CREATE DATABASE {PREFIX}{name} TEMPLATE {PREFIX}{source} STRATEGY FILE_COPY")
    return address(url, name)


def drop(url: str, name: str) -> None:
    """No room of that name any more, whoever is in it."""
    _command(url, f"DROP DATABASE IF EXISTS {PREFIX}{name} WITH (FORCE)")


def address(url: str, name: str) -> str:
    """Where the room of that name is."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{PREFIX}{name}"))


def _command(url: str, statement: str) -> None:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as conn:
            conn.execute(cast(Any, statement))
    except psycopg.Error as error:
        raise StorageError(
            f"{shown_address(url)} gives no database to measure in: {str(error).strip()}"
        ) from error


@contextmanager
def plainly(url: str) -> Iterator[Callable[[Callable[[PostgresTx], None]], None]]:
    """A connection that does work in a transaction and nothing else: no pool, no second try."""
    with psycopg.connect(url, autocommit=True, row_factory=read_rows) as conn:
        register(conn)

        def do(work: Callable[[PostgresTx], None]) -> None:
            with conn.transaction():
                work(PostgresTx(conn))

        yield do
