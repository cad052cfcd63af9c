"""`gaisma campaign redo`: make again what was stopped, one campaign or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from bot.campaigns import redo as again
from bot.campaigns.rules import CampaignRefused, short_id
from bot.cli.campaigns import local, next_step, one_or_all, row_json
from bot.cli.shell import Refusal, by_option, json_option, refusing, say, say_table
from bot.cli.standstill import say_standstill
from bot.cli.times import LocalTime
from bot.service import Service
from bot.words.counted import counted
from storage import Row
from storage import campaigns as rows


@click.command()
@click.argument("part", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="All that the last `stop --all` ended.")
@click.option("--stopped-since", "since", type=LocalTime(), help="With --all: those since then.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
@by_option
@json_option
def redo(
    part: str | None, *, everything: bool, since: datetime | None, yes: bool, by: str, as_json: bool
) -> None:
    """Make a stopped campaign again, or all, as new drafts to those who have not been told."""
    one_or_all(part, everything)
    if since and not everything:
        raise Refusal("--stopped-since goes with --all.")
    if as_json and everything and not yes:
        raise Refusal("with --json nobody is asked; say --yes.")
    with refusing(CampaignRefused) as made:
        found = again.stopped(made.database, since) if everything else []
        if everything and not as_json:
            _show(found)
        if found and not yes:
            click.confirm(f"Make {_these(found)} again?", abort=True)
        ids = _redone(made, part or "", found, by)
        new = [row for each in ids if (row := rows.campaign(made.database, each))]
        if not as_json:
            say_standstill(made)
    say([row_json(row) for row in new], as_json, "\n".join(next_step(row) for row in new))


def _redone(made: Service, part: str, found: Sequence[Row], by: str) -> list[str]:
    now = datetime.now(UTC)
    if found:
        return again.redo_all(made.database, found, by=by, now=now, policy=made.policy)
    return again.redo(made.database, part, by=by, now=now, policy=made.policy)


def _show(found: Sequence[Row]) -> None:
    say_table(
        ("id", "kind", "stopped", "not told", "title"),
        [
            (short_id(row["id"]), row["kind"], local(row["updated_at"]), row["taken_back"],
             row["title"])
            for row in found
        ],
        empty="",
    )  # fmt: skip


def _these(found: Sequence[Row]) -> str:
    many = sum(row["taken_back"] for row in found)
    return f"{counted(len(found), 'campaign')} ({counted(many, 'recipient')} not told)"
