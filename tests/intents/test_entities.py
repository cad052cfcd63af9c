"""Entities: what numbers and words in a text are taken for."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import eic, entities
from intents.fold import fold
from intents.model import Entities

EIC = eic.make("43Z000001234567")


def named(text: str) -> dict[str, object]:
    """What is named, without `digits`, `address` and `when`."""
    found = entities.find(text)
    values = {name: getattr(found, name) for name in Entities.__slots__}
    return {
        name: value
        for name, value in values.items()
        if value not in ("", None, False) and name not in ("digits", "address", "when")
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234567", {"customer_number": "1234567"}),
        ("12 34 567", {"customer_number": "1234567"}),
        ("mans klienta numurs ir 1234567", {"customer_number": "1234567"}),
        ("contract nr 55120", {"customer_number": "55120"}),
        ("4to slu4ilos 1234567", {"customer_number": "1234567"}),
        ("20456789", {"phone": "+37120456789"}),
        ("mans telefons 26 123 456", {"phone": "+37126123456"}),
        ("(371) 26-123-456", {"phone": "+37126123456"}),
        ("0037126123456", {"phone": "+37126123456"}),
        ("+44 7911 123456", {"phone": "+447911123456"}),
        ("rādījums 12345", {"meter_reading": "12345"}),
        ("radijums 12 345", {"meter_reading": "12345"}),
        ("reading 4521 kwh", {"meter_reading": "4521"}),
        ("4521kwh", {"meter_reading": "4521"}),
        ("skaitītājs 045211", {"meter_reading": "045211"}),
        ("LV-1010", {"postcode": "LV-1010"}),
        ("lv 1010", {"postcode": "LV-1010"}),
        ("лв1010", {"postcode": "LV-1010"}),
        ("1010", {"postcode": "LV-1010"}),
        (f"kods {EIC.lower()}", {"eic": EIC, "eic_valid": True}),
        ("nav gaismas jau 2 stundas", {}),
        ("zvanu 8404 un neviens neatbild", {}),
        ("skaitītāja numurs 45211234", {"meter_number": "45211234"}),
        ("номер счётчика 20456789", {"meter_number": "20456789"}),
        ("meter no. 61234567, reading 4521", {"meter_number": "61234567", "meter_reading": "4521"}),
        ("samaksāju 45 eur 3. maijā", {}),
    ],
)
def test_a_number_is_what_the_words_around_say(text: str, expected: dict[str, object]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    "text", ["показания 20456789", "rādījums šomēnes ir 61234567", "20456789 kwh"]
)
def test_a_reading_that_looks_like_a_phone_number_is_a_reading(text: str) -> None:
    assert named(text).keys() == {"meter_reading"}


def test_a_contract_number_that_looks_like_a_phone_number_is_a_contract_number() -> None:
    assert named("līguma nr. 21234567") == {"customer_number": "21234567"}


def test_a_contract_number_and_a_phone_number_in_one_text_are_told_apart() -> None:
    assert named("klienta numurs 1234567, tel 26123456") == {
        "customer_number": "1234567",
        "phone": "+37126123456",
    }


@pytest.mark.parametrize(
    ("text", "digits"),
    [("1234567", "1234567"), ("45 21", "4521"), ("1 un 2", ""), ("4to slu4ilos 5", "5"), ("", "")],
)
def test_digits_are_the_only_run_of_the_text(text: str, digits: str) -> None:
    assert entities.find(text).digits == digits


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("ja|Jā!|ja ludzu|jaaa|jep|да|угу|ага|da|yep|yes please|ok|labi paldies|+|👍", "yes"),
        ("да, верно|ну да|jā, tieši tā|of course|konechno|pareizi", "yes"),
        ("ne|nē|ne paldies|нет|нет спасибо|net|не надо|nope|no thanks|nevajag|nē, nevajag", "no"),
        ("nav gaismas|нет света|no power|ja bet nav gaismas|es|я|paldies||nezinu|1", ""),
    ],
)
def test_an_answer_is_a_whole_text(texts: str, expected: str) -> None:
    assert {text: entities.find(text).answer for text in texts.split("|")} == dict.fromkeys(
        texts.split("|"), expected
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("1|1.|pirmo|первый|first one|1. adrese|#1|viens", 1),
        ("2.|otrais|вторая|вторая пожалуйста|the second|variants 2|номер 2|man vajag otro", 2),
        ("nr 3|3)|trešo|tretij", 3),
        ("jau otro reizi|otro reizi zvanu|brivibas 1|0|99|1234|nav gaismas|1 vai 2", None),
    ],
)
def test_a_choice_is_a_whole_text(texts: str, expected: int | None) -> None:
    assert {text: entities.find(text).choice for text in texts.split("|")} == dict.fromkeys(
        texts.split("|"), expected
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("pa krievski|по-русски|po russki|Krievu valoda|русский|на русском пожалуйста|RU", "ru"),
        ("English|angliski|in english please|по-английски|runājiet angliski", "en"),
        ("latviski|на латышском|in Latvian|runajiet latviski|LV", "lv"),
        ("не понимаю по-латышски, можно по-русски", "ru"),
        ("I don't understand Latvian, English please", "en"),
        ("es nerunāju latviski|LV-1010|krievu kanāli nerāda visu dienu jau|nav gaismas", ""),
    ],
)
def test_a_language_is_wanted_when_asked_for(texts: str, expected: str) -> None:
    assert {text: entities.find(text).wanted_language for text in texts.split("|")} == (
        dict.fromkeys(texts.split("|"), expected)
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("visa māja|весь дом|visur|everything|the whole house|tikai man|только у меня", "whole"),
        ("kaimiņiem ir gaisma|у соседей есть свет|neighbours have power", "whole"),
        ("tikai virtuvē|в одной комнате|half the house|viena faze|dažas rozetes|istabā", "part"),
        ("tikai virtuvē nav|только на кухне нет света|only the kitchen is dark", "part"),
        ("pusei rozešu nav strāvas|половина розеток не работает|half of the sockets", "part"),
        ("kaimiņiem viss ir|у соседей всё есть|the neighbours have light", "whole"),
        ("kaimiņiem tāpat|и у соседей нет|neighbours too", "neighbours"),
        ("mirgo|моргает|the lights flicker|свет то есть то нет", "flicker"),
        ("arī kaimiņiem|у соседей тоже|whole street|kaimiņiem arī nav|вся улица", "neighbours"),
        ("nav gaismas|нет света|kad būs|i want to register|все работает", ""),
    ],
)
def test_the_scope_is_what_is_said_to_be_dark(texts: str, expected: str) -> None:
    assert {text: entities.find(text).scope for text in texts.split("|")} == dict.fromkeys(
        texts.split("|"), expected
    )


@pytest.mark.parametrize(
    "text",
    [
        "bērns uz aparāta",
        "skābekļa aparāts",
        "ребёнок на аппарате",
        "ИВЛ",
        "oxygen machine",
        "dialysis at home",
        "my dad is on a ventilator",
        "инвалид в доме на апарате",
        "мама на кислороде",
        "vīrs pie elpošanas aparāta",
        "plaušu ventilācija mājās",
        "rebjonok na apparate",
    ],
)
def test_life_support_is_heard(text: str) -> None:
    assert entities.find(text).life_support


@pytest.mark.parametrize(
    "text",
    ["ventilators nestrādā", "вентилятор не работает", "kafijas aparāts", "nav gaismas", ""],
)
def test_a_fan_or_a_coffee_machine_is_no_life_support(text: str) -> None:
    assert not entities.find(text).life_support


def test_the_address_is_among_the_entities() -> None:
    found = entities.find("nav elektribas jau stundu, Brivibas 105").address
    assert found is not None
    assert (found.street, found.house) == ("Brivibas", "105")


def test_the_folded_text_may_be_given() -> None:
    text = "Ребёнок на аппарате, ул. Свободы 3, LV-1010"
    assert entities.find(text, fold(text)) == entities.find(text)


def test_the_phone_tables_are_loaded_only_for_what_may_be_a_phone_number() -> None:
    script = (
        "import sys; from intents import entities; entities.find('nav gaismas, Brivibas 105');"
        "assert 'phonenumbers' not in sys.modules;"
        "assert entities.find('26123456').phone; assert 'phonenumbers' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


PIECES = st.sampled_from(
    [
        "43z",
        "43Z000001234567",
        "26123456",
        "+371",
        "LV-1010",
        "4521",
        "kwh",
        "rādījums",
        "nr",
        "tel",
        "iela",
        "ул.",
        "dz",
        "кв",
        "k-2",
        "5/7",
        "-",
        "105-12",
        "Brīvības",
        "Ogrē",
        "pag.",
        "на",
        "only",
        "kaimiņiem",
        "ja",
        "net",
        "pa",
        "krievski",
        "1",
        "2.",
        '"',
        "'",
        "«",
        ",",
        ".",
        "\n",
        "\x00",
        "4to",
    ]
)


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=3))).map(" ".join)))
def test_finding_never_raises(text: str) -> None:
    assert isinstance(entities.find(text), Entities)


@pytest.mark.parametrize(
    "text", ["1 " * 5000, "dz " * 5000, " " * 9000, "Aa " * 3000, "43z " * 999]
)
def test_a_hostile_text_takes_no_long_time(text: str) -> None:
    # The suite's time limit is the judge: a pattern that backtracks would take hours here.
    assert isinstance(entities.find("brivibas 1" + text), Entities)
