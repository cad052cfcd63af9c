"""Whole texts: what they mean, how surely, and what comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.evaluate import evaluate
from intents.model import INTENTS, LANGUAGES
from intents.phrases import Phrase
from intents.understanding import Recogniser, load_recogniser

recogniser = load_recogniser()


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("nav gaismas visaa majaa", "lv", "report_fault"),
        ("Labdien, nav gaismas", "lv", "report_fault"),
        ("paldies, bet joprojam nav", "lv", "still_out"),
        ("kad bus elektriba", "lv", "outage_status"),
        ("у нас нет света", "ru", "report_fault"),
        ("net sveta", "ru", "report_fault"),
        ("kogda vkljuchat svet", "ru", "outage_status"),
        ("vse eshe net sveta", "ru", "still_out"),
        ("power is out in our house", "en", "report_fault"),
        ("when will the power be back", "en", "outage_status"),
        ("i want to talk to a human", "en", "agent"),
        ("gribu parunāt ar dzīvu cilvēku", "lv", "agent"),
    ],
)
def test_plain_texts_are_understood(text: str, language: str, intent: str) -> None:
    heard = recogniser.understand(text)
    assert (heard.language, heard.intent) == (language, intent)


def test_a_stop_word_is_reserved_only_alone() -> None:
    assert recogniser.understand("Стоп!").reserved == "opt_out"
    assert recogniser.understand("START").reserved == "opt_in"
    assert recogniser.understand("stop, there is no light").reserved == ""


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("jā", "yes"),
        ("Да", "yes"),
        ("nē", "no"),
        ("нет", "no"),
        ("2", "choice"),
        ("otrais", "choice"),
    ],
)
def test_a_lone_answer_is_that_answer(text: str, intent: str) -> None:
    heard = recogniser.understand(text)
    assert (heard.intent, heard.sure) == (intent, True)


def test_danger_comes_before_all_else() -> None:
    heard = recogniser.understand("nav gaismas un vads uz zemes")
    assert (heard.intent, heard.danger, heard.sure) == ("danger", "sure", True)


def test_a_doubtful_word_alone_is_told_as_doubtful() -> None:
    assert recogniser.understand("горит").danger == "doubtful"


def test_a_dark_lamp_is_no_fire() -> None:
    heard = recogniser.understand("не горит свет")
    assert (heard.intent, heard.danger) == ("report_fault", "")


def test_the_language_of_the_sender_stands_when_the_text_does_not_tell() -> None:
    assert recogniser.understand("105-12", "ru").language == "ru"
    assert recogniser.understand("105-12").language == "lv"
    assert recogniser.understand("when will it be back", "ru").language == "en"


def test_it_says_on_what_it_rests() -> None:
    heard = recogniser.understand("nav elektribas visa maja")
    assert heard.because
    assert all(isinstance(text, str) for text in heard.because)


@pytest.mark.parametrize("text", ["", "   ", "?", "\ud800", "💡" * 300, "a" * 20000, "žžž qxq"])
def test_noise_is_other_and_never_sure(text: str) -> None:
    heard = recogniser.understand(text)
    assert not heard.sure or heard.intent == "other"


@given(st.text(alphabet=st.characters(), max_size=200), st.sampled_from(["", *LANGUAGES]))
def test_any_text_gives_a_whole_answer(text: str, hint: str) -> None:
    heard = recogniser.understand(text, hint)
    assert heard.intent in INTENTS
    assert heard.language in LANGUAGES
    assert 0 <= heard.score <= 1
    assert heard.text == text


def test_labels_of_another_trade_work_without_our_rules() -> None:
    rows = [
        Phrase("en", "Stop", "stop the bus"),
        Phrase("en", "Fire", "the meter is on fire"),
        Phrase("en", "Fire", "a burning socket"),
    ]
    other = Recogniser(rows)
    heard = other.understand("stop")
    assert (heard.intent, heard.reserved, heard.danger) == ("Stop", "", "")
    figures = evaluate(rows, other)
    assert figures["accuracy"] == 1.0
    assert figures["danger_recall"] is None


def test_figures_of_no_rows_are_none() -> None:
    figures = evaluate([], recogniser)
    assert figures["count"] == 0
    assert figures["accuracy"] is None
    assert figures["confusions"] == []
