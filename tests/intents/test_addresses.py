"""Addresses: heard in a text, and matched with the distributor's own."""

import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import address_parse
from intents.addresses import AddressIndex
from intents.model import Address, Place
from tests.intents import town_of_streets

ROWS = [
    ("e1", "Brīvības iela 105-12", "Rīga"),
    ("e2", "Brīvības iela 105-13", "Rīga"),
    ("e3", "Brīvības iela 105 k-2-1", "Rīga"),
    ("e4", "Brīvības iela 107A", "Rīga"),
    ("e5", "Brīvības gatve 214A-3", "Rīga"),
    ("e6", "Brīvības iela 5", "Ogre"),
    ("e7", "Krišjāņa Barona iela 5/7-3", "Rīga"),
    ("e8", "18. novembra iela 5", "Jelgava"),
    ("e9", "Kalnāji, Lēdurgas pag.", "Lēdurga"),
    ("e10", "Dārza iela 3", "Ogre"),
    ("e11", "Gatves iela 9, LV-1010", "Rīga"),
    ("e12", "Kalnāji", "Drabešu pag."),
    ("e13", "Zaķi-2", "Lēdurga"),
    ("e14", "Brīvības iela 5", "Jelgava"),
    ("e15", "Raiņa iela 12B-4", "Jelgava"),
]
INDEX = AddressIndex(ROWS)


def heard(text: str) -> tuple[str, str, str, str] | None:
    found = address_parse.find(text)
    return found and (found.street, found.house, found.flat, found.town)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nav elektribas jau stundu, Brivibas 105", ("Brivibas", "105", "", "")),
        ("Brīvības iela 105-12", ("Brīvības iela", "105", "12", "")),
        ("brivibas105-12 nav gaismas", ("brivibas", "105", "12", "")),
        ("Brīvības ielā 105 dz. 12 Rīgā", ("Brīvības ielā", "105", "12", "Rīgā")),
        ("ул. Бривибас 105 кв 12", ("ул. Бривибас", "105", "12", "")),
        ("нет света на Бривибас 105 в Риге", ("Бривибас", "105", "", "Риге")),
        ("net sveta Brivibas 105 v rige", ("Brivibas", "105", "", "rige")),
        ("Бривибас д.105 кв.12", ("Бривибас", "105", "12", "")),
        ("в Огре на улице Свободы 3 нет света", ("улице Свободы", "3", "", "Огре")),
        ("na ulice Brivibas 5 net sveta", ("ulice Brivibas", "5", "", "")),
        ("18. novembra iela 5 k-2-12, Ogre", ("18. novembra iela", "5 k-2", "12", "Ogre")),
        ("Dzelzavas 12A k-2-14", ("Dzelzavas", "12A k-2", "14", "")),
        ("Dzelzavas 12 korpuss 2 dz 5", ("Dzelzavas", "12 k-2", "5", "")),
        ("Dzelzavas 12 k2", ("Dzelzavas", "12 k-2", "", "")),
        ("Dzelzavas 5/7-3", ("Dzelzavas", "5/7", "3", "")),
        ("Krišjāņa Barona iela 5, Rīga", ("Krišjāņa Barona iela", "5", "", "Rīga")),
        ("Ogrē, Kr. Barona 5 nav strāvas", ("Kr. Barona", "5", "", "Ogrē")),
        ("Kurzemes pr. 44-2 Imanta", ("Kurzemes pr.", "44", "2", "Imanta")),
        ("Kurzemes prospets 44", ("Kurzemes prospets", "44", "", "")),
        ("apt 14 no elec, Brivibas 5", ("Brivibas", "5", "14", "")),
        ("105 Brivibas street, flat 12", ("Brivibas street", "105", "12", "")),
        ("Brīvības ielā 3 stundas nav gaismas", ("Brīvības ielā", "", "", "")),
        ("на улице Бривибас нет света", ("улице Бривибас", "", "", "")),
        ("дом 5 на Садовой улице", ("Садовой улице", "5", "", "")),
        ("Rīga, Tērbatas 5", ("Tērbatas", "5", "", "Rīga")),
        ("raina 5 dobele", ("raina", "5", "", "dobele")),
        ("sveta net 3 chasa, Daugavpils, Rigas 60", ("Rigas", "60", "", "Daugavpils")),
        ("Skolas iela 3, Vecsalaca", ("Skolas iela", "3", "", "Vecsalaca")),
        ("Brivibas 105 2 stundas nav", ("Brivibas", "105", "", "")),
        ("Kalnāji, Lēdurgas pag.", ("Kalnāji", "", "", "Lēdurgas pag.")),
        ('mājā "Kalniņi" Drabešu pagastā', ("Kalniņi", "", "", "Drabešu pagastā")),
        ('tumšs Drabešu pagastā, "Kalniņi"', ("Kalniņi", "", "", "Drabešu pagastā")),
        ("повторно нет света бривибас 105", ("бривибас", "105", "", "")),
        ("Brivibas iela 12 b", ("Brivibas iela", "12b", "", "")),
    ],
)
def test_an_address_is_heard_in_a_text(text: str, expected: tuple[str, str, str, str]) -> None:
    assert heard(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "nav elektrības jau 2 stundas",
        "nav gaismas no 15.30",
        "uz 3 dienām",
        "par 45 eur",
        "visa iela bez gaismas",
        "на улице темно",
        "elektribas nav no 9 lidz 17",
        "5. maijā būs atslēgums?",
        "vai 5. maija 9-17 bus atslegts",
        "zvanu 8404 jau 3 reizes",
        "mans numurs 26 123 456",
        "27 stundas nav gaismas",
        "4. stāvā nav gaismas",
        "automats 16A izsit",
        "congrats you won 1000 eur reply WIN",
        "mum can you pick me up at 5",
        "radijums 12345",
        "kods 4521",
        "esam 4 cilveki bez gaismas",
        "света нет уже 3 часа",
        "с 9 до 17",
        "1",
        "12A",
        "",
        "mūsu ielā nav gaismas",
        "mērīju 195 V",
        "voltmetrs rāda 170",
        "fuse keeps tripping, nothing works now",
        "vai ieplānots kaut kas mūsu pagastā",
        "kad būs pagasta svētki",
        "в лесу оборвана линия",
        "cipars 1",
        "no power for 2 hours",
        "jau 3 h nav",
        "LV-1010",
        "net sveta s 8 utra",
    ],
)
def test_a_text_without_an_address_has_none(text: str) -> None:
    assert heard(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kalnaji", ("kalnaji", "", "", "")),
        ("Kalnaji, ledurga", ("Kalnaji", "", "", "ledurga")),
        ("brivibas", ("brivibas", "", "", "")),
        ("Ogre brivibas", ("brivibas", "", "", "Ogre")),
        ("mežvidi 5", ("mežvidi", "5", "", "")),
        ("ozolmezu 39a, ventsplis", ("ozolmezu", "39a", "", "ventsplis")),
        ("", ("", "", "", "")),
    ],
)
def test_a_whole_text_is_read_as_an_address(text: str, expected: tuple[str, ...]) -> None:
    found = address_parse.parse_whole(text)
    assert (found.street, found.house, found.flat, found.town) == expected


def best(text: str) -> Place:
    return INDEX.match(address_parse.parse_whole(text))[0]


@pytest.mark.parametrize(
    ("text", "address", "town", "eics"),
    [
        ("brivibas 105", "Brīvības iela 105", "Rīga", ("e1", "e2")),
        ("Brīvības iela 105-12", "Brīvības iela 105-12", "Rīga", ("e1",)),
        ("Бривибас 105 кв 12", "Brīvības iela 105-12", "Rīga", ("e1",)),
        ("brivibas 105 k-2", "Brīvības iela 105 k-2", "Rīga", ("e3",)),
        ("brivibas 105-2", "Brīvības iela 105 k-2", "Rīga", ("e3",)),
        ("brivbias 107a", "Brīvības iela 107A", "Rīga", ("e4",)),
        ("Brīvības gatve 214a", "Brīvības gatve 214A", "Rīga", ("e5",)),
        ("улица Свободы 5, в Огре", "Brīvības iela 5", "Ogre", ("e6",)),
        ("brīvības ielā 5 jelgavā", "Brīvības iela 5", "Jelgava", ("e14",)),
        ("Barona 5/7-3", "Krišjāņa Barona iela 5/7-3", "Rīga", ("e7",)),
        ("Kr. Barona 5/7", "Krišjāņa Barona iela 5/7", "Rīga", ("e7",)),
        ("18 novembra iela 5", "18. novembra iela 5", "Jelgava", ("e8",)),
        ("Kalnāji, Lēdurgas pag.", "Kalnāji, Lēdurgas pag.", "Lēdurga", ("e9",)),
        ("kalnaji drabešu pagastā", "Kalnāji", "Drabešu pag.", ("e12",)),
        ("Садовая 3 Огре", "Dārza iela 3", "Ogre", ("e10",)),
        ("gatves 9", "Gatves iela 9", "Rīga", ("e11",)),
        ("Zaķi 2", "Zaķi-2", "Lēdurga", ("e13",)),
        ("Райня 12б-4", "Raiņa iela 12B-4", "Jelgava", ("e15",)),
    ],
)
def test_a_place_is_matched(text: str, address: str, town: str, eics: tuple[str, ...]) -> None:
    found = best(text)
    assert (found.address, found.town, found.eics, found.exact) == (address, town, eics, True)


def test_a_street_in_several_towns_gives_a_place_for_each() -> None:
    found = INDEX.match(address_parse.parse_whole("brivibas 5"))
    assert {(place.address, place.town) for place in found} == {
        ("Brīvības iela 5", "Ogre"),
        ("Brīvības iela 5", "Jelgava"),
    }


def test_an_unknown_house_gives_the_nearest_ones_and_says_so() -> None:
    found = INDEX.match(address_parse.parse_whole("Brīvības iela 106, Rīga"))
    assert not any(place.exact for place in found)
    assert {"Brīvības iela 105", "Brīvības iela 107A"} <= {place.address for place in found}


def test_a_house_far_from_all_others_gives_the_bare_street() -> None:
    assert best("Brīvības iela 900, Rīga") == Place("Brīvības iela", "Rīga", (), 75.0, False)


def test_an_unknown_flat_gives_the_house() -> None:
    found = best("brivibas 105-99")
    assert (found.address, found.eics, found.exact) == ("Brīvības iela 105", ("e1", "e2"), True)


@pytest.mark.parametrize("text", ["", "...", "qqqq 5", "Xyzzy iela 105"])
def test_an_unknown_street_gives_nothing(text: str) -> None:
    assert INDEX.match(address_parse.parse_whole(text)) == ()
    assert INDEX.match_street(address_parse.parse_whole(text)) == ()


def test_an_index_of_nothing_matches_nothing() -> None:
    empty = AddressIndex([])
    assert empty.match(Address("", "brivibas", "5", town="Ogre")) == ()
    assert empty.town("Ogre") == ""


def test_no_more_places_than_asked_for_are_given() -> None:
    assert len(INDEX.match(Address("", "brivibas", "5"), limit=1)) == 1
    assert INDEX.match(Address("", "brivibas", "5"), limit=0) == ()


def test_streets_are_matched_for_planned_works() -> None:
    streets = INDEX.match_street(address_parse.parse_whole("Brivibas iela"))
    assert streets == (
        ("Brīvības iela", "Rīga"),
        ("Brīvības iela", "Ogre"),
        ("Brīvības iela", "Jelgava"),
    )
    assert INDEX.match_street(address_parse.parse_whole("darza, Ogrē")) == (("Dārza iela", "Ogre"),)


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("vai Ogrē būs atslēgums", "Ogre"),
        ("в Огре нет света", "Ogre"),
        ("v jelgave net sveta", "Jelgava"),
        ("Imantā nav gaismas", "Rīga"),
        ("ledurga tumsa", "Lēdurga"),
        ("Drabešu pagastā", "Drabešu pag."),
        ("Rīgas iela 5", ""),
        ("Cēsīs nav gaismas", ""),
        ("nav gaismas", ""),
    ],
)
def test_a_town_is_named_in_any_case_and_script(text: str, town: str) -> None:
    assert INDEX.town(text) == town


@cache
def _big() -> tuple[AddressIndex, list[town_of_streets.Row]]:
    rows = town_of_streets.rows(20_000, random.Random(7))
    return AddressIndex(rows), rows


@pytest.mark.parametrize("way", town_of_streets.WAYS)
def test_of_20000_addresses_the_best_place_is_the_right_one(way: str) -> None:
    index, rows = _big()
    rng = random.Random(way)
    asked = rng.sample(rows, 1000)
    right = 0
    for eic, address, town in asked:
        text = town_of_streets.WAYS[way](f"{address}, {town}", rng)
        found = index.match(address_parse.parse_whole(text))
        right += bool(found) and found[0].exact and eic in found[0].eics and found[0].town == town
    assert right >= 0.97 * len(asked)


SLIPS = AddressIndex(
    [
        ("s1", "Liepezera iela 5", "Rīga"),
        ("s2", "Priežu iela 5", "Rīga"),
        ("s3", "Miera iela 5", "Auce"),
        ("s4", "Emīla Egles iela 5", "Rīga"),
        ("s5", "Jāņa Egles iela 5", "Rīga"),
        ("s6", "Anša Egles iela 5", "Rīga"),
        ("s7", "Ziedu iela 5C-2", "Liepāja"),
        ("s8", '"Silieši"', "Ogresgala pag."),
        ("s9", '"Silieši"', "Codes pag."),
        ("s10", '"Silieši"-2', "Codes pag."),
    ]
)


@pytest.mark.parametrize(
    ("text", "eic"),
    [
        ("Lieezera iela 5, Rīga", "s1"),
        ("Mirea iela 5, Auce", "s3"),
        ("E. Egles 5, Rīga", "s4"),
        ("Jāņa Egles 5", "s5"),
        ("Anša Egles iela 5, Rīga", "s6"),
        ("Ansaa Egles iela 5, Rīga", "s6"),
        ("Зиеду 5ц-2, Лиепая", "s7"),
        ("Ziedu 5c-2, Lispāja", "s7"),
        ("silieši, ogresgala pag.", "s8"),
        ('"Silieši", Codes pag.', "s9"),
        ('"Silieši"-2, Codes pag.', "s10"),
        ("5 Priežu iela, Rīga", "s2"),
        ("5, Liepezera iela, Rīga", "s1"),
    ],
)
def test_a_slip_a_first_name_and_a_farms_flat_find_their_place(text: str, eic: str) -> None:
    found = SLIPS.match(address_parse.parse_whole(text))
    assert found[0].exact
    assert found[0].eics == (eic,)


@given(st.text(), st.text(), st.text(), st.text())
def test_matching_never_raises(street: str, house: str, flat: str, town: str) -> None:
    address = Address(street, street, house, flat, town)
    assert isinstance(INDEX.match(address), tuple)
    assert isinstance(INDEX.match_street(address), tuple)
    assert isinstance(INDEX.town(town), str)


@given(st.text())
def test_reading_a_whole_text_never_raises(text: str) -> None:
    INDEX.match(address_parse.parse_whole(text))
    INDEX.match(address_parse.parse_whole("brivibas " + text))


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=5))
def test_any_premises_make_an_index(rows: list[tuple[str, str, str]]) -> None:
    index = AddressIndex(rows)
    for _, address, town in rows:
        index.match(Address(address, address, town=town))
