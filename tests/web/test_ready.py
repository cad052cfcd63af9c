"""`/readyz`: ready is who can do its work, and that is more than reading."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from bot.app import create_app
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool.intake import Intake
from bot.web.health import Writing
from storage import Database, StorageError, open_database, vitals
from storage.sqlite import SQLiteDatabase
from tests import engines


def app_on(database: Database, spool: Path, only: str | None = None) -> Flask:
    return create_app(Service(Settings(spool=str(spool)), read_policy(), database), only=only)


def asked(app: Flask) -> tuple[int, str]:
    app.extensions["gaisma.places"].refresh()
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.text


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    made = engines.new_address(tmp_path, "postgresql", migrated=True)
    yield made
    engines.drop(made)


@pytest.mark.sqlite
def test_a_file_that_is_read_only_is_not_ready_and_says_why(
    database: Database, tmp_path: Path
) -> None:
    app = app_on(database, tmp_path)
    assert asked(app) == (200, "ok\n")
    database.transaction(lambda tx: tx.one("PRAGMA query_only = ON"))
    code, said = asked(app)
    assert code == 503 and "readonly database. Who may write the file?" in said
    # Its visitors are shown what there is, as before.
    assert asked(app_on(database, tmp_path, "public")) == (200, "ok\n")
    assert asked(app_on(database, tmp_path, "console"))[0] == 503
    assert isinstance(database, SQLiteDatabase) and database._writer is not None
    database._writer._db.execute("PRAGMA query_only = OFF").fetchall()
    assert asked(app) == (200, "ok\n")


@pytest.mark.parametrize(("option", "why"), [
    ("default_transaction_read_only%3Don", "read-only transaction"),
    ("role%3Dgaisma_reader", "permission denied for table locks"),
])  # fmt: skip
def test_a_server_that_may_only_be_read_is_not_ready_and_says_why(
    server: str, tmp_path: Path, option: str, why: str
) -> None:
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS gaisma_reader")
        owner.execute("CREATE ROLE gaisma_reader")
        owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO gaisma_reader")
    database = open_database(f"{server}&options=-c%20{option}")
    try:
        code, said = asked(app_on(database, tmp_path))
        assert code == 503 and why in said
        assert asked(app_on(database, tmp_path, "public")) == (200, "ok\n")
    finally:
        database.close()
        with psycopg.connect(server, autocommit=True) as owner:
            owner.execute("DROP OWNED BY gaisma_reader")
            owner.execute("DROP ROLE gaisma_reader")


@pytest.mark.both
def test_whose_texts_wait_in_files_is_not_ready_until_they_are_taken(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    app = app_on(database, tmp_path)
    intake: Intake = app.extensions["gaisma.spool"]
    assert asked(app) == (200, "ok\n")
    intake._closed = True  # as after a text for which a full disk had no room
    assert asked(app) == (503, "The database could not be written; texts wait in files.\n")
    intake.refresh()
    assert asked(app) == (200, "ok\n")


@pytest.mark.both
def test_asking_leaves_nothing_behind(database: Database) -> None:
    for _ in range(3):
        vitals.check_writable(database, datetime.now(UTC))
    assert database.all("SELECT 1 FROM locks") == []


def test_one_request_at_a_time_tries_and_the_others_do_not_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ends = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        assert ends.wait(60)
        raise StorageError("The file is held.")

    monkeypatch.setattr(vitals, "check_writable", slow)
    writing, now = Writing(database), datetime.now(UTC)
    first = threading.Thread(target=writing.trouble, args=(now,))
    first.start()
    assert begun.wait(60)
    assert writing.trouble(now) == ""  # at once: nobody has found anything yet
    ends.set()
    first.join()
    assert writing.trouble(now) == "The file is held."
