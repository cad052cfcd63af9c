"""`gaisma campaign announce|correct|watch`: words of one's own to many, and seeing them go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from bot.campaigns import broadcasts
from bot.campaigns.announced_preview import refusal
from bot.campaigns.broadcasts import Words
from bot.campaigns.rules import CampaignRefused, find
from bot.cli.campaign_redo import redo
from bot.cli.campaign_report import report
from bot.cli.campaigns import campaign, next_step, row_json
from bot.cli.shell import Refusal, by_option, json_option, refusing, say
from bot.cli.standstill import say_standstill
from bot.cli.times import LocalTime
from bot.cli.watching import watch_campaign
from bot.network.audience import Asked, AudienceRefused
from bot.policy import Policy, UnreadableError, read_toml
from bot.service import Service
from bot.words.subjects import ReadyText, ready_announcement
from locales.catalogue import LANGUAGES
from storage import campaigns as rows
from storage.broadcasts import texts_of

__all__ = ["campaign"]

TEMPLATES: dict[str, ReadyText] = {"storm": "storm_warning", "closed_centre": "closed_centres"}
WORDS_HELP = {"lv": "The text in Latvian.", "ru": "... in Russian.", "en": "... in English."}


def texts_options(command: Any) -> Any:
    """--lv, --ru, --en, --file, --by and --json, for whoever writes a text."""
    for option in (
        json_option,
        by_option,
        click.option(
            "--file", "path", type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="A TOML file with lv, ru and en.",
        ),
        *(
            click.option(f"--{name}", name, default="", help=WORDS_HELP[name])
            for name in reversed(LANGUAGES)
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def words_options(command: Any) -> Any:
    """As `texts_options`, with --until."""
    until = click.option(
        "--until", type=LocalTime(), help="After this time nobody gets it any more."
    )
    return texts_options(until(command))


_opened = partial(refusing, CampaignRefused, AudienceRefused)


@campaign.command()
@words_options
@click.option("--template", type=click.Choice(sorted(TEMPLATES)), help="A ready text.")
@click.option("--starts", type=LocalTime(), help="From when, in the ready text.")
@click.option("--ends", type=LocalTime(), help="... until when.")
@click.option("--town", "towns", multiple=True, help="Customers in this town; may be repeated.")
@click.option("--street", "streets", multiple=True, help='Such as "Kalna iela 1-57 odd".')
@click.option("--transformer", default="", help="Customers of this transformer.")
@click.option("--feeder", default="", help="Customers of this feeder.")
@click.option("--kind", type=click.Choice(["household", "business"]), help="Only these customers.")
@click.option("--all", "everybody", is_flag=True, help="All customers.")
def announce(**given: Any) -> None:
    """Write to the customers of a place: a draft, each customer once, by SMS or else e-mail.

    All that is given must hold: --town Ogre --kind business are the businesses of Ogre.
    """
    asked = Asked(
        given["towns"], given["streets"], given["transformer"].strip(), given["feeder"].strip(),
        given["kind"] or "",
    )  # fmt: skip
    if (asked == Asked()) != given["everybody"]:
        raise Refusal(
            "say whom it is for: --town, --street, --transformer, --feeder, --kind; or --all."
        )
    now = datetime.now(UTC)
    with _opened() as made:
        words = _words(given, made.policy, now)
        _say_made(made, broadcasts.announce(made.database, asked, words), given["as_json"])


@campaign.command()
@click.argument("part", metavar="ID")
@words_options
def correct(part: str, **given: Any) -> None:
    """Put right what a campaign said: a draft to exactly those who have read it.

    It goes the same way to the same numbers and addresses. Another person must approve it.
    """
    now = datetime.now(UTC)
    with _opened() as made:
        was = str(find(made.database, part)["state"])
        draft = broadcasts.correct(made.database, part, _words(given, made.policy, now))
        if was in rows.RUNNING:
            click.echo(f"Campaign {part} is paused, so that nobody more gets it.", err=True)
        _say_made(made, draft, given["as_json"])


@campaign.command("text")
@click.argument("part", metavar="ID")
@texts_options
def text_(part: str, **given: Any) -> None:
    """Add the text in languages that a draft of your own words lacks.

    A text that is there is never changed: somebody may have read it for the approval.
    """
    now = datetime.now(UTC)
    with _opened() as made:
        added = broadcasts.add_texts(made.database, part, _words(given, made.policy, now))
        _say_made(made, added, given["as_json"])


def _words(given: Mapping[str, Any], policy: Policy, now: datetime) -> Words:
    texts = {name: str(given[name]) for name in LANGUAGES}
    sources = [any(texts.values()), bool(given["path"]), bool(given.get("template"))]
    if sum(sources) != 1:
        raise Refusal("give the text once: --lv, --ru and --en, or --file, or --template.")
    if given["path"]:
        texts = _read(given["path"])
    if given.get("template"):
        texts = _ready(given, policy, now)
    return Words(texts, given["by"], now, given.get("until"))


def _read(path: Path) -> dict[str, str]:
    try:
        found = read_toml(path)
    except UnreadableError as error:
        raise Refusal(f"the file {path} cannot be read: {error}") from error
    if wrong := [name for name, text in found.items() if not isinstance(text, str)]:
        raise Refusal(f'{path}: {wrong[0]} is no text; write {wrong[0]} = "...".')
    return found


def _ready(given: Mapping[str, Any], policy: Policy, now: datetime) -> dict[str, str]:
    if given["starts"] is None:
        raise Refusal("a ready text needs --starts, and --ends if it is known.")
    name = TEMPLATES[given["template"]]
    return dict(ready_announcement(name, given["starts"], given["ends"], policy, now).texts)


def _say_made(made: Service, campaign_id: str, as_json: bool) -> None:
    row = rows.campaign(made.database, campaign_id)
    if row is None:
        raise CampaignRefused("the draft is gone again; somebody has stopped it.")
    sentence = f"{row['title']}\nFor: {row['audience']}\n{next_step(row)}"
    say(row_json(row), as_json, sentence)
    if not as_json:
        if why := refusal(row, texts_of(made.database, campaign_id)):
            click.echo(f"! Cannot be approved yet: {why}", err=True)
        say_standstill(made)


@campaign.command()
@click.argument("part", metavar="ID")
def watch(part: str) -> None:
    """A bar that follows a campaign until it is done, paused or stopped."""
    with _opened() as made:
        watch_campaign(made.database, str(find(made.database, part)["id"]))


for command in (redo, report):
    campaign.add_command(command)
