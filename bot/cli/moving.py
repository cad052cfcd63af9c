"""`gaisma move`: from a file to a database server, with everything counted and compared."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from bot.cli.shell import Refusal, json_option, say_json, say_table


@click.command()
@click.argument("source")
@click.argument("target")
@json_option
def move(source: str, target: str, as_json: bool) -> None:
    """Carry all data over from SQLite to an empty PostgreSQL database.

    Stop the worker first; `gaisma serve --no-worker` may take texts meanwhile. Every table is
    counted and compared after the copy; if anything differs, nothing is stored. The old file is
    kept with .moved behind its name: texts that come before the service is started on the new
    database wait in GAISMA_SPOOL.
    """
    if not source.startswith("sqlite:") or not target.startswith(("postgresql:", "postgres:")):
        raise Refusal("name both: gaisma move sqlite:///var/gaisma.db postgresql://user@host/name")
    from storage.moving import move as carry_over

    def told(table: str, rows: int) -> None:
        if not as_json:
            click.echo(f"\r{table}: {rows} rows\033[K", nl=False, err=True)

    moved = carry_over(source, target, datetime.now(UTC), told)
    if as_json:
        say_json([asdict(each) for each in moved])
        return
    click.echo("\r\033[K", nl=False, err=True)
    filled = [each for each in moved if each.rows]
    say_table(("table", "rows", "checksum"), [(e.table, e.rows, e.checksum) for e in filled],
              empty="There was nothing to move.")  # fmt: skip
    click.echo(
        f"{sum(e.rows for e in moved)} rows in {len(moved)} tables moved; all alike on both sides. "
        "Set GAISMA_DATABASE_URL to the new address, keep GAISMA_SPOOL where texts wait now "
        "(beside the old file, if it is not set), and start the service and a worker."
    )
