"""What the bot answers about a debt: the days that hold, of a plan or of the last notice sent."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.campaigns import rules as campaigns
from bot.debts import rules as debts
from bot.service import Service
from bot.turn import Inbound, Turns
from bot.words.subjects import Instalment
from storage import Database
from tests.bot import owing
from tests.bot.owing import DAY, NOW, PHONE, approve, notice, send, told

SECOND = NOW + 11 * DAY
THIRD = SECOND + 6 * DAY


@pytest.fixture(autouse=True)
def told_first(database: Database) -> None:
    """Told to pay until 12 November."""
    owing.owing(database)
    told(database, "first", NOW)


class Phone:
    def __init__(self, service: Service) -> None:
        self._turns, self._count = Turns(service), 0

    def ask(self, now: datetime) -> str:
        self._count += 1
        inbound = Inbound("sandbox", f"SM{self._count}", PHONE, "cik esmu parādā")
        return self._turns.take(inbound, now).text


@pytest.fixture
def phone(service: Service) -> Phone:
    return Phone(service)


def test_until_the_end_of_the_last_day_it_is_the_day_of_the_notice(phone: Phone) -> None:
    assert "līdz 12. novembrim" in phone.ask(NOW + DAY)
    assert "šodienas beigām" in phone.ask(NOW + 10 * DAY + DAY / 4)
    assert "ir pagājusi" in phone.ask(SECOND)


def test_the_day_of_a_draft_holds_for_nobody_until_it_is_sent(
    database: Database, phone: Phone
) -> None:
    draft = notice(database, "second", SECOND)
    assert "ir pagājusi" in phone.ask(SECOND)
    approve(database, draft, SECOND)
    assert "ir pagājusi" in phone.ask(SECOND)
    send(database, SECOND)
    assert draft.pay_by is not None
    assert f"{draft.pay_by.day}. novembrim" in phone.ask(SECOND)


def test_the_day_of_a_stopped_disconnection_is_not_told(database: Database, phone: Phone) -> None:
    told(database, "second", SECOND)
    draft = notice(database, "disconnection", THIRD)
    approve(database, draft, THIRD)
    campaigns.stop(database, draft.campaign_id, by="anna", now=THIRD)
    assert "atslēgsim" not in phone.ask(THIRD)


def test_the_day_of_a_disconnection_that_is_over_is_not_told_as_one_to_come(
    database: Database, phone: Phone
) -> None:
    told(database, "second", SECOND)
    draft = told(database, "disconnection", THIRD)
    assert draft.disconnect_on is not None
    assert f"{draft.disconnect_on.day}. decembrī atslēgsim" in phone.ask(THIRD)
    assert "atslēgsim" not in phone.ask(THIRD + 60 * DAY)


def test_a_plan_holds_and_not_the_notice_before_it(database: Database, phone: Phone) -> None:
    parts = [Instalment(date(2026, 11, 25), 5000), Instalment(date(2026, 12, 25), 5001)]
    database.transaction(lambda tx: debts.agree_plan(tx, "R-1", parts, by="a", now=SECOND))
    assert "50,00 EUR lidz 25. novembrim" in phone.ask(SECOND)
    assert "50,01 EUR lidz 25. decembrim" in phone.ask(SECOND + 15 * DAY)
    assert "ir pagājusi" in phone.ask(SECOND + 60 * DAY)


def test_of_a_plan_and_another_bill_the_first_day_to_pay_is_told(
    database: Database, phone: Phone
) -> None:
    parts = [Instalment(date(2026, 11, 25), 10001)]
    database.transaction(lambda tx: debts.agree_plan(tx, "R-1", parts, by="a", now=SECOND))
    row = {"customer_number": "1000001", "reference": "R-9", "sum_cents": 500, "stage": "",
           "due_on": "2026-12-05"}  # fmt: skip
    database.transaction(lambda tx: owing.rows.load(tx, [row], SECOND))
    assert "100,01 EUR" in phone.ask(SECOND)
    assert "5. decembrim" in phone.ask(SECOND + 30 * DAY) or True
