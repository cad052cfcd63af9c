"""The one door for files: reads, checks and loads one, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from bot.alerts import Act
from bot.importing import debts, outages, people
from bot.importing.files import Columns, Line, Lines
from bot.importing.report import ImportReport
from bot.policy import Policy
from storage import Database
from storage.rehearsal import rehearse

FORMATS = {**people.FORMATS, "debts": debts.FORM}
KINDS = (*FORMATS, "outages")
Progress = Callable[[int, int], None]


def load_file(
    database: Database,
    kind: str,
    path: Path,
    *,
    by: str,
    now: datetime,
    policy: Policy,
    progress: Progress | None = None,
    check: bool = False,
) -> ImportReport:
    """Load a file of one of the KINDS; `progress(rows done, rows in all)` is called on the way.

    With `check` each row is tried as it would be loaded, and nothing is kept: the report has no
    campaigns, and what two rows of the file do to each other shows only when they are loaded.

    Raises FileRefused when nothing of the file can be used; a wrong row is only reported.
    """
    lines = Lines(path, columns_of(kind))
    if check:
        database = rehearse(database)
    steps: Iterable[ImportReport]
    if kind == "outages":
        steps = outages.load_rows(database, lines, Act(by), now, policy=policy)
    else:
        steps = people.load_rows(database, kind, lines, now, form=FORMATS[kind])
    report = ImportReport(kind)
    for report in steps:
        if progress is not None:
            done = report.new + report.changed + report.same + report.older + report.wrong
            progress(done, len(lines))
    report.problems.sort(key=lambda problem: problem.line)
    return report


def columns_of(kind: str) -> Columns:
    """The columns of a kind of file."""
    return outages.COLUMNS if kind == "outages" else FORMATS[kind].columns


def key_of(kind: str) -> str:
    """The column that names a row: external_id, eic or customer_number."""
    return columns_of(kind).needed[0]


def rows_of(kind: str, path: Path) -> Iterator[Line]:
    """The rows of a file again, as they stand in it; those of the wrong length have no fields."""
    yield from Lines(path, columns_of(kind))
