"""What a voice says: numbers in words, in the case that the sentence asks for."""

from datetime import UTC, datetime, timedelta

import pytest

from locales import spoken
from locales.catalogue import LANGUAGES, say

START = datetime(2026, 12, 12, 7, 0, tzinfo=UTC)  # 9:00 in Riga


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("lv", "divpadsmitajā decembrī no pulksten deviņiem līdz pulksten piecpadsmitiem"),
        ("ru", "двенадцатого декабря с девяти часов до пятнадцати часов"),
        (
            "en",
            "the twelfth of December from nine in the morning to three in the afternoon",
        ),
    ],
)
def test_a_span_is_in_words(language: str, told: str) -> None:
    assert spoken.span(START, START + timedelta(hours=6), language) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("lv", "no pulksten deviņiem un trīsdesmit minūtēm līdz pusnaktij"),
        ("ru", "с девяти часов тридцати минут до полуночи"),
        ("en", "from nine thirty in the morning to midnight"),
    ],
)
def test_half_hours_and_midnight(language: str, told: str) -> None:
    start = START + timedelta(minutes=30)
    assert spoken.span(start, START + timedelta(hours=15), language).endswith(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_minute_of_a_day_is_told_in_figures(language: str) -> None:
    for minute in range(0, 24 * 60, 7):
        told = spoken.by(START + timedelta(minutes=minute, days=minute // 48), language)
        assert not any(map(str.isdigit, told))
        assert "  " not in told and "|" not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lists_are_whole(language: str) -> None:
    lengths = {"digits": 10, "hours.from": 25, "hours.to": 25, "parts": 25, "days": 31}
    for name, length in {**lengths, "small": 20, "ones": 10, "tens": 6}.items():
        assert len(say(language, f"voice.{name}").split("|")) == length, name


def test_a_phone_number_is_told_digit_by_digit() -> None:
    assert spoken.digits("8403", "lv") == "astoņi, četri, nulle, trīs"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("lv", "Ģertrūdes iela 5 A, korpuss 2, dzīvoklis 7, Rīga"),
        ("ru", "улица Гертрудес 5 А, корпус 2, квартира 7, Рига"),
        ("en", "Ģertrūdes street 5 A, block 2, flat 7, Rīga"),
    ],
)
def test_the_parts_of_an_address_are_named(language: str, told: str) -> None:
    assert spoken.address("Ģertrūdes iela 5A k-2-7, Rīga, LV-1011", language) == told


def test_a_farm_keeps_its_parish_in_words() -> None:
    told = spoken.address('"Ķirši"-2, Ezeru pag., Jelgavas nov., LV-3001', "lv")
    assert told == "Ķirši, dzīvoklis 2, Ezeru pagasts, Jelgavas novads"


@pytest.mark.parametrize(
    ("latvian", "russian"),
    [("Brīvības", "Бривибас"), ("Ezera", "Эзера"), ("Jelgava", "Елгава"), ("Ļaudona", "Ляудона")],
)
def test_latvian_names_in_russian_letters(latvian: str, russian: str) -> None:
    assert spoken.cyrillic(latvian) == russian
