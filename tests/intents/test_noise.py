"""Spoiled texts: seeded, and spoiled as they say."""

import pytest
from rapidfuzz.distance import OSA

from intents.noise import KINDS, neighbours, noised
from intents.phrases import Phrase, load_phrases

PHRASES = load_phrases()[::40]
CYRILLIC = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_text_is_always_spoiled_alike(kind: str) -> None:
    assert noised(PHRASES, kind) == noised(PHRASES[::-1], kind)[::-1]


def test_another_seed_spoils_otherwise() -> None:
    assert noised(PHRASES, "typo2", 1) != noised(PHRASES, "typo2", 2)


def test_plain_is_as_written() -> None:
    assert noised(PHRASES, "plain") == list(PHRASES)


def test_two_typing_errors_are_two_at_most() -> None:
    for before, after in zip(PHRASES, noised(PHRASES, "typo2"), strict=True):
        # Errors that meet in one place may look like three.
        assert OSA.distance(before.text, after.text) <= 3
        assert (before.language, before.intent) == (after.language, after.intent)


def test_latin_leaves_neither_marks_nor_cyrillic_letters() -> None:
    texts = [row.text for row in noised(PHRASES, "latin")]
    assert not CYRILLIC & set("".join(texts))
    assert not set("āčēģīķļņšūž") & set("".join(texts))


def test_russian_is_spelled_in_several_ways() -> None:
    rows = [Phrase("ru", "x", "что случилось") for _ in range(30)]
    found = {noised([row], "latin", seed)[0].text for seed, row in enumerate(rows)}
    assert {"chto sluchilos", "4to slu4ilos"} <= found


def test_glued_takes_spaces_and_nothing_else() -> None:
    for before, after in zip(PHRASES, noised(PHRASES, "glued"), strict=True):
        assert after.text.replace(" ", "") == before.text.replace(" ", "")
        if len(before.text.split()) > 1:
            assert len(after.text.split()) < len(before.text.split())


def test_neighbours_are_keys_beside_and_above() -> None:
    assert set(neighbours("s")) == set("adwe")
    assert set(neighbours("ā")) == set(neighbours("a"))
    assert set(neighbours("ы")) == set("фвцу")
    assert neighbours("1") == ""


@pytest.mark.parametrize("text", ["", "   ", "?", "1 2 3", "я", "💡"])
@pytest.mark.parametrize("kind", KINDS)
def test_any_text_can_be_spoiled(text: str, kind: str) -> None:
    noised([Phrase("lv", "x", text)], kind)


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError):
        noised(PHRASES, "loud")
