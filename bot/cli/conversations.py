"""`gaisma conversation`: agents read, answer and hand back, until the console takes that over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import click

from bot.cli.shell import (
    Refusal,
    by_option,
    json_option,
    refusing,
    say_json,
    say_table,
    service,
)
from bot.cli.shell import say as say_
from bot.conversation.candidates import CandidateRefused, note_agent
from bot.desk import finding, handoff
from bot.service import Service
from bot.words.counted import counted
from bot.words.said import read_words
from intents.model import INTENTS
from locales.dates import local
from storage import Row, conversations, said
from storage.database import moment
from storage.search import CLOSES, OPENS

SHORT = 8
LIKELY = 0.5  # score from which a text is pointed at
TICKS = {"received": "", "queued": "...", "sending": "...", "accepted": "sent", "sent": "sent"}


@click.group()
def conversation() -> None:
    """Conversations with customers: list, show, answer, return to the bot."""


@conversation.command("list")
@click.option(
    "--which",
    type=click.Choice(["waiting", "agent", "all", "closed"]),
    default="waiting",
    show_default=True,
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def list_(which: str, limit: int, as_json: bool) -> None:
    """Who waits for a person: urgent first, then the longest wait."""
    with service() as made:
        rows = conversations.list_conversations(made.database, which, limit)
        if as_json:
            say_json([_plain(row) for row in rows])
            return
        say_table(
            ("id", "phone", "topic", "urgent", "waits since", "agent"),
            [
                (
                    row["id"][-SHORT:],
                    row["phone"],
                    row["topic"],
                    "yes" if row["urgent"] else "",
                    _clock(row["waiting_since"]),
                    row["agent"],
                )
                for row in rows
            ],
            empty={
                "waiting": "Nobody waits for a person.",
                "agent": "No agent has a conversation now.",
                "all": "Nobody has written yet.",
                "closed": "No conversation is closed.",
            }[which],
        )
        if rows:
            click.echo(f"\nNext: gaisma conversation show {rows[0]['id'][-SHORT:]}")


@conversation.command()
@click.argument("key")
@click.option("--limit", default=40, show_default=True, type=click.IntRange(1, 1000))
@json_option
def show(key: str, limit: int, as_json: bool) -> None:
    """The latest texts of a conversation, and the e-mails and letters to the same customer.

    KEY is its id (or the end of it) or a phone number.
    """
    with service() as made:
        row = _find(made, key)
        messages = conversations.timeline(made.database, row["phone"], limit)
        papers = said.papers_of(made.database, row["phone"], limit)
        if as_json:
            told = [_plain(message) for message in messages]
            say_json({**_plain(row), "messages": told, "papers": [_paper(each) for each in papers]})
            return
        owner = f"with agent {row['agent']}" if row["owner"] == "agent" else "with the bot"
        waits = f", waits since {_clock(row['waiting_since'])}" if row["waiting_since"] else ""
        click.echo(f"{row['phone']}  {owner}{waits}\n")
        lines = [(message["made_at"], _line(message, row["phone"])) for message in messages]
        # Of e-mails and letters those of the time that is shown.
        since = messages[0]["made_at"] if len(messages) == limit else ""
        lines += [
            (each["made_at"], _paper_line(each)) for each in papers if each["made_at"] >= since
        ]
        shown = [line for _, line in sorted(lines, key=itemgetter(0))]
        # Several alerts that were taken back at one time have nothing that tells them apart.
        for line, same in groupby(shown):
            many = len([*same])
            click.echo(f"{line}  ({many} times)" if many > 1 else line)


@conversation.command()
@click.argument("key")
@click.argument("text")
@by_option
@json_option
def say(key: str, text: str, by: str, as_json: bool) -> None:
    """Answer a customer. The first answer makes the conversation yours, and the bot is silent."""
    with service() as made:
        row = _find(made, key)
        try:
            parts = handoff.say(made, row["id"], agent=by, text=text, now=datetime.now(UTC))
        except handoff.CannotSay as error:
            raise Refusal(str(error)) from error
        if as_json:
            say_json({**_plain(_find(made, row["id"])), "segments": parts})
            return
        click.echo(f"In the outbox ({counted(parts, 'SMS part')}); it is yours now.")
        click.echo(f"When done: gaisma conversation return {row['id'][-SHORT:]}")


@conversation.command("return")
@click.argument("key")
@click.option(
    "--meant",
    type=click.Choice(INTENTS),
    help="What the customer's text meant that the bot was not sure of.",
)
@click.option(
    "--of",
    "message",
    default="",
    metavar="MESSAGE",
    help="With --meant: that text, by the end of its id in `conversation show`, or: last.",
)
@by_option
@json_option
def return_(key: str, meant: str | None, message: str, by: str, as_json: bool) -> None:
    """Hand a conversation back to the bot, and say what it did not understand.

    What a text meant becomes a candidate to learn from; see: gaisma phrases review
    """
    if message and not meant:
        raise Refusal("say what the text meant too: --meant INTENT.")
    with refusing(CandidateRefused) as made:
        row, now = _find(made, key), datetime.now(UTC)
        text = note_agent(made, row["phone"], meant, message, now) if meant else ""
        changed = handoff.give_back(made, row["id"], agent=by, now=now)
        if as_json:
            say_json({**_plain(_find(made, row["id"])), "changed": changed, "noted": text})
            return
        if meant:
            click.echo(f"Noted: {text!r} meant {meant}." if text else "Nothing new to learn.")
        if changed:
            click.echo("The bot answers again.")
        else:
            click.echo("The bot has it already, and nobody waits; nothing was changed.")


@conversation.command()
@click.argument("key")
@by_option
@json_option
def close(key: str, by: str, as_json: bool) -> None:
    """It is done with: nobody waits, and the bot answers what the customer writes next."""
    with service() as made:
        row = _find(made, key)
        changed = handoff.close(made, row["id"], agent=by, now=datetime.now(UTC))
        told = "Closed." if changed else "It is closed already; nothing was changed."
        say_({"id": row["id"], "changed": changed}, as_json, told)


@conversation.command()
@click.argument("key")
@click.argument("agent")
@by_option
@json_option
def assign(key: str, agent: str, by: str, as_json: bool) -> None:
    """Give a conversation to AGENT, whoever has it now; see: gaisma agent list"""
    with refusing(handoff.CannotSay) as made:
        row = _find(made, key)
        handoff.assign(made, row["id"], agent, by=by, now=datetime.now(UTC))
        say_({"id": row["id"], "agent": agent}, as_json, f"It is with {agent} now.")


@conversation.command()
@click.argument("key")
@click.argument("text")
@by_option
@json_option
def note(key: str, text: str, by: str, as_json: bool) -> None:
    """A note to colleagues beside a conversation; the customer does not see it."""
    with refusing(handoff.CannotSay) as made:
        row = _find(made, key)
        handoff.note(made, row["id"], agent=by, text=text, now=datetime.now(UTC))
        say_({"id": row["id"]}, as_json, "Noted; the console shows it.")


@conversation.command()
@click.argument("words")
@json_option
def search(words: str, as_json: bool) -> None:
    """Conversations in which all WORDS are found: in texts, names, addresses and numbers."""
    with service() as made:
        found = finding.find(made.database, words, datetime.now(UTC))
        if as_json:
            say_json([{"id": key, "excerpt": _bare(text)} for key, text in found.items()])
            return
        cells = [(key[-SHORT:], _bare(text)) for key, text in found.items()]
        say_table(("id", "text"), cells, empty="Nothing is found.")


def _bare(excerpt: str) -> str:
    return " ".join(excerpt.replace(OPENS, "").replace(CLOSES, "").split())


def _find(made: Service, key: str) -> Row:
    found = conversations.find_conversations(made.database, key.strip())
    if not found:
        raise Refusal(
            f"there is no conversation {key!r}; see: gaisma conversation list --which all"
        )
    if len(found) > 1:
        raise Refusal(f"{key!r} fits several conversations; write more of the id.")
    return found[0]


def _line(message: Row, phone: str) -> str:
    who = "customer" if message["direction"] == "in" else message["made_by"] or message["kind"]
    tick = TICKS.get(message["status"], message["status"])
    understood = f"  [{message['intent']} {message['score']:.2f}]" if message["intent"] else ""
    if message["intent"] and not message["sure"]:
        understood = f"{understood[:-1]}, not sure: {message['id'][-SHORT:]}]"
    if _is_unfiled(message):
        key = message["id"][-SHORT:]
        understood += f"  a complaint? gaisma complaint add {phone} --from {key}"
    if message["direction"] == "out":
        understood = _after(tick, message)
    return f"{_clock(message['made_at'])}  {who:>10}: {_body(message)}{understood}"


def _paper(row: Row) -> dict[str, Any]:
    """An e-mail or a letter for other programs, with its words."""
    words = read_words(row["channel"], row["body"]) if row["body"] else None
    return _plain(row) | {
        "body": None,
        "heading": words.heading if words else None,
        "text": words.text if words else None,
    }


def _paper_line(row: Row) -> str:
    """An e-mail or a letter to the customer of this phone: its heading, and how to read it all."""
    tick = TICKS.get(row["status"], row["status"])
    heading = read_words(row["channel"], row["body"]).heading if row["body"] else _body_lacks(row)
    after = _after(tick, row)
    key = row["id"][-SHORT:]
    return (
        f"{_clock(row['made_at'])}  {row['channel']:>10}: {heading}{after}"
        f"  all of it: gaisma message show {key}"
    )


def _is_unfiled(message: Row) -> bool:
    """Whether it reads as a complaint and was not filed: an agent had the conversation."""
    filed = "Complaint" in (message["events"] or "")
    return message["intent"] == "complaint" and message["score"] >= LIKELY and not filed


def _body(message: Row) -> str:
    if message["body"]:
        return str(message["body"])
    return "(an empty text)" if message["direction"] == "in" else _body_lacks(message)


def _body_lacks(message: Row) -> str:
    # The text of an alert is written when it is about to be sent.
    if message["status"] == "queued":
        return "(not written yet)"
    return f"(never written: {message['status']})"


def _after(tick: str, message: Row) -> str:
    """How far it came; of what was never written that is said in place of the text."""
    said_already = not message["body"] and message["status"] != "queued"
    return f"  ({tick})" if tick and not said_already else ""


def _plain(row: Row) -> dict[str, Any]:
    """A row for other programs, the JSON columns opened."""
    value = {name: row[name] for name in row.keys()}  # noqa: SIM118 - sqlite3.Row iterates values
    if value.get("events"):
        value["events"] = json.loads(value["events"])
    value.pop("state", None)
    return value


def _clock(stamp: str | None) -> str:
    return f"{local(moment(stamp)):%d.%m. %H:%M}" if stamp else ""
