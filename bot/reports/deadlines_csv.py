"""The deadlines as CSV for spreadsheets: written as it is read, safe from formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import IO

from bot.letters.batch import safe_cell
from bot.policy import RIGA, Policy
from bot.reports.deadlines import Line, deadline_lines
from bot.reports.parts import each_part
from bot.service import Service
from storage import Database, Row

COLUMNS = (
    "outage", "starts_at", "customer_number", "name", "kind", "eic", "address", "channel",
    "sent_at", "told_at", "state", "days_before", "verdict", "reason", "added_from",
)  # fmt: skip
END = "\r\n"


def write_csv(file: IO[str], made: Service, outages: Sequence[Row], now: datetime) -> None:
    """Write a header and a row a customer and premises of these works.

    Times are those of Latvia, with their zone.
    """
    file.write(",".join(COLUMNS) + END)
    for text in each_part(made, outages, now, rows_of):
        file.write(text)


def rows_of(database: Database, outages: Sequence[Row], policy: Policy, now: datetime) -> str:
    """The rows of these works, ends of lines included."""
    return "".join(map(_row, deadline_lines(database, outages, policy, now)))


def write_lines(file: IO[str], lines: Iterable[Line]) -> None:
    """As `write_csv`, of these lines alone."""
    file.write(",".join(COLUMNS) + END)
    file.writelines(map(_row, lines))


def cell(text: str) -> str:
    """The text as RFC 4180 wants it, and safe from formulas.

    >>> cell("Garā iela 1, Rīga")
    '"Garā iela 1, Rīga"'
    """
    plain = text.isprintable()
    if not plain or text[:1] in _FORMULA:
        text = safe_cell(text)
    if plain and "," not in text and '"' not in text:
        return text
    return '"' + text.replace('"', '""') + '"'


_FORMULA = frozenset("=+-@")
# Many lines share their times; worked out anew they would take longer than the rest.
_KEPT = 4096


def _row(line: Line) -> str:
    """One row. The writer of the library looks at each letter of all cells, and takes as long as
    reading the data; here only those that may need it are looked at."""
    sent = _local(line.sent_at)
    told = sent if line.told_at is line.sent_at else _local(line.told_at)
    reason = cell(line.reason) if line.reason else ""
    days = "" if line.days is None else line.days
    return (
        f"{cell(line.outage)},{_local(line.starts_at)},{cell(line.customer_number)},"
        f"{cell(line.name)},{line.kind},{line.eic},{cell(line.address)},{line.channel},{sent},"
        f"{told},{line.state},{days},{line.verdict},{reason},{_local(line.added_from)}{END}"
    )


@lru_cache(maxsize=_KEPT)
def _local(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(RIGA).isoformat(timespec="minutes")
