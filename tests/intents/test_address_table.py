"""The premises in arrays: what was read is what is found, in little memory."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from bot.bench import country
from intents.address_rows import Parts, read_streets, split_head
from intents.address_table import AddressTable
from intents.addresses import AddressIndex
from intents.model import Address

Row = tuple[str, str, str]


def told(table: AddressTable, street: int, key: str) -> tuple[str, tuple[str, ...]]:
    house = table.house(street, key)
    return table.address(street, house), table.eics(house)


def streets_of(table: AddressTable) -> dict[tuple[str, str, frozenset[str]], int]:
    return {
        (table.name(street), table.area(street).town, table.area(street).towns): street
        for street in range(len(table.area_of))
    }


def same_as_read(rows: list[Row]) -> None:
    table = AddressTable(rows)
    streets = streets_of(table)
    known = read_streets(rows)
    assert len(streets) == len(known)
    for street in known:
        number = streets[street.name, street.town, street.towns]
        assert table.kind(number) == street.kind
        for key, house in street.houses.items():
            assert told(table, number, key) == (house.address, house.eics)


def test_every_premises_is_found_where_it_was_read() -> None:
    same_as_read(list(country.premises(4000)))


# Few letters, so that streets, houses and flats meet.
ODD = st.text(alphabet='ab1 2k-/,"\x00āA', max_size=9)


@given(st.lists(st.tuples(ODD | st.text(), ODD, ODD), max_size=12))
def test_any_rows_are_found_where_they_were_read(rows: list[Row]) -> None:
    same_as_read(rows)


def test_a_flat_is_found_whatever_its_case() -> None:
    table = AddressTable([("e1", "Jaunā iela 1-2A", "Ogre"), ("e2", "Jaunā iela 1-3", "Ogre")])
    house = table.house(0, "1")
    assert table.flat(house, "2a") == ("2A", ("e1",))
    assert table.flat(house, "4") is None


def test_the_street_with_most_premises_comes_first() -> None:
    rows = [("e1", "Miera iela 1", "Ogre")]
    rows += [(f"r{n}", f"Miera iela {n}", "Rīga") for n in (1, 2)]
    index = AddressIndex(rows)
    assert [town for _, town in index.match_street(Address("", "miera"))] == ["Rīga", "Ogre"]


def test_a_town_that_is_not_known_is_elsewhere_than_any_street() -> None:
    index = AddressIndex([("e1", "Miera iela 1", "Ogre")])
    asked = Address("", "miera", "1", town="Kandava")
    assert index.is_elsewhere(asked)
    assert index.match(asked)[0].score < 90


def test_an_address_is_parted_as_it_is_written() -> None:
    assert split_head("Brīvības iela 105 k-2 - 12") == Parts("Brīvības iela", " 105 k-2", "12")
    assert split_head('"Kalnāji"-2') == Parts("Kalnāji", '"-2', "")
    assert split_head('"Kalnāji"') == Parts("Kalnāji", "", "")
    assert split_head("18. novembra iela 5A-3") == Parts("18. novembra iela", " 5A", "3")


def test_premises_take_little_memory() -> None:
    rows = list(country.premises(50_000))
    tracemalloc.start()
    table = AddressTable(rows)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table.area_of) > 1000
    assert kept / len(rows) < 90  # bytes
