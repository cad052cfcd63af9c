"""`gaisma chat` and `gaisma understand`: talk to the bot, and see what it understood."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.shell import Refusal, say_json, say_table, service
from bot.counted import counted
from bot.phones import phone_number

if TYPE_CHECKING:  # loaded when used: the phrases take longer than the rest of a command
    from intents.phrases import Phrase


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
        click.echo(f"You write from {phone}. Ctrl+D ends the conversation.")
        for line in _lines(click.style("> ", bold=True)):
            click.echo(click.style(say(line), fg="cyan"))


@click.command()
@click.argument("text", required=False)
@click.option(
    "--tsv",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure on a file of language<TAB>intent<TAB>text lines.",
)
@click.option(
    "--phrases",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Learn from this file (same three columns) instead of the built-in phrases.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def understand(text: str | None, tsv: Path | None, phrases: Path | None, as_json: bool) -> None:
    """Say what a text is understood as, or measure on a labelled file.

    \b
    Example: gaisma understand "net sveta na Brivibas 105" --json
             gaisma understand --tsv texts.tsv --json
    """
    from intents.evaluate import evaluate
    from intents.understanding import Recogniser, load_recogniser

    recogniser = Recogniser(_rows(phrases)) if phrases else load_recogniser()
    if tsv is not None:
        report = evaluate(_rows(tsv), recogniser)
        _show_report(report, as_json)
    elif text is not None:
        _show(recogniser.understand(text), as_json)
    else:
        for line in _lines(""):
            _show(recogniser.understand(line), as_json)


def _show(heard: Any, as_json: bool) -> None:
    value = {
        "language": heard.language,
        "language_sure": heard.language_sure,
        "intent": heard.intent,
        "score": round(heard.score, 3),
        "sure": heard.sure,
        "because": list(heard.because),
        "entities": named_entities(heard.entities),
    }
    if as_json:
        say_json(value)
        return
    sure = "sure" if heard.sure else "not sure"
    click.echo(f"{heard.language}  {heard.intent}  {heard.score:.2f} ({sure})")
    for name, found in value["entities"].items():
        click.echo(f"  {name}: {found}")
    if heard.because:
        click.echo("  because: " + " | ".join(heard.because))


def named_entities(entities: Any) -> dict[str, object]:
    """The entities that a text named, as plain values; the address as it was written."""
    found: dict[str, object] = {}
    for name in type(entities).__dataclass_fields__:
        value = getattr(entities, name)
        if name == "address":
            value = value.raw if value else ""
        if value not in ("", None, False):
            found[name] = value
    if entities.eic_valid is False:
        found["eic_valid"] = False
    return found


def _show_report(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(report)
        return
    click.echo(
        f"{counted(report['count'], 'text')}, {report['accuracy']:.1%} right; sure of "
        f"{report['sure_coverage']:.1%}, and of those {report['sure_precision']:.1%} right"
    )
    rows = [(name, f"{value:.1%}") for name, value in report["per_language"].items()]
    say_table(("language", "right"), rows, empty="")
    rows = [(name, f"{value:.1%}") for name, value in sorted(report["per_intent"].items())]
    say_table(("intent", "right"), rows, empty="")


def _rows(path: Path) -> Sequence[Phrase]:
    """The (language, intent, text) lines of a file; refused by line when one is not so."""
    from intents.phrases import PhraseError, parse_rows

    try:
        return parse_rows(path.read_text("utf-8-sig").splitlines(), path.name)
    except UnicodeDecodeError as error:
        raise Refusal(
            f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8."
        ) from error
    except PhraseError as error:
        raise Refusal(str(error)) from error


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
