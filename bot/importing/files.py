"""A CSV file as rows of named fields with their line numbers, or a sentence why it is none."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.importing.report import RowRefused

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


def read_lines(path: Path, columns: Columns) -> list[Line]:
    """All rows of a file. Raises FileRefused when the file itself cannot be used."""
    text = _read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = _rows(path, reader)
    _, header = next(rows, (1, []))
    names = _check_header(path, header, columns)
    return list(_lines(rows, names))


def _rows(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins. Raises FileRefused where the file is no CSV."""
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


def _read_text(path: Path) -> str:
    if path.is_dir():
        raise FileRefused(f"{path} is a folder; name the CSV file in it.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from error
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise FileRefused(f"{path.name} is empty; it needs a header and rows.")
    if data.startswith(UTF_16):
        raise FileRefused(f"{path.name} is in UTF-16; save it as CSV in UTF-8.")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise FileRefused(f"{path.name} has a NUL byte in line {line}; it is no plain CSV file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            f"{path.name} is not in UTF-8 (line {line}); save it as CSV in UTF-8."
        ) from error


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
    if unknown := [name or "(empty)" for name in names if name not in columns.known]:
        raise FileRefused(
            f"{path.name} has unknown columns: {', '.join(unknown)}; "
            f"the header must be: {','.join(columns.known)}"
        )
    if len(set(names)) < len(names):
        raise FileRefused(f"{path.name} has a column twice; each must be there once.")
    return names


def _lines(rows: Iterator[tuple[int, list[str]]], names: Sequence[str]) -> Iterator[Line]:
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(names):
            wrong = f"it has {len(row)} fields instead of {len(names)}"
            advice = "Put fields with commas in quotation marks."
            yield Line(number, {}, RowRefused("row", wrong, advice))
            continue
        yield Line(number, {name: cell.strip() for name, cell in zip(names, row, strict=True)})
