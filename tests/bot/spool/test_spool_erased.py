"""An erasure reaches the texts that wait in files of other hosts, when those come to be taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from bot.people import erasures, privacy
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool.files import Spool
from bot.spool.intake import LOOK_ASIDE_SECONDS, Intake
from bot.turn import Turns
from storage import Database, persons
from storage.database import stamp
from tests.worlds import OTHER_PHONE, PHONE, build_world

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Host:
    """One of two hosts on one database, with its own folders."""

    def __init__(self, database: Database, folder: Path, keys: tuple[str, ...]) -> None:
        self.settings = Settings(
            spool=str(folder / "spool"), erasures=str(folder / "erased"), secret_keys=keys
        )
        self.service = Service(self.settings, read_policy(), database)
        self.spool = Spool(folder / "spool", reserve=0)
        self._turns = Turns(self.service)

    def keep(self, phone: str, text: str, at: datetime, *, aside: bool = False) -> None:
        entry = {"kind": "text", "at": stamp(at), "provider": "twilio", "provider_id": f"SM{text}",
                 "phone": phone, "text": text, "provider_answered": "", "told": "", "told_id": "",
                 "language": "lv"}  # fmt: skip
        name = self.spool.put(entry)
        if aside:
            self.spool.set_aside(name)

    def begin(self) -> Intake:
        return Intake(self.service, self._turns)

    def left(self) -> bytes:
        return b"".join(path.read_bytes() for path in Path(self.settings.spool).glob("*.json"))


@pytest.fixture
def hosts(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Host, Host]:
    monkeypatch.setattr(Intake, "watch", lambda self: None)
    build_world(database, "one_premises", NOW)
    keys = ("k" * 20, "j" * 20)
    # The second is behind with the change of keys: the first of one is the other of the other.
    return Host(database, tmp_path / "a", keys), Host(database, tmp_path / "b", keys[::-1])


def stored(database: Database) -> list[str]:
    rows = database.all("SELECT body FROM messages WHERE direction = 'in' ORDER BY body")
    return [str(row["body"]) for row in rows]


def test_texts_from_before_are_dropped_and_later_ones_and_others_taken(
    database: Database, hosts: tuple[Host, Host]
) -> None:
    here, there = hosts
    with time_machine.travel(NOW, tick=False):
        there.keep(PHONE, "slepens", NOW - HOUR)
        there.keep(OTHER_PHONE, "cits", NOW - HOUR)
        there.keep(PHONE, "atkal", NOW + HOUR)
        intake = there.begin()
        privacy.erase(database, here.settings, PHONE, by="ilze", now=NOW)
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        assert intake.refresh() == 3
    assert stored(database) == ["atkal", "cits"]
    assert there.left() == b""


def test_what_was_set_aside_goes_too_also_after_a_restart(
    database: Database, hosts: tuple[Host, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = hosts
    there.keep(PHONE, "slepens", NOW - HOUR, aside=True)
    there.keep(OTHER_PHONE, "cits", NOW - HOUR, aside=True)
    there.keep(PHONE, "atkal", NOW + HOUR, aside=True)
    (Path(there.settings.spool) / "aside-00000000000000000001-1.json").write_text("{broken")
    moment = 100.0
    monkeypatch.setattr("bot.spool.intake.monotonic", lambda: moment)
    before = there.begin()
    before.refresh()
    assert b"slepens" in there.left()
    privacy.erase(database, here.settings, PHONE, by="ilze", now=NOW)
    before.refresh()
    assert b"slepens" in there.left(), "it looks once a minute"
    moment += LOOK_ASIDE_SECONDS
    before.refresh()
    assert b"slepens" not in there.left()
    assert b"cits" in there.left() and b"atkal" in there.left() and b"broken" in there.left()
    there.keep(PHONE, "slepens", NOW - HOUR, aside=True)
    there.begin().refresh()
    assert b"slepens" not in there.left()


def test_who_is_known_to_another_hosts_files_only_is_erased_there(
    database: Database, hosts: tuple[Host, Host]
) -> None:
    here, there = hosts
    there.keep("+37129999999", "slepens", NOW - HOUR)
    with pytest.raises(privacy.Unknown):
        privacy.erase(database, here.settings, "+37129999999", by="ilze", now=NOW)
    there.begin().refresh()
    assert (stored(database), there.left()) == ([], b"")


def test_a_text_that_is_taken_in_the_middle_of_an_erasure_does_not_outlive_it(
    database: Database, hosts: tuple[Host, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = hosts
    there.keep(PHONE, "slepens", NOW - HOUR)
    intake = there.begin()
    looked: list[int] = []

    def beside(real: Callable[..., list[str]]) -> Callable[..., list[str]]:
        def texts_left(*given: object) -> list[str]:
            found = real(*given)
            if not found:  # the last look at what is left to delete
                looked.append(intake.refresh())
            return found

        return texts_left

    monkeypatch.setattr(persons, "texts_left", beside(persons.texts_left))
    privacy.erase(database, here.settings, PHONE, by="ilze", now=NOW)
    assert looked and sum(looked) == 1
    assert (stored(database), there.left()) == ([], b"")


def test_a_backup_that_is_put_back_knows_it_again(
    database: Database, hosts: tuple[Host, Host]
) -> None:
    here, there = hosts
    there.keep(PHONE, "slepens", NOW - HOUR)
    privacy.erase(database, here.settings, PHONE, by="ilze", now=NOW)
    database.run("DELETE FROM erased")  # as in a copy from before
    privacy.erase_again(database, here.settings, NOW - 2 * HOUR, now=NOW + HOUR)
    there.begin().refresh()
    assert (stored(database), there.left()) == ([], b"")


def test_another_key_is_another_list(database: Database, hosts: tuple[Host, Host]) -> None:
    here, _ = hosts
    strange = replace(here.settings, secret_keys=("x" * 20,))
    assert set(erasures.digests(strange, PHONE)) & set(erasures.digests(here.settings, PHONE)) == (
        set()
    )
