"""`gaisma bench cancel`: a mass cancellation, from the command until every message is queued.

As on 16 to 25 February 2011, when frost cancelled 498 works of 19,858 customers. The floor is one
bare INSERT ... SELECT of as many messages into the same table.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from bot.bench.rows import Measured, compared
from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.network import outages
from bot.network.outages import Actor
from bot.policy import Policy, read_policy
from intents.eic import check_character, make
from storage import Database, Tx, open_database
from storage.benchmark import insert_bare, mark_sent
from storage.customers import load_contacts, load_customers, load_premises
from storage.lists import in_chunks
from storage.outages import OutageChange

T = TypeVar("T")
LOADED_AT_ONCE = 300
# At noon, so that no quiet hours hold it; the first works are those of the next day.
PLANNED = datetime(2026, 1, 26, 10, 0, tzinfo=UTC)
CANCELLED = datetime(2026, 2, 15, 10, 0, tzinfo=UTC)
FIRST = datetime(2026, 2, 16, 7, 0, tzinfo=UTC)
DAYS = 10


def measure(works: int, customers: int, rounds: int) -> list[Measured]:
    """Seconds in all and by step, the medians of so many rounds, each on a database of its own."""
    policy = read_policy()
    taken = [_round(works, customers, policy) for _ in range(rounds)]
    taken.sort(key=lambda steps: sum(steps[:3]))
    command, approval, fan_out, floor = taken[len(taken) // 2]
    many = f"{works:,} works, {customers:,} customers"
    return [
        compared(f"{many}: command to all queued", command + approval + fan_out, floor,
                 "s"),
        Measured("  the command: cancelled, one draft", round(command, 3), unit="s"),
        Measured("  preview and approval", round(approval, 3), unit="s"),
        Measured("  one message a customer, queued", round(fan_out, 3), unit="s"),
    ]  # fmt: skip


def _round(works: int, customers: int, policy: Policy) -> tuple[float, float, float, float]:
    with _database() as database:
        tell_of_works(database, works, customers, policy)
        first = FIRST.date()
        last = first + timedelta(days=DAYS)
        command, made = _timed(lambda: cancel(database, first, last, policy))
        approval, _ = _timed(lambda: approve(database, made, policy))
        fan_out, queued = _timed(lambda: fanout.fan_out(database, CANCELLED, policy=policy))
        if queued != customers:
            raise RuntimeError(f"{queued} messages were queued for {customers} customers")
        floor, _ = _timed(lambda: database.transaction(lambda tx: insert_bare(tx, made)))
    return command, approval, fan_out, floor


def cancel(database: Database, first: date, last: date, policy: Policy) -> str:
    """Cancel all works of those days; the campaign that was made."""
    actor = Actor("anna", CANCELLED, policy)
    done = outages.cancel_between(database, first, last, actor, reason="Sals")
    (made,) = done.campaigns
    return made


def approve(database: Database, campaign_id: str, policy: Policy) -> None:
    campaigns.approve(database, campaign_id, by="zane", now=CANCELLED, policy=policy)


@contextmanager
def _database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder:
        made = open_database(f"sqlite:///{folder}/cancel.db")
        made.migrate()
        try:
            yield made
        finally:
            made.close()


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made


# --- the works, and who was told of them ----------------------------------------------------


def tell_of_works(database: Database, works: int, customers: int, policy: Policy) -> None:
    """Customers with a phone each, and planned works that all of them were told of."""
    for numbers in in_chunks(range(customers), LOADED_AT_ONCE):
        database.transaction(_loading(numbers, works), bulk=True)
    changes = [_works(number) for number in range(works)]
    done = outages.store_changes(database, changes, Actor("anna", PLANNED, policy))
    campaigns.approve(database, done.campaigns[0], by="zane", now=PLANNED, policy=policy)
    # That they were told is given: no receipts are awaited for it.
    at_once = replace(policy, campaign_canary_percent=0)
    fanout.fan_out(database, CANCELLED - timedelta(hours=1), policy=at_once)
    database.transaction(lambda tx: mark_sent(tx, CANCELLED - timedelta(hours=1)))


def _loading(numbers: list[int], works: int) -> Callable[[Tx], None]:
    customers = [_customer(number) for number in numbers]
    premises = [_premises(number, works) for number in numbers]
    contacts = [_contact(number) for number in numbers]

    def work(tx: Tx) -> None:
        load_customers(tx, customers, PLANNED)
        load_premises(tx, premises, PLANNED)
        load_contacts(tx, contacts, PLANNED, source="file")

    return work


def _customer(number: int) -> dict[str, object]:
    return {
        "customer_number": f"{number:07d}",
        "name": f"Klients {number}",
        "kind": "household",
        "language": "lv" if number % 3 else "ru",
        "postal_address": f"Brīvības iela {number % 400}, Rīga",
        "postcode": "LV-1001",
    }


def _premises(number: int, works: int) -> dict[str, object]:
    return {
        "eic": _eic(number),
        "customer_number": f"{number:07d}",
        "address": f"Brīvības iela {number % 400}-{number // 400}",
        "town": "Rīga",
        "postcode": "LV-1001",
        "meter_number": f"{number:08d}",
        "transformer": f"TP-{number % works}",
        "feeder": f"F-{number % works % 40}",
        "life_support": 0,
        "lat": None,
        "lon": None,
    }


def _eic(number: int) -> str:
    # A code whose check character would be '-' does not exist; the next one does.
    first = (f"43Z{number:010d}{end:02d}" for end in range(3))
    return next(make(each) for each in first if check_character(each) != "-")


def _contact(number: int) -> dict[str, object]:
    return {
        "customer_number": f"{number:07d}",
        "kind": "mobile",
        "value": f"+3712{number:07d}",
        "language": "lv" if number % 3 else "ru",
    }


def _works(number: int) -> OutageChange:
    starts = FIRST + timedelta(days=number % DAYS)
    ends = starts + timedelta(hours=6)
    return OutageChange(
        f"W-{number}", 1, "planned", "scheduled", starts, ends, "Balstu nomaiņa",
        transformer=f"TP-{number}",
    )  # fmt: skip
