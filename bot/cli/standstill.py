"""Whether anything goes out at all: said to whoever makes or approves what would."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bot.channels import provider_names
from bot.service import Service
from storage.database import switch

NAMES = {"sms": "SMS", "email": "E-mails", "voice": "Calls"}


def say_standstill(made: Service) -> None:
    """One line for each reason for which nothing goes out, with what lets it go on."""
    for line in standstill(made):
        click.echo(f"! {line}", err=True)


def standstill(made: Service) -> Iterator[str]:
    """The sentences; none while everything goes out."""
    # Loaded here: few commands need the outbox, and all would start later.
    from bot.outbox import paused_switch

    if switch(made.database, "sending_stopped"):
        yield "All sending is stopped. To go on: gaisma campaign resume --all"
    for channel in provider_names(made):
        if why := switch(made.database, paused_switch(channel)):
            yield (
                f"{NAMES[channel]} are held: {why} Correct the settings, look at them with "
                "gaisma doctor, and start the service again: gaisma serve, or gaisma worker"
            )
