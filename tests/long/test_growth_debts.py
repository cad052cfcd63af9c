"""A page of debts costs the debts on it, not all that there are: in steps, not in seconds."""

from __future__ import annotations

import pytest

from storage import Database, debts_shown
from storage import debts as rows
from storage.customers import load_customers
from tests.bot.owing import NOW
from tests.long.counting import counted, of

SHOWN = 20

pytestmark = pytest.mark.sqlite  # steps are those of its machine


def owe(database: Database, first: int, last: int) -> None:
    people = [
        {
            "customer_number": f"{1_000_000 + place}", "name": "Jānis Bērziņš", "kind": "household",
            "language": "lv", "postal_address": "Kalna iela 1, Ogre", "postcode": "LV-5001",
        }
        for place in range(first, last)
    ]  # fmt: skip
    owed = [
        {
            "customer_number": f"{1_000_000 + place}", "reference": f"R-{place}", "sum_cents": 1000,
            "due_on": f"2026-10-{1 + place % 28:02d}", "stage": ("", "first", "second")[place % 3],
        }
        for place in range(first, last)
    ]  # fmt: skip
    database.transaction(lambda tx: load_customers(tx, people, NOW))
    database.transaction(lambda tx: rows.load(tx, owed, NOW))


def cost_of_a_page(database: Database, stage: str) -> int:
    with counted() as steps:
        page = debts_shown.page(database, stage, after=("2026-10-03", ""), limit=SHOWN)
    assert len(page) == SHOWN
    return of(steps, "told_pay_by")


def test_what_was_told_is_looked_up_for_the_page_only(database: Database) -> None:
    few, many = 300, 1500
    owe(database, 0, few)
    before = {stage: cost_of_a_page(database, stage) for stage in ("open", "all", "second")}
    owe(database, few, many)
    for stage, steps in before.items():
        # Each is looked at for its day and step, in some 20; its notices took some 60 more.
        more = (cost_of_a_page(database, stage) - steps) / (many - few)
        assert more < 35, (stage, more)
