"""The deadlines of some works, or of one customer, as what is handed out: a document, a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

from bot.policy import RIGA, Policy
from bot.reports.deadlines import Line, Totals, deadline_lines
from bot.reports.deadlines_pdf import Paper, write_pdf
from bot.service import Service
from locales.catalogue import say
from storage import Database, Row, Tx, figures
from storage.database import moment

OF_CUSTOMER = 50  # works, the latest
_YEARS = timedelta(days=3 * 366)  # within which a customer may dispute


def works_of_customer(tx: Tx, customer_number: str, now: datetime) -> list[Row]:
    """Planned works at the premises of a customer, the latest first; also cancelled ones."""
    return figures.planned_at(tx, customer_number, now - _YEARS, limit=OF_CUSTOMER)


def lines_of_customer(
    database: Database, works: Sequence[Row], customer_number: str, policy: Policy, now: datetime
) -> Iterator[Line]:
    """The lines of these works that are about the customer."""
    for line in deadline_lines(database, works, policy, now):
        if line.customer_number == customer_number:
            yield line


def write_document(
    file: BinaryIO, made: Service, works: Sequence[Row], lines: Iterable[Line],
    how: tuple[str, datetime],
) -> tuple[int, Totals]:  # fmt: skip
    """The lines of these works as PDF, `how`: in which language, made when. Pages and totals."""
    language, now = how
    totals = Totals()
    off = called_off(made.database, works, language)
    paper = Paper(language, span(works), now, made.policy, off)
    return write_pdf(file, map(totals.add, lines), totals, paper), totals


def called_off(tx: Tx, works: Sequence[Row], language: str) -> str:
    """When and why the first of the works that were cancelled was; '' where none was."""
    found = [row for row in works if row["state"] == "cancelled"]
    last = figures.cancellation_of(tx, str(found[0]["id"])) if found else None
    if last is None:
        return ""
    at = f"{moment(last['at']).astimezone(RIGA):%d.%m.%Y %H:%M}"
    return say(language, "report.called_off", at=at, by=last["made_by"], why=last["reason"] or "-")


def span(works: Sequence[Row]) -> str:
    """The first and the last day on which works begin: '01.12.2026 - 20.12.2026'."""
    days = [moment(row["starts_at"]).astimezone(RIGA) for row in works]
    ends = (min(days), max(days)) if days else ()
    return " - ".join(dict.fromkeys(f"{day:%d.%m.%Y}" for day in ends))
