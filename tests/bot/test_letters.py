"""Letters on paper: what a PDF reader finds on the pages, and what the list says of them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader

from bot.bench.letters import letters as invented
from bot.documents import Document, Section
from bot.letters import (
    BatchResult,
    Letter,
    LetterError,
    Placed,
    Postage,
    Sender,
    compose,
    render_letter,
    write_batch,
)
from bot.letters import page as layout
from bot.letters.batch import safe_cell
from bot.letters.pdf import HEIGHT, MM, WIDTH, Bar, Text
from bot.letters.typeface import Style, clean, stand_in, width, wrap

NOW = datetime(2026, 12, 9, 8, 0, tzinfo=UTC)
SENDER = Sender(
    name="Sadales tīkls",
    address="Šmerļa iela 1, Rīga, LV-1006",
    places={"lv": "Rīgā", "ru": "Рига", "en": "Riga"},
    fault_phone="8404",
    service_phone="8403",
    email="st@sadale.example",
    website="www.sadale.example",
)
POSTAGE = Postage({"LV": ((20, 134), (50, 180)), "LT": ((20, 190),), "*": ((20, 240),)})
LATVIAN = Document(
    language="lv",
    subject="Plānots elektroapgādes pārtraukums",
    greeting="Labdien!",
    lead="Āčēģīķļņšūž ĀČĒĢĪĶĻŅŠŪŽ: jo veiksim darbus.",
    facts=(("Kad", "22. decembrī no plkst. 9.00"), ("Kur", "Kalna iela 1, Cēsis")),
    sections=(Section("Kā sagatavoties", ("Atvienojiet ierīces.", "Uzlādējiet telefonu.")),),
    closing="Ar cieņu\nSadales tīkls",
)
RUSSIAN = replace(
    LATVIAN, language="ru", subject="Плановые работы", lead="Съешь ещё этих мягких булок, чаю же."
)
LONG = replace(LATVIAN, sections=(Section("Nosacījumi", tuple(["Teksts par tīklu. " * 20] * 40)),))


def letter(**changes: Any) -> Letter:
    plain = Letter(
        "L-1", "Jānis Bērziņš", ("Kalna iela 1-2", "Cēsis"), "LV-4101", LATVIAN, date(2026, 12, 9)
    )
    return replace(plain, **changes)


def write(folder: Path, *letters: Letter, **changes: Any) -> BatchResult:
    given = {"name": "batch", "postage": POSTAGE, "now": NOW, **changes}
    return write_batch(letters, folder, SENDER, **given)


def rows(made: BatchResult) -> list[dict[str, str]]:
    with made.manifest.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(one: Letter) -> PdfReader:
    return PdfReader(io.BytesIO(render_letter(one, SENDER, now=NOW)), strict=True)


def words(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


def places(page: PageObject) -> Iterator[tuple[float, float, str]]:
    """(millimetres from the left, from the top, text) of every text on a page."""
    found: list[tuple[float, float, str]] = []

    def take(text: str, _: object, matrix: list[float], *rest: object) -> None:
        if text.strip():
            found.append((matrix[4] / MM, (HEIGHT - matrix[5]) / MM, text.strip()))

    page.extract_text(visitor_text=take)
    yield from found


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


# --- the batch --------------------------------------------------------------------------------


def test_the_list_agrees_with_the_pdf(tmp_path: Path) -> None:
    heard: list[Placed] = []
    letters = [
        letter(reference="L-1"),
        letter(reference="L-2", document=LONG),
        letter(reference="L-3", document=RUSSIAN, postcode="LT-01103", name="Ona"),
    ]
    made = write(tmp_path, *letters, on_placed=heard.append)
    pages = PdfReader(made.pdf, strict=True).pages
    assert len(pages) == made.pages
    told = rows(made)
    assert [row["reference"] for row in told] == ["L-1", "L-2", "L-3"]
    for row in told:
        first, count = int(row["first_page"]), int(row["pages"])
        assert first % 2 == 1
        assert row["name"] in words(pages[first - 1])
        of = f"{count} из {count}" if row["language"] == "ru" else f"{count}. lpp. no {count}"
        assert of in words(pages[first + count - 2])
        assert int(row["sheets"]) == (count + 1) // 2
    assert [row["address_1"] for row in told] == ["Kalna iela 1-2"] * 3
    assert [each.first_page for each in heard] == [int(row["first_page"]) for row in told]
    assert made.letters == 3
    assert made.sheets == sum(int(row["sheets"]) for row in told)
    assert made.postage_cents == sum(int(row["postage_cents"]) for row in told)
    assert {(total.country, total.letters) for total in made.totals} >= {("LT", 1)}


def test_a_duplex_letter_begins_on_a_sheet_of_its_own(tmp_path: Path) -> None:
    made = write(tmp_path, letter(), letter(reference="L-2"))
    assert [row["first_page"] for row in rows(made)] == ["1", "3"]
    assert (made.pages, made.sheets) == (4, 2)
    assert words(PdfReader(made.pdf).pages[1]) == ""


def test_a_simplex_batch_has_no_blank_pages(tmp_path: Path) -> None:
    made = write(tmp_path, letter(), letter(reference="L-2"), duplex=False)
    assert [row["first_page"] for row in rows(made)] == ["1", "2"]
    assert (made.pages, made.sheets) == (2, 2)


def test_hundreds_of_letters_are_found_by_their_page(tmp_path: Path) -> None:
    made = write_batch(
        invented(300), tmp_path, SENDER, name="many", postage=POSTAGE, duplex=False, now=NOW
    )
    reader = PdfReader(made.pdf, strict=True)
    assert len(reader.pages) == 300
    assert "Jānis Bērziņš 257" in words(reader.pages[257])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "no name"),
        ({"postal_address": ("", " ")}, "no postal address"),
        ({"reference": ""}, "no reference"),
        ({"reference": "L-0"}, "already"),
        ({"postal_address": ("X" * 100,) * 20}, "too long for the window"),
        ({"document": replace(LATVIAN, sections=LONG.sections * 9)}, "no postage"),
        ({"document": replace(LATVIAN, subject="", lead="")}, "says nothing"),
    ],
)
def test_a_letter_that_cannot_be_posted_is_left_out(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    made = write(tmp_path, letter(reference="L-0"), letter(**changes), letter(reference="L-9"))
    assert [row["reference"] for row in rows(made)] == ["L-0", "L-9"]
    assert len(PdfReader(made.pdf).pages) == 4
    (refused,) = made.refused
    assert reason in refused.reason
    assert "Bērziņš" not in refused.reason


@pytest.mark.parametrize(
    ("code", "country"),
    [("LV-1010", "LV"), ("1010", "LV"), ("", "LV"), ("LT-01103", "LT"), ("EE-10111", "*"),
     ("SW1A 1AA", "*"), ("10115", "*"), ("lv-1010", "LV")],
)  # fmt: skip
def test_the_postcode_tells_the_country(code: str, country: str) -> None:
    assert POSTAGE.stamp(code, 1).country == country


def test_the_weight_tells_the_class() -> None:
    assert POSTAGE.stamp("LV-1010", 3).name == "LV 20 g"
    assert POSTAGE.stamp("LV-1010", 4).cents == 180


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 200])
def test_a_name_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LetterError, match="name of a file"):
        write(tmp_path, letter(), name=name)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "batch.csv").write_text("mine")
    with pytest.raises(LetterError, match="not overwritten"):
        write(tmp_path, letter())
    assert [path.name for path in tmp_path.iterdir()] == ["batch.csv"]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    def take(_: Placed) -> None:
        (tmp_path / "batch.csv").write_text("mine")

    with pytest.raises(LetterError, match="File exists"):
        write(tmp_path, letter(), on_placed=take)
    assert (tmp_path / "batch.csv").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["batch.csv"]


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[Letter]:
        yield letter()
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError):
        write_batch(broken(), tmp_path, SENDER, name="batch", postage=POSTAGE)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_print_is_said(tmp_path: Path) -> None:
    with pytest.raises(LetterError, match="no letter to print"):
        write(tmp_path)
    with pytest.raises(LetterError, match=r"refused: The letter has no name"):
        write(tmp_path, letter(name=""))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LetterError, match="cannot be written"):
        write(tmp_path / "nowhere", letter())


@pytest.mark.parametrize("text", ["=1+1", "+371", "-5", "@x", "\tx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_formulas_in_names_and_addresses_are_made_safe(tmp_path: Path) -> None:
    made = write(tmp_path, letter(name="=cmd()", postal_address=("@a\n\x00b", "+c")))
    (row,) = rows(made)
    assert (row["name"], row["address_1"], row["address_2"]) == ("'=cmd()", "'@a b", "'+c, LV-4101")


def test_addresses_that_cannot_be_shown_in_full_are_counted(tmp_path: Path) -> None:
    made = write(tmp_path, letter(name="王 Wei"), letter(reference="L-2"))
    assert made.unshown == 1
    assert rows(made)[0]["name"] == "王 Wei"


def test_the_same_batch_is_the_same_file(tmp_path: Path) -> None:
    first = write(tmp_path, letter(), name="one").pdf.read_bytes()
    second = write(tmp_path, letter(), name="two").pdf.read_bytes()
    title = [name.encode("utf-16-be").hex().encode() for name in ("one", "two")]
    assert first.replace(*title) == second


def test_memory_is_flat() -> None:
    """A thousand letters take hardly more than fifty: pages are not kept."""
    few, many = (
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "bot.bench.letters", "ours", str(count)],
                capture_output=True,
                check=True,
            ).stdout
        )["rss_mb"]
        for count in (50, 1000)
    )
    assert many - few < 8
