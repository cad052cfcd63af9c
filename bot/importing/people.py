"""Rows of customers, premises and contacts: checked one by one, loaded in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from bot.importing import checks
from bot.importing.checks import Values
from bot.importing.files import Columns, Line
from bot.importing.report import ImportReport, RowRefused
from bot.importing.seen import Before, Seen
from storage import Database, Tx, customers, merging
from storage.lists import in_chunks
from storage.merging import Loaded

Check = Callable[[Tx, Sequence[tuple[int, Values]], ImportReport], list[tuple[int, Values]]]


@dataclass(frozen=True)
class Format:
    """One kind of file: columns, how a row is read, what makes it the same row, how it is stored.

    `owned` rows belong to a customer who must be known.
    """

    columns: Columns
    read: Callable[[dict[str, str]], Values]
    key: tuple[str, ...]
    load: Callable[[Tx, Sequence[Values], datetime], Loaded]
    owned: bool = True
    check: Check | None = None  # what only the database knows; refuses rows, gives the others
    merged: bool = False  # whether `load` takes as many rows as the engine can at once


def read_customer(fields: dict[str, str]) -> Values:
    """A row of customers.csv."""
    return {
        "customer_number": checks.customer_number(fields),
        "name": checks.text(fields, "name"),
        "kind": checks.choice(fields, "kind", ("household", "business")),
        "language": checks.language(fields),
        "postal_address": checks.text(fields, "postal_address", needed=False),
        "postcode": checks.postcode(fields),
    }


def read_premises(fields: dict[str, str]) -> Values:
    """A row of premises.csv."""
    return {
        "eic": checks.eic(fields),
        "customer_number": checks.customer_number(fields),
        "address": checks.text(fields, "address"),
        "town": checks.text(fields, "town"),
        "postcode": checks.latvian_postcode(fields),
        "meter_number": checks.text(fields, "meter_number", needed=False),
        "transformer": checks.text(fields, "transformer"),
        "feeder": checks.text(fields, "feeder"),
        "life_support": checks.flag(fields, "life_support"),
        "lat": checks.coordinate(fields, "lat", 90),
        "lon": checks.coordinate(fields, "lon", 180),
    }


def read_contact(fields: dict[str, str]) -> Values:
    """A row of contacts.csv."""
    kind = checks.choice(fields, "kind", ("mobile", "email"))
    return {
        "customer_number": checks.customer_number(fields),
        "kind": kind,
        "value": checks.contact_value(fields, kind),
        "language": checks.language(fields),
    }


def _load_contacts(tx: Tx, rows: Sequence[Values], now: datetime) -> Loaded:
    return customers.load_contacts(tx, rows, now, source="file")


FORMATS = {
    "customers": Format(
        Columns(customers.CUSTOMER),
        read_customer,
        ("customer_number",),
        customers.load_customers,
        owned=False,
        merged=True,
    ),
    "premises": Format(
        Columns(customers.PREMISES), read_premises, ("eic",), customers.load_premises, merged=True
    ),
    "contacts": Format(
        Columns(("customer_number", "kind", "value", "language")),
        read_contact,
        ("kind", "value", "customer_number"),
        _load_contacts,
        merged=True,
    ),
}


def load_rows(
    database: Database, kind: str, lines: Iterable[Line], now: datetime, *, form: Format
) -> Iterable[ImportReport]:
    """Load rows of a form, such as FORMATS has; the report so far after each chunk.

    While one chunk is being written, the next is read: half of the time goes to either.
    """
    report = ImportReport(kind)
    seen = Seen()
    written = Future[Loaded]()
    written.set_result(Loaded())
    size = merging.piece(database) if form.merged else merging.PIECE
    with ThreadPoolExecutor(1) as beside:
        for chunk in in_chunks(lines, size):
            rows = _read_chunk(form, chunk, seen, report)
            if form.check is not None and rows:
                rows = form.check(database, rows, report)
            kept = _with_owner(database, form, rows, report)
            _count(report, written.result())
            written = beside.submit(database.transaction, _loading(form, kept, now), bulk=True)
            report.without_address += sum(row.get("postal_address") == "" for row in kept)
            yield report
        _count(report, written.result())
        yield report


def _count(report: ImportReport, loaded: Loaded) -> None:
    report.new += loaded.new
    report.changed += loaded.changed
    report.same += loaded.same


def _loading(form: Format, rows: Sequence[Values], now: datetime) -> Callable[[Tx], Loaded]:
    return lambda tx: form.load(tx, rows, now)


def _read_chunk(
    form: Format, chunk: Sequence[Line], seen: Seen, report: ImportReport
) -> list[tuple[int, Values]]:
    rows = []
    for line in chunk:
        try:
            if line.refused is not None:
                raise line.refused
            row = form.read(line.fields)
            key = tuple(row[name] for name in form.key)
            before = seen.add(key, tuple(row.values()), line.number)
            if before is None:
                rows.append((line.number, row))
            else:
                note_repetition(report, line.number, form.key[0], before)
        except RowRefused as refused:
            report.refuse(line.number, refused)
    return rows


def note_repetition(report: ImportReport, line: int, name: str, before: Before) -> None:
    """A row that is in the file twice: flagged when it says the same, else refused."""
    if before.same:
        report.same += 1
        report.flag(line, name, f"the row is also on line {before.line}", "Once is enough.")
        return
    raise RowRefused(
        name, f"line {before.line} says something else of the same", "Keep the one that is right."
    )


def _with_owner(
    database: Database, form: Format, rows: Sequence[tuple[int, Values]], report: ImportReport
) -> list[Values]:
    """The rows whose customer is known; the others are refused."""
    if not form.owned:
        return [row for _, row in rows]
    known = customers.known_customers(database, (row["customer_number"] for _, row in rows))
    kept = []
    for line, row in rows:
        if row["customer_number"] in known:
            kept.append(row)
            continue
        wrong = f"there is no customer {row['customer_number']!r}"
        advice = "Load customers.csv first, or correct the number."
        report.refuse(line, RowRefused("customer_number", wrong, advice))
    return kept
