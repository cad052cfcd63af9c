"""The demo's data: plausible, the same each time, and never old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from bot.demo import build
from bot.demo.build import CUSTOMERS, People, make_people
from bot.demo.people import CAST, CAST_END
from bot.demo.places import make_sites
from intents import eic
from storage import Database, StorageError, agents, campaigns, customers, open_database, outages
from storage.database import set_switch
from tests import engines

NOW = datetime(2026, 12, 1, 10, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def people() -> People:
    return make_people()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(engines.new_address(tmp_path, migrated=True))
    made.migrate()
    yield made
    made.close()


def test_the_same_people_are_made_each_time(people: People) -> None:
    again = make_people()
    assert again.customers == people.customers
    assert again.premises == people.premises
    assert again.contacts == people.contacts


def test_there_are_two_thousand_customers_in_three_languages(people: People) -> None:
    shares = Counter(row["language"] for row in people.customers)
    assert shares.total() == CUSTOMERS
    assert 0.55 < shares["lv"] / CUSTOMERS < 0.66
    assert 0.28 < shares["ru"] / CUSTOMERS < 0.38
    assert 0.05 < shares["en"] / CUSTOMERS < 0.09


def test_nobody_shares_an_address_a_meter_a_code_or_a_phone(people: People) -> None:
    for name in ("eic", "meter_number"):
        assert _unique(row[name] for row in people.premises)
    assert _unique((row["town"], row["address"]) for row in people.premises)
    assert _unique((row["kind"], row["value"]) for row in people.contacts)
    assert _unique(row["customer_number"] for row in people.customers)


def test_every_code_has_its_check_character(people: People) -> None:
    assert all(eic.valid(row["eic"]) for row in people.premises)


def test_phones_and_addresses_are_nobodys(people: People) -> None:
    for row in people.contacts:
        if row["kind"] == "mobile":
            assert row["value"].startswith("+3712000")
            assert len(row["value"]) == 12
        else:
            assert row["value"].isascii()
            assert row["value"].endswith("@pasts.example")


def test_some_have_a_phone_some_an_email_only_some_neither(people: People) -> None:
    kinds: dict[str, set[str]] = {row["customer_number"]: set() for row in people.customers}
    for row in people.contacts:
        kinds[row["customer_number"]].add(row["kind"])
    count = Counter(frozenset(found) for found in kinds.values())
    with_mobile = sum(n for found, n in count.items() if "mobile" in found)
    assert 0.40 < with_mobile / CUSTOMERS < 0.50
    assert count[frozenset({"email"})] > 300
    assert count[frozenset()] > 400


def test_some_have_several_premises(people: People) -> None:
    count = Counter(Counter(row["customer_number"] for row in people.premises).values())
    assert 0.06 < count[2] / CUSTOMERS < 0.1
    assert count[5] == 5
    assert set(count) == {1, 2, 5}


def test_a_transformer_serves_one_street(people: People) -> None:
    sites = make_sites()
    assert all(
        len({(site.town, site.street) for site in sites if site.transformer == name}) == 1
        for name in {site.transformer for site in sites}
    )
    sizes = Counter(row["transformer"] for row in people.premises).values()
    assert 20 <= min(sizes) <= max(sizes) <= 60


def test_the_cast_comes_first_in_the_list_of_phones(people: People) -> None:
    mobiles = {row["value"] for row in people.contacts if row["kind"] == "mobile"}
    assert {value for value in mobiles if value < CAST_END} == {part.phone for part in CAST}


def test_building_again_changes_nothing(database: Database) -> None:
    build(database, NOW)
    before = _everything(database)
    start = perf_counter()
    build(database, NOW + timedelta(minutes=5))
    assert perf_counter() - start < 1
    assert _everything(database) == before


def test_a_build_that_was_cut_short_is_finished(database: Database, people: People) -> None:
    database.transaction(lambda tx: set_switch(tx, "demo", "building", by="demo", now=NOW))
    database.transaction(lambda tx: customers.load_customers(tx, people.customers[:300], NOW))
    build(database, NOW)
    assert len(customers.known_customers(database, _numbers(people))) == CUSTOMERS


def test_a_database_with_customers_of_its_own_is_refused(
    database: Database, people: People
) -> None:
    database.transaction(lambda tx: customers.load_customers(tx, people.customers[:1], NOW))
    database.transaction(lambda tx: customers.load_premises(tx, people.premises[:1], NOW))
    with pytest.raises(StorageError, match="is in use"):
        build(database, NOW)


def test_a_database_with_accounts_of_its_own_keeps_them(database: Database) -> None:
    database.transaction(
        lambda tx: agents.add(
            tx, name="anna", full_name="Anna Ozola", roles="administrator",
            password_hash="hers", language="lv", now=NOW, must_change=False,
        )
    )  # fmt: skip
    with pytest.raises(StorageError, match="is in use"):
        build(database, NOW)
    assert customers.towns(database) == []


def test_forty_works_are_planned_and_it_is_dark_at_three_places(database: Database) -> None:
    build(database, NOW)
    rows = outages.list_outages(database)
    assert Counter((row["kind"], row["state"]) for row in rows) == {
        ("planned", "scheduled"): 40,
        ("unplanned", "active"): 2,
        ("planned", "active"): 1,
    }
    assert sum(row["ends_at"] is None for row in rows) == 1
    assert all(20 <= row["premises"] <= 60 for row in rows)


@pytest.mark.parametrize("days", [3, 9, 40])
def test_days_later_there_are_works_ahead_and_outages_of_today(
    database: Database, days: int
) -> None:
    build(database, NOW)
    later = NOW + timedelta(days=days)
    build(database, later)
    ahead = outages.list_outages(database, states=("scheduled",), starting=later)
    active = outages.list_outages(database, states=("active",))
    assert len(ahead) >= 20
    assert len(active) == 3
    assert all(row["starts_at"] > str(later - timedelta(days=1))[:10] for row in active)


def test_drafts_for_the_planned_works_wait_for_approval(database: Database) -> None:
    build(database, NOW)
    made = campaigns.list_campaigns(database, limit=20)
    kinds = Counter((row["kind"], row["state"]) for row in made)
    assert kinds["planned_notice", "draft"] == 3  # in time; works too late; letters too late
    assert {row["made_by"] for row in made} == {"demo"}


def _unique(values: object) -> bool:
    listed = list(values)  # type: ignore[call-overload]
    return len(set(listed)) == len(listed)


def _numbers(people: People) -> list[str]:
    return [row["customer_number"] for row in people.customers]


def _everything(database: Database) -> list[object]:
    tables = ("customers", "premises", "contacts", "outages", "outage_premises")
    return [
        [[row[key] for key in row.keys()] for row in database.all(f"SELECT * FROM {name}")]  # noqa: SIM118
        for name in tables
    ]
