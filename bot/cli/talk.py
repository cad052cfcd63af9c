"""`gaisma chat`: talk to the bot from the terminal."""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.shell import Refusal, say_json, service
from bot.phones import phone_number
from bot.service import Service

FIRST_PHONE = "+37120000001"
SILENT = "(no answer: an agent has this conversation)"


@click.command()
@click.option(
    "--from", "sender", default=FIRST_PHONE, show_default=True, help="The phone to write from."
)
@click.option("--text", help="One text and its answer; without it, a talk begins.")
@click.option("--json", "as_json", is_flag=True, help="Answers in JSON, one object a line.")
def chat(sender: str, text: str | None, as_json: bool) -> None:
    """Write to the bot from this terminal: the same path as a real text.

    In a terminal it is a messenger: the texts of this phone, alerts as they arrive, /help for what
    else it can do. From a pipe each line is a text, and its answer is printed.
    """
    phone = phone_number(sender)
    if phone is None:
        raise Refusal(f"{sender!r} is no phone number; write it as {FIRST_PHONE}.")
    with service(migrate=True) as made:
        if text is None and not as_json and _is_terminal():
            _open_messenger(made, phone)
        else:
            _talk_in_lines(made, phone, text, as_json)


def _open_messenger(made: Service, phone: str) -> None:
    from bot.cli.messenger.screen import Messenger
    from bot.cli.messenger.talk import Talk
    from bot.turn import Turns

    turns = Turns(made)
    turns.places.watch()  # a conversation may be a long one
    Messenger(Talk(made, turns, phone), _state_folder()).run()


def _talk_in_lines(made: Service, phone: str, text: str | None, as_json: bool) -> None:
    """For pipes and programs: a text a line, its answer below."""
    from bot.turn import Inbound, Turns

    turns = Turns(made)

    def say(words: str) -> None:
        answer = turns.take(Inbound("sandbox", uuid.uuid4().hex, phone, words), datetime.now(UTC))
        _show(phone, words, answer.text, as_json=as_json, alone=text is not None)

    if text is not None:
        say(text)
        return
    turns.places.watch()
    if not as_json:
        click.echo(f"You write from {phone}. Ctrl+D ends the conversation.")
    for line in _lines():
        say(line)


def _show(phone: str, words: str, answer: str, *, as_json: bool, alone: bool) -> None:
    if not as_json:
        click.echo(answer or SILENT)
        return
    from locales.segments import measure

    cost = measure(answer)
    told: dict[str, Any] = {"from": phone, "text": words, "answer": answer or None}
    told |= {"segments": cost.segments if answer else 0, "encoding": cost.encoding}
    if alone:
        say_json(told)
    else:
        click.echo(json.dumps(told, ensure_ascii=False))


def _lines() -> Iterator[str]:
    """What a pipe (or a terminal that can only print) brings, line by line, without empty ones."""
    while True:
        if sys.stdin.isatty():
            click.echo("> ", nl=False)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.rstrip("\n")


def _is_terminal() -> bool:
    """Whether both ends are a terminal that can do more than print lines."""
    clever = os.environ.get("TERM", "") not in ("", "dumb")
    return clever and sys.stdin.isatty() and sys.stdout.isatty()


def _state_folder() -> Path:
    """Where earlier texts are kept, by the XDG rules."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "gaisma"
