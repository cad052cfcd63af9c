"""Texts and receipts that come while nothing can be stored: kept, answered later, each once."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import bot.spool.intake
from bot.channels.provider import Answer, Inbound, Receipt
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool import files
from bot.spool.files import Spool, SpoolError, folder_of
from bot.spool.intake import MOST_TRIES, Intake
from bot.turn import Turns
from storage import Database, DatabaseBusy, StorageError, Tx

PHONE, OTHER = "+37120000001", "+37120000002"


class Faulty:
    """A database whose writes can be made to fail."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.fails: StorageError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def transaction(self, work: Callable[[Tx], Any], **how: Any) -> Any:
        if self.fails is not None:
            raise self.fails
        return self._database.transaction(work, **how)


class World:
    """An intake on a database that can fail; `watch` does nothing, the tests look themselves."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.faulty = Faulty(database)
        self.folder = folder / "spool"
        settings = Settings(spool=str(self.folder))
        self.service = Service(settings, read_policy(), self.faulty)  # type: ignore[arg-type]
        self.turns = Turns(self.service)
        self.intake = self.begin()

    def begin(self) -> Intake:
        """As after a restart: only the files are known."""
        return Intake(self.service, self.turns)

    @contextmanager
    def broken(self, error: StorageError | None = None) -> Iterator[None]:
        self.faulty.fails = error or StorageError("The disk is full.")
        yield
        self.faulty.fails = None

    def text(self, number: int, text: str, phone: str = PHONE) -> Answer:
        inbound = Inbound("twilio", f"SM{number}", phone, text)
        return self.intake.take(inbound, datetime.now(UTC))

    def stored(self) -> list[tuple[str, str]]:
        rows = self.database.all(
            "SELECT provider_id, body FROM messages WHERE direction = 'in' ORDER BY made_at, id"
        )
        return [(row["provider_id"], row["body"]) for row in rows]

    def queued(self) -> list[str]:
        rows = self.database.all(
            "SELECT peer FROM messages WHERE status = 'queued' AND kind = 'answer' ORDER BY id"
        )
        return [row["peer"] for row in rows]

    def kept(self) -> list[str]:
        return Spool(self.folder).names()


@pytest.fixture
def world(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    monkeypatch.setattr(files, "RESERVE_FILES", 4)
    return World(database, tmp_path)


def test_a_text_waits_while_nothing_can_be_stored_and_is_answered_by_the_outbox(
    world: World,
) -> None:
    with world.broken(DatabaseBusy("Held.")):
        assert world.text(1, "Labdien") == Answer()
        assert world.intake.refresh() == 0
    assert world.stored() == []
    assert world.intake.refresh() == 1
    assert world.stored() == [("SM1", "Labdien")]
    assert world.queued() == [PHONE]
    assert world.kept() == []
    turns = world.database.all("SELECT message_id, reply_id FROM turns")
    assert len(turns) == 1
    assert turns[0]["reply_id"]


def test_texts_of_a_sender_are_taken_in_their_order_also_those_that_come_meanwhile(
    world: World,
) -> None:
    with world.broken():
        for number in range(3):
            world.text(number, f"viens {number}")
    world.intake._closed = False  # the database is back, and nobody has looked yet
    assert world.text(3, "viens 3") == Answer()
    assert world.text(4, "cits", OTHER).text
    assert world.intake.refresh() == 4
    of_one = [body for _, body in world.stored() if body != "cits"]
    assert of_one == [f"viens {number}" for number in range(4)]
    assert world.text(5, "viens 5").text  # nothing waits: answered at once


def test_a_text_that_waits_twice_or_was_stored_already_is_taken_once(world: World) -> None:
    assert world.text(1, "Labdien").text
    with world.broken():
        for _ in range(2):
            world.text(1, "Labdien")
            world.text(2, "Paldies")
    world.intake.refresh()
    assert sorted(world.stored()) == [("SM1", "Labdien"), ("SM2", "Paldies")]
    assert len(world.queued()) == 1  # the first was answered when it came


def test_what_waits_outlives_the_process(world: World) -> None:
    with world.broken():
        world.text(1, "pirmais")
        world.text(2, "otrais")
    world.intake = world.begin()
    assert world.text(3, "trešais") == Answer()  # behind the two
    assert world.intake.refresh() == 3
    assert [body for _, body in world.stored()] == ["pirmais", "otrais", "trešais"]


def test_a_kill_between_storing_and_removing_takes_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.broken():
        world.text(1, "Labdien")
    with monkeypatch.context() as killed:
        killed.setattr(Spool, "remove", lambda self, name: None)
        world.intake.refresh()
    assert len(world.kept()) == 1
    world.intake = world.begin()
    world.intake.refresh()
    assert world.stored() == [("SM1", "Labdien")]
    assert world.queued() == [PHONE]
    assert world.kept() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Uz ielas nokritis elektrības vads", "112"),
        ("Искрит оборванный провод", "112"),
        ("A power line is down and sparking", "112"),
    ],
)
def test_who_is_near_a_danger_is_told_at_once_and_the_dispatcher_later(
    world: World, text: str, words: str
) -> None:
    with world.broken():
        answer = world.text(1, text)
    assert words in answer.text
    assert answer.reply_id
    world.intake.refresh()
    told = world.database.one("SELECT * FROM messages WHERE id = ?", (answer.reply_id,))
    assert told is not None
    assert (told["status"], told["body"]) == ("accepted", answer.text)
    waiting = world.database.one("SELECT urgent FROM conversations")
    assert waiting is not None
    assert waiting["urgent"] == 1


def test_what_was_said_at_once_does_not_say_that_somebody_was_told(world: World) -> None:
    with world.broken():
        answer = world.text(1, "Uz ielas nokritis elektrības vads")
    assert "informēts" not in answer.text


def test_receipts_wait_as_well_and_move_their_messages_later(world: World) -> None:
    reply = world.text(1, "Labdien").reply_id
    receipt = Receipt(reply, "twilio", "SM77", "delivered")
    with world.broken():
        assert world.intake.record(receipt, datetime.now(UTC))
    assert world.intake.refresh() == 1
    row = world.database.one("SELECT status FROM messages WHERE id = ?", (reply,))
    assert row is not None
    assert row["status"] == "delivered"
    unknown = replace(receipt, message_id="none")
    assert not world.intake.record(unknown, datetime.now(UTC))


def test_stop_is_kept_and_obeyed_later(world: World) -> None:
    with world.broken():
        world.text(1, "STOP")
    world.intake.refresh()
    assert world.database.one("SELECT 1 FROM opt_outs WHERE value = ?", (PHONE,)) is not None


def test_where_nothing_can_be_kept_the_provider_is_refused_but_a_danger_is_answered(
    world: World,
) -> None:
    world.folder.parent.joinpath("spool").write_text("a file where the folder should be")
    with world.broken():
        with pytest.raises(StorageError):
            world.text(1, "Labdien")
        assert "112" in world.text(2, "Uz ielas nokritis elektrības vads").text
    world.intake.refresh()  # nothing waits, and the database is back
    assert world.text(3, "Labdien").text


def test_the_spool_has_an_end_and_leaves_room_for_texts(world: World) -> None:
    world.intake._spool = Spool(world.folder, most=4)
    receipt = Receipt("none", "twilio", "SM77", "delivered")
    with world.broken():
        for _ in range(2):
            assert world.intake.record(receipt, datetime.now(UTC))
        with pytest.raises(StorageError, match="2 files wait"):
            world.intake.record(receipt, datetime.now(UTC))
        world.text(1, "pirmais")
        world.text(2, "otrais")
        with pytest.raises(StorageError, match="4 files wait"):
            world.text(3, "trešais")


def test_files_are_for_their_owner_and_their_names_say_nothing(world: World) -> None:
    with world.broken():
        world.text(1, "slepens")
    (name,) = world.kept()
    path = world.folder / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(world.folder.stat().st_mode) == 0o700
    assert PHONE[1:] not in name
    assert json.loads(path.read_text())["phone"] == PHONE


def test_a_clock_that_is_put_back_changes_no_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([2_000_000_000, 1_000_000_000, 1_500_000_000])
    monkeypatch.setattr(files.time, "time_ns", lambda: next(clock))
    with world.broken():
        for number in range(3):
            world.text(number, f"{number}")
    names = world.kept()
    bodies = [json.loads((world.folder / name).read_text())["text"] for name in names]
    assert bodies == ["0", "1", "2"]


def test_a_broken_file_is_set_aside_and_the_rest_goes_on(world: World) -> None:
    with world.broken():
        world.text(1, "pirmais")
        world.text(2, "otrais", OTHER)
    first = world.kept()[0]
    (world.folder / first).write_bytes(b"{")
    world.intake = world.begin()
    for _ in range(MOST_TRIES):
        world.intake.refresh()
    assert world.stored() == [("SM2", "otrais")]
    assert Spool(world.folder).aside() == 1


def test_a_full_disk_has_room_for_the_reserve(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(world.folder, reserve=2)
    spool.prepare()

    def full(self: Spool, path: Path, data: bytes) -> None:
        raise OSError(files.errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Spool, "_write", full)
    names = [spool.put({"text": "ā" * 1600, "number": number}) for number in range(2)]
    with pytest.raises(SpoolError, match="No space left"):
        spool.put({"text": "x"})
    assert [(spool.read(name) or {})["number"] for name in names] == [0, 1]
    monkeypatch.undo()
    for name in names:
        spool.remove(name)
    spool.prepare()
    assert len(list(world.folder.glob("reserve-*"))) == 2


def test_one_process_of_a_machine_takes_what_waits_at_a_time(world: World) -> None:
    with world.broken():
        world.text(1, "Labdien")
    with Spool(world.folder).alone() as alone:
        assert alone
        world.intake._closed = False
        assert world.intake.refresh() == 0
    assert world.intake.refresh() == 1


def test_the_thread_takes_what_waits_by_itself(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.spool.intake, "LOOK_SECONDS", 0.05)
    world = World(database, tmp_path)
    with world.broken():
        world.text(1, "Labdien")
    taken = threading.Event()
    for _ in range(200):
        if world.stored():
            break
        taken.wait(0.05)
    world.intake.stop()
    assert world.stored() == [("SM1", "Labdien")]


def test_the_folder_is_beside_the_database_unless_it_is_named() -> None:
    beside = folder_of(Settings(database_url="sqlite:////srv/gaisma.db"))
    assert beside == Path("/srv/gaisma.db.spool")
    assert folder_of(Settings(database_url="postgresql://db/gaisma")) == Path("var/spool")
    assert folder_of(Settings(spool="/mnt/other")) == Path("/mnt/other")


# --- a text that breaks the dialogue --------------------------------------------------------


@pytest.mark.parametrize("broken", ["understanding", "dialogue"])
def test_a_text_that_breaks_the_dialogue_is_answered_and_waits_for_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*args: object) -> None:
        raise ZeroDivisionError("indīgs teksts +37129123456")

    if broken == "dialogue":
        monkeypatch.setattr("intents.dialogue.step", fails)
    else:
        monkeypatch.setattr(type(world.turns.learning.recogniser), "understand", fails)
    answer = world.text(1, "indīgs teksts")
    assert "darbiniekam" in answer.text
    assert world.stored() == [("SM1", "indīgs teksts")]
    (row,) = world.database.all("SELECT waiting_since, topic FROM conversations")
    assert row["waiting_since"]
    assert len(world.database.all("SELECT 1 FROM turns")) == 1
    assert "indīgs" not in caplog.text
    monkeypatch.undo()
    assert world.text(1, "indīgs teksts").text == answer.text  # a repeat
    assert world.text(2, "Labdien").text  # and life goes on


def test_a_danger_that_breaks_the_dialogue_is_urgent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intents.dialogue.step", lambda *args: 1 / 0)
    answer = world.text(1, "Uz ielas nokritis elektrības vads")
    assert "112" in answer.text
    (row,) = world.database.all("SELECT urgent FROM conversations")
    assert row["urgent"] == 1


def test_a_text_that_breaks_everything_is_tried_three_times_and_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.conversations.add_turn", lambda *args: 1 / 0)
    assert world.text(1, "indīgs") == Answer()
    world.text(2, "otrais", OTHER)
    for _ in range(MOST_TRIES):
        world.intake.refresh()
    assert Spool(world.folder).aside() == 2
    assert world.stored() == []
    monkeypatch.undo()
    assert world.text(3, "Labdien").text
