"""A batch of letters for the print shop: one PDF, and a list of what is where and what it costs.

Letters are taken one at a time and written at once, so a batch may be of any size. Both files
come into the folder whole, under their own names, or not at all; none is ever overwritten.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from bot.letters.page import Letter, Sender, address_lines, compose, has_stand_ins
from bot.letters.pdf import PdfWriter
from bot.letters.postage import LetterError, Postage, Stamp
from bot.letters.typeface import stand_in

ADDRESS_COLUMNS = 6
COLUMNS = (
    "reference", "name", *(f"address_{n}" for n in range(1, ADDRESS_COLUMNS + 1)), "postcode",
    "country", "language", "first_page", "pages", "sheets", "postage_class", "postage_cents",
)  # fmt: skip
_NAME = re.compile(r"\w[\w.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a letter is in the PDF (`first_page` from 1) and what it costs to post."""

    reference: str
    first_page: int
    pages: int
    sheets: int
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Refused:
    """A letter that is not in the batch, and the sentence that says why."""

    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """All letters of one country and weight class."""

    country: str
    name: str
    letters: int
    sheets: int
    cents: int


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What was written. `pages` counts the blank backs of a duplex batch, as the PDF does.

    `unshown`: letters whose address has characters that the typeface lacks.
    """

    pdf: Path
    manifest: Path
    letters: int
    pages: int
    sheets: int
    postage_cents: int
    totals: tuple[ClassTotal, ...]
    refused: tuple[Refused, ...]
    unshown: int


def write_batch(
    letters: Iterable[Letter],
    folder: Path,
    sender: Sender,
    *,
    name: str,
    postage: Postage,
    duplex: bool = True,
    on_placed: Callable[[Placed], None] | None = None,
    on_written: Callable[[str, str], None] | None = None,
    now: datetime | None = None,
) -> BatchResult:
    """Write `<name>.pdf` and `<name>.csv` into the folder.

    A letter that cannot be posted is left out and told in `refused`; `on_placed` hears of every
    other one as it is laid out, before the files have their names, and `on_written` of the sums
    (`sum_of`) of the PDF and of the list at the last moment before they do. Raises LetterError when
    there is nothing to print, a file of that name is there, or the folder cannot be written to.
    """
    if not _NAME.fullmatch(name):
        raise LetterError(f"{name!r} cannot be the name of a file; use letters, digits, - and _.")
    pdf, manifest = folder / f"{name}.pdf", folder / f"{name}.csv"
    for path in (pdf, manifest):
        if path.exists():
            raise LetterError(f"{path} is there already; it is not overwritten.")
    try:
        with _part(folder) as pdf_part, _part(folder) as csv_part:
            writer = PdfWriter(
                pdf_part, title=name, made_at=now or datetime.now(UTC), duplex=duplex
            )
            rows = csv.writer(codecs.getwriter("utf-8")(csv_part))
            batch = _Batch(writer, rows, sender, postage, duplex, on_placed)
            batch.write(letters)
            writer.close()
            if on_written is not None:
                on_written(sum_of(pdf_part), sum_of(csv_part))
            _name((pdf_part, pdf), (csv_part, manifest))
    except OSError as error:
        raise LetterError(
            f"The letters cannot be written to {folder}: {error.strerror}."
        ) from error
    return batch.result(pdf, manifest)


def render_letter(letter: Letter, sender: Sender, *, now: datetime | None = None) -> bytes:
    """One letter as a PDF, to be looked at. Raises LetterError as `compose` does."""
    file = io.BytesIO()
    writer = PdfWriter(file, title=letter.document.subject, made_at=now or datetime.now(UTC))
    for page in compose(letter, sender):
        writer.add_page(page)
    writer.close()
    return file.getvalue()


@dataclass
class _Batch:
    writer: PdfWriter
    rows: Any  # what csv.writer makes has no public name
    sender: Sender
    postage: Postage
    duplex: bool
    on_placed: Callable[[Placed], None] | None
    totals: dict[Stamp, list[int]] = field(default_factory=dict)  # letters, sheets
    refused: list[Refused] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    unshown: int = 0

    def write(self, letters: Iterable[Letter]) -> None:
        self.rows.writerow(COLUMNS)
        for letter in letters:
            try:
                self._write(letter)
            except LetterError as error:
                self.refused.append(Refused(letter.reference, str(error)))
        if not self.totals:
            first = f" The first was refused: {self.refused[0].reason}" if self.refused else ""
            raise LetterError(f"There is no letter to print.{first}")

    def _write(self, letter: Letter) -> None:
        if letter.reference in self.references:
            raise LetterError("A letter of this reference is in the batch already.")
        _check(letter)
        pages = compose(letter, self.sender)
        sheets = (len(pages) + 1) // 2 if self.duplex else len(pages)
        stamp = self.postage.stamp(letter.postcode, sheets)
        first = self.writer.page_count + 1
        for page in pages:
            self.writer.add_page(page)
        if self.duplex and len(pages) % 2:
            self.writer.add_page(())  # or the next letter would begin on this one's back
        self._count(letter, Placed(letter.reference, first, len(pages), sheets, stamp))

    def _count(self, letter: Letter, placed: Placed) -> None:
        self.references.add(letter.reference)
        self.unshown += has_stand_ins(letter, stand_in())
        total = self.totals.setdefault(placed.stamp, [0, 0])
        total[0] += 1
        total[1] += placed.sheets
        self.rows.writerow(_row(letter, placed))
        if self.on_placed is not None:
            self.on_placed(placed)

    def result(self, pdf: Path, manifest: Path) -> BatchResult:
        totals = tuple(
            ClassTotal(stamp.country, stamp.name, count, sheets, count * stamp.cents)
            for stamp, (count, sheets) in sorted(
                self.totals.items(), key=lambda each: (each[0].country, each[0].cents)
            )
        )
        return BatchResult(
            pdf=pdf,
            manifest=manifest,
            letters=sum(total.letters for total in totals),
            pages=self.writer.page_count,
            sheets=sum(total.sheets for total in totals),
            postage_cents=sum(total.cents for total in totals),
            totals=totals,
            refused=tuple(self.refused),
            unshown=self.unshown,
        )


def _check(letter: Letter) -> None:
    if not letter.reference.strip():
        raise LetterError("The letter has no reference.")
    if not letter.name.strip():
        raise LetterError("The letter has no name of a customer.")
    if not any(line.strip() for line in letter.postal_address):
        raise LetterError("The letter has no postal address.")
    if not (letter.document.subject.strip() or letter.document.lead.strip()):
        raise LetterError("The letter says nothing.")


# --- the list -------------------------------------------------------------------------------


def _row(letter: Letter, placed: Placed) -> list[str | int]:
    name, *lines = address_lines(letter)
    shown = [*lines[: ADDRESS_COLUMNS - 1], ", ".join(lines[ADDRESS_COLUMNS - 1 :])]
    shown += [""] * (ADDRESS_COLUMNS - len(shown))
    told = (letter.reference, name, *shown, letter.postcode)
    stamp = placed.stamp
    return [
        *map(safe_cell, told), stamp.country, letter.document.language, placed.first_page,
        placed.pages, placed.sheets, stamp.name, stamp.cents,
    ]  # fmt: skip


def safe_cell(text: str) -> str:
    """The text for a cell of a spreadsheet: an apostrophe before what would be a formula."""
    flat = "".join(char for char in text if char.isprintable() or char in "\t\r\n")
    return f"'{flat}" if flat.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else flat


# --- files that come whole ------------------------------------------------------------------


def sum_of(file: BinaryIO) -> str:
    """The SHA-256 of a whole file, in hexadecimal digits: who may write in its folder can change
    the file, or put another in its place, but cannot give it the same sum."""
    file.flush()
    file.seek(0)
    made = hashlib.sha256()
    while piece := file.read(1 << 20):
        made.update(piece)
    return made.hexdigest()


@contextlib.contextmanager
def _part(folder: Path) -> Iterator[BinaryIO]:
    """A file in the folder under a name of its own, gone at the end."""
    handle, path = tempfile.mkstemp(dir=folder, prefix=".letters-", suffix=".part")
    try:
        # By its number: its name may be another's file by now.
        with open(path, "w+b", opener=lambda *_: handle) as file:
            yield file
    finally:
        Path(path).unlink(missing_ok=True)


def _name(*parts: tuple[BinaryIO, Path]) -> None:
    """Give the files their names; all or none."""
    for file, _ in parts:
        file.flush()
        os.fsync(file.fileno())
        # Names and addresses: for us and the group that hands them to the print shop.
        os.fchmod(file.fileno(), 0o640)
    done: list[Path] = []
    try:
        for file, path in parts:
            _move(Path(file.name), path)
            done.append(path)
    except OSError:
        for path in done:
            path.unlink()
        raise


def _move(part: Path, path: Path) -> None:
    """Raises FileExistsError rather than overwrite, which a plain rename would."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as a share of Windows
        path.open("xb").close()
        part.replace(path)
