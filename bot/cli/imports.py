"""`gaisma import`: files of customers, premises, contacts and outages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress as Bar

from bot.cli.shell import Refusal, by_option, is_journal, json_option, say_json, service
from bot.cli.standstill import say_standstill
from bot.importing import FileRefused, ImportReport, load_file
from bot.importing.load import Progress, columns_of
from bot.service import Service
from bot.words.counted import counted


class Unusable(Refusal):
    """Nothing of the file was loaded."""

    exit_code = 2


SHOWN = 50  # problems on the screen; --json has them all


@click.group("import")
def import_() -> None:
    """Load a CSV file. Wrong rows are reported, the right ones load; twice changes nothing.

    \b
    The order: customers, premises, contacts; outages and debts.
    Exit status: 0 all rows right, 1 some rows wrong, 2 the file cannot be used.
    """


def _add(kind: str, text: str) -> None:
    columns = ", ".join(columns_of(kind).known)

    @import_.command(kind, help=f"{text}\n\nColumns: {columns}.", short_help=text)
    @click.argument("file", type=click.Path(path_type=Path))
    @by_option
    @click.option("--check", is_flag=True, help="Only say what would become of each row.")
    @json_option
    @click.pass_context
    def command(ctx: click.Context, file: Path, by: str, check: bool, as_json: bool) -> None:
        with service() as made:
            report = _load(made, kind, file, by, check=check)
            if as_json:
                say_json(report.as_json() | {"checked_only": check})
            else:
                _say(made, report, check=check)
        ctx.exit(1 if report.wrong else 0)


_add("customers", "Customers, by customer number.")
_add("premises", "Premises of known customers, by EIC.")
_add("contacts", "Mobile phones and e-mail addresses of known customers.")
_add("debts", "Debts of known customers, by reference; nobody is told by it.")
_add("outages", "Outages, by external id and sequence; makes the campaigns they call for.")


def _load(made: Service, kind: str, file: Path, by: str, *, check: bool) -> ImportReport:
    with _progress(kind) as progress:
        try:
            return load_file(
                made.database, kind, file, by=by, now=datetime.now(UTC), policy=made.policy,
                progress=progress, check=check,
            )  # fmt: skip
        except FileRefused as refused:
            raise Unusable(str(refused)) from refused


@contextmanager
def _progress(kind: str) -> Iterator[Progress]:
    # On stderr, and only for people: the summary alone goes to stdout.
    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(kind, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say(made: Service, report: ImportReport, *, check: bool) -> None:
    kept = is_journal(sys.stderr)  # a log names nobody
    for problem in report.problems[:SHOWN]:
        words = problem.for_log() if kept else str(problem)
        click.echo(f"{'note' if problem.flagged else 'wrong'}: {words}", err=True)
    if len(report.problems) > SHOWN:
        click.echo(f"... and {len(report.problems) - SHOWN} more; --json lists all.", err=True)
    for note in report.notes:
        click.echo(f"note: {note}.", err=True)
    if check:
        click.echo(f"{report.kind} would be: {report.summary()}. Nothing was loaded.")
        return
    click.echo(f"{report.kind}: {report.summary()}")
    if report.campaigns:
        many = counted(len(report.campaigns), "campaign")
        click.echo(f"{many} made. Next: gaisma campaign list")
        say_standstill(made)
