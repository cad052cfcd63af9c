"""`gaisma chat`: talk to the bot from the terminal."""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import click

from bot.cli.shell import Refusal, service
from bot.phones import phone_number


@click.command()
@click.option("--from", "sender", required=True, help="The phone number to write from.")
@click.option("--text", help="One text; without it, a conversation begins (Ctrl+D ends it).")
def chat(sender: str, text: str | None) -> None:
    """Write to the bot from this terminal: the same path as a real text.

    \b
    Example: gaisma chat --from +37120000001 --text "nav elektrības jau stundu"
    """
    from bot.turn import Inbound, Turns

    phone = phone_number(sender)
    if phone is None:
        raise Refusal(f"{sender!r} is no phone number; write it as +37120000001.")
    with service(migrate=True) as made:
        turns = Turns(made)

        def say(words: str) -> str:
            inbound = Inbound("sandbox", uuid.uuid4().hex, phone, words)
            answer = turns.take(inbound, datetime.now(UTC))
            return answer.text or "(no answer: an agent has this conversation)"

        if text is not None:
            click.echo(say(text))
            return
        turns.places.watch()  # a conversation may be a long one
        click.echo(f"You write from {phone}. Ctrl+D ends the conversation.")
        for line in _lines(click.style("> ", bold=True)):
            click.echo(click.style(say(line), fg="cyan"))


def _lines(prompt: str) -> Any:
    """What a person types (or a pipe brings), line by line, without empty ones."""
    while True:
        if prompt and sys.stdin.isatty():
            click.echo(prompt, nl=False)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.rstrip("\n")
