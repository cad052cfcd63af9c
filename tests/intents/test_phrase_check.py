"""The files of phrases are in order, and what is out of order is found by file and line."""

from pathlib import Path

import pytest

from intents.model import INTENTS
from intents.phrase_check import check_files, check_phrases, enough
from intents.phrases import Phrase, PhraseError, load_phrases


def sentences(*phrases: Phrase) -> list[tuple[str, str]]:
    """What is found about a few phrases, without that there are too few."""
    return [
        (found.where, found.sentence)
        for found in check_phrases(phrases)
        if "at least" not in found.sentence
    ]


def test_the_phrases_that_come_with_the_program_are_in_order() -> None:
    assert check_files() == []


def test_the_same_text_under_two_intents_is_a_contradiction() -> None:
    ((where, sentence),) = sentences(
        Phrase("lv", "report_fault", "Nav gaismas!", "lv/faults.txt:5"),
        Phrase("lv", "still_out", "nav  gaismas", "lv/faults.txt:9"),
    )
    assert where == "lv/faults.txt:9"
    assert "still_out here and report_fault at lv/faults.txt:5" in sentence


def test_a_contradiction_between_languages_is_found_and_a_shared_word_is_none() -> None:
    shared = Phrase("lv", "thanks", "super"), Phrase("en", "thanks", "super")
    assert sentences(*shared) == []
    assert len(sentences(Phrase("lv", "no", "ne"), Phrase("ru", "yes", "не"))) == 1


def test_a_text_twice_is_found_in_whatever_spelling() -> None:
    ((where, sentence),) = sentences(
        Phrase("ru", "outage_status", "долго ещё", "ru/status.txt:4"),
        Phrase("ru", "outage_status", "Dolgo eshe?", "ru/status.txt:8"),
    )
    assert (where, "ru/status.txt:4 already" in sentence) == ("ru/status.txt:8", True)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("when will electricity be back in Ogre", "when will electricity be bak in ogre", True),
        ("no power at our house since morning", "since morning no power at our house", True),
        ("there is light", "there is no light", False),
        ("register this number", "unregister this number", False),
    ],
)  # fmt: skip
def test_only_the_same_sentence_is_nearly_the_same(one: str, other: str, alike: bool) -> None:
    found = sentences(
        Phrase("en", "outage_status", one, "a:1"), Phrase("en", "other", other, "a:2")
    )
    assert [where for where, _ in found] == (["a:2"] if alike else [])


def test_a_line_in_the_wrong_language_is_found_among_all_others() -> None:
    planted = Phrase("ru", "outage_status", "cik ilgi vēl jāgaida uz jūsu meistariem", "ru/x.txt:7")
    found = sentences(*load_phrases(), planted)
    assert [where for where, _ in found] == ["ru/x.txt:7"]
    assert "looks Latvian" in found[0][1]


def test_a_text_longer_than_an_sms_and_one_without_a_letter_are_found() -> None:
    found = sentences(Phrase("en", "other", "so " * 60, "a:1"), Phrase("en", "other", "+", "a:2"))
    assert [where for where, _ in found] == ["a:2", "a:1"]


def test_intents_with_few_phrases_are_named_with_what_they_need() -> None:
    found = [each.sentence for each in check_phrases([Phrase("lv", "danger", "vads guļ")])]
    assert len(found) == 3 * len(INTENTS)
    assert any(sentence.startswith("danger has 1 Latvian phrase") for sentence in found)
    assert (enough("danger"), enough("opt_in"), enough("other")) == (60, 25, 300)


def test_every_wrong_line_is_told_not_only_the_first(tmp_path: Path) -> None:
    for language in ("lv", "ru", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "talk.txt").write_text("hm\n[maybe]\nx\n[yes]\n", "utf-8")
    found = check_files(tmp_path)
    assert [each.where for each in found[:2]] == ["lv/talk.txt:1", "lv/talk.txt:2"]
    with pytest.raises(PhraseError):
        check_files(tmp_path / "lv")
