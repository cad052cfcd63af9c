"""`gaisma migrate`: the database brought up to date."""

from __future__ import annotations

import click

from bot.cli.shell import json_option, say
from bot.settings import read_settings
from storage import open_database


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database up to date. Safe to run again, and from several places at once."""
    database = open_database(read_settings().database_url)
    try:
        steps = database.migrate()
    finally:
        database.close()
    told = f"Applied: {', '.join(steps)}" if steps else "The database is up to date."
    say({"applied": steps}, as_json, told)
