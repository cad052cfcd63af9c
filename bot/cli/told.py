"""`gaisma outage told`: what each customer was told of one outage, and whether it arrived."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import floor
from typing import Any

import click

from bot.cli.shell import Refusal, json_option, say_json, say_table, service
from bot.network.outages import OutageRefused, find
from bot.policy import RIGA
from bot.privacy import mask
from bot.reports.months import days_before
from bot.words.said import read_words
from storage import Row, figures
from storage.database import maybe_moment, moment

SHORT = 8  # characters of a message's id that a list shows
NAMES = (
    "kind", "customer_number", "eic", "address", "channel", "peer", "status", "notice_state",
    "error_code", "due_at", "sent_at", "done_at", "late_reason", "approved_by", "message",
)  # fmt: skip


@click.command("told")
@click.argument("part", metavar="ID")
@click.option("--customer", default="", metavar="NUMBER", help="Only this customer.")
@click.option("--limit", type=click.IntRange(1), default=1000, help="At most so many lines.")
@json_option
def told(*, part: str, customer: str, limit: int, as_json: bool) -> None:
    """Who was told what of an outage, when, by which channel, and whether it arrived.

    Phone numbers are shown in part, unless --customer names whose they are; then also what each
    message said. Of one alone: gaisma message show MESSAGE
    """
    with service() as made:
        try:
            row = find(made.database, part)
        except OutageRefused as refused:
            raise Refusal(str(refused)) from refused
        found = figures.told_of(
            made.database, str(row["id"]), customer.strip().upper(), limit=limit + 1
        )
    more, found = len(found) > limit, found[:limit]
    if as_json:
        say_json([_plain(each, whole=bool(customer)) for each in found])
        return
    say_table(
        (
            "customer",
            "address",
            "what",
            "channel",
            "to",
            "status",
            "at",
            "arrived",
            "days before",
            "message",
        ),
        [_cells(each, whole=bool(customer)) for each in found],
        empty=_nobody(customer),
    )
    for line in _words(found) if customer else ():
        click.echo(line)
    if more:
        click.echo(f"... and more; --limit {limit * 10} shows them, or --customer NUMBER.")


def _nobody(customer: str) -> str:
    if not customer:
        return "Nobody was told, and nobody is to be."
    return f"{customer.strip().upper()} was not told of it, and is not to be."


def _plain(row: Row, *, whole: bool) -> dict[str, Any]:
    plain = {name: row[name] for name in NAMES}
    said = read_words(row["channel"], row["body"]) if row["body"] else None
    return plain | {
        "peer": _peer(row, whole=whole),
        "days_before": _days(row),
        "heading": said.heading if said else None,
        "text": said.text if said else None,
    }


def _words(rows: Sequence[Row]) -> Iterator[str]:
    """What the messages said, each once: one may tell of several premises."""
    bodies = {row["message"]: row for row in rows if row["body"]}
    for id_, row in bodies.items():
        said = read_words(row["channel"], row["body"])
        yield f"\n{row['channel']} {id_[-SHORT:]}, {_local(row['sent_at']) or 'not sent'}:"
        yield textwrap.indent("\n\n".join(filter(None, (said.heading, said.text))), "    ").rstrip()


def _cells(row: Row, *, whole: bool) -> tuple[object, ...]:
    status = row["status"] or row["notice_state"]
    if row["error_code"]:
        status = f"{status} ({row['error_code']})"
    arrived = row["done_at"] if row["status"] == "delivered" else None
    return (
        row["customer_number"] or "(asked)", row["address"], row["kind"], row["channel"],
        _peer(row, whole=whole), status, _local(row["sent_at"]), _local(arrived), _days(row),
        (row["message"] or "")[-SHORT:],
    )  # fmt: skip


def _peer(row: Row, *, whole: bool) -> str:
    peer = str(row["peer"] or row["phone"])
    return mask(peer) if ("@" in peer or peer.startswith("+")) and not whole else peer


def _days(row: Row) -> float | None:
    """Days before the start that the message names; None while it is not sent."""
    sent = maybe_moment(row["sent_at"])
    if sent is None:
        return None
    return floor(days_before(moment(row["said_starts_at"]), sent.astimezone(UTC)) * 10) / 10


def _local(at: str | None) -> str:
    found: datetime | None = maybe_moment(at)
    return "" if found is None else f"{found.astimezone(RIGA):%Y-%m-%d %H:%M}"
