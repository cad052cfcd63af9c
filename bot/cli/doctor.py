"""`gaisma doctor`: everything that an installation needs, looked at, with what to do."""

from __future__ import annotations

from dataclasses import asdict

import click

from bot.cli.shell import json_option, say_json, say_table
from bot.running.checks import MEND, NOTE, OK, Check, check_all
from bot.settings import look_over, public_lines

COLOURS = {OK: "green", NOTE: "yellow", MEND: "red"}


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Look at settings, database, providers and disk, and say what to do. Prints no secret.

    Exit status 1 when something is to mend. Each check takes a few seconds at most.
    """
    lines = public_lines(look_over()[0])
    if not as_json:
        say_table(("setting", "value"), lines, empty="")
        click.echo()
    checks = []
    for check in check_all():
        checks.append(check)
        if not as_json:
            _say(check)
    if as_json:
        say_json(
            {
                "good": all(check.good for check in checks),
                "checks": [{**asdict(check), "good": check.good} for check in checks],
                "settings": dict(lines),
            }
        )
    if not all(check.good for check in checks):
        raise SystemExit(1)


def _say(check: Check) -> None:
    mark = click.style(f"{check.state:<5}", fg=COLOURS[check.state])
    click.echo(f"{mark} {check.what}: {check.says}")
