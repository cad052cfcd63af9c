"""Slips of the thumb and words run together, read as the words of the examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.concepts import load_concepts
from intents.fold import fold
from intents.mend import Mender
from intents.understanding import load_recogniser

COUNTS = {"nav": 9, "visa": 9, "maia": 9} | dict.fromkeys(
    ("elektribas", "gaismas", "gaisma", "kad", "bus"), 3
)
mender = Mender(COUNTS, load_concepts().exactly)


@pytest.mark.parametrize("spoiled", ["elektirbas", "elekribas", "elektribass", "lektribas"])
def test_a_slip_anywhere_in_a_word_is_mended(spoiled: str) -> None:
    plain = Mender(COUNTS, lambda _word: False)
    assert plain.mend(spoiled) == ("elektribas",)


def test_words_run_together_are_parted() -> None:
    assert mender.mend("navgaismas") == ("nav", "gaismas")
    assert mender.mend("navgaismasvisamaia") == ("nav", "gaismas", "visa", "maia")


def test_words_of_the_examples_and_digits_are_left_alone() -> None:
    assert mender.mend("gaismas") == ("gaismas",)
    assert mender.mend("0000") == ("0000",)


def test_a_word_that_means_something_is_no_slip() -> None:
    assert mender.mend("gaismu") == ("gaismu",)


def test_an_unknown_word_stays_whole() -> None:
    assert mender.mend("pfrtkwz") == ("pfrtkwz",)


@given(st.text(alphabet="abdegikmnrsv", max_size=90))
def test_letters_are_never_made_up_beyond_slips(word: str) -> None:
    parts = mender.mend(word)
    assert abs(sum(map(len, parts)) - len(word)) <= len(parts)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("navgaismasvisamaja", "report_fault"),
        ("у насопять нетсвета", "report_fault"),
        ("whenwill the powerbe back", "outage_status"),
    ],
)
def test_a_glued_text_is_understood(text: str, intent: str) -> None:
    assert load_recogniser().understand(text).intent == intent


@pytest.mark.parametrize("text", ["vadsuzzemes", "проводискрит у дома", "thewireison the ground"])
def test_a_danger_run_together_is_a_danger(text: str) -> None:
    assert load_recogniser().understand(text).danger == "sure"


def test_a_mended_text_has_the_words_of_the_examples() -> None:
    index = load_recogniser()._matcher
    assert index.mended(fold("kad būselektrība")) == fold("kad būs elektrība")
