"""Letters on paper: what a PDF reader finds on the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.account import with_account
from bot.letters import (
    compose,
    render_letter,
    split_address,
)
from bot.letters import page as layout
from bot.letters.pdf import HEIGHT, MM, WIDTH, Bar, Text
from bot.letters.typeface import Style, clean, stand_in, width, wrap
from bot.words.documents import Document, Section
from bot.words.full import document
from bot.words.subjects import Debt, Reader, Work
from locales.catalogue import LANGUAGES
from tests.bot.matters import POLICY
from tests.bot.paper import LATVIAN, LONG, NOW, RUSSIAN, SENDER, letter, places, read, words

# --- what a reader sees ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "date_line", "page_line"),
    [
        (LATVIAN, "Rīgā, 2026. gada 9. decembrī", "1. lpp. no 1"),
        (RUSSIAN, "Рига, 9 декабря 2026 года", "Стр. 1 из 1"),
        (replace(LATVIAN, language="en"), "Riga, 9 December 2026", "Page 1 of 1"),
    ],
)
def test_a_letter_is_read_back_in_its_alphabet(
    document: Document, date_line: str, page_line: str
) -> None:
    text = words(read(letter(document=document)).pages[0])
    for part in (document.subject, document.greeting, document.lead, date_line, page_line):
        assert part in text
    for label, value in document.facts:
        assert f"{label} {value}" in text
    assert "Kā sagatavoties Atvienojiet ierīces. Uzlādējiet telefonu. Ar cieņu" in text
    assert "8404" in text


def test_the_page_is_a4_and_printed_without_scaling() -> None:
    reader = read(letter())
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    preferences: Any = reader.trailer["/Root"]
    assert preferences["/ViewerPreferences"]["/PrintScaling"] == "/None"


def test_both_faces_are_embedded() -> None:
    reader = read(letter(document=RUSSIAN))
    resources: Any = reader.pages[0]["/Resources"]
    fonts = [font.get_object() for font in resources["/Font"].values()]
    assert len(fonts) >= 2
    for font in fonts:
        assert "/FontFile2" in font["/FontDescriptor"]
        assert "/ToUnicode" in font


def test_name_and_address_are_inside_the_window() -> None:
    found = {text: (x, down) for x, down, text in places(read(letter()).pages[0])}
    for line in ("Jānis Bērziņš", "Kalna iela 1-2", "Cēsis, LV-4101"):
        x, down = found[line]
        assert 20 < x < 105
        assert 45 + 17.7 < down < 90


def test_the_postcode_is_said_once() -> None:
    one = letter(postal_address=("Kalna iela 1-2", "Cēsis, LV-4101"))
    assert words(read(one).pages[0]).count("LV-4101") == 1


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ("Kalna iela 1-2, Cēsis", ("Kalna iela 1-2", "Cēsis")),
        ("Kalna iela 1-2, Cēsis, LV-4101", ("Kalna iela 1-2", "Cēsis, LV-4101")),
        ("„Liepas”, Vaives pag.,  Cēsu nov.", ("„Liepas”", "Vaives pag.", "Cēsu nov.")),
        ("Pils iela 1\nKuldīga; LV-3301", ("Pils iela 1", "Kuldīga, LV-3301")),
        ("a, b, c, d, e, f, g, h", ("a", "b", "c", "d", "e", "f, g, h")),
        (" , ", ()),
    ],
)
def test_an_address_of_one_line_is_split_for_the_envelope(
    told: str, lines: tuple[str, ...]
) -> None:
    assert split_address(told) == lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["planned_notice", "moved", "cancelled"])
def test_a_letter_about_works_takes_one_page(kind: str, language: str) -> None:
    reader = Reader("Jānis Bērziņš", "12345678", language=language)
    end = NOW + timedelta(hours=4)
    works = [Work("W1", NOW, end, "Meža iela 1", "stabu maiņa", "", NOW, end)]
    written = document(
        kind, language, works, reader, policy=POLICY, now=NOW, short_number="1880"
    )  # fmt: skip
    assert len(compose(letter(document=written), SENDER)) == 1


@pytest.mark.parametrize("kind", ["debt_first", "debt_second", "debt_disconnection"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reader", ["household", "business"])
def test_a_letter_about_a_debt_takes_one_page(kind: str, language: str, reader: Any) -> None:
    name = "Sabiedrība ar ierobežotu atbildību Garais nosaukums"
    debt = Debt(1234567, NOW.date(), "R-2041-2026-11", NOW.date())
    made = document(
        kind, language, [], Reader(name, "1000001", reader, language), policy=with_account(POLICY),
        now=NOW, extra=debt, short_number="1899",
    )  # fmt: skip
    assert len(layout.compose(replace(letter(), document=made), SENDER)) == 1


def test_long_letters_go_on_under_a_heading_of_their_own() -> None:
    pages = read(letter(document=LONG)).pages
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        text = words(page)
        assert f"{number}. lpp. no {len(pages)}" in text
        assert "L-1" in text
        assert "Sadales tīkls" in text
    assert sum(words(page).count("Teksts") for page in pages) == 40 * 20


def test_no_heading_is_left_alone_at_the_foot() -> None:
    for count in range(20, 60):
        sections = (Section("Pirms", ("rinda",) * count), Section("Virsraksts", ("rinda",) * 3))
        for page in compose(letter(document=replace(LATVIAN, sections=sections)), SENDER):
            flowing = [mark for mark in page if isinstance(mark, Text) and mark.x == layout.LEFT]
            headings = [m for m in flowing if m.lines and m.lines[0] == "Virsraksts"]
            for heading in headings:
                below = [m for m in flowing if heading.down < m.down < layout.BOTTOM]
                assert below


def test_what_the_typeface_lacks_is_shown_as_a_box() -> None:
    one = letter(document=replace(LATVIAN, lead="Gaisma 🔌 漢 \x00\ud800 e\u0304 a\u0323 ﬁ\u2011x"))
    box = stand_in()
    assert f"Gaisma {box} {box} {box} ē" in words(read(one).pages[0])
    assert clean("👨\u200d👩") == box * 2
    assert clean("ﬁ\u2011x") in ("ﬁ-x", "fi-x")


# --- whatever is written ----------------------------------------------------------------------

ANY = st.text(min_size=1, max_size=120)
LINE = st.text(st.characters(min_codepoint=32, max_codepoint=0x4FF), min_size=1, max_size=36)
PARAGRAPHS = st.lists(ANY | st.just("garš" * 60), max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    name=ANY,
    lines=st.lists(LINE, min_size=1, max_size=6),
    text=PARAGRAPHS,
    fact=st.tuples(ANY, ANY),
)
def test_nothing_is_drawn_outside_its_room(
    name: str, lines: list[str], text: list[str], fact: tuple[str, str]
) -> None:
    document = replace(LATVIAN, subject=name, facts=(fact,), sections=(Section(name, tuple(text)),))
    pages = compose(letter(name=name, postal_address=tuple(lines), document=document), SENDER)
    for page in pages:
        for mark in page:
            assert_inside(mark)
    address = [m for m in pages[0] if isinstance(m, Text) and 53 < m.down / MM < 90]
    for mark in address:
        last = mark.down + (len(mark.lines) - 1) * mark.style.leading
        assert last < layout.WINDOW_TOP + layout.WINDOW_HEIGHT
    render_letter(letter(name=name, document=document), SENDER, now=NOW)


def assert_inside(mark: Text | Bar) -> None:
    if isinstance(mark, Bar):
        assert 0 < mark.x < mark.x + mark.width <= layout.RIGHT + 0.01
        assert 0 < mark.down < HEIGHT
        return
    last = mark.down + (len(mark.lines) - 1) * mark.style.leading
    assert 14 * MM < mark.down <= last < HEIGHT - 8 * MM
    for line in mark.lines:
        assert mark.x + width(line, mark.style) <= WIDTH - 20 * MM + 0.01


@settings(max_examples=200, deadline=None)
@given(text=ANY, room=st.floats(20, 500))
def test_a_wrapped_text_keeps_its_characters(text: str, room: float) -> None:
    style = Style("regular", 10, 12)
    lines = wrap(text, style, room)
    assert "".join(lines).replace(" ", "") == clean(text).replace(" ", "").replace("\n", "")
    assert all(width(line, style) <= room + 0.01 for line in lines)


def test_a_long_name_and_six_lines_of_address_fit_the_window() -> None:
    lines = tuple(f"{number}. rindiņa ar garu adresi" for number in range(6))
    one = letter(name="Ģ" * 120, postal_address=lines)
    assert "Ģ" * 20 in words(read(one).pages[0])


def test_a_copy_is_marked_on_every_page() -> None:
    pages = read(letter(document=LONG, copy=True)).pages
    assert len(pages) > 1
    assert all("KOPIJA" in words(page) for page in pages)
    assert "KOPIJA" not in words(read(letter()).pages[0])
