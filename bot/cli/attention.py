"""What `bot.network.attention` found, for people at the command line."""

from __future__ import annotations

import click

from bot.cli.shell import say_table
from bot.network.attention import Seen, StillDark
from bot.policy import RIGA
from storage.database import moment


def say(seen: Seen) -> None:
    """For people: what to look at, and the command for it."""
    for outage_id, ends in seen.passed.items():
        name = seen.names[outage_id]
        click.echo(
            f"{name}: its time, {_local(ends)}, has passed, and customers were told so. "
            f"Next: gaisma outage move {name} --ends TIME, or gaisma outage restore {name}"
        )
    if not seen.still_dark:
        return
    click.echo("\nStill dark after the power came back:")
    say_table(
        ("outage", "transformer", "feeder", "town", "answers", "last", ""),
        [_cells(each) for each in seen.still_dark],
        empty="",
    )
    first = seen.still_dark[0].row
    where = f" --transformer {first['transformer']}" if first["transformer"] else ""
    click.echo(f"Next: gaisma outage reopen {first['outage']}{where}")


def _cells(each: StillDark) -> tuple[object, ...]:
    row = each.row
    return (
        row["outage"], row["transformer"], row["feeder"], row["town"], row["answers"],
        _local(row["last_at"]), "SEND SOMEBODY" if each.flagged else "",
    )  # fmt: skip


def _local(at: str) -> str:
    return f"{moment(at).astimezone(RIGA):%Y-%m-%d %H:%M}"
