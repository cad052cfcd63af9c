"""`gaisma campaign report`: how a campaign went, and what holds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from bot.campaigns import rules as campaigns
from bot.campaigns.course import stand_of
from bot.campaigns.rules import CampaignRefused
from bot.cli.campaigns import UNREACHED, row_json
from bot.cli.shell import json_option, refusing, say_json, say_table
from bot.cli.standstill import why_held
from bot.cli.watching import how_far
from bot.people.persons import shared_login
from storage import Row

NOUNS = {"sms": "SMS", "email": "e-mail", "letter": "letter", "voice": "call"}


@click.command()
@click.argument("part", metavar="ID")
@json_option
def report(part: str, as_json: bool) -> None:
    """How a campaign went: notices by state, messages by status; and what holds it, if anything."""
    with refusing(CampaignRefused) as made:
        found = campaigns.report(made.database, part)
        held = why_held(made, found.campaign, datetime.now(UTC))
        stand = stand_of(made.database, str(found.campaign["id"]))
    if as_json:
        counts = {"notices": found.notices, "messages": found.messages}
        by_channel: dict[str, dict[str, int]] = {}
        for (channel, status), many in found.channels.items():
            by_channel.setdefault(channel, {})[status] = many
        course = {"sent": stand.done, "of": stand.total, "taken_back": stand.taken_back}
        more = {
            "channels": by_channel, "unreachable": found.unreachable, "held": held,
            "course": course,
        }  # fmt: skip
        say_json(row_json(found.campaign) | counts | more)
        return
    for line in _head(found.campaign, held):
        click.echo(line)
    if found.campaign["state"] != "draft":
        click.echo(f"Notices: {how_far(stand)}")
    counted = [
        ("notice", "made into messages" if state == "queued" else state, many)
        for state, many in sorted(found.notices.items())
    ]
    counted += [
        (NOUNS.get(channel, channel), _said(channel, status), many)
        for (channel, status), many in sorted(found.channels.items())
    ]
    say_table(("what", "state", "count"), counted, empty="Nothing is in it.")
    if found.unreachable:
        click.echo(f"{UNREACHED}: {found.unreachable}")


def _said(channel: str, status: str) -> str:
    """Letters are sent by people: those that are queued are no sign that anything is stuck."""
    waits = channel == "letter" and status == "queued"
    return "queued, for: gaisma letters --out DIR" if waits else status


def _head(row: Row, held: str) -> Iterator[str]:
    yield f"{row['title']} ({row['kind']}): {row['state']}"
    if row["paused_why"] and row["paused_why"] not in held:
        yield str(row["paused_why"])
    if held:
        yield held
    if login := shared_login(row):
        yield (
            f"! Made by {row['made_by']} and approved by {row['approved_by']} from one login: "
            f"{login}."
        )
