"""After a restore nothing is told twice: the provider's own journal is the witness."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.campaigns import broadcasts
from bot.campaigns import rules as campaigns
from bot.campaigns.broadcasts import Words
from bot.channels.base import Accepted, CannotAsk, Result
from bot.delivery import restoring
from bot.jobs import make_worker
from bot.network.audience import Asked
from bot.service import Service, open_service
from bot.settings import Settings
from bot.worker import Worker
from storage import Database, StorageError, open_database, restored
from storage.restored import HELD
from tests.bot import grid
from tests.bot.delivery.test_worker import FAST, now, until
from tests.bot.outbox_world import QUICK, ToldChannel, queue, row, status
from tests.doubles import twilio as double

TEXTS = {"lv": "Centrs ir slēgts.", "ru": "Центр закрыт.", "en": "The centre is closed."}
PEOPLE = 60
RULES = replace(
    QUICK, quiet_hours_start=time(0), quiet_hours_end=time(0), campaign_canary_wait_minutes=0,
)  # fmt: skip


@dataclass
class House:
    """One installation on a file, beside a double of Twilio."""

    folder: Path
    api: str
    rate: float = 40

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/house.db"

    @property
    def settings(self) -> Settings:
        return Settings(
            database_url=self.url, sms_provider="twilio", send_rate=self.rate,
            public_url="http://127.0.0.1:9", twilio_account_sid=double.ACCOUNT,
            twilio_auth_tokens=(double.TOKEN,), twilio_api_url=self.api,
        )  # fmt: skip

    @contextmanager
    def open(self) -> Iterator[Database]:
        made = open_database(self.url)
        made.migrate()
        yield made
        made.close()

    @contextmanager
    def working(self) -> Iterator[Database]:
        with self.open() as database:
            worker = make_worker(Service(self.settings, RULES, database))
            thread = threading.Thread(target=worker.run, daemon=True)
            thread.start()
            yield database
            worker.stop()
            thread.join(20)
            assert not thread.is_alive()

    def sent(self) -> Counter[str]:
        """How many messages each phone got."""
        path = self.folder / "twilio.jsonl"
        whole = path.read_text("utf-8").rpartition("\n")[0]  # the last line is being written
        return Counter(json.loads(line)["to"] for line in whole.splitlines())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    options = double.Options(tmp_path / "twilio.jsonl", sent_after=0)
    with double.running(options) as (_, api):
        yield House(tmp_path, api)


def announce(database: Database) -> str:
    """An announcement to all, approved."""
    grid.people(database, range(1, PEOPLE + 1))
    made = broadcasts.announce(database, Asked(), Words(TEXTS, "anna", now()))
    campaigns.approve(database, made, by="juris", now=now(), policy=RULES)
    return made


def count(database: Database, where: str) -> int:
    found = database.one(f"SELECT count(*) AS n FROM messages WHERE direction = 'out' AND {where}")
    assert found is not None
    return int(found["n"])


def halfway(house: House, *, the_rest: bool) -> tuple[str, str]:
    """A campaign that was backed up when 25 had it, its rest sent or not; (campaign, copy)."""
    copy = str(house.folder / "copy.db")
    with house.working() as database:
        made = announce(database)
        until(lambda: house.sent().total() >= 25, 20)
    with house.open() as database:
        database.backup(copy, now())
    if the_rest:
        with house.working():
            until(lambda: house.sent().total() == PEOPLE, 20)
    return made, copy


def put_back(house: House, copy: str) -> restoring.Adopted:
    database = open_database(house.url)
    found = restoring.put_back(database, copy, now(), by="anna")
    database.close()
    return found


def test_a_campaign_whose_rest_went_after_the_backup_reaches_nobody_twice(house: House) -> None:
    made, copy = halfway(house, the_rest=True)
    found = put_back(house, copy)
    assert found.campaigns == 1
    with house.working() as database:
        campaigns.resume(database, made, by="anna", now=now())
        until(lambda: count(database, "status IN ('accepted', 'sent')") == PEOPLE, 30)
        restoring.release(database, now(), by="anna")
    assert house.sent() == Counter({grid.phone(n): 1 for n in range(1, PEOPLE + 1)})


def test_a_campaign_that_stood_still_after_the_backup_reaches_everybody_once(house: House) -> None:
    made, copy = halfway(house, the_rest=False)
    before = house.sent().total()
    put_back(house, copy)
    with house.working() as database:
        until(lambda: restored.standing(database).waiting == 0)
        assert house.sent().total() == before  # paused, until a person lets it go on
        with pytest.raises(restoring.RestoreRefused, match="still paused"):
            restoring.release(database, now(), by="anna")
        campaigns.resume(database, made, by="anna", now=now())
        until(lambda: house.sent().total() == PEOPLE, 30)
        until(lambda: count(database, "status IN ('accepted', 'sent')") == PEOPLE, 30)
        assert restored.standing(database).held == 0
    assert set(house.sent().values()) == {1}


def test_who_got_other_words_since_the_backup_is_held_for_a_person(house: House) -> None:
    copy = str(house.folder / "copy.db")
    with house.open() as database:
        first, second = queue(database, now(), peer="+37129000001"), queue(database, now())
        database.backup(copy, now())
        database.run("UPDATE messages SET body = 'Vēlāk tapušais teksts' WHERE id = ?", [first])
        database.run("UPDATE messages SET status = 'withdrawn' WHERE id = ?", [second])
    with house.working():
        until(lambda: house.sent().total() == 1)
    put_back(house, copy)
    with house.working() as database:
        until(lambda: status(database, second) == "accepted")
        until(lambda: row(database, first)["error_code"] == HELD)
        assert house.sent()["+37129000001"] == 1
        restoring.release(database, now(), by="anna")
        until(lambda: status(database, first) == "accepted")
    assert house.sent()["+37129000001"] == 2  # as the person wanted it


def test_news_made_after_the_restore_goes_out_without_a_person(house: House) -> None:
    copy = str(house.folder / "copy.db")
    with house.open() as database:
        database.backup(copy, now())
    put_back(house, copy)
    with house.working() as database:
        made = queue(database, now())
        until(lambda: status(database, made) == "accepted")


def test_old_answers_are_dropped_and_silence_from_before_calls_for_nothing(house: House) -> None:
    copy = str(house.folder / "copy.db")
    with house.open() as database:
        answer = queue(database, now(), lane="answer", kind="agent")
        silent = queue(database, now(), kind="planned_notice")
        database.run(
            "UPDATE messages SET status = 'sent', sent_at = made_at WHERE id = ?", [silent]
        )
        database.backup(copy, now())
    found = put_back(house, copy)
    assert (found.answers, found.under_way) == (1, 0)
    with house.open() as database:
        assert status(database, answer) == "expired"
        assert row(database, silent)["followed"] == 1


class Deaf(ToldChannel):
    """A provider that keeps no list."""

    name = "twilio"

    def __init__(self, answer: Result) -> None:
        super().__init__(lambda message: answer, lambda message: CannotAsk())


def test_where_nobody_can_be_asked_all_of_before_is_held_and_can_be_dropped(
    tmp_path: Path, database: Database
) -> None:
    ids = [queue(database, now() - timedelta(minutes=1), peer=f"+3712900000{n}") for n in range(3)]
    restoring.adopt(database, now(), by="anna", taken_at=now() - timedelta(hours=1))
    channel = Deaf(Accepted("SM1"))
    worker = Worker(Service(FAST, RULES, database), channels=lambda service: {"sms": channel})
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    until(lambda: restored.standing(database).held == 3)
    assert restoring.drop(database, now(), by="anna") == 3
    worker.stop()
    thread.join(10)
    assert channel.sent == []
    assert {status(database, each) for each in ids} == {"withdrawn"}
    assert restored.mark(database) is None


@pytest.mark.sqlite
def test_a_backup_put_in_place_by_hand_is_seen_at_the_start(house: House) -> None:
    copy = house.folder / "copy.db"
    with house.open() as database:
        queue(database, now())
        database.backup(str(copy), now())
    copy.replace(house.folder / "house.db")
    for name in ("house.db-wal", "house.db-shm"):
        (house.folder / name).unlink(missing_ok=True)
    service = open_service(house.settings, migrate=True)
    mark = restored.mark(service.database)
    assert mark is not None and mark.since < mark.at
    assert restored.copy_taken_at(service.database) is None
    service.close()


def test_a_database_in_use_is_not_replaced(house: House) -> None:
    copy = str(house.folder / "copy.db")
    with house.open() as database:
        database.backup(copy, now())
        queue(database, now())
        with pytest.raises(StorageError, match="in use"):
            put_back(house, copy)
        assert count(database, "1 = 1") == 1
