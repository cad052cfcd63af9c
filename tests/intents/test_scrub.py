"""Nobody is named in what is kept to learn from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.fold import fold
from intents.phrases import load_phrases
from intents.scrub import LONGEST, scrub

VOCABULARY = {word for phrase in load_phrases() for word in fold(phrase.text).split()}


def knows(word: str) -> bool:
    return fold(word) in VOCABULARY


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nav gaismas Brīvības ielā 105-12, Rīgā", "nav gaismas, Rīgā"),
        ("Brivibas 105 un Dzirnavu iela 40 nav gaismas", "un nav gaismas"),
        ("zvaniet 29123456, nav gaismas", "zvaniet, nav gaismas"),
        ("позвоните +371 29 123 456 нет света", "позвоните нет света"),
        ("līgums 1234567 un rēķins", "līgums un rēķins"),
        ("my contract is 1000001 LV-1010 no power", "my contract is no power"),
        ("43Z0000000000015 nav strāvas", "nav strāvas"),
        ("write to anna.ozola@example.lv about the bill", "write to about the bill"),
        ("Mani sauc Jānis Bērziņš, nav gaismas", "Mani sauc, nav gaismas"),
        ("mani sauc jānis bērziņš nav gaismas", "mani sauc nav gaismas"),
        ("Сергей Иванов, нет света", "нет света"),
        ("это анна озола, когда включат свет", "это, когда включат свет"),
        ("no power. Regards, Mary Smithson", "no power."),
        ("Bērzkalns, nav gaismas", "nav gaismas"),
        ("Zibsnī spuldzes", "Zibsnī spuldzes"),
        ("andrim nav gaismas", "nav gaismas"),
        ("у ольги нет света", "у нет света"),
        ("spriegums 180 volti jau 2 stundas", "spriegums 180 volti jau 2 stundas"),
        ("paldies", "paldies"),
        ("12345678", ""),
        ("?!", ""),
    ],
)
def test_what_tells_who_wrote_it_goes(text: str, kept: str) -> None:
    assert scrub(text, knows) == kept


def test_no_common_word_of_the_phrases_is_taken_for_a_name() -> None:
    said = {word for phrase in load_phrases() for word in phrase.text.split() if word.islower()}
    lost = {word for word in said if word.isalpha() and not scrub(f"vai {word}?", knows)[4:]}
    assert lost <= {"peter", "jānis", "anna"}, sorted(lost)


def test_what_belongs_to_the_sender_goes_in_any_case_of_it() -> None:
    private = ["Jānis Zaļkalns", "Kalnāji"]
    assert scrub("zaļkalnam kalnājos nav gaismas", knows, private) == "nav gaismas"


def test_a_story_is_not_kept() -> None:
    assert scrub("nav gaismas un " * 20, knows) == ""


@given(st.text(max_size=400))
def test_nothing_is_raised_and_no_long_number_is_left(text: str) -> None:
    kept = scrub(text, knows)
    assert len(kept) <= LONGEST
    assert not any(
        len(run) > 3 for run in "".join(c if c in "0123456789" else " " for c in kept).split()
    )
