"""The bar that follows a campaign in the terminal: how many, how fast, how long still."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

import click

from bot.campaigns.course import GOING, Stand, stand_of
from bot.words.counted import counted
from storage import Database

if TYPE_CHECKING:
    from rich.console import Console

LOOK_SECONDS = 0.5


def watch_campaign(database: Database, campaign_id: str, every: float = LOOK_SECONDS) -> None:
    """Follow it until it goes no further, or only letters are left, which a person prints; a
    closing line. Without a terminal: that only."""
    # Loaded here, as for tables: most commands draw nothing.
    from rich.console import Console

    console = Console(stderr=True)
    stand = stand_of(database, campaign_id)
    if console.is_terminal and stand.goes_on:
        stand = draw(console, database, campaign_id, every)
    else:
        while stand.goes_on:
            sleep(every)
            stand = stand_of(database, campaign_id)
    click.echo(_closing(stand))


def draw(console: Console, database: Database, campaign_id: str, every: float) -> Stand:
    """The bar itself; how the campaign stood when it went no further."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    stand = stand_of(database, campaign_id)
    columns = (
        TextColumn("{task.fields[state]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=stand.total, state=stand.state, rate="")
        while stand.goes_on:
            speed = bar.tasks[0].speed
            rate = f"{speed:.0f}/s" if speed else ""
            bar.update(task, completed=stand.done, total=stand.total, state=stand.state, rate=rate)
            sleep(every)
            stand = stand_of(database, campaign_id)
    return stand


def _closing(stand: Stand) -> str:
    why = f" {stand.why}" if stand.why else ""
    told = f"Campaign is {stand.state}: {how_far(stand)}.{why}"
    if stand.state in GOING and stand.letters:
        verb = "waits" if stand.letters == 1 else "wait"
        letters = counted(stand.letters, "letter")
        told += f"\n{letters} {verb}; next: gaisma letters --out DIR"
    return told


def how_far(stand: Stand) -> str:
    """'20 of 29 sent, 9 taken back, 32 cannot be reached'."""
    more = {
        "failed": stand.failed, "taken back": stand.taken_back,
        "cannot be reached": stand.unreachable,
    }  # fmt: skip
    told = [f"{many} {what}" for what, many in more.items() if many]
    return ", ".join((f"{stand.done} of {stand.total} sent", *told))
