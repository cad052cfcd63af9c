"""The reports as rows for spreadsheets: CSV with names of its own, safe from formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from bot.letters.batch import safe_cell
from bot.reports.costs import Costs
from bot.reports.delivery import Delivery
from bot.reports.talked import HOURS, Talked
from bot.reports.unclear import Failures
from bot.reports.waits import Waits, middle_and_p90

Cell = str | int | float | None
Rows = tuple[Sequence[str], Iterable[Sequence[Cell]]]


def write(file: IO[str], rows: Rows) -> None:
    """A header and the rows; texts are kept from being formulas."""
    writer = csv.writer(file)
    writer.writerow(rows[0])
    for row in rows[1]:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])


def delivery(found: Delivery) -> Rows:
    names = ("channel", "provider", "status", "error_code", "messages")
    return names, ([row[name] for name in names] for row in found.counts)


def texts(month: Talked) -> Rows:
    """By what is counted: each intent, hour, language and day is a row."""
    return ("month", "by", "value", "texts", "without_a_person"), _texts(month)


def _texts(month: Talked) -> Iterator[Sequence[Cell]]:
    name = f"{month.first:%Y-%m}"
    yield name, "all", "", month.texts, month.texts - month.handed - month.to_agent
    for intent, many in month.intents.most_common():
        yield name, "intent", intent, many, None
    for language, many in month.languages.most_common():
        yield name, "language", language, many, None
    for hour in range(HOURS):
        yield name, "hour", hour, month.hours[hour], None
    for day, talks, alone in month.days:
        yield name, "customers_of_day", day.isoformat(), talks, alone


def waits(month: Waits) -> Rows:
    return ("month", "hour", "answered", "median_minutes", "p90_minutes", "unanswered"), _waits(
        month
    )


def _waits(month: Waits) -> Iterator[Sequence[Cell]]:
    name = f"{month.first:%Y-%m}"
    half, most = middle_and_p90(month.minutes) or (None, None)
    yield name, "all", len(month.minutes), _tenths(half), _tenths(most), month.unanswered
    for hour, minutes in sorted(month.by_hour.items()):
        half, most = middle_and_p90(minutes) or (None, None)
        yield name, hour, len(minutes), _tenths(half), _tenths(most), None


def costs(months: Sequence[Costs]) -> Rows:
    return ("month", "kind", "channel", "messages", "segments", "cost_eur"), (
        (
            f"{month.first:%Y-%m}", row.kind, row.channel, row.messages, row.segments,
            round(row.cents / 100, 2),
        )
        for month in months
        for row in month.rows
    )  # fmt: skip


def unclear(month: Failures) -> Rows:
    return ("month", "text", "language", "times", "understood_as", "score", "outcome", "meant"), (
        (
            f"{month.first:%Y-%m}", each.text, each.language, each.times, each.intent,
            round(each.score, 2), each.outcome, each.meant,
        )
        for each in month.texts
    )  # fmt: skip


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
