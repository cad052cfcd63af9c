"""Meanings: stems of one language that would catch plain words of another."""

from collections import Counter
from collections.abc import Iterator

import pytest

from intents.concepts import CONCEPTS_FILE, Concepts, load_concepts
from intents.fold import fold
from intents.phrases import load_phrases

_LANGUAGES = ("lv", "ru", "en")
_OFTEN = 8  # times that a word stands in the phrases of a language
# One word in two languages, or one skeleton of two words that only the text around can tell apart.
_SHARED = frozenset(fold(word) for word in (
    "no", "я", "yes", "es", "был", "bill", "data", "дата", "счет", "ok", "stop", "mašīna", "iela",
    "lūdzu", "machine", "отель", "internets", "generator", "skolas", "boiler", "tv",
    "elektriķi", "fāzi", "mašīnu", "телевизор", "фонарь", "net",
))  # fmt: skip


def _lines() -> Iterator[tuple[str, list[str]]]:
    for line in CONCEPTS_FILE.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, words = line.partition(":")
            yield name, words.split("|")


def test_words_of_three_languages_stand_between_bars() -> None:
    found = Concepts(["FRIDGE: ledusskap* | холодильник* | fridge*"])
    for word in ("ledusskapis", "холодильником", "fridges"):
        assert found.exactly(fold(word)) == {"FRIDGE"}
    assert not found.exactly("")


def test_each_entry_is_one_word_of_two_letters_or_more() -> None:
    wrong = [
        f"{name} {word}"
        for name, parts in _lines()
        for word in " ".join(parts).split()
        if " " in fold(word) or len(fold(word)) < 2
    ]
    assert wrong == []


def test_a_line_has_one_part_or_one_a_language() -> None:
    assert [name for name, parts in _lines() if len(parts) not in (1, 3)] == []


def test_no_stem_catches_a_frequent_word_of_another_language() -> None:
    """A stem that does is spelled out in forms instead: "теч*" caught "technician"."""
    seen = {language: Counter[str]() for language in _LANGUAGES}
    for phrase in load_phrases():
        seen[phrase.language].update(fold(phrase.text).split())
    caught = []
    for name, parts in _lines():
        if len(parts) == 1:
            continue
        for place, language in enumerate(_LANGUAGES):
            own = Concepts([f"X: {parts[place]}"]).exactly
            others = Concepts([f"X: {' '.join(parts[:place] + parts[place + 1 :])}"]).exactly
            caught += [
                f"{name} {language} {word}"
                for word, count in seen[language].items()
                if count >= _OFTEN and word not in _SHARED and others(word) and not own(word)
            ]
    assert caught == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("saldētava морозилка freezer", "FRIDGE"),
        ("akvārijs аквариум aquarium", "ANIMAL"),
        ("vārti шлагбаум gates", "GATES"),
        ("skābeklis кислород oxygen", "MEDICAL"),
        ("paneļi панели panels", "SOLAR"),
        ("vakance вакансия vacancy", "JOB"),
        ("advokāts адвокат lawyer", "AUTHORITY"),
        ("vētra шторм storm", "WEATHER"),
    ],
)
def test_one_meaning_is_told_in_three_languages(words: str, name: str) -> None:
    assert all(name in load_concepts().exactly(fold(word)) for word in words.split())


def test_a_technician_is_no_leak() -> None:
    assert not load_concepts().of(fold("technician")) & {"WATER", "TAP"}
