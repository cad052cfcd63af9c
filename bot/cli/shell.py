"""What all commands share: the service they work on, JSON or tables out, errors as sentences."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import click

from bot.people.persons import os_login
from bot.policy import PolicyError
from bot.service import Service, open_service
from bot.settings import SettingsError, read_settings
from storage import StorageError, vitals
from storage.database import note_login, shown_address


class Refusal(click.ClickException):
    """The command cannot do what was asked; the sentence says why and what to do instead."""

    def show(self, file: Any = None) -> None:
        click.echo(f"gaisma: {self.format_message()}", err=True)


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Errors of settings, policy and database as one sentence (exit 2), ours as one too (3)."""
    try:
        yield
    except (SettingsError, PolicyError, StorageError) as error:
        click.echo(f"gaisma: {error}", err=True)
        sys.exit(2)
    except Exception as error:  # the last edge: a person never sees a traceback
        if os.environ.get("GAISMA_DEBUG"):
            raise
        click.echo(
            f"gaisma: something went wrong here ({type(error).__name__}). "
            "GAISMA_DEBUG=1 shows where; please report it.",
            err=True,
        )
        sys.exit(3)


@contextmanager
def service(*, migrate: bool = False) -> Iterator[Service]:
    """The service of this environment, closed afterwards.

    A database that is not there yet or is of an older release is refused by name, unless
    `migrate` asks to bring it up to date.
    """
    settings = read_settings()
    if not migrate and (lost := vitals.missing(settings.database_url)):
        raise Refusal(lost)
    made = open_service(settings, migrate=migrate)
    try:
        if not migrate and (left := made.database.pending_migrations()):
            name = shown_address(made.settings.database_url)
            raise Refusal(
                f"the database {name} lacks {len(left)} migration step(s); run: gaisma migrate"
            )
        yield made
    finally:
        made.close()


@contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[Service]:
    """The service, with what the rules forbid (errors of these kinds) as a sentence."""
    try:
        with service() as made:
            yield made
    except kinds as refused:
        raise Refusal(str(refused)) from refused


def whoami() -> str:
    """The name of the person at this terminal, for "made by" and the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def say_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say(value: Any, as_json: bool, sentence: str) -> None:
    """The value for programs, or the sentence for people."""
    if as_json:
        say_json(value)
    else:
        click.echo(sentence)


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table for people; `empty` is the sentence when there is nothing."""
    if not rows:
        click.echo(empty)
        return
    # Loaded here: a server has no tables, and starts a sixth of a second sooner without.
    from bot.cli.tables import print_table

    print_table(columns, rows)


class Person(click.ParamType[str]):
    """The name of who acts, on one line: it is what the four-eyes rule and the audit go by."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name without outer and double spaces."""
        found = " ".join(str(value).split())
        if not any(letter.isalpha() for letter in found):
            self.fail(f"{value!r} is no name; write who does it, such as: --by anna", param, ctx)
        note_login(os_login())  # kept beside the name, which anybody can type
        return found


json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
by_option = click.option(
    "--by", type=Person(), default=whoami, help="Who does it. Default: your user name."
)


def is_journal(stream: IO[str]) -> bool:
    """Whether systemd keeps what is written there in its journal.

    It says so by JOURNAL_STREAM: https://www.freedesktop.org/software/systemd/man/systemd.exec.html
    """
    told = os.environ.get("JOURNAL_STREAM", "")
    try:
        file = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return bool(told)
    return told == f"{file.st_dev}:{file.st_ino}"
