"""The command line `gaisma`: one group, its commands loaded when they are named.

Loading them late keeps `gaisma --help` and the start of `gaisma serve` quick.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from bot.cli.examples import show_examples

COMMANDS = {
    "agent": "bot.cli.agents:agent",
    "audit": "bot.cli.audits:audit",
    "backup": "bot.cli.copies:backup",
    "bench": "bot.cli.bench:bench",
    "campaign": "bot.cli.broadcasts:campaign",
    "call": "bot.cli.calls:call",
    "chat": "bot.cli.talk:chat",
    "complaint": "bot.cli.complaints:complaint",
    "completion": "bot.cli.completion:completion",
    "conversation": "bot.cli.conversations:conversation",
    "debt": "bot.cli.debts:debt",
    "demo": "bot.cli.servers:demo",
    "doctor": "bot.cli.doctor:doctor",
    "import": "bot.cli.imports:import_",
    "message": "bot.cli.messages:message",
    "letters": "bot.cli.letters:letters",
    "migrate": "bot.cli.database:migrate",
    "moratorium": "bot.cli.moratorium:command",
    "move": "bot.cli.moving:move",
    "outage": "bot.cli.outages:outage",
    "phrases": "bot.cli.phrases:phrases",
    "privacy": "bot.cli.privacy:privacy",
    "report": "bot.cli.reports:report",
    "restore": "bot.cli.copies:restore",
    "retention": "bot.cli.retention:retention",
    "serve": "bot.cli.servers:serve",
    "spool": "bot.cli.spooled:spool",
    "token": "bot.cli.tokens:token",
    "understand": "bot.cli.understand:understand",
    "webhook": "bot.cli.webhooks:webhook",
    "worker": "bot.cli.servers:worker",
}


class Stopped(click.ClickException):
    """Somebody pressed Ctrl+C: 130 is how a shell is told so."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("stopped.")

    def show(self, file: Any = None) -> None:
        click.echo(f"\ngaisma: {self.message}", err=True)  # behind the terminal's own ^C


class _Lazy(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as pressed:
            raise Stopped from pressed

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        show_examples(command, f"gaisma {cmd_name}")
        if "_GAISMA_COMPLETE" in os.environ:
            from bot.cli.completion import offer_names

            offer_names(command, f"gaisma {cmd_name}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = " or ".join(repr(name) for name in get_close_matches(args[0], COMMANDS))
            hint = f"Did you mean {near}?" if near else "gaisma --help lists those there are."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="gaisma")
def gaisma() -> None:
    """Two-way SMS for electricity distributors.

    \b
    Try it:   gaisma demo
    Settings: gaisma doctor
    """


def main() -> None:
    """Run a command; what a person can mend comes out as a sentence, never as a traceback."""
    try:
        from bot.cli.shell import friendly_errors

        with friendly_errors():
            sys.exit(gaisma(prog_name="gaisma"))
    except KeyboardInterrupt:  # while something is loaded, too
        stopped = Stopped()
        stopped.show()
        sys.exit(stopped.exit_code)


if __name__ == "__main__":
    main()
