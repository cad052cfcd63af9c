"""Batches of letters: the list agrees with the PDF, and files come whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from bot.bench.letters import letters as invented
from bot.letters import (
    Letter,
    LetterError,
    Placed,
    write_batch,
)
from bot.letters.batch import safe_cell
from tests.bot.paper import LATVIAN, LONG, NOW, POSTAGE, RUSSIAN, SENDER, letter, rows, words, write


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


def test_memory_is_flat(tmp_path: Path) -> None:
    """A thousand letters take hardly more than fifty: pages are not kept."""
    folders = {count: tmp_path / str(count) for count in (50, 1000)}
    for folder in folders.values():
        folder.mkdir()
    few, many = (
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "bot.bench.letters", "ours", str(count), str(folder)],
                capture_output=True,
                check=True,
            ).stdout
        )["rss_mb"]
        for count, folder in folders.items()
    )
    assert many - few < 8
