"""The database server restarted while others write, and many hosts that migrate at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from storage import StorageError, Tx, open_database
from storage.patience import within
from storage.postgres import PostgresDatabase
from tests.contract.test_storage import names, put
from tests.faults.hosts import ROOT, Server, database_server
from tests.served import environment

MIGRATE = """
import sys
from storage import open_database
made = open_database(sys.argv[1])
sys.stdin.readline()
print(len(made.migrate()))
made.close()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with database_server() as made:
        yield made


def test_hosts_that_migrate_at_once_apply_each_step_once(server: Server) -> None:
    address = server.database("postgres")
    hosts = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, address], cwd=ROOT, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(address))
        for _ in range(4)
    ]  # fmt: skip
    for host in hosts:  # all are loaded before the first begins
        assert host.stdin is not None
        host.stdin.write("go\n")
        host.stdin.flush()
    told = sorted(int(host.communicate(timeout=120)[0]) for host in hosts)
    assert told[:3] == [0, 0, 0]
    assert told[3] > 0
    assert all(host.returncode == 0 for host in hosts)


@pytest.mark.alone
def test_a_server_that_was_away_for_long_is_found_as_soon_as_it_is_back() -> None:
    """The pool tries ever more seldom while there is none: not so seldom that it finds out late."""
    with database_server() as server:
        database = open_database(server.database("postgres"))
        assert database.one("SELECT 1 AS n")
        server.stop()
        end = time.monotonic() + 17  # tries at 0, 1, 3, 7, 15 and 31 seconds, if nothing ends them
        while time.monotonic() < end:
            with suppress(StorageError), within(1):
                database.one("SELECT 1 AS n")
        server.start()
        assert database.one("SELECT 1 AS n")  # who asks waits for ten seconds
        database.close()


def test_a_restart_in_the_middle_of_a_transaction_undoes_it_and_it_is_done_again(
    server: Server,
) -> None:
    database = open_database(server.database("postgres"))
    database.migrate()
    runs = []

    def work(tx: Tx) -> None:
        runs.append(1)
        put(tx, f"n{len(runs)}")
        if len(runs) == 1:
            server.stop()
            server.start()
        put(tx, "end")

    database.transaction(work)
    assert names(database) == ["end", f"n{len(runs)}"]
    assert len(runs) > 1
    database.close()


def test_while_the_server_is_away_a_sentence_says_so_and_afterwards_all_goes_on(
    server: Server,
) -> None:
    database = open_database(server.database("postgres"))
    database.migrate()
    before = names(database)
    server.stop()
    began = time.monotonic()
    with pytest.raises(StorageError, match=r"cannot be reached|was lost"):
        database.transaction(lambda tx: put(tx, "never"))
    assert time.monotonic() - began < 40
    server.start()
    database.transaction(lambda tx: put(tx, "afterwards"))
    assert names(database) == sorted([*before, "afterwards"])
    database.close()


def test_a_statement_that_takes_too_long_is_ended_with_a_sentence(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres.SESSION", ("SET statement_timeout = '300ms'",))
    database = PostgresDatabase(server.database("postgres"))
    with pytest.raises(StorageError, match="no time"):
        database.all("SELECT pg_sleep(20)")
    assert database.one("SELECT 1 AS n") is not None
    database.close()
