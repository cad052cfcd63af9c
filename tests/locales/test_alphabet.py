"""Texts in the cheap alphabet, and texts without what is never meant."""

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.alphabet import clean, gsm7, plain, to_policy

WILD = st.text(st.characters(exclude_categories=()), max_size=60)
LATVIAN = "aābcčdeēfgģhiījkķlļmnņoprsštuūvzž" + "AĀBCČDEĒFGĢHIĪJKĶLĻMNŅOPRSŠTUŪVZŽ"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Paziņojums – „rīt” no 9.00…", 'Pazinojums - "rit" no 9.00...'),
        ("ĀČĒĢĪĶĻŅŌŖŠŪŽ āčēģīķļņōŗšūž", "ACEGIKLNORSUZ acegiklnorsuz"),
        ("Ēriks\u00a0Kļava, 5\u202f000 kWh", "Eriks Klava, 5 000 kWh"),
        ("Labdien 😀 jums", "Labdien jums"),
        ("Labi 👍🏽!", "Labi!"),
        ("“it’s” −25 °C ½ №5", '"it\'s" -25C 1/2 Nr.5'),
        ("Привет «мир» — ёйЙ", 'Привет "мир" - ёйЙ'),
        ("Łódź, Þór, Đà, œuvre", "Lodz, Thor, Dà, oeuvre"),
        ("10 € ir OK @ 100%", "10 € ir OK @ 100%"),
        ("a\u0304 и\u0306", "a й"),
        ("😀", ""),
        ("", ""),
    ],
)
def test_plain_text_keeps_its_meaning(text: str, told: str) -> None:
    assert plain(text) == told


@given(st.text(st.sampled_from(LATVIAN + " .,-„“”–…\u00a0😀0123456789"), max_size=200))
def test_latvian_always_fits_the_cheap_alphabet(text: str) -> None:
    assert gsm7(plain(text))


@given(st.text(st.characters(min_codepoint=0x400, max_codepoint=0x45F), max_size=50))
def test_cyrillic_is_not_touched(text: str) -> None:
    assert plain(text) == text


@given(WILD)
def test_plain_never_fails_and_is_plain_at_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert to_policy(text, "plain") == plain(text)
    to_policy(text, "full")


def test_full_text_keeps_letters_and_emoji() -> None:
    assert to_policy("Rīt – „plkst.” 9", "full") == "Rīt – „plkst.” 9"
    assert to_policy("Hi 😀 – ok", "full") == "Hi 😀 – ok"


def test_full_text_is_not_dearer_for_a_curly_quotation_mark() -> None:
    assert to_policy("We’re – sorry…\u00a0ok", "full") == "We're - sorry... ok"


@given(WILD)
def test_clean_text_is_legal_xml_and_utf_8(text: str) -> None:
    told = clean(text)
    told.encode("utf-8")
    assert (ET.fromstring(f"<a>{escape(told)}</a>").text or "") == told
    assert clean(told) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("viens\r\ndivi\rtrīs\u2028četri", "viens\ndivi\ntrīs\nčetri"),
        ("a\x00b\x1bc\x7fd\x9be", "abcde"),
        ("a\ud800b", "ab"),
        ("\u202eabc\u202c\u2066d\u2069\u200f", "abcd"),
        ("a\u200bb\u200dc\ufeffd\u2060e", "abcde"),
        ("\ufdd0\ufffe\U0001ffffok", "ok"),
        ("viens\tdivi", "viens divi"),
        ("Nav gaismas 😡 👩‍👩‍👧 ❤️ 👍🏽 🇱🇻", "Nav gaismas 😡 👩‍👩‍👧 ❤️ 👍🏽 🇱🇻"),
        ("Свет погас, ёлки", "Свет погас, ёлки"),
        ("שלום नमस्ते", "שלום नमस्ते"),
    ],
)
def test_clean_drops_only_what_is_never_meant(text: str, told: str) -> None:
    assert clean(text) == told


def test_letters_of_names_go_in_english_only_where_that_saves_a_segment() -> None:
    short, long = "No power, Brīvības 105", "No power, Brīvības 105. " + "We are at work. " * 4
    assert to_policy(short, "full", "en") == short
    assert to_policy(long, "full", "en") == plain(long)
    assert to_policy(long, "full", "lv") == to_policy(long, "full") == long


def test_latvian_letters_stay_in_a_russian_text_where_they_cost_nothing() -> None:
    text = "Нет света, Brīvības 105. " * 6
    assert to_policy(text, "full", "ru") == text
