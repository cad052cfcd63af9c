"""`gaisma report verify`, and the seals that `gaisma report deadlines --seal` writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click

from bot.cli.shell import Refusal, json_option, say
from bot.reports import sealed
from bot.service import Service
from bot.settings import read_settings
from storage import Row


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def verify(file: Path, as_json: bool) -> None:
    """Whether a FILE that was sealed, and its seal beside it, are as they were made."""
    try:
        told = sealed.check(file, read_settings().secret_keys)
    except (sealed.Broken, OSError) as error:
        raise Refusal(str(error)) from error
    sentence = f"{file} is as it was made at {told['made_at']} (key {told['key']})."
    say({"file": str(file), **told}, as_json, sentence)


def write_seals(
    made: Service, files: Sequence[IO[Any] | None], works: Sequence[Row], now: datetime
) -> None:
    """Close these files and seal each. Raises Refusal."""
    if not made.settings.secret_keys:
        raise Refusal("set GAISMA_SECRET_KEY: a seal is signed with it.")
    given = [file for file in files if file is not None]
    if not given or any(file.name == "-" for file in given):
        raise Refusal("--seal needs a file: --pdf FILE or --csv FILE.")
    told = {"works": [str(row["external_id"]) for row in works],
            "campaigns": sealed.history(made.database, works)}  # fmt: skip
    for file in given:
        file.close()  # now it is under its name
        try:
            at = sealed.seal(Path(file.name), told, made.settings.secret_keys[0], now)
        except OSError as error:
            raise Refusal(f"the seal cannot be written: {error.strerror}.") from error
        click.echo(f"Sealed: {at}", err=True)
