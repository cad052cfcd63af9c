"""A CSV file as rows of named fields with their line numbers, or a sentence why it is none.

Read twice, never kept: a million rows take no more memory than one.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.importing.report import RowRefused

# Columns of the list of wrong rows, before the file's own: it is mended and loaded as it is.
REMARKS = ("wrong_line", "wrong_loaded", "wrong_columns", "wrong_because")
# What a spreadsheet takes for a formula is kept from it by an apostrophe.
_AS_TEXT = ("'=", "'+", "'-", "'@")
_AT_ONCE = 1 << 18  # bytes
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileRefused(Exception):
    """Nothing of the file can be loaded; the sentence says why and what to do."""


@dataclass(frozen=True)
class Columns:
    """The columns of a file. Of those in `one_of` at least one must be there."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return self.needed + self.optional + self.one_of


@dataclass(frozen=True)
class Line:
    """One row: where it begins in the file, and its fields without outer spaces, or why not."""

    number: int
    fields: dict[str, str]
    refused: RowRefused | None = None


class Lines:
    """The rows of a file, as often as they are asked for; `len` is how many there are.

    Raises FileRefused when the file cannot be used; all of it is checked before a row is given.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        self._path, self._columns = path, columns
        # A pipe can be read only once.
        self._kept = None if path.is_file() else _read_all(path)
        with self._open() as stream:
            _check_bytes(stream, path.name)
        with self._text() as text:
            _, rows = self._read(text)
            self._count = sum(any(map(str.strip, row)) for _, row in rows)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Line]:
        with self._text() as text:
            names, rows = self._read(text)
            yield from _lines(rows, names)

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._open(), "utf-8-sig", newline="")

    def _read(self, text: io.TextIOWrapper) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
        """(the header's names, the rows behind it)."""
        rows = _rows(self._path, text)
        _, header = next(rows, (1, []))
        return _check_header(self._path, header, self._columns), rows

    def _open(self) -> BinaryIO:
        if self._kept is not None:
            return io.BytesIO(self._kept)
        try:
            return self._path.open("rb")
        except OSError as error:
            raise FileRefused(f"{self._path} cannot be read: {error.strerror}.") from error


def _rows(path: Path, text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins. Raises FileRefused where the file is no CSV."""
    reader = csv.reader(text, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(f"{path.name}, line {begins}: {_in_words(error)}") from error
        yield begins, row


def _in_words(error: csv.Error) -> str:
    if "field limit" in str(error):
        wrong = f"a field has over {csv.field_size_limit()} characters."
    elif "expected after" in str(error):
        wrong = 'a quotation mark stands inside a field; write it twice, as "".'
    else:
        wrong = ""
    return f"{wrong} A quotation mark is probably not closed; save the file as CSV again.".strip()


def _read_all(path: Path) -> bytes:
    if path.is_dir():
        raise FileRefused(f"{path} is a folder; name the CSV file in it.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from error


def _check_bytes(stream: BinaryIO, name: str) -> None:
    """Raise FileRefused for a file that is empty or no text in UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, empty = 1, True
    start = stream.read(_AT_ONCE)
    if start.startswith(UTF_16):
        raise FileRefused(f"{name} is in UTF-16; save it as CSV in UTF-8.")
    data = start.removeprefix(codecs.BOM_UTF8)
    while data or not empty:
        if b"\0" in data:
            line += data.count(b"\n", 0, data.index(b"\0"))
            raise FileRefused(f"{name} has a NUL byte in line {line}; it is no plain CSV file.")
        try:
            decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise FileRefused(
                f"{name} is not in UTF-8 (line {line}); save it as CSV in UTF-8."
            ) from error
        if not data:
            return
        line += data.count(b"\n")
        empty = empty and not data.strip()
        data = stream.read(_AT_ONCE)
    raise FileRefused(f"{name} is empty; it needs a header and rows.")


def _check_header(path: Path, header: Sequence[str], columns: Columns) -> list[str]:
    names = [name.strip().lower() for name in header]
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and mark in names[0]:
            raise FileRefused(f"{path.name} is separated by {called}; save it as CSV with commas.")
    missing = [name for name in columns.needed if name not in names]
    if columns.one_of and not set(columns.one_of) & set(names):
        missing.append(" or ".join(columns.one_of))
    if missing:
        raise FileRefused(
            f"{path.name} lacks the column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}; the header must be: {','.join(columns.known)}"
        )
    known = (*columns.known, *REMARKS)
    if unknown := [name or "(empty)" for name in names if name not in known]:
        raise FileRefused(
            f"{path.name} has unknown columns: {', '.join(unknown)}; "
            f"the header must be: {','.join(columns.known)}"
        )
    if len(set(names)) < len(names):
        raise FileRefused(f"{path.name} has a column twice; each must be there once.")
    return names


def _lines(rows: Iterator[tuple[int, list[str]]], names: Sequence[str]) -> Iterator[Line]:
    for number, row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(row) != len(names):
            wrong = f"it has {len(row)} fields instead of {len(names)}"
            advice = "Put fields with commas in quotation marks."
            yield Line(number, {}, RowRefused("row", wrong, advice))
            continue
        fields = {
            name: cell[1:] if cell.startswith(_AS_TEXT) else cell
            for name, cell in zip(names, cells, strict=True)
            if name not in REMARKS
        }
        yield Line(number, fields)
