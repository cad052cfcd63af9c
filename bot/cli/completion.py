"""`gaisma completion`, and what the shell may complete besides words: ids and names that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

VARIABLE = "_GAISMA_COMPLETE"  # set by the script while it asks for words
SHELLS = ("bash", "zsh", "fish")
MOST = 60


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that lets a shell complete commands, options, ids and names.

    \b
    To install it, once:
      gaisma completion bash > ~/.local/share/bash-completion/completions/gaisma
      gaisma completion zsh > ~/.zfunc/_gaisma   (with fpath+=~/.zfunc before compinit)
      gaisma completion fish > ~/.config/fish/completions/gaisma.fish
    Then open a new shell. A checkout needs a `gaisma` on the PATH first: a file of two lines,
      #!/bin/sh
      exec /path/to/gaisma/run gaisma "$@"
    """
    made = get_completion_class(shell)
    assert made is not None, shell
    from bot.cli import gaisma

    click.echo(made(gaisma, {}, "gaisma", VARIABLE).source().strip())


def offer_names(command: click.Command, path: str) -> None:
    """Let arguments of `path` and of all below it be completed by what the database has."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            offer_names(below, f"{path} {name}")
    group = " ".join(path.split()[:2])
    for param in command.params:
        find = FINDERS.get((group, param.name or ""))
        if find is not None and isinstance(param.type, click.types.StringParamType):
            param.type = _Known(find)


Finder = Callable[[Any], Iterable[tuple[str, str]]]


class _Known(click.types.StringParamType):
    """A word that the shell may complete; it is read as any other."""

    def __init__(self, find: Finder) -> None:
        self._find = find

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What exists and begins so; nothing when the database cannot be read."""
        from bot.cli.shell import Refusal, service
        from bot.policy import PolicyError
        from bot.settings import SettingsError
        from storage import StorageError

        try:
            with service() as made:
                found = list(self._find(made.database))
        except (Refusal, SettingsError, PolicyError, StorageError):
            return []
        fitting = [pair for pair in found if pair[0].startswith(incomplete)]
        return [CompletionItem(value, help=about) for value, about in fitting[:MOST]]


def _campaigns(database: Any) -> Iterable[tuple[str, str]]:
    from bot.campaigns.rules import short_id
    from storage.campaigns import list_campaigns

    for row in list_campaigns(database, limit=MOST, empty=False):
        yield short_id(row["id"]), f"{row['kind']}, {row['state']}: {row['title']}"


def _outages(database: Any) -> Iterable[tuple[str, str]]:
    from storage.outages import list_outages

    for row in list_outages(database, states=("active", "scheduled")):
        yield row["external_id"], f"{row['kind']}, {row['state']}: {row['town'] or ''}"


def _conversations(database: Any) -> Iterable[tuple[str, str]]:
    from bot.campaigns.rules import short_id
    from storage.conversations import list_conversations

    for row in list_conversations(database, "waiting", MOST):
        yield short_id(row["id"]), f"{row['phone']} {row['topic'] or ''}"


def _agents(database: Any) -> Iterable[tuple[str, str]]:
    from storage.agents import everybody

    for row in everybody(database):
        yield row["name"], row["full_name"]


FINDERS: dict[tuple[str, str], Finder] = {
    ("gaisma campaign", "part"): _campaigns,
    ("gaisma outage", "part"): _outages,
    ("gaisma outage", "parts"): _outages,
    ("gaisma report", "outage"): _outages,
    ("gaisma conversation", "key"): _conversations,
    ("gaisma conversation", "agent"): _agents,
    ("gaisma agent", "name"): _agents,
}
