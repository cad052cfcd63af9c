"""Guessing who a customer is: from many phones, over days, at one number or at all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot.conversation.guessing import guessed
from bot.policy import Policy, read_policy
from bot.running.checks_data import database as looked_at
from bot.service import Service
from bot.settings import Settings
from bot.turn import Inbound, Turns
from storage import Database, Tx, contacts, guesses
from storage.database import new_id
from tests.worlds import NOW, PHONE, build_world

NUMBER, METER, POSTCODE = "1000001", "10204321", "LV-1010"
NOBODYS = "7654321"
WHOLE = "visu skaitītāja numuru"


@pytest.fixture
def policy() -> Policy:
    return replace(
        read_policy(), registration_number_tries_per_day=6, registration_all_tries_per_hour=8,
        registration_all_tries_per_day=12, answers_strangers_per_day=0,
    )  # fmt: skip


class Texts:
    """Sends texts a second apart."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.database, self.policy = database, policy
        self.turns = Turns(Service(Settings(), policy, database))
        self.phones, self.now = count(), NOW

    def say(self, phone: str, *texts: str) -> str:
        for text in texts:
            self.now += timedelta(seconds=1)
            answer = self.turns.take(Inbound("sandbox", new_id(), phone, text), self.now).text
        return answer

    def guess(self, number: str, fact: str) -> str:
        """One guess from a phone that never wrote before."""
        phone = f"+3712910{next(self.phones):04}"
        return self.say(phone, "reģistrēties", f"{number}, {fact}")

    def restart(self) -> None:
        self.turns = Turns(Service(Settings(), self.policy, self.database))


@pytest.fixture
def texts(database: Database, policy: Policy) -> Texts:
    build_world(database, "stranger", NOW)
    return Texts(database, policy)


def customers_of(texts: Texts, phone: str) -> list[str]:
    rows = texts.database.transaction(lambda tx: contacts.with_phone(tx, phone))
    return [str(row["customer_number"]) for row in rows]


def fill(texts: Texts, number: str, tries: int) -> None:
    """Over three quarters of a day, an hour and more apart: the locks of phones never shut."""
    step = timedelta(hours=18) / tries
    for _ in range(tries):
        texts.guess(number, "9999")
        texts.restart()
        texts.now += step


@pytest.mark.parametrize("number", [NUMBER, NOBODYS])
def test_a_number_tried_from_many_phones_over_a_day_is_guessed_at_in_vain(
    texts: Texts, number: str
) -> None:
    fill(texts, number, 6)
    for fact in ("4321", POSTCODE, "9999", "1010"):
        assert WHOLE in texts.guess(number, fact), "right or wrong, the answer is the same"
    assert guesses.of_number(texts.database, number, NOW - timedelta(days=1)) == 6
    assert [customers_of(texts, f"+3712910{n:04}") for n in range(10)] == [[]] * 10


@pytest.mark.parametrize(
    "told",
    [(f"{NUMBER} {METER}",), (NUMBER, METER), (NUMBER, "4321", METER), (NUMBER, "1020 4321")],
)
def test_its_owner_gets_in_meanwhile_with_the_whole_meter_number(
    texts: Texts, told: tuple[str, ...]
) -> None:
    fill(texts, NUMBER, 6)
    texts.say(PHONE, "reģistrēties", *told)
    assert customers_of(texts, PHONE) == [NUMBER]


def test_a_whole_number_is_tried_no_oftener_than_any_other_fact(texts: Texts) -> None:
    fill(texts, NUMBER, 6)
    phone = "+37129200000"
    answers = [texts.say(phone, "reģistrēties", f"{NUMBER} 1020430{n}") for n in range(5)]
    assert "Dati nesakrīt" in answers[0]
    assert WHOLE in answers[0]
    assert "Pārāk daudz" in texts.say(phone, f"{NUMBER} {METER}"), "locked, though it is right"


def test_other_numbers_and_tomorrow_are_as_before(texts: Texts) -> None:
    fill(texts, NUMBER, 6)
    texts.say(PHONE, "reģistrēties", "1000002 8877")
    assert customers_of(texts, PHONE) == ["1000002"]
    texts.now += timedelta(days=1)
    texts.say("+37129300000", "reģistrēties", f"{NUMBER} 4321")
    assert customers_of(texts, "+37129300000") == [NUMBER]


def test_one_postcode_tried_on_many_numbers_comes_to_an_end(texts: Texts) -> None:
    """Each number once, each phone once: only what all of them did together shows it."""
    for n in range(8):
        assert "Dati nesakrīt" in texts.guess(f"20000{n:02}", POSTCODE)
    assert WHOLE in texts.guess(NUMBER, POSTCODE)
    texts.now += timedelta(minutes=61)
    assert "Reģistrēts" in texts.guess(NUMBER, POSTCODE), "an hour later it is as before"
    for n in range(4):
        texts.guess(f"30000{n:02}", POSTCODE)
    texts.now += timedelta(minutes=61)
    assert WHOLE in texts.guess("1000003", "1111"), "but a day has a ceiling of its own"


def test_operators_are_told(texts: Texts, policy: Policy) -> None:
    before = guessed(texts.database, policy, NOW)
    assert (before.share, before.numbers) == (0, 0)
    fill(texts, NUMBER, 6)
    tried = guessed(texts.database, policy, texts.now)
    assert (tried.share, tried.numbers) == (0.5, 1)
    none = replace(policy, registration_number_tries_per_day=0, registration_all_tries_per_hour=0,
                   registration_all_tries_per_day=0)  # fmt: skip
    assert guessed(texts.database, none, texts.now).share == 0


@pytest.mark.parametrize(("tries", "level"), [(0, "ok"), (20, "note"), (1000, "mend")])
def test_the_doctor_says_so(database: Database, address: str, tries: int, level: str) -> None:
    now = datetime.now(UTC)

    def guess(tx: Tx) -> None:
        for _ in range(tries):
            guesses.count_try(tx, PHONE, NUMBER, now)

    database.transaction(guess)
    found = [each for each in looked_at(Settings(database_url=address)) if each.what == "guessing"]
    assert [each.state for each in found] == [level]


def test_in_a_storm_those_who_mistype_shut_nobody_out(database: Database) -> None:
    """The shipped ceilings: nine hundred wrong tries in an hour are honest ones."""
    build_world(database, "stranger", NOW)
    texts = Texts(database, read_policy())

    def mistype(tx: Tx) -> None:
        for number in range(900):
            guesses.count_try(tx, f"+3712920{number:04}", f"{2_000_000 + number}", NOW)

    database.transaction(mistype)
    assert customers_of(texts, PHONE) == []
    texts.say(PHONE, "reģistrēties", f"{NUMBER}, {METER[-4:]}")
    assert customers_of(texts, PHONE) == [NUMBER]
