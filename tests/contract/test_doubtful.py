"""A connection that breaks while a text is stored: nobody knows whether it is. One turn, one
answer, whichever it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.channels.provider import Answer, Inbound
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool.files import Spool
from bot.spool.intake import Intake
from bot.turn import Turns
from storage import Database, Tx, open_database
from storage.database import Doubtful, set_switch
from tests import engines

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
TEXT = Inbound("twilio", "SM1", "+37120000001", "Labdien")
DANGER = Inbound("twilio", "SM2", "+37120000002", "Uz ielas nokritis elektrības vads")
SAID = "SELECT * FROM messages WHERE direction = 'out'"
ANSWERS = "SELECT status, due_at FROM messages WHERE direction = 'out'"


def losing(turns: Turns, *, stored: bool) -> Callable[[Inbound, datetime], Answer]:
    """`take` on a connection that breaks at COMMIT: after it was `stored`, or before."""
    take = turns.take

    def lose(inbound: Inbound, now: datetime) -> Answer:
        if stored:
            take(inbound, now)
        raise Doubtful("the connection broke")

    return lose


@pytest.mark.parametrize("stored", [True, False])
def test_a_text_of_which_nobody_knows_whether_it_is_stored_has_one_turn_and_one_answer(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    turns = Turns(Service(Settings(), read_policy(), database))
    settings = Settings(spool=str(tmp_path / "spool"))
    intake = Intake(Service(settings, read_policy(), database), turns)

    with monkeypatch.context() as patched:
        patched.setattr(turns, "take", losing(turns, stored=stored))
        assert intake.take(TEXT, datetime.now(UTC)) == Answer()
    spool = Spool(tmp_path / "spool")
    kept = spool.read(spool.names()[0])
    assert kept is not None
    assert intake.refresh() == 1
    assert len(database.all("SELECT 1 FROM turns")) == 1
    assert [row["status"] for row in database.all(ANSWERS)] == ["queued"]

    # Sent meanwhile, and the file is read again: the machine went down before it was taken away.
    database.run("UPDATE messages SET status = 'accepted' WHERE direction = 'out'")
    spool.put(kept)
    assert intake.refresh() == 1
    assert [row["status"] for row in database.all(ANSWERS)] == ["accepted"]


@pytest.mark.parametrize("stored", [True, False])
def test_a_warning_that_was_given_at_once_is_kept_as_said_and_not_said_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    service = Service(Settings(spool=str(tmp_path / "spool")), read_policy(), database)
    turns = Turns(service)
    intake = Intake(service, turns)

    with monkeypatch.context() as patched:
        patched.setattr(turns, "take", losing(turns, stored=stored))
        warned = intake.take(DANGER, datetime.now(UTC))
    assert "112" in warned.text
    spool = Spool(tmp_path / "spool")
    kept = spool.read(spool.names()[0])
    assert kept is not None
    for _ in range(2):  # the file is read again: the machine went down before it was taken away
        assert intake.refresh() == 1
        rows = {row["id"]: row for row in database.all(SAID)}
        told = rows.pop(warned.reply_id)
        assert (told["status"], told["body"]) == ("accepted", warned.text)
        assert (told["peer"], told["sent_at"]) == (DANGER.phone, kept["at"])
        # What the dispatcher knows is another text, and the only one that goes by SMS.
        assert [row["status"] for row in rows.values()] == ["queued"]
        assert warned.text not in [row["body"] for row in rows.values()]
        spool.put(kept)
    assert len(database.all("SELECT 1 FROM turns")) == 1


def test_a_warning_is_kept_beside_what_another_host_answered(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    service = Service(Settings(spool=str(tmp_path / "spool")), read_policy(), database)
    intake = Intake(service, Turns(service))
    intake._closed = True
    warned = intake.take(DANGER, datetime.now(UTC))
    other = Turns(Service(Settings(), read_policy(), database)).take(DANGER, datetime.now(UTC))
    assert intake.refresh() == 1
    rows = {row["id"]: row["status"] for row in database.all(SAID)}
    assert rows == {warned.reply_id: "accepted", other.reply_id: "accepted"}


def test_a_text_that_was_answered_by_another_host_is_not_answered_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    service = Service(Settings(spool=str(tmp_path / "spool")), read_policy(), database)
    intake = Intake(service, Turns(service))
    intake._closed = True
    assert intake.take(TEXT, datetime.now(UTC)) == Answer()
    other = Turns(Service(Settings(), read_policy(), database))
    assert other.take(TEXT, datetime.now(UTC)).text
    assert intake.refresh() == 1
    assert [row["status"] for row in database.all(ANSWERS)] == ["accepted"]


def test_a_connection_that_breaks_at_the_commit_is_doubtful(tmp_path: Path) -> None:
    address = engines.new_address(tmp_path, "postgresql", migrated=True)
    database = open_database(address)
    try:
        with pytest.raises(Doubtful, match="not known"):
            database.transaction(_cut_at_the_end(address))
        assert database.all("SELECT 1 FROM switches") == []
    finally:
        database.close()
        engines.drop(address)


def _cut_at_the_end(address: str) -> Callable[[Tx], Any]:
    def work(tx: Tx) -> None:
        set_switch(tx, "a", "1", by="t", now=NOW)
        row = tx.one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        with psycopg.connect(address, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", (row["pid"],))

    return work
