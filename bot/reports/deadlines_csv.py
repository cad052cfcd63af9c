"""The deadlines as CSV for spreadsheets: written as it is read, safe from formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import IO

from bot.letters.batch import safe_cell
from bot.policy import RIGA
from bot.reports.deadlines import Line

COLUMNS = (
    "outage", "starts_at", "customer_number", "name", "kind", "eic", "address", "channel",
    "sent_at", "told_at", "state", "days_before", "verdict", "reason",
)  # fmt: skip


def write_csv(file: IO[str], lines: Iterable[Line]) -> None:
    """Write a header and a row a line. Times are those of Latvia, with their zone."""
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    rows.writerows(map(_cells, lines))


_FORMULA = ("=", "+", "-", "@")
# Many lines share their times; worked out anew they would take longer than the rest.
_KEPT = 4096


def _safe(text: str) -> str:
    """The text as it is, unless it has anything that a cell may not have."""
    return text if text.isprintable() and not text.startswith(_FORMULA) else safe_cell(text)


def _cells(line: Line) -> tuple[object, ...]:
    return (
        _safe(line.outage), _local(line.starts_at), _safe(line.customer_number), _safe(line.name),
        line.kind, line.eic, _safe(line.address), line.channel, _local(line.sent_at),
        _local(line.told_at), line.state, line.days, line.verdict, _safe(line.reason),
    )  # fmt: skip


@lru_cache(maxsize=_KEPT)
def _local(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(RIGA).isoformat(timespec="minutes")
