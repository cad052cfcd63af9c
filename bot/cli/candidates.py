"""`gaisma phrases list|review|accept|reject|export`: what texts taught, decided on by a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.shell import Refusal, by_option, json_option, refusing, say, say_json, say_table
from bot.conversation.candidates import CandidateRefused
from bot.service import Service
from bot.words.counted import counted
from intents.model import INTENTS, LANGUAGES
from storage import Row, candidates

SHORT = 8
_EXAMPLES = 2  # of the nearest ones
language_option = click.option(
    "--language", type=click.Choice(LANGUAGES), help="Only those in this language."
)


@contextmanager
def _opened() -> Iterator[Service]:
    with refusing(CandidateRefused) as made:
        yield made


@click.command("list")
@language_option
@json_option
def list_(language: str | None, as_json: bool) -> None:
    """The phrases that were accepted at this installation."""
    with _opened() as made:
        rows = candidates.phrases(made.database, language=language or "")
        if as_json:
            say_json([_plain(row) for row in rows])
            return
        told = [
            (row["id"][-SHORT:], row["language"], row["intent"], row["text"], row["accepted_by"])
            for row in rows
        ]
        empty = "No phrase was accepted here; see: gaisma phrases review"
        say_table(("id", "language", "intent", "phrase", "accepted by"), told, empty=empty)


@click.command()
@language_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def review(language: str | None, limit: int, as_json: bool) -> None:
    """Texts that were not clear, and what their writers or agents said that they meant.

    The most frequent first, with what each is understood as now and the nearest examples.
    """
    from bot.conversation.candidates import review as reviewed

    with _opened() as made:
        rows = reviewed(made, language=language or "", limit=limit)
    if as_json:
        say_json(rows)
        return
    columns = ("id", "language", "times", "from", "meant", "understood now", "text", "nearest")
    say_table(columns, [_told(row) for row in rows], empty="Nothing waits for a decision.")
    if rows:
        click.echo(f"\nNext: gaisma phrases accept {rows[0]['id'][-SHORT:]}  (or: reject)")


def _told(row: dict[str, Any]) -> tuple[object, ...]:
    sure = "" if row["now_sure"] else ", not sure"
    return (
        row["id"][-SHORT:],
        row["language"],
        row["times"],
        row["source"],
        row["intent"],
        f"{row['now_intent']} {row['now_score']:.2f}{sure}",
        row["text"],
        " | ".join(f"{each['text']} ({each['intent']})" for each in row["nearest"][:_EXAMPLES]),
    )


@click.command()
@click.argument("key", metavar="ID")
@click.option("--intent", type=click.Choice(INTENTS), help="It means this instead.")
@click.option("--text", default="", help="Word it so: without a name that is left, for example.")
@by_option
@json_option
def accept(key: str, intent: str | None, text: str, by: str, as_json: bool) -> None:
    """Make a candidate a phrase of this installation; running servers learn it within a minute.

    ID is that of `gaisma phrases review`, or the end of it.
    """
    from bot.conversation.candidates import accept as accepted

    with _opened() as made:
        phrase = accepted(
            made, key.strip(), intent=intent or "", text=text, by=by, now=datetime.now(UTC)
        )
    value = {"language": phrase.language, "intent": phrase.intent, "text": phrase.text}
    say(value, as_json, f"{phrase.text!r} is {phrase.intent} from now on.")


@click.command()
@click.argument("key", metavar="ID")
@by_option
@json_option
def reject(key: str, by: str, as_json: bool) -> None:
    """Forget a candidate, or a phrase that was accepted."""
    from bot.conversation.candidates import reject as rejected

    with _opened() as made:
        text = rejected(made, key.strip(), by=by, now=datetime.now(UTC))
    say({"text": text}, as_json, f"{text!r} is forgotten.")


@click.command()
@language_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write lv.txt, ru.txt and en.txt into this folder; files that are there stay.",
)
@json_option
def export(language: str | None, out: Path | None, as_json: bool) -> None:
    """The accepted phrases in the format of the phrase files, for whoever maintains those."""
    from bot.conversation.candidates import as_files

    with _opened() as made:
        rows = candidates.phrases(made.database, language=language or "")
    if as_json:
        say_json([_plain(row) for row in rows])
        return
    if not rows:
        click.echo("No phrase was accepted here; nothing to export.", err=True)
        return
    files = {name: text for name, text in as_files(rows).items() if "[" in text}
    if out is None:
        click.echo("\n".join(files.values()), nl=False)
        return
    paths = _write(out, files)
    click.echo(f"{counted(len(rows), 'phrase')} in {', '.join(map(str, paths))}")


def _write(folder: Path, files: dict[str, str]) -> list[Path]:
    """Raises Refusal when a file is there already or the folder cannot be written in."""
    paths = [folder / f"{language}.txt" for language in files]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, files.values(), strict=True):
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError as error:
        raise Refusal(f"{error.filename} is there already; name another folder.") from error
    except OSError as error:
        raise Refusal(f"{folder} cannot be written in: {error.strerror}.") from error
    return paths


def _plain(row: Row) -> dict[str, object]:
    return {name: row[name] for name in row.keys() if name != "skeleton"}  # noqa: SIM118
