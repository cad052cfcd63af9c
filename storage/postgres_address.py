"""The address of a PostgreSQL database: libpq's own, with the size of our pool at its end.

What follows the question mark is handed to libpq as it was written: it knows `%20` for a space, and
no `+`, which Python's own functions would write.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from storage.database import StorageError, shown_address

POOL_SIZE = 16
# The first that takes a subquery in FROM without a name; ours, as those of SQLite, have none.
OLDEST = 16
_HOW = (
    "write postgresql://user:password@host:5432/name (?pool_size= is 2 or more); in the password "
    "% @ : / ? # are written %25 %40 %3A %2F %3F %23."
)
# Without the last four a host whose cable is out waits a quarter of an hour for its answers.
_TOLD: dict[str, Any] = {
    "connect_timeout": 5, "application_name": "gaisma", "tcp_user_timeout": 10_000,
    "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3,
}  # fmt: skip


def parse(url: str) -> tuple[str, int]:
    """The address without the size of the pool, and that size. Raises StorageError."""
    front, asks, query = url.partition("?")
    items = query.split("&") if asks else []
    sizes = [item.partition("=")[2] for item in items if item.startswith("pool_size=")]
    size = sizes[0] if sizes else str(POOL_SIZE)
    host, _, name = front.partition("://")[2].partition("/")
    if not name or "@" in name or host.count("@") > 1 or not size.isdigit() or int(size) < 2:
        raise StorageError(f"{shown_address(url)!r} is no address of a database; {_HOW}")
    rest = "&".join(item for item in items if not item.startswith("pool_size="))
    return f"postgresql://{front.partition('://')[2]}{'?' if rest else ''}{rest}", int(size)


def told(address: str) -> dict[str, Any]:
    """What each connection is made with besides: what the address says itself comes first, but for
    the encoding, which is ours whatever a role or an environment was given."""
    try:
        said = conninfo_to_dict(address)
    except psycopg.ProgrammingError as error:
        raise StorageError(
            f"{shown_address(address)!r} is no address of a database: {str(error).strip()}."
        ) from error
    more = {name: value for name, value in _TOLD.items() if name not in said}
    return {**more, "client_encoding": "UTF8"}


def check_version(address: str, conn: psycopg.Connection[Any]) -> None:
    """Raise StorageError for a server that is too old for our statements."""
    release = conn.info.server_version // 10_000
    if release < OLDEST:
        raise StorageError(
            f"The server of {shown_address(address)} is PostgreSQL {release}; Gaisma needs "
            f"{OLDEST} or newer. Move the database to a newer server (pg_dump there, pg_restore "
            "here) or bring this one up to date (pg_upgrade)."
        )


def check_encoding(address: str, conn: psycopg.Connection[Any]) -> None:
    """Raise StorageError for a database that cannot keep every letter that a phone can write."""
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StorageError(
            f"The database {shown_address(address)} keeps its texts in {encoding}, which lacks "
            "letters of our customers; make one with: createdb --template=template0 --locale=C "
            "--encoding=UTF8 NAME"
        )
