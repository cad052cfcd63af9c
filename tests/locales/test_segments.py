"""Segments are counted as a phone network cuts them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from locales.segments import BASIC, EXTENSION, Measure, count_segments, measure, split

GSM_TEXT = st.text(st.sampled_from(BASIC + EXTENSION * 4), max_size=700)
ANY_TEXT = st.text(st.sampled_from("aZ 1€{āŠйЖ😀🇱"), max_size=400)


def slow_parts(text: str) -> list[str]:
    """The obvious packer: one character after the other into the part that is open."""
    gsm = all(char in BASIC + EXTENSION for char in text)
    alone, room = (160, 153) if gsm else (70, 67)

    def cost(char: str) -> int:
        return 2 if (char in EXTENSION if gsm else ord(char) > 0xFFFF) else 1

    if sum(map(cost, text)) <= alone:
        return [text]
    parts, free = [""], room
    for char in text:
        if cost(char) > free:
            parts.append("")
            free = room
        parts[-1] += char
        free -= cost(char)
    return parts


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ā" * 70, 1),
        ("ā" * 71, 2),
        ("ā" * 134, 2),
        ("ā" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
    ],
)
def test_known_lengths_cost_known_segments(text: str, segments: int) -> None:
    assert count_segments(text) == segments


def test_an_escape_pair_is_not_cut_at_a_boundary() -> None:
    text = "a" * 152 + "€" + "a" * 152
    assert len(text) + 1 == 2 * 153
    assert split(text) == ["a" * 152, "€" + "a" * 151, "a"]
    assert count_segments(text) == 3


def test_a_surrogate_pair_is_not_cut_at_a_boundary() -> None:
    text = "ā" * 66 + "😀" + "ā" * 66
    assert [len(part) for part in split(text)] == [66, 66, 1]
    assert count_segments(text) == 3


@given(GSM_TEXT | ANY_TEXT | st.text(max_size=300))
@example("a" * 152 + "€" * 76 + "a")
def test_parts_are_those_of_the_obvious_packer(text: str) -> None:
    assert split(text) == slow_parts(text)
    assert count_segments(text) == len(slow_parts(text))


@given(GSM_TEXT | ANY_TEXT)
def test_a_measure_agrees_with_the_parts(text: str) -> None:
    found = measure(text)
    assert "".join(split(text)) == text
    assert found.segments == count_segments(text)
    assert 0 <= found.left <= found.per_segment
    assert found.left > 0 or found.segments > 1 or found.units in (160, 70)
    assert found.segments * found.per_segment >= found.units
    assert (found.encoding == "UCS-2") == bool(found.offenders)


@given(GSM_TEXT | ANY_TEXT)
def test_units_left_are_free_and_no_more(text: str) -> None:
    found = measure(text)
    assert count_segments(text + "a" * found.left) == found.segments
    if found.segments > 1 or found.left == 0:
        assert count_segments(text + "a" * (found.left + 1)) == found.segments + 1


def test_a_measure_names_who_forces_ucs_2() -> None:
    assert measure("Rīt plkst. 9–15, Rīgā") == Measure("UCS-2", 21, 1, 70, 49, ("ī", "–", "ā"))
    assert measure("10 €") == Measure("GSM-7", 5, 1, 160, 155, ())
    assert measure("") == Measure("GSM-7", 0, 1, 160, 160, ())
    assert measure("a" * 161) == Measure("GSM-7", 161, 2, 153, 145, ())


def test_the_escape_character_itself_is_no_letter() -> None:
    assert measure("a\x1bb").offenders == ("\x1b",)


def test_a_small_cedilla_is_not_in_the_alphabet_but_a_capital_one_is() -> None:
    assert measure("Ç").encoding == "GSM-7"
    assert measure("ç").encoding == "UCS-2"
