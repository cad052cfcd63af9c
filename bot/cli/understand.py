"""`gaisma understand`: see what a text is understood as, and measure on labelled files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.shell import Refusal, json_option, say_json, say_table
from bot.words.counted import counted

if TYPE_CHECKING:  # loaded when used: the phrases take longer than the rest of a command
    from intents.phrases import Phrase

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MOST_WRONG = 10  # lines that are told one by one
_MOST_CONFUSED = 10
_NOISES = ("plain", "typo2", "latin", "glued", "worst")  # those of intents.noise


@click.command()
@click.argument("text", required=False)
@click.option("--tsv", type=_FILE, help="Measure on a file of language<TAB>intent<TAB>text lines.")
@click.option(
    "--phrases",
    type=_FILE,
    help="Learn from this file (same three columns) instead of the built-in phrases.",
)
@click.option(
    "--folds",
    type=click.IntRange(2, 50),
    help="Cross-validate: learn from all but this share of the file, measure on it, in turn.",
)
@click.option(
    "--noise",
    type=click.Choice(_NOISES),
    default="plain",
    show_default=True,
    help="Spoil the texts that are measured on: docs/understanding.md says how.",
)
@click.option("--floors", is_flag=True, help="Measure simpler recognisers beside.")
@json_option
def understand(text: str | None, **options: Any) -> None:
    """Say what a text is understood as, or measure on labelled texts."""
    as_json = options.pop("as_json")
    if options["tsv"] or options["folds"]:
        if text is not None:
            raise Refusal("a text and a measurement at once; leave out one of them.")
        _show_report(_measured(**options), as_json)
        return
    recogniser = _recogniser(options["phrases"])
    for line in _lines() if text is None else (text,):
        _show(recogniser.understand(line), as_json)


def _measured(
    *, tsv: Path | None, phrases: Path | None, folds: int | None, noise: str, floors: bool
) -> dict[str, Any]:
    from intents.evaluate import cross_validate, evaluate, split
    from intents.floors import measure_floors
    from intents.noise import noised
    from intents.understanding import Recogniser

    if folds is None:
        assert tsv is not None
        asked = noised(_rows(tsv), noise)
        report = evaluate(asked, _recogniser(phrases))
        parts = [(_learned(phrases), asked)] if floors else []
    else:
        if tsv and phrases:
            raise Refusal("--folds learns from the file itself; leave out --phrases.")
        rows = _learned(tsv or phrases)
        report = cross_validate(rows, folds, lambda rows: noised(rows, noise), Recogniser)
        parts = [(learned, noised(asked, noise)) for learned, asked in split(rows, folds)]
    return report | ({"floors": measure_floors(parts)} if floors else {})


def _recogniser(phrases: Path | None) -> Any:
    from intents.understanding import Recogniser, load_recogniser

    return Recogniser(_rows(phrases)) if phrases else load_recogniser()


def _learned(path: Path | None) -> list[Phrase]:
    from intents.phrases import load_phrases

    return _rows(path) if path else list(load_phrases())


def _rows(path: Path) -> list[Phrase]:
    """The rows of a file; its wrong lines are told, and it is refused when there are no others."""
    from intents.labelled import read_rows

    try:
        rows, wrong = read_rows(path.read_bytes().decode("utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise Refusal(
            f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8."
        ) from error
    for where, sentence in wrong[:_MOST_WRONG]:
        click.echo(f"gaisma: {where} {sentence}; left out.", err=True)
    if len(wrong) > _MOST_WRONG:
        rest = counted(len(wrong) - _MOST_WRONG, "more line")
        click.echo(f"gaisma: {path.name}: {rest} left out.", err=True)
    if not rows:
        raise Refusal(f"{path} has no line of language, intent and text with tabs between.")
    return rows


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
        elif name == "when":
            value = value.said() if value else ""
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
        f"{counted(report['count'], 'text')}, {_percent(report['accuracy'])} right; sure of "
        f"{_percent(report['sure_coverage'])}, and of those {_percent(report['sure_precision'])} "
        "right"
    )
    if report["danger_recall"] is not None:
        click.echo(
            f"dangers noticed {_percent(report['danger_recall'])}; of what was taken for one "
            f"{_percent(report['danger_precision'])} are"
        )
    click.echo(", ".join(f"{name} {ms} ms" for name, ms in report["latency_ms"].items()))
    _show_languages(report)
    rows = [(name, _percent(value)) for name, value in sorted(report["per_intent"].items())]
    say_table(("intent", "right"), rows, empty="")
    confused = [tuple(pair.values()) for pair in report["confusions"][:_MOST_CONFUSED]]
    if confused:
        say_table(("intent", "taken for", "texts"), confused, empty="")


def _show_languages(report: dict[str, Any]) -> None:
    beside = report.get("floors", {})
    rows = [
        (
            name,
            _percent(value),
            *(_percent(floor["per_language"][name]) for floor in beside.values()),
        )
        for name, value in report["per_language"].items()
    ]
    rows.append(
        (
            "all",
            _percent(report["accuracy"]),
            *(_percent(each["accuracy"]) for each in beside.values()),
        )
    )
    say_table(("language", "right", *beside), rows, empty="")


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _lines() -> Iterator[str]:
    """What a person types (or a pipe brings), line by line, without empty ones."""
    for line in iter(sys.stdin.readline, ""):
        if line.strip():
            yield line.rstrip("\n")
