"""Which language a text is in, with and without the right letters."""

import pytest

from intents.language import LanguageGuesser
from intents.phrases import load_phrases


@pytest.fixture(scope="module")
def guesser() -> LanguageGuesser:
    return LanguageGuesser(load_phrases())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Kad būs gaisma?", "lv"),
        ("kad bus elektriba visaa majaa", "lv"),
        ("sodien nav stravas", "lv"),
        ("когда включат свет", "ru"),
        ("kogda vkljuchat svet", "ru"),
        ("4to slu4ilos, pochemu net sveta", "ru"),
        ("u nas net sveta Brīvības iela 105", "ru"),
        ("when will the power be back", "en"),
        ("no power at Brivibas iela 105", "en"),
        ("Привет bot", "ru"),
    ],
)
def test_a_sentence_tells_its_language(guesser: LanguageGuesser, text: str, language: str) -> None:
    assert guesser.guess(text)[0] == language


@pytest.mark.parametrize("text", ["", "1", "105-12", "???", "💡", "中文", "26000000 1234"])
def test_numbers_and_signs_have_no_language(guesser: LanguageGuesser, text: str) -> None:
    assert guesser.guess(text) == ("", False)


def test_one_street_name_does_not_outvote_a_sentence(guesser: LanguageGuesser) -> None:
    assert guesser.guess("is there any power outage in Kalnciema street") == ("en", True)


def test_a_letter_is_too_little_to_be_sure(guesser: LanguageGuesser) -> None:
    assert not guesser.guess("a")[1]


@pytest.mark.parametrize("text", ["a" * 1600, "a " * 800, "aaa"])
def test_a_key_held_down_is_in_no_language(guesser: LanguageGuesser, text: str) -> None:
    assert not guesser.guess(text)[1]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("нет света Skolas 5, Cēsis", "ru"),
        ("net sveta Skolas iela 5, Cēsis", "ru"),
        ("No power at Brīvības iela 105-12, Rīga", "en"),
        ("nav gaismas Skolas iela 5, Cēsis", "lv"),
        ("Brīvības iela 105-12, Rīga", "lv"),
    ],
)
def test_a_latvian_address_tells_the_language_only_by_itself(
    guesser: LanguageGuesser, text: str, language: str
) -> None:
    assert guesser.guess(text) == (language, True)
