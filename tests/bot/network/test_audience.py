"""Whom an outage or an announcement is for: streets with ranges of houses, towns, the network."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.network import audience, outages
from bot.network.audience import Asked, AudienceRefused, parse_houses
from bot.network.outages import Actor
from intents.address_rows import house_key
from storage import Database, customers
from storage.outages import OutageChange, outage_eics
from tests.bot import grid

ADDRESSES = {
    1: ("Brīvības iela 1", "Rīga"),
    2: ("Brīvības iela 12a-3", "Rīga"),
    3: ("Brīvības iela 12 k-2-15", "Rīga"),
    4: ("Brīvības iela 57b", "Rīga"),
    5: ("Brīvības iela 58", "Rīga"),
    6: ("Brīvības iela 12", "Ogre"),
    7: ("Brīvības gatve 12", "Rīga"),
    8: ("Kalnāji", "Ogre"),
}


@pytest.fixture
def town(database: Database) -> Database:
    grid.people(database, ADDRESSES)
    for number, (address, place) in ADDRESSES.items():
        database.run(
            "UPDATE premises SET address = ?, town = ? WHERE eic = ?",
            [address, place, grid.code(number)],
        )
    return database


def numbers(database: Database, *streets: str, towns: tuple[str, ...] = ("Rīga",)) -> list[int]:
    """Which of ADDRESSES a street stands for."""
    found = audience.premises_of(database, Asked(towns=towns, streets=streets))
    return [number for number in ADDRESSES if grid.code(number) in found]


@pytest.mark.parametrize(
    ("asked", "houses", "others"),
    [
        ("Kalna iela 1-57", ["1", "12a", "12 k-2", "57", "57b"], ["58", "", "0"]),
        ("Kalna iela 1-57 odd", ["1", "3b", "57"], ["2", "12a"]),
        ("Kalna iela 2–8 even", ["2", "8a", "4 k-1"], ["3", "10"]),
        ("Kalna iela 12a", ["12A"], ["12", "12b", "13"]),
        ("Kalna iela 12 k-2", ["12 korpuss 2"], ["12", "12 k-3"]),
        ("Kalna iela 10a-12b", ["10a", "11", "12", "12b"], ["10", "12c", "13"]),
        ("Kalna iela 3, 5, 7-9", ["3", "5", "8"], ["4", "3a"]),
        ("Kalna iela", ["1", "99z", ""], []),
        ("Kalna iela even", ["2"], ["1", ""]),
        ("1905. gada iela 5", ["5"], ["1905"]),
    ],
)
def test_a_range_has_its_houses(asked: str, houses: list[str], others: list[str]) -> None:
    read = parse_houses(asked)
    assert all(read.has(house_key(house)) for house in houses)
    assert not any(read.has(house_key(house)) for house in others)


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(AudienceRefused, match="backwards"):
        parse_houses("Kalna iela 9-3")


def test_a_street_alone_is_all_its_houses_in_its_town(town: Database) -> None:
    assert numbers(town, "brivibas iela") == [1, 2, 3, 4, 5]
    assert numbers(town, "Brīvības iela 1-57") == [1, 2, 3, 4]
    assert numbers(town, "Brīvības iela 12a", "Brīvības gatve 12") == [2, 7]


def test_a_street_in_two_towns_must_say_which(town: Database) -> None:
    with pytest.raises(AudienceRefused, match="Ogre, Rīga"):
        numbers(town, "Brīvības iela 12", towns=())


def test_a_street_of_two_types_must_say_which(town: Database) -> None:
    with pytest.raises(AudienceRefused, match="Brīvības gatve or Brīvības iela"):
        numbers(town, "Brīvības 12")


def test_what_is_not_known_is_named_with_what_is_like_it(town: Database) -> None:
    with pytest.raises(AudienceRefused, match="Did you mean Brīvības"):
        numbers(town, "Brivbas iela 3")
    with pytest.raises(AudienceRefused, match="Did you mean Rīga"):
        numbers(town, "Brīvības iela", towns=("Rigga t",))
    with pytest.raises(AudienceRefused, match="the houses not"):
        numbers(town, "Brīvības iela 2-10")
    with pytest.raises(AudienceRefused, match="transformer 'T9'"):
        audience.resolve(town, Asked(transformer="T9"))


def test_an_outage_of_a_street_touches_the_premises_that_are_there(town: Database) -> None:
    eics = audience.premises_of(town, Asked(("Rīga",), ("Brīvības iela 1-57 even",)))
    change = OutageChange("S-1", 1, "unplanned", "active", grid.NOW, None, "", eics=eics)
    done = outages.add(town, change, Actor("anna", grid.NOW, grid.POLICY))
    found = outage_eics(town, done.changes[0].outage_id)
    assert found == sorted([grid.code(2), grid.code(3)])


def test_a_whole_town_is_all_its_premises(town: Database) -> None:
    assert numbers(town, towns=("ogre",)) == [6, 8]
    assert set(customers.towns(town)) == {"Rīga", "Ogre"}


def test_a_mass_cancellation_by_feeder_and_former_reason_takes_only_those(
    database: Database,
) -> None:
    grid.people(database, [1], transformer="T1")
    grid.people(database, [2], transformer="T2")
    database.run("UPDATE premises SET feeder = 'F2' WHERE transformer = 'T2'")
    day = datetime(2026, 12, 12, 7, tzinfo=UTC)
    for name, reason in (("T1", "Balstu nomaiņa"), ("T2", "Koku zāģēšana")):
        change = OutageChange(
            name, 1, "planned", "scheduled", day, day + grid.HOUR, reason, transformer=name
        )
        outages.add(database, change, Actor("anna", grid.NOW, grid.POLICY))
    actor = Actor("anna", grid.NOW, grid.POLICY)
    with pytest.raises(outages.OutageRefused, match="no planned works"):
        outages.cancel_between(
            database, day.date(), day.date(), actor, feeder="F2", reason_was="balstu"
        )
    outages.cancel_between(database, day.date(), day.date(), actor, reason_was="BALSTU nomaina")
    outages.cancel_between(database, day.date(), day.date(), actor, feeder="F2")
    states = database.all("SELECT external_id, state FROM outages ORDER BY 1")
    assert [(row["external_id"], row["state"]) for row in states] == [
        ("T1", "cancelled"),
        ("T2", "cancelled"),
    ]
