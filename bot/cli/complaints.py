"""`gaisma complaint`: what customers complain of, and what came of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import click

from bot.channels import provider_names
from bot.cli.shell import (
    Refusal,
    by_option,
    json_option,
    refusing,
    say,
    say_json,
    say_table,
    service,
)
from bot.conversation.candidates import CandidateRefused, note_agent
from bot.desk import complaints
from bot.phones import phone_number
from locales.dates import local
from storage import Row
from storage import complaints as rows
from storage.database import moment

SHOWN = 60  # characters of the text in a list
WAYS = {"sms": "by SMS", "email": "by e-mail", "letter": "by letter"}


@click.group("complaint")
def complaint() -> None:
    """Complaints: list, show, file one for somebody, close with an answer."""


_opened = partial(refusing, complaints.ComplaintRefused)


@complaint.command("list")
@click.option("--closed", is_flag=True, help="Those that are answered, the latest first.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_(closed: bool, limit: int, as_json: bool) -> None:
    """Open complaints, the soonest to be answered first."""
    now = datetime.now(UTC)
    with service() as made:
        found = rows.list_complaints(made.database, closed=closed, limit=limit)
        if as_json:
            say_json([_plain(row) for row in found])
            return
        say_table(
            ("number", "answer by", "customer", "language", "text"),
            [
                (
                    row["number"],
                    _day(row["answer_by"]) + (" late" if _is_late(row, now) else ""),
                    row["customer_number"],
                    row["language"],
                    row["text"].replace("\n", " / ")[:SHOWN],
                )
                for row in found
            ],
            empty="No complaint is closed." if closed else "No complaint is open.",
        )
        if found:
            click.echo(f"\nNext: gaisma complaint show {found[0]['number']}")


@complaint.command()
@click.argument("number")
@json_option
def show(number: str, as_json: bool) -> None:
    """All of a complaint."""
    with _opened() as made:
        row = complaints.find(made.database, number)
        if as_json:
            say_json(_plain(row))
            return
        click.echo(f"{row['number']}  {row['state']}  {row['phone']}  {row['customer_number']}")
        click.echo(f"filed {_day(row['made_at'])}, to be answered by {_day(row['answer_by'])}\n")
        click.echo(row["text"])
        if row["state"] == "closed":
            click.echo(f"\nclosed {_day(row['closed_at'])} by {row['closed_by']}: {row['outcome']}")


@complaint.command()
@click.argument("phone")
@click.option("--text", default="", help="What the customer said.")
@click.option(
    "--from", "message", default="", metavar="MESSAGE",
    help="A text from this phone: the end of its id in `conversation show`, or: last.",
)  # fmt: skip
@by_option
@json_option
def add(phone: str, text: str, message: str, by: str, as_json: bool) -> None:
    """File a complaint for somebody who called, or one that they texted to an agent.

    They get its number by SMS; more of an open complaint is added to it.
    """
    found = phone_number(phone)
    if found is None:
        raise Refusal("that is no phone number; write it as +37120000001.")
    if bool(text.strip()) == bool(message):
        raise Refusal('say what it is: --text "...", or --from MESSAGE.')
    file, words = (complaints.file_text, message) if message else (complaints.file_for, text)
    with _opened() as made:
        now, policy = datetime.now(UTC), made.policy
        number, answer_by = made.database.transaction(
            lambda tx: file(tx, found, words, by=by, now=now, policy=policy)
        )
        with suppress(CandidateRefused):  # a text of long ago teaches nothing
            if message:
                note_agent(made, found, "complaint", message, now)
    day = local(answer_by).date().isoformat()
    told = f"Filed as {number}, to be answered by {day}."
    say({"number": number, "answer_by": day}, as_json, told)


@complaint.command()
@click.argument("number")
@click.option("--outcome", default="", help="Whole sentences in the customer's language.")
@click.option("--upheld", "ready", flag_value=complaints.UPHELD, help="Ready words: it was right.")
@click.option(
    "--rejected", "ready", flag_value=complaints.REJECTED, help="Ready words: it was not."
)
@by_option
@json_option
def close(number: str, outcome: str, ready: str | None, by: str, as_json: bool) -> None:
    """Answer a complaint: by SMS, else e-mail, else letter, in the customer's language."""
    if bool(outcome.strip()) == bool(ready):
        raise Refusal('say what came of it: --outcome "...", or --upheld, or --rejected.')
    with _opened() as made:
        now, policy, email = datetime.now(UTC), made.policy, "email" in provider_names(made)
        told = made.database.transaction(
            lambda tx: complaints.close(
                tx, number, ready or outcome, by=by, now=now, policy=policy, email=email
            )
        )
    way = WAYS.get(told.channel, "")
    goes = f"The answer goes {way}" if way else "The customer cannot be written to; call them"
    parts = f" ({told.segments} parts)" if told.segments > 1 else ""
    value = {"number": number, "channel": told.channel, "segments": told.segments}
    say(value, as_json, f"Closed. {goes}{parts}.")


def _day(stamped: str) -> str:
    return local(moment(stamped)).date().isoformat()


def _is_late(row: Row, now: datetime) -> bool:
    return row["state"] == "open" and moment(row["answer_by"]) < now


def _plain(row: Row) -> dict[str, object]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118
