"""Texts that come at the same moment, from one phone and from many, while agents and outages act.

On PostgreSQL several hosts take them at once; on SQLite one writer takes them in turn. The outcome
is the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

import bot.turn
from bot.network import outages
from bot.network.outages import Actor
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.turn import Answer, Inbound, Turns
from intents import model
from storage import Database, contacts, conversations, open_database
from storage.outages import OutageChange
from tests.worlds import NOW, PHONE, build_world, eic

POLICY = read_policy()


@pytest.fixture
def hosts(database: Database, address: str, engine: str) -> Iterator[list[Turns]]:
    """Two hosts, where the engine has more than one."""
    build_world(database, "one_premises", NOW)
    others = [open_database(address)] if engine == "postgresql" else []
    yield [Turns(Service(Settings(), POLICY, each)) for each in (database, *others)]
    for each in others:
        each.close()


def take(hosts: list[Turns], number: int, phone: str, text: str, sid: str = "") -> Answer:
    host = hosts[number % len(hosts)]
    return host.take(Inbound("twilio", sid or f"SM{number}", phone, text), NOW)


def test_texts_of_many_phones_get_their_answers_at_the_first_try(
    database: Database, hosts: list[Turns], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    run = bot.turn._Taking.run
    monkeypatch.setattr(bot.turn._Taking, "run", lambda *given: tries.append(1) or run(*given))
    with ThreadPoolExecutor(4) as writers:
        answers = list(
            writers.map(
                lambda n: take(hosts, n, f"+3712910{n:04d}", "nav elektrības, Miera iela 3"),
                range(80),
            )
        )
    assert all(answer.text for answer in answers)
    assert count(database, "turns") == 80
    assert len(tries) < 90  # one or the other may meet somebody; not each of them several


def count(database: Database, table: str) -> int:
    row = database.one(f"SELECT count(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])


def test_one_text_handed_over_four_times_at_once_is_one_turn(
    database: Database, hosts: list[Turns]
) -> None:
    with ThreadPoolExecutor(4) as writers:
        answers = list(
            writers.map(lambda n: take(hosts, n, PHONE, "nav elektrības", "SM"), range(8))
        )
    assert len({(answer.reply_id, answer.text) for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 7
    assert count(database, "turns") == 1


def test_complaints_at_once_have_numbers_of_their_own(
    database: Database, hosts: list[Turns]
) -> None:
    text = "gribu sūdzēties par jūsu brigādi, salauza sētu"
    with ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda n: take(hosts, n, f"+3712920{n:04d}", text), range(12)))
    rows = database.all("SELECT DISTINCT number FROM complaints")
    assert {row["number"] for row in rows} == {f"S{1001 + n}" for n in range(12)}


def test_of_two_phones_at_once_only_one_is_the_last_that_a_customer_may_have(
    database: Database, hosts: list[Turns]
) -> None:
    phones = [f"+3712930000{n}" for n in range(POLICY.registration_max_phones + 1)]
    first, last = phones[:-3], phones[-3:]
    for n, phone in enumerate(first):
        take(hosts, n, phone, "reģistrēties")
        take(hosts, 10 + n, phone, "1000001, 4321")
    for n, phone in enumerate(last):
        take(hosts, 20 + n, phone, "reģistrēties")
    with ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda n: take(hosts, 30 + n, last[n], "1000001, 4321"), range(3)))
    _, registered = contacts.candidate(database, "1000001")
    assert len(registered) == POLICY.registration_max_phones


class Pause:
    """Stops the first turn when it knows its facts and has decided nothing yet."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        load = bot.turn.load_facts

        def stop(*given: object, **named: object) -> model.Facts:
            facts = load(*given, **named)  # type: ignore[arg-type]
            if not self.reached.is_set():
                self.reached.set()
                self.go_on.wait(20)
            return facts

        monkeypatch.setattr(bot.turn, "load_facts", stop)


def test_a_fault_that_is_filed_while_the_outage_is_entered_belongs_to_it(
    database: Database, hosts: list[Turns], monkeypatch: pytest.MonkeyPatch
) -> None:
    take(hosts, 0, PHONE, "nav elektrības")
    take(hosts, 1, PHONE, "jā")
    pause = Pause(monkeypatch)
    change = OutageChange(
        "O-1", 1, "unplanned", "active", NOW - timedelta(minutes=5), None, "bojājums",
        eics=(eic(1),),
    )  # fmt: skip
    with ThreadPoolExecutor(2) as both:
        texted = both.submit(take, hosts, 2, PHONE, "1")
        assert pause.reached.wait(20)
        entered = both.submit(
            outages.store_changes, hosts[-1]._database, [change], Actor("anna", NOW, POLICY)
        )
        assert not entered.done()
        pause.go_on.set()
        texted.result(20)
        entered.result(20)
    (report,) = database.all("SELECT outage_id, state FROM fault_reports")
    assert report["state"] == "open"
    assert report["outage_id"] is not None


def test_the_bot_says_nothing_where_an_agent_took_over_meanwhile(
    database: Database, hosts: list[Turns], engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "sqlite":
        pytest.skip("its one writer lets nobody in between")
    take(hosts, 0, PHONE, "sveiki")
    pause = Pause(monkeypatch)
    with ThreadPoolExecutor(1) as other:
        texted = other.submit(take, hosts, 1, PHONE, "nav elektrības")
        assert pause.reached.wait(20)
        talk = conversations.find_conversations(database, PHONE)[0]
        assert database.transaction(lambda tx: conversations.take_over(tx, talk, "anna", NOW))
        pause.go_on.set()
        answer = texted.result(20)
    assert answer.text == ""
    kept = conversations.find_conversations(database, PHONE)[0]
    assert (kept["owner"], kept["agent"], kept["state"]) == ("agent", "anna", talk["state"])
