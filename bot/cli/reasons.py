"""`gaisma outage reasons`: the reasons that every reader is told in the own language."""

from __future__ import annotations

import click

from bot.cli.shell import json_option, say_json, say_table
from locales.catalogue import LANGUAGES
from locales.reasons import codes, reason_in


@click.command("reasons")
@json_option
def reasons(as_json: bool) -> None:
    """Reasons known in every language: write one, like words of it, or its code.

    Any other reason is told only to readers of the language it is written in.
    """
    found = [
        {"code": code, **{name: reason_in(code, name) for name in LANGUAGES}} for code in codes()
    ]
    if as_json:
        say_json(found)
        return
    say_table(("code", *LANGUAGES), [tuple(row.values()) for row in found], empty="")
