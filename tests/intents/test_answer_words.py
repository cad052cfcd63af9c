"""Answers to "where?" that are no full address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import answer_words
from intents.dialogues.places import LABEL, cut
from intents.entities import find
from intents.listed import matching
from intents.model import Address

REMARKS = [
    "jau 3 stundas", "otrā reize šonedēļ", "kopš 5 rīta", "no 17:00", "zvaniet 29123456",
    "уже 2 часа", "второй раз за неделю", "с 5 утра", "since 5pm", "2 hours now", "again",
    "nezinu", "не знаю где", "dont know", "pagaidiet",
]  # fmt: skip
PLACES = ["Brīvības 105", "Kalnāji", "pie skolas", "Дзирнаву 40", "near the school", "41", "Rīgā"]


@pytest.mark.parametrize("text", REMARKS)
def test_a_time_or_a_count_is_a_remark(text: str) -> None:
    assert answer_words.is_remark(text)


@pytest.mark.parametrize("text", PLACES)
def test_a_place_is_no_remark_and_no_question(text: str) -> None:
    assert not answer_words.is_remark(text)
    assert not answer_words.asks(text)


@pytest.mark.parametrize("text", ["kas?", "kāpēc", "а зачем", "что делать?", "why", "where?", "?"])
def test_a_question_names_no_place(text: str) -> None:
    assert answer_words.asks(text)


@pytest.mark.parametrize("text", ["pie skolas?", "у школы на Миера?", "Near the shop?"])
def test_near_something_is_a_place_even_with_a_question_mark(text: str) -> None:
    assert answer_words.points(text)
    assert not answer_words.asks(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("41", ("41", "")), ("41a", ("41a", "")), ("nr. 41", ("41", "")), ("41-12", ("41", "12")),
        ("дом 41", ("41", "")), ("д.41 кв.3", ("41", "3")), ("41. māja", ("41", "")),
        ("it is 41", ("41", "")), ("3 stundas", None), ("8404", None), ("Kalna 7", None),
    ],
)  # fmt: skip
def test_a_house_number_alone_is_known(text: str, number: tuple[str, str] | None) -> None:
    assert answer_words.house(text) == number


STREET = Address("", "Brīvības ielā", town="Rīgā")


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        (STREET, "41", Address("Brīvības ielā 41, Rīgā", "Brīvības ielā", "41", "", "Rīgā")),
        (Address("", "Miera", "9"), "Cēsīs", Address("Miera 9, Cēsīs", "Miera", "9", "", "Cēsīs")),
        (Address("", town="Rīga"), "Miera 9", Address("Miera 9, Rīga", "Miera", "9", "", "Rīga")),
        (STREET, "Miera 9", None),
        (STREET, "jau 3 stundas", None),
    ],
)  # fmt: skip
def test_two_texts_make_one_address(before: Address, text: str, whole: Address | None) -> None:
    assert answer_words.join(before, text, find(text).address) == whole


@pytest.mark.parametrize(
    "text", ["abi", "abās adresēs", "оба", "в обеих", "both of them", "all", "и там и там"]
)
def test_both_and_all_mean_each_of_the_list(text: str) -> None:
    assert answer_words.means_all(text)


@pytest.mark.parametrize(
    ("text", "vague"),
    [("visur", True), ("vezde net sveta", True), ("everywhere", True), ("abās", False),
     ("visur, abās adresēs", False), ("везде по адресам", False), ("at both places", False)],
)  # fmt: skip
def test_everywhere_alone_may_mean_something_else(text: str, vague: bool) -> None:
    assert answer_words.means_all(text)
    assert answer_words.says_everywhere(text) is vague


@pytest.mark.parametrize("text", ["no power at all", "всё пропало", "Miera", "viss ir labi"])
def test_all_in_another_sense_does_not(text: str) -> None:
    assert not answer_words.means_all(text)


LIST = [("Brīvības iela 10", "Ogre"), ("Brīvības iela 105-14", "Rīga"), ("Miera iela 7", "Rīga")]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Miera", [2]), ("Meira iela", [2]), ("на Миера", [2]), ("на Мира", [2]), ("7", [2]),
        ("Ogrē", [0]), ("105", [1]), ("105-14", [1]), ("105ый дом", [1]), ("brivibas riga", [1]),
        ("Brīvības", [0, 1]),
        ("Rīga", [1, 2]), ("Brīvības 105-12", []), ("Miera 9", []), ("Skolas iela", []),
        ("Miera Liepājā", []), ("jau 10 stundas", []), ("nav gaismas", []),
    ],
)  # fmt: skip
def test_a_street_a_town_or_a_number_picks_from_the_list(text: str, places: list[int]) -> None:
    assert matching(text, find(text).address, LIST) == places


@given(st.text(alphabet="ab ā,.-", max_size=80))
def test_a_label_ends_with_a_whole_word(raw: str) -> None:
    told = cut(raw)
    assert len(told) <= LABEL
    spoken = " ".join(raw.split())
    if told != spoken and not told.endswith("."):
        assert not spoken[len(told) : len(told) + 1].isalnum()
