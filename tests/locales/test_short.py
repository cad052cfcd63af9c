"""Addresses as an SMS shows them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.short import short_address

TOWN = [
    ("Brīvības iela 105-12, Rīga", "Brīvības 105-12"),
    ("Brīvības iela 105 - 12, Rīga, LV-1011", "Brīvības 105-12"),
    ("Brīvības iela 105 k-1-12, Rīga", "Brīvības 105 k-1-12"),
    ("Brīvības iela 105/107-12, Rīga", "Brīvības 105/107-12"),
    ("Brīvības iela 105, dz. 12, Rīga", "Brīvības 105-12"),
    ("Brīvības iela 105, 12, Rīga", "Brīvības 105-12"),
    ("Rīga, Brīvības iela 105-12", "Brīvības 105-12"),
    ("Lielā iela 5 A-2, Jelgava", "Lielā 5 A-2"),
    ("Raiņa bulvāris 19, Rīga", "Raiņa bulv. 19"),
    ("Aspazijas prospekts 3A, Jūrmala", "Aspazijas pr. 3A"),
    ("Aspazijas prospekts 3A, Jurmala", "Aspazijas pr. 3A"),
    ("Ventspils šoseja 12, Jūrmala", "Ventspils šos. 12"),
    ("Ventspils soseja 12, Jurmala", "Ventspils šos. 12"),
    ("Brīvības gatve 214, Rīga", "Brīvības gatve 214"),
    ("11. novembra krastmala 35, Rīga", "11. novembra krastm. 35"),
    ("Rīgas 1. līnija 3, Jūrmala", "Rīgas 1. līnija 3"),
    ("Skolas iela 3, Lēdurga, Lēdurgas pag., Limbažu nov.", "Skolas 3"),
    ("iela 5", "iela 5"),
]
COUNTRY = [
    ('"Kalnāji", Lēdurgas pag., Limbažu nov.', "Kalnāji, Lēdurgas pag."),
    (
        "„Kalnāji”, Lēdurga, Lēdurgas pagasts, Limbažu novads, LV-4012",
        "Kalnāji, Lēdurgas pag.",
    ),
    ('"Kalnāji"-3, Lēdurgas pag.', "Kalnāji-3, Lēdurgas pag."),
    ('"Kalnāji" - 3, Lēdurgas pag.', "Kalnāji-3, Lēdurgas pag."),
    ("Kalnāji 3, Lēdurgas pag., Limbažu nov.", "Kalnāji 3, Lēdurgas pag."),
    ("Kalnāji, Lēdurgas pag.", "Kalnāji, Lēdurgas pag."),
    ("Kalnāji", "Kalnāji"),
]


@pytest.mark.parametrize(("address", "short"), TOWN)
def test_a_street_loses_its_type_and_town(address: str, short: str) -> None:
    assert short_address(address) == short


@pytest.mark.parametrize(("address", "short"), COUNTRY)
def test_a_farm_keeps_its_parish(address: str, short: str) -> None:
    assert short_address(address) == short


def test_a_town_that_is_given_is_told_when_there_is_room() -> None:
    assert short_address("Skolas iela 5, Ogre", "Ogre") == "Skolas 5, Ogre"
    assert short_address("Skolas iela 5, Ogre", "Ogre", limit=13) == "Skolas 5"
    assert short_address('"Kalnāji"', "Lēdurgas pag.") == "Kalnāji, Lēdurgas pag."
    assert short_address("", "Ogre") == "Ogre"
    assert short_address("") == ""


@pytest.mark.parametrize(
    ("limit", "short"),
    [
        (26, "Krišjāņa Valdemāra 105A-12"),
        (25, "K. Valdemāra 105A-12"),
        (19, "Valdemāra 105A-12"),
        (16, "K. Vald. 105A-12"),
        (5, "K 105A-12"),
    ],
)
def test_a_name_gives_way_before_the_number(limit: int, short: str) -> None:
    assert short_address("Krišjāņa Valdemāra iela 105A-12, Rīga", limit=limit) == short


def test_initials_are_not_made_of_numbers_or_shortened_types() -> None:
    assert short_address("11. novembra krastmala 35", limit=20) == "11. novembra 35"


def test_a_farm_too_long_loses_the_parish_first() -> None:
    assert short_address('"Kalnāji"-3, Lēdurgas pag.', limit=12) == "Kalnāji-3"
    assert short_address('"Kalnāji"-3, Lēdurgas pag.', limit=8) == "Kalnā.-3"


@given(
    name=st.from_regex(r"[A-ZĀČ][a-zāčēš]{2,12}( [A-Z][a-zāč]{2,12})?", fullmatch=True),
    house=st.from_regex(r"[1-9][0-9]{0,2}[A-C]?(-[1-9][0-9]{0,2})?", fullmatch=True),
    limit=st.integers(0, 50),
)
def test_no_limit_cuts_a_house_or_flat_number(name: str, house: str, limit: int) -> None:
    told = short_address(f"{name} iela {house}, Rīga", "Rīga", limit)
    assert re.search(rf" {re.escape(house)}(, Rīga)?$", told)
    assert len(told) <= max(limit, max(map(len, name.split())) + 1 + len(house))


NAMES = [
    "Brīvības iela", "Krišjāņa Valdemāra iela", "Anniņmuižas bulvāris", "Zigfrīda Annas Meierovica "
    "bulvāris", "11. novembra krastmala", "Lielā Nometņu iela", "Vecmīlgrāvja 3. līnija",
    "Kārļa Ulmaņa gatve", "Augusta Deglava iela", "Ganību dambis", "Mazā Rēzeknes šķērsiela",
    "Pulkveža Brieža iela", "Jaunā Ostas iela", "Saules aleja", "Ludzas-Rēzeknes šoseja",
]  # fmt: skip
TOWNS = ["", "Rīga", "Rēzekne", "Jaunpiebalgas pag.", "Daugavpils"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limit", [20, 24, 28, 30, 40])
def test_no_word_of_an_address_is_cut_in_an_answer(name: str, limit: int) -> None:
    for town in TOWNS:
        for house in ("5", "105A-12", "12 k-2-104"):
            told = short_address(f"{name} {house}", town, limit)
            whole = f"{name} {house} {town} bulv. pr. šos. krastm. lauk."
            first_names = {f"{word[0]}." for word in name.split()}
            for word in re.split(r"[ ,]+", told):
                assert word in whole.split() or word in first_names, (told, word)


@given(st.text(max_size=60), st.text(max_size=20), st.integers(0, 60))
def test_no_text_makes_it_fail(address: str, town: str, limit: int) -> None:
    short_address(address, town, limit)
