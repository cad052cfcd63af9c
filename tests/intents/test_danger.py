"""Hazards near electrical things, in three languages and in bad spelling."""

from collections import Counter
from pathlib import Path

import pytest

from intents.danger import find_danger
from intents.fold import fold
from intents.phrases import load_phrases, parse_rows
from intents.understanding import load_recogniser


@pytest.mark.parametrize(
    "text",
    ["vads guļ uz ceļa", "nokritis vads pagalmā", "dzirkstelo rozete", "no skaititaja nak dumi",
     "deg transformators", "koks uzkritis uz liinijas", "sadales skapis vaļā, bērni tur",
     "mani nosita ar strāvu", "degunas smaka no rozetes", "stabs nogāzies",
     "провод лежит на земле", "искрит счетчик", "горит щиток", "дым из розетки",
     "provod visit nad dorogoj", "iskrit rozetka", "меня ударило током", "дерево упало на провода",
     "пахнет горелым от щитка", "открыт трансформатор дети", "wire down on the road",
     "sparks from the pole", "the meter is smoking", "smell of burning from the fuse box",
     "i got an electric shock", "tree fell on the power line", "nav gaismas un vads uz zemes"],
)  # fmt: skip
def test_a_hazard_near_an_electrical_thing_is_sure(text: str) -> None:
    assert find_danger(fold(text)) == "sure"


@pytest.mark.parametrize(
    "text", ["deg!", "ugunsgrēks", "горит", "пожар", "дым в подъезде", "fire", "i see smoke"]
)
def test_a_hazard_alone_is_doubtful(text: str) -> None:
    assert find_danger(fold(text)) == "doubtful"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("nedeg gaisma", "lv"),
        ("gaisma deg", "lv"),
        ("не горит свет", "ru"),
        ("свет не горит", "ru"),
        ("ne gorit svet", "ru"),
        ("купи хлеба", "ru"),
        ("на счетчике горит красная лампочка", "ru"),
        ("сломался счетчик", "ru"),
        ("lights are dim", "en"),
        ("power but no light", "en"),
        ("the sockets dont work", "en"),
        ("kad atslēgs elektrību", "lv"),
        ("korķi kārtībā, bet nav strāvas", "lv"),
    ],
)
def test_ordinary_texts_are_no_danger(text: str, language: str) -> None:
    assert find_danger(fold(text), language) == ""


def test_rules_find_nearly_all_examples_and_cry_wolf_seldom() -> None:
    told = [
        (phrase.intent == "danger", find_danger(fold(phrase.text), phrase.language) == "sure")
        for phrase in load_phrases()
    ]
    found = sum(real and said for real, said in told)
    assert found / sum(real for real, _ in told) >= 0.97
    assert found / sum(said for _, said in told) >= 0.95


# --- the sets of tests/understanding/danger: forty dangers and forty look-alikes a language -----

_SETS = Path(__file__).parent.parent / "understanding" / "danger"
_ROWS = [
    row
    for path in sorted(_SETS.glob("*.tsv"))
    for row in parse_rows(path.read_text("utf-8").splitlines(), path.name)
]


def test_every_danger_of_the_sets_is_noticed() -> None:
    understand = load_recogniser().understand
    missed = [
        row.text
        for row in _ROWS
        if row.intent == "danger" and not understand(row.text, row.language).danger
    ]
    assert missed == []


def test_of_what_is_called_danger_nineteen_in_twenty_are() -> None:
    understand = load_recogniser().understand
    said = [
        row.intent == "danger"
        for row in _ROWS
        if understand(row.text, row.language).danger == "sure"
    ]
    assert sum(said) / len(said) >= 0.95


def test_no_look_alike_is_a_reason_to_act() -> None:
    acts = {"register", "unregister", "opt_out", "opt_in", "my_data", "cancel", "report_fault"}
    understand = load_recogniser().understand
    wrong = [
        (row.text, heard.intent)
        for row in _ROWS
        if (heard := understand(row.text, row.language)).sure
        and heard.intent in acts - {row.intent}
    ]
    assert wrong == []


def test_there_are_forty_of_each_a_language() -> None:
    counts = Counter((row.language, row.intent == "danger") for row in _ROWS)
    assert set(counts.values()) == {40}
    assert len(counts) == 6


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("transformer is burning when is the light back", "en"),
        ("света нет, горит щиток", "ru"),
        ("the electricity box by the school is wide open", "en"),
        ("there is current in the water", "en"),
        ("krānā ir strāva", "lv"),
        ("a power line is lying in the garden", "en"),
        ("пилят столб", "ru"),
        ("my child put a fork into the socket", "en"),
        ("blue flashes near the transformer", "en"),
        ("got a belt off the cooker", "en"),
        ("the metal door is live", "en"),
        ("i was thrown back when i touched the meter", "en"),
        ("упал провод что делать", "ru"),
        ("last year you fixed it and now the wire fell again", "en"),
    ],
)
def test_dangers_as_new_writers_put_them_are_sure(text: str, language: str) -> None:
    assert find_danger(fold(text), language) == "sure"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("last year a wire fell on our road", "en"),
        ("pagājušajā gadā nokrita vads", "lv"),
        ("опасно ли жить рядом с трансформатором", "ru"),
        ("what should i do if a wire falls down", "en"),
    ],
)
def test_what_was_long_ago_or_is_asked_in_general_is_asked_about(text: str, language: str) -> None:
    assert find_danger(fold(text), language) == "doubtful"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("live wire that girl", "en"),
        ("usb cable broken", "en"),
        ("saplīsa usb kabelis", "lv"),
        ("please drop me a line", "en"),
        ("when will you cut the trees near the pole", "en"),
        ("voltage gone, no wire is down", "en"),
        ("strāvas nav, vadi veseli, nekas nav nokritis", "lv"),
        ("red light is burning on the meter", "en"),
        ("nav elektrības un nav ūdens", "lv"),
        ("un aizparit?", "lv"),
    ],
)
def test_more_ordinary_texts_are_no_danger(text: str, language: str) -> None:
    assert find_danger(fold(text), language) == ""


def test_what_a_voltage_killed_is_an_appliance() -> None:
    assert find_danger(fold("voltage killed the freezers"), "en") != "sure"
