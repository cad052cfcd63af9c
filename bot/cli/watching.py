"""The bar that follows a campaign in the terminal: how many, how fast, how long still."""

from __future__ import annotations

from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING

import click

from bot.counted import counted
from storage import Database, canary
from storage import campaigns as rows

if TYPE_CHECKING:
    from rich.console import Console

LOOK_SECONDS = 0.5
GOING = ("approved", "canary", "sending")


@dataclass(frozen=True)
class Stand:
    """How far a campaign is, in notices; its state and why it was paused.

    `letters`: not posted yet; `only_letters`: nothing but these is still to go.
    """

    state: str
    why: str
    total: int
    done: int
    failed: int
    letters: int = 0
    only_letters: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether waiting helps: letters go when a person prints them."""
        return self.state in GOING and not (self.letters and self.only_letters)


def stand_of(database: Database, campaign_id: str) -> Stand:
    """Notices that are over: handed over, failed, or never to be sent."""
    row = canary.head(database, campaign_id)
    counts = rows.notice_counts(database, campaign_id)
    total = sum(many for state, many in counts.items() if state != "withdrawn")
    course = canary.course(database, campaign_id)
    letters, only_letters = canary.letters_left(database, campaign_id)
    waiting = sum(counts.get(state, 0) for state in ("draft", "approved", "in_doubt"))
    return Stand(
        state="" if row is None else str(row["state"]),
        why="" if row is None else str(row["paused_why"] or ""),
        total=total,
        done=max(0, total - waiting - course.waiting - letters),
        failed=course.failed,
        letters=letters,
        only_letters=only_letters,
    )


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
    failed = f", {stand.failed} failed" if stand.failed else ""
    why = f" {stand.why}" if stand.why else ""
    told = f"Campaign is {stand.state}: {stand.done} of {stand.total}{failed}.{why}"
    if stand.state in GOING and stand.letters:
        verb = "waits" if stand.letters == 1 else "wait"
        letters = counted(stand.letters, "letter")
        told += f"\n{letters} {verb}; next: gaisma letters --out DIR"
    return told
