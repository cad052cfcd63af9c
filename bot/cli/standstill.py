"""Whether anything goes out at all: said to whoever makes or approves what would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click

from bot.campaigns import announced_preview
from bot.campaigns.rules import short_id
from bot.channels import provider_names
from bot.debts import rules as debts
from bot.policy import RIGA
from bot.service import Service
from storage import Row
from storage import campaigns as rows
from storage.database import switch
from storage.fanout import HELD

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
    if switch(made.database, "restored_at"):
        yield "A backup was put back: alerts are asked about first, or held. See: gaisma restore"
    for channel in provider_names(made):
        if why := switch(made.database, paused_switch(channel)):
            yield (
                f"{NAMES[channel]} are held: {why} Correct the settings, look at them with "
                "gaisma doctor, and start the service again: gaisma serve, or gaisma worker"
            )


WAITING = ("draft", *rows.OPEN)


def why_held(made: Service, row: Row, now: datetime) -> str:
    """In one line why what waits in a campaign does not go out now; '' when nothing holds it."""
    if row["state"] not in WAITING:
        return ""
    if found := [*standstill(made)]:
        return f"Held: {found[0]}"
    if row["kind"] == debts.KIND and (why := debts.held(made.database, row)):
        return f"Held: {why}"
    if row["state"] == "paused" and (wrong := announced_preview.wrong(made.database, row)):
        return f"Held: {wrong}"
    if row["state"] == "paused":
        why = row["paused_why"] or "it is paused."
        return f"Held: {why} To go on: gaisma campaign resume {short_id(row['id'])}"
    if row["state"] == "draft":
        return f"Held: it is a draft; next: gaisma campaign preview {short_id(row['id'])}"
    until = made.policy.after_quiet_hours(now).astimezone(RIGA)
    if row["kind"] in HELD and until > now:
        return f"Held: the quiet hours last until {until:%H:%M}; it goes on by itself then."
    if made.settings.sms_provider == "sandbox":
        return (
            "Held on this machine: SMS go to the simulated phones only; to send them: "
            "GAISMA_SMS_PROVIDER, see gaisma doctor"
        )
    return ""
