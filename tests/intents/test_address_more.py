"""The addresses of a text behind its first one."""

from __future__ import annotations

import pytest

from intents.address_more import adds, before_and, numbers, others
from intents.address_parse import find


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("nav gaismas Brīvības 105, Dzirnavu 40 un Miera 3", ["Dzirnavu 40", "Miera 3"]),
        ("нет света Бривибас 105 и 107", ["Бривибас 107"]),
        ("no power at brivibas 105 and dzirnavu 40-2", ["dzirnavu 40-2"]),
        ("нет света на Бривибас 105 и на Миера", ["Миера"]),
        ("nav gaismas 105 brīvības un 40 dzirnavu", ["40 dzirnavu"]),
        ("nav gaismas Skolas 5 un 7, Miera 3", ["Skolas 7", "Miera 3"]),
        ("Brīvības 105 un kaimiņiem", []),
        ("Brīvības 105, 12 nav gaismas", []),
        ("Brīvības 105 dz. 4 nav gaismas kopš 9", []),
        ("Brīvības 105 un jau 2 stundas", []),
        ("нет света Бривибас 105 уже 3 часа, звонил 8404", []),
    ],
)
def test_each_address_of_a_text_is_found(text: str, behind: list[str]) -> None:
    first = find(text)
    assert first is not None
    assert [address.raw for address in others(text, first)] == behind


def test_a_town_is_of_the_address_that_it_stands_beside() -> None:
    text = "нет света в Риге Бривибас 105 и в Елгаве Школьная 5 и 6"
    first = find(text)
    assert first is not None
    assert [a.town for a in (first, *others(text, first))] == ["Риге", "Елгаве", "Елгаве"]


@pytest.mark.parametrize(
    ("text", "more"),
    [("un dzirnavu 40 ari", True), ("jā, un Miera 3", True), ("и на Миера 3 тоже", True),
     ("and miera 3 too", True), ("Miera 3", False), ("nē, Miera 3", False)],
)  # fmt: skip
def test_one_more_place_is_told_from_another_one(text: str, more: bool) -> None:
    assert adds(text) is more


def test_several_of_a_list_are_picked_by_their_numbers() -> None:
    assert numbers("1 un 2", 2) == (1, 2)
    assert numbers("1, 3 и 4", 4) == (1, 3, 4)
    assert numbers("1 un 3", 2) == ()
    assert numbers("1 dzirnavu 40", 50) == ()


def test_what_stands_before_another_address_is_kept() -> None:
    text = "1 un dzirnavu 40"
    first = find(text)
    assert first is not None
    assert before_and(text, first) == "1"
