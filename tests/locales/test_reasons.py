"""Reasons in the reader's language, whatever language they were written in."""

from __future__ import annotations

import pytest

from bot.demo import works
from locales.catalogue import LANGUAGES, say
from locales.reasons import codes, reason_in, recognise


@pytest.mark.parametrize(
    ("text", "lv", "ru", "en"),
    [
        ("Koku zaru zāģēšana.", "Koku zaru zāģēšana", "обрезка деревьев", "tree cutting"),
        ("balsta nomaina", "balsta nomaina", "замена опор", "replacement of poles"),
        ("Замена счётчика", "skaitītāju nomaiņa", "Замена счётчика", "meter exchange"),
        ("fallen tree on the line", "nokritis koks", "упавшее дерево", "fallen tree on the line"),
        ("cable_damage", "kabeļa bojājums", "повреждение кабеля", "cable damage"),
    ],
)
def test_a_known_reason_is_told_in_every_language(text: str, lv: str, ru: str, en: str) -> None:
    assert [reason_in(text, language) for language in LANGUAGES] == [lv, ru, en]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Salas ielas rekonstrukcija", "lv"),
        ("Просьба жильцов", "ru"),
        ("Request of the owner", "en"),
    ],
)
def test_an_unknown_reason_is_told_in_its_own_language_only(text: str, language: str) -> None:
    assert {name: reason_in(text, name) for name in LANGUAGES} == {
        name: text if name == language else "" for name in LANGUAGES
    }


def test_no_reason_is_none() -> None:
    assert [reason_in("", language) for language in LANGUAGES] == ["", "", ""]


@pytest.mark.parametrize("code", codes())
def test_every_reason_is_recognised_by_its_own_words(code: str) -> None:
    for language in LANGUAGES:
        found = recognise(say(language, f"reason.{code}"))
        assert found is not None and found.code == code, (language, found)


def test_what_has_more_words_in_common_wins() -> None:
    found = recognise("Vētras dēļ nokrituši koki")
    assert found is not None and found.code == "fallen_tree"


def test_all_reasons_of_the_demo_are_known() -> None:
    reasons = [*works._REASONS, *(reason for _, reason, _, _ in works._ACTIVE.values())]
    assert [reason for reason in reasons if recognise(reason) is None] == []
