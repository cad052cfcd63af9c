"""`gaisma phrases`: the example phrases that texts are understood by."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.candidates import accept, export, list_, reject, review
from bot.cli.shell import Refusal, json_option, say_json, say_table


@click.group()
def phrases() -> None:
    """The example phrases that texts are understood by: check them, and let them grow."""


for command in (list_, review, accept, reject, export):
    phrases.add_command(command)


@phrases.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Check the files lv/*.txt, ru/*.txt and en/*.txt here instead of the built-in ones.",
)
@json_option
def check(folder: Path | None, as_json: bool) -> None:
    """Look for contradictions, repetitions and lines in the wrong place.

    Each finding has its file and line. Exits with 1 when there is any.
    """
    from intents.phrase_check import check_files
    from intents.phrases import PHRASES_FOLDER, PhraseError

    try:
        found = check_files(folder or PHRASES_FOLDER)
    except (PhraseError, OSError, UnicodeDecodeError) as error:
        raise Refusal(str(error)) from error
    if as_json:
        say_json([{"where": each.where, "sentence": each.sentence} for each in found])
    else:
        rows = [(each.where, each.sentence) for each in found]
        say_table(("where", "what to mend"), rows, empty="All phrases are in order.")
    if found:
        raise click.exceptions.Exit(1)
