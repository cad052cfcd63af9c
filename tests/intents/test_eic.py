"""EIC codes: the check character, and codes as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import eic

# Published area and party codes: they hold whatever this module thinks.
PUBLISHED = ["10YLV-1001A00074", "10YFI-1--------U", "10YGB----------A", "10YNO-0--------C"]
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
CODE = eic.make("43Z000001234567")
first15 = st.text(ALPHABET, min_size=15, max_size=15)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_valid(code: str) -> None:
    assert eic.valid(code)
    assert eic.make(code[:15]) == code


@pytest.mark.parametrize("wrong", ["", "43X", "43Z0000012345ē78", "43z000001234567" + CODE[-1]])
def test_what_is_not_a_code_is_not_valid(wrong: str) -> None:
    assert not eic.valid(wrong)
    with pytest.raises(ValueError, match="15 characters"):
        eic.check_character(wrong[:14])


@given(first15, st.integers(0, 14), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(start: str, place: int, other: str) -> None:
    if eic.check_character(start) == "-":
        with pytest.raises(ValueError, match="end in"):
            eic.make(start)
        return
    code = eic.make(start)
    changed = code[:place] + other + code[place + 1 :]
    assert eic.valid(changed) == (other == code[place])


def test_a_code_ending_in_a_dash_is_never_valid() -> None:
    start = next(
        text for text in (f"43Z{n:012d}" for n in range(100)) if eic.check_character(text) == "-"
    )
    assert not eic.valid(start + "-")


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        f"nav gaismas, EIC {CODE}.",
        f"{CODE}: nav strāvas",
        f"{CODE[:4]} {CODE[4:8]} {CODE[8:12]} {CODE[12:]} nav gaismas",
        f"{CODE[:4]}-{CODE[4:8]}-{CODE[8:12]}-{CODE[12:]}",
        f"43 z {CODE[3:]}",
        f"мой код {CODE}",
    ],
)
def test_a_code_is_found_however_it_is_typed(typed: str) -> None:
    assert eic.find(typed) == (CODE, True)


def test_cyrillic_letters_that_look_latin_are_read_as_latin() -> None:
    code = eic.make("43X0000ABEKMHOP")
    typed = code.translate(str.maketrans("XABEKMHOPCTY", "ХАВЕКМНОРСТУ"))
    assert typed != code
    assert eic.find(typed.lower()) == (code, True)


def test_a_dash_inside_a_code_stays() -> None:
    code = eic.make("43X-GAISMA-TEST")
    assert eic.find(f"kods {code.lower()}") == (code, True)


def test_a_mistyped_code_is_found_as_invalid() -> None:
    wrong = CODE[:8] + ("0" if CODE[8] != "0" else "1") + CODE[9:]
    assert eic.find(f"eic {wrong}") == (wrong, False)


@pytest.mark.parametrize(
    "text",
    ["", "nav gaismas", "43", "43z", CODE[:-1], CODE + "7", "43 tv kanali un internets", "143Z5"],
)
def test_text_without_a_code_has_none(text: str) -> None:
    assert eic.find(text) is None


@given(st.text())
def test_finding_never_raises(text: str) -> None:
    eic.find(text)
    eic.find("43x" + text)


@given(first15)
def test_a_right_code_among_words_is_found(start: str) -> None:
    start = "43Z" + start[3:]
    if eic.check_character(start) != "-":
        assert eic.find(f"kods {eic.make(start)} paldies") == (eic.make(start), True)
