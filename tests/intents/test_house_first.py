"""The house before the street."""

from __future__ import annotations

import pytest

from intents.address_parse import find, parse_whole


@pytest.mark.parametrize(
    ("text", "street", "house", "town"),
    [
        ("дом 5 Школьная", "Школьная", "5", ""),
        ("net sveta dom 5, shkolnaja, Jelgava", "shkolnaja", "5", "Jelgava"),
        ("no power at 105 brivibas since 9", "brivibas", "105", ""),
        ("105-12 brivibas riga", "brivibas", "105", "riga"),
        ("нет света в доме 5 по улице Школьной", "улице Школьной", "5", ""),
        ("nav gaismas mājā 6 Skolas ielā", "Skolas ielā", "6", ""),
    ],
)
def test_a_house_before_its_street_is_an_address(
    text: str, street: str, house: str, town: str
) -> None:
    found = find(text)
    assert found is not None
    assert (found.street, found.house, found.town) == (street, house, town)


@pytest.mark.parametrize(
    "text", ["nav gaismas 5 skolas bez elektrības", "нет света с 5 Садовая", "дом 5 нет света",
             "jau 3 stundas", "nav gaismas jau 5, Miera"]
)  # fmt: skip
def test_a_number_before_another_word_is_no_house(text: str) -> None:
    assert find(text) is None


def test_an_answer_may_begin_with_the_house_of_any_street() -> None:
    found = parse_whole("12 Kaudzīšu, Ogre")
    assert (found.street, found.house, found.town) == ("Kaudzīšu", "12", "Ogre")
    assert parse_whole("5 stundas").house == ""
