"""Addresses of PostgreSQL databases, and databases that cannot be ours: told in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from bot.channels.provider import Answer, Inbound
from bot.cli import gaisma
from bot.policy import read_policy
from bot.running import checks_data
from bot.running.checks import MEND
from bot.service import Service
from bot.settings import Settings
from bot.spool.files import Spool
from bot.spool.intake import MOST_TRIES, Intake
from bot.turn import Turns
from storage import StorageError, open_database
from storage.database import shown_address
from storage.postgres_address import OLDEST, parse, told
from tests import engines


@pytest.mark.parametrize("url", [
    "postgresql://anna:geheim@db.example:5432/gaisma",
    "postgresql://anna:ge@heim@db.example/gaisma",
    "postgresql://anna:heim/ge@db.example/gaisma",
    "postgresql://anna:ge?heim@db.example/gaisma",
    "postgresql://anna:ge#heim@db.example/gaisma",
    "postgres://anna:geheim@db1.example:5432,db2.example:5432/gaisma?target_session_attrs=any",
    "postgresql://db.example/gaisma?user=anna&password=geheim&connect_timeout=3",
    "postgresql://db.example/gaisma?sslpassword=geheim",
])  # fmt: skip
def test_a_password_is_shown_in_no_part_however_it_is_written(url: str) -> None:
    shown = shown_address(url)
    assert "ge" not in shown.replace("gaisma", "").replace("target_", "")
    assert "heim" not in shown
    assert "db" in shown and "/gaisma" in shown


@pytest.mark.parametrize("url", [
    "postgresql://", "postgresql://host", "postgresql://anna:p@ss@host/name",
    "postgresql://anna:p/ss@host/name", "postgresql://host/name?pool_size=1",
    "postgresql://host/name?pool_size=many",
])  # fmt: skip
def test_what_is_no_address_is_refused_with_how_to_write_one(url: str) -> None:
    with pytest.raises(StorageError, match="%40"):
        parse(url)


def test_libpq_gets_what_was_written() -> None:
    url = "postgres:///gaisma?host=/run/pg&pool_size=5&options=-c%20jit%3Doff&application_name=a"
    address, size = parse(url)
    assert size == 5
    assert address == (
        "postgresql:///gaisma?host=/run/pg&options=-c%20jit%3Doff&application_name=a"
    )
    assert "application_name" not in told(address)
    assert told(address)["client_encoding"] == "UTF8"
    with pytest.raises(StorageError, match="is no address of a database"):
        told("postgresql://host/name?synchronous=NORMAL")


# --- on a server --------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(engines.server_address(), autocommit=True) as conn:
        yield conn
        conn.execute("DROP DATABASE IF EXISTS odd WITH (FORCE)")
        conn.execute("DROP ROLE IF EXISTS guest")


def _odd() -> str:
    return engines.server_address().replace("/postgres?", "/odd?")


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_lacks_letters_is_refused(
    server: psycopg.Connection[tuple[object, ...]], encoding: str
) -> None:
    server.execute(f"CREATE DATABASE odd ENCODING {encoding} LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StorageError, match=f"texts in {encoding}.*--encoding=UTF8"):
        open_database(_odd()).migrate()


def test_a_server_that_is_too_old_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = engines.new_address(tmp_path, "postgresql", migrated=True)
    try:
        with psycopg.connect(address) as conn:
            there = conn.info.server_version // 10_000
        monkeypatch.setattr("storage.postgres_address.OLDEST", there + 1)
        monkeypatch.setenv("GAISMA_DATABASE_URL", address)
        needs = f"is PostgreSQL {there}; Gaisma needs {there + 1} or newer"
        refused = CliRunner().invoke(gaisma, ["migrate"])
        assert isinstance(refused.exception, StorageError) and needs in str(refused.exception)
        (check,) = checks_data.database(Settings(database_url=address))
        assert check.state == MEND and needs in check.says
        monkeypatch.setattr("storage.postgres_address.OLDEST", there)
        assert CliRunner().invoke(gaisma, ["migrate"]).exit_code == 0
    finally:
        engines.drop(address)


def test_the_oldest_server_is_the_one_that_is_documented() -> None:
    told_there = Path("docs/operations.md").read_text("utf-8")
    assert f"a PostgreSQL server ({OLDEST} or newer)" in told_there


def test_a_role_without_rights_is_told_which_it_needs(
    server: psycopg.Connection[tuple[object, ...]],
) -> None:
    server.execute("CREATE DATABASE odd ENCODING UTF8 TEMPLATE template0")
    server.execute("CREATE ROLE guest")
    asked = f"{_odd()}&options=-c%20role%3Dguest"
    guest, owner = open_database(asked), open_database(_odd())
    try:
        with pytest.raises(StorageError, match=r"permission denied for schema public.*OWNER TO"):
            guest.migrate()
        owner.migrate()
        with pytest.raises(StorageError, match="permission denied for table customers"):
            guest.all("SELECT * FROM customers")
    finally:
        guest.close()
        owner.close()


def test_tables_of_others_are_seen_without_rights_to_read_them_and_extensions_are_nobody(
    server: psycopg.Connection[tuple[object, ...]],
) -> None:
    server.execute("CREATE DATABASE odd ENCODING UTF8 TEMPLATE template0")
    server.execute("CREATE ROLE guest")
    guest = open_database(f"{_odd()}&options=-c%20role%3Dguest")
    with psycopg.connect(_odd(), autocommit=True) as conn:
        conn.execute("CREATE TABLE kept (x int)")
        conn.execute("GRANT CREATE ON SCHEMA public TO guest")
        try:
            with pytest.raises(StorageError, match="tables of another program"):
                guest.migrate()
            conn.execute("ALTER EXTENSION plpgsql ADD TABLE kept")
            assert guest.migrate()
        finally:
            guest.close()


def test_letters_do_not_hang_on_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    address = engines.new_address(tmp_path, "postgresql", migrated=True)
    database = open_database(address)
    try:
        row = database.one("SELECT ? AS said", ("нет света ā 😀",))
        assert row is not None and row["said"] == "нет света ā 😀"
    finally:
        database.close()
        engines.drop(address)


def test_texts_wait_while_tables_are_being_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    address = engines.new_address(tmp_path, "postgresql", migrated=True)
    database = open_database(address)
    settings = Settings(database_url=address, spool=str(tmp_path))
    service = Service(settings, read_policy(), database)
    intake = Intake(service, Turns(service))
    try:
        database.run("ALTER TABLE turns RENAME TO turns_of_before")
        text = Inbound("twilio", "SM1", "+37120000001", "Labdien")
        assert intake.take(text, datetime.now(UTC)) == Answer()
        for _ in range(MOST_TRIES + 1):  # it is no fault of the text
            assert intake.refresh() == 0
        assert Spool(tmp_path).aside() == 0
        database.run("ALTER TABLE turns_of_before RENAME TO turns")
        assert intake.refresh() == 1
        assert len(database.all("SELECT 1 FROM turns")) == 1
    finally:
        database.close()
        engines.drop(address)
