"""Phrases as files, and the matcher that learns from them."""

import random
from pathlib import Path

import pytest

from intents.examples import ExampleIndex
from intents.fold import fold
from intents.model import INTENTS
from intents.phrases import Phrase, PhraseError, load_phrases, parse_phrases, parse_rows

_SMALL = (
    Phrase("en", "ticket", "i want to buy a ticket"),
    Phrase("en", "ticket", "one ticket to riga please"),
    Phrase("en", "weather", "will it rain tomorrow"),
    Phrase("en", "weather", "what is the weather in riga"),
)


def test_sections_comments_and_blank_lines_are_read() -> None:
    found = parse_phrases("# note\n\n[yes]\njā\n aha \n[no]\nnē\n", "lv", "lv.txt")
    assert found == [
        Phrase("lv", "yes", "jā"),
        Phrase("lv", "yes", "aha"),
        Phrase("lv", "no", "nē"),
    ]


@pytest.mark.parametrize("text", ["jā\n", "\n[maybe]\n", "\n[yes\n"])
def test_a_wrong_line_is_named_with_its_file(text: str) -> None:
    with pytest.raises(PhraseError, match=r"lv\.txt:\d"):
        parse_phrases(text, "lv", "lv.txt")


def test_rows_take_any_label_and_name_a_wrong_row() -> None:
    assert parse_rows(["en\tNone\thello\n", "\n"], "x.tsv") == [Phrase("en", "None", "hello")]
    with pytest.raises(PhraseError, match=r"x\.tsv:2"):
        parse_rows(["en\tNone\thello\n", "hello\n"], "x.tsv")


def test_a_folder_without_a_language_fails_loudly(tmp_path: Path) -> None:
    (tmp_path / "lv").mkdir()
    (tmp_path / "lv" / "talk.txt").write_text("[yes]\njā\n", "utf-8")
    with pytest.raises(PhraseError, match="ru: there is no file"):
        load_phrases(tmp_path)


def test_a_phrase_knows_its_file_and_line() -> None:
    assert {phrase.where for phrase in parse_phrases("[yes]\n\njā\n", "lv", "lv/talk.txt")} == {
        "lv/talk.txt:3"
    }


def test_every_intent_has_examples_in_every_language() -> None:
    have = {(phrase.language, phrase.intent) for phrase in load_phrases()}
    assert have == {(language, intent) for language in ("lv", "ru", "en") for intent in INTENTS}


def test_the_nearest_examples_are_named_as_they_were_written() -> None:
    best = ExampleIndex(_SMALL).rank(fold("buy one TICKET"))[0]
    assert best.intent == "ticket"
    assert set(best.because) <= {phrase.text for phrase in _SMALL if phrase.intent == "ticket"}


def test_a_slip_in_a_word_is_forgiven() -> None:
    assert ExampleIndex(_SMALL).rank(fold("wether in riga"))[0].intent == "weather"


def test_words_never_seen_match_nothing() -> None:
    assert ExampleIndex(_SMALL).rank("qqq zzz") == []
    assert ExampleIndex(_SMALL).rank("") == []


def test_no_examples_match_nothing() -> None:
    assert ExampleIndex([]).rank("nav gaismas") == []


def test_one_label_is_enough_to_learn() -> None:
    assert ExampleIndex(_SMALL[:2]).rank("ticket")[0].intent == "ticket"


def test_scores_are_shares_and_fall() -> None:
    matches = ExampleIndex(load_phrases()).rank(fold("kad ieslēgs gaismu"))
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert 0 < sum(scores) <= 1.000001
    assert not any(match.sure for match in matches[1:])


def test_phrases_left_out_are_mostly_recognised_from_the_rest() -> None:
    phrases = list(load_phrases())
    random.Random(11).shuffle(phrases)
    asked = phrases[:1000]
    index = ExampleIndex(phrases[1000:], spoil=True)
    ranked = [(index.rank(fold(phrase.text)), phrase.intent) for phrase in asked]
    right = [bool(found) and found[0].intent == intent for found, intent in ranked]
    sure = [found[0].intent == intent for found, intent in ranked if found and found[0].sure]
    assert sum(right) / len(asked) >= 0.83
    assert len(sure) / len(asked) >= 0.45
    assert sum(sure) / len(sure) >= 0.975
