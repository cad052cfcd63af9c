"""Wrong tries at registration: who is locked out by them, and who is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.service import Service
from bot.turn import Inbound, Turns
from storage import contacts
from tests.worlds import NOW, PHONE, build_world

OWNER = PHONE
RIGHT = "1000001, 4321"
WRONG = "1000001, 9999"


@pytest.fixture
def turns(service: Service) -> Turns:
    build_world(service.database, "stranger", NOW)
    return Turns(service)


class Texts:
    """Sends texts a minute apart."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.count = turns, 0

    def say(self, phone: str, *texts: str) -> str:
        answer = ""
        for text in texts:
            self.count += 1
            inbound = Inbound("sandbox", f"R{self.count}", phone, text)
            answer = self.turns.take(inbound, NOW + timedelta(minutes=self.count)).text
        return answer


def registered(service: Service, phone: str) -> bool:
    return service.database.transaction(lambda tx: bool(contacts.with_phone(tx, phone)))


@pytest.mark.parametrize("strangers", [1, 4])
def test_wrong_tries_of_others_do_not_lock_the_owner_out(
    service: Service, turns: Turns, strangers: int
) -> None:
    texts = Texts(turns)
    for number in range(strangers):
        texts.say(f"+3712900000{number}", "reģistrēties", *[WRONG] * 5)
    texts.say(OWNER, "reģistrēties", WRONG, RIGHT)
    assert registered(service, OWNER)


def test_the_phone_that_tried_five_times_is_locked(service: Service, turns: Turns) -> None:
    Texts(turns).say(OWNER, "reģistrēties", *[WRONG] * 5, RIGHT)
    assert not registered(service, OWNER)


@pytest.mark.parametrize("number", ["1000001", "7654321"])
def test_a_number_hit_from_many_phones_leaves_each_two_tries_existing_or_not(
    turns: Turns, number: str
) -> None:
    texts, told = Texts(turns), []
    for phone in range(4):
        sender = f"+3712900000{phone}"
        answers = [texts.say(sender, "reģistrēties", f"{number}, 9999")]
        answers += [texts.say(sender, f"{number}, 9999") for _ in range(2)]
        told.append(["Pārāk daudz" in answer for answer in answers])
    assert told[0] == [False, False, False]
    assert told[-1][:2] == [False, True]
