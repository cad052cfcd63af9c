"""`gaisma report`: who says that it is dark or dangerous where, for dispatchers; and figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from bot.cli import attention, figures, seals
from bot.cli.shell import Refusal, by_option, json_option, say, say_json, say_table, service
from bot.network import attention as attentions
from bot.network import faults
from bot.policy import RIGA
from storage import Row, Tx, reports
from storage.database import moment

LISTED = (
    "id", "made_at", "phone", "eic", "address", "town", "transformer", "feeder", "scope", "danger",
    "still_out", "outage", "state", "closed_at",
)  # fmt: skip
CLUSTER = ("transformer", "feeder", "town", "reports", "phones", "danger", "first_at", "last_at")
CLOSED_TOO = "No fault report is open. Those that were: gaisma report list --all"
FLAGS = ("danger", "still_out")


@click.group()
def report() -> None:
    """Fault reports of customers (list, close), and figures: deadlines, reach, delivery."""


@report.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those closed or taken back.")
@json_option
def list_(everything: bool, as_json: bool) -> None:
    """Open reports: dangers first, then the newest. Then transformers with several of them."""
    with service() as made:
        states = reports.STATES if everything else ("open",)
        found = reports.list_reports(made.database, states=states)
        minutes = made.policy.cluster_window_minutes
        since = datetime.now(UTC) - timedelta(minutes=minutes)
        crowds = reports.clusters(made.database, since)
        seen = attentions.look(made.database, [], made.policy)
    if as_json:
        say_json(
            {
                "reports": [_plain(row, LISTED) for row in found],
                "clusters": [_plain(row, CLUSTER) for row in crowds],
                "still_dark": [each.plain() for each in seen.still_dark],
                "window_minutes": minutes,
            }
        )
        return
    say_table(
        ("id", "time", "address", "town", "transformer", "scope", "danger", "still out", "outage",
         "state"),
        [_cells(row) for row in found],
        empty="No fault reports." if everything else CLOSED_TOO,
    )  # fmt: skip
    if crowds:
        _say_clusters(crowds, minutes)
    attention.say(seen)


@report.command()
@click.argument("parts", metavar="ID...", nargs=-1, required=True)
@by_option
@json_option
def close(*, parts: tuple[str, ...], by: str, as_json: bool) -> None:
    """Somebody has looked at these reports: they are done. ID is the end of it, as in the list."""
    with service() as made:
        ids = [_find(made.database, part.strip().lower()) for part in parts]
        count = faults.close(made.database, ids, by=by, now=datetime.now(UTC))
    say({"closed": ids}, as_json, f"Closed {count}.")


def _find(tx: Tx, part: str) -> str:
    found = reports.reports_ending(tx, part) if len(part) >= 4 else []
    if len(found) != 1:
        raise Refusal(f"no single open report ends with {part!r}; see: gaisma report list")
    return found[0]


def _say_clusters(crowds: list[Row], minutes: int) -> None:
    click.echo(f"\nSeveral reports within {minutes} minutes that no outage explains:")
    columns = ("transformer", "feeder", "town", "reports", "phones", "danger", "first", "last")
    cells = [
        (
            row["transformer"], row["feeder"], row["town"], row["reports"], row["phones"],
            _yes(row["danger"]), _clock(row["first_at"]), _clock(row["last_at"]),
        )
        for row in crowds
    ]  # fmt: skip
    say_table(columns, cells, empty="")
    first = crowds[0]["transformer"]
    click.echo(f"Next: gaisma outage add --kind unplanned --transformer {first}")


def _plain(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: bool(row[name]) if name in FLAGS else row[name] for name in names}


def _cells(row: Row) -> tuple[object, ...]:
    return (
        row["id"][-8:], _clock(row["made_at"]), row["address"], row["town"], row["transformer"],
        row["scope"], _yes(row["danger"]), _yes(row["still_out"]), row["outage"], row["state"],
    )  # fmt: skip


def _yes(flag: int) -> str:
    return "yes" if flag else ""


def _clock(at: str) -> str:
    return f"{moment(at).astimezone(RIGA):%Y-%m-%d %H:%M}"


for each in (figures.deadlines_, figures.reach_, figures.delivery_, seals.verify):
    report.add_command(each)
