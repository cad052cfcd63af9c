"""`gaisma call`: whom a person must ring up, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from bot.campaigns.rules import KIND_TITLES
from bot.cli.shell import Refusal, by_option, json_option, say, say_json, say_table, service
from bot.delivery.calls import CallRefused, finish, listed
from bot.policy import RIGA
from bot.words.counted import counted, premises
from storage.calls import STATES
from storage.database import moment

REASONS = {"life_support": "life support", "not_reached": "not reached"}


@click.group()
def call() -> None:
    """Calls that a person must make: life support at home, or nobody reached in time.

    ID is the end of a call's id, as the list shows it.
    """


@call.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those made or withdrawn.")
@json_option
def list_(everything: bool, as_json: bool) -> None:
    """Calls to make: life support first, then the most urgent. Shows phone numbers."""
    with service() as made:
        found = listed(made.database, states=STATES if everything else ("open",))
    if as_json:
        say_json(found)
        return
    say_table(
        ("id", "why", "before", "name", "language", "phones", "address", "about", "state"),
        [_cells(row) for row in found],
        empty="No calls." if everything else "No calls to make. All: gaisma call list --all",
    )
    if found and not everything:
        people = len({row["customer_number"] for row in found})
        click.echo(f"To ring up: {counted(people, 'customer')}, about {premises(len(found))}.")


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    about = KIND_TITLES[row["kind"]].lower()
    what = f"{about} {row['outage']}: {_clock(row['starts_at'])} to {_clock(row['ends_at'])}"
    state = row["state"] + (f" ({row['outcome']})" if row["outcome"] else "")
    return (
        row["id"][-8:], REASONS[row["reason"]], _clock(row["before"]), row["name"],
        row["language"], ", ".join(row["phones"]) or "none", row["address"], what, state,
    )  # fmt: skip


@call.command()
@click.argument("part", metavar="ID")
@by_option
@click.option("--outcome", default="", help="What came of it, in a few words; it is kept.")
@click.option("--not-reached", is_flag=True, help="Nobody answered: it does not count as told.")
@json_option
def done(part: str, by: str, outcome: str, not_reached: bool, as_json: bool) -> None:
    """A call was made; whoever answered counts as told, unless --not-reached."""
    with service() as made:
        try:
            row = finish(
                made.database, part, by=by, text=outcome, told=not not_reached,
                now=datetime.now(UTC),
            )  # fmt: skip
        except CallRefused as refused:
            raise Refusal(str(refused)) from refused
    told = "not reached" if not_reached else "told"
    say(row, as_json, f"Call {row['id'][-8:]} is done: {told}.")


def _clock(at: str | None) -> str:
    return f"{moment(at).astimezone(RIGA):%Y-%m-%d %H:%M}" if at else ""
