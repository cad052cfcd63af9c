"""What the lists of outages and reports point at: times that passed, homes that stayed dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from bot.cli.shell import say_table
from bot.policy import RIGA, Policy
from storage import Row, Tx, promises, still_dark
from storage.database import moment


@dataclass(frozen=True)
class StillDark:
    """Answers "still dark" from one transformer of an outage that is over; flagged when many."""

    row: Row
    flagged: bool

    def plain(self) -> dict[str, Any]:
        """For programs."""
        names = ("outage", "transformer", "feeder", "town", "answers", "first_at", "last_at")
        return {name: self.row[name] for name in names} | {"flagged": self.flagged}


@dataclass(frozen=True)
class Seen:
    """What was found: the passed time by outage id, its external id, and who is still dark."""

    passed: dict[str, str]
    names: dict[str, str]
    still_dark: list[StillDark]

    def of(self, row: Row) -> dict[str, Any]:
        """What a program reads of one outage: the time that passed, answers "still dark"."""
        own = [each for each in self.still_dark if each.row["outage_id"] == row["id"]]
        answers = sum(int(each.row["answers"]) for each in own)
        return {"time_passed": self.passed.get(str(row["id"])), "still_dark": answers}


def look(tx: Tx, found: Sequence[Row], policy: Policy) -> Seen:
    """What to point at among these outages, and everywhere who is still in the dark."""
    open_ = {
        str(row["id"]): str(row["external_id"])
        for row in found
        if row["kind"] == "unplanned" and row["state"] == "active" and row["ends_at"] is None
    }
    enough = policy.cluster_still_dark_answers
    dark = [StillDark(row, row["answers"] >= enough) for row in still_dark.counts(tx)]
    return Seen(promises.passed_ends(tx, list(open_)), open_, dark)


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
