"""`gaisma audit`: whether the audit log is as it was written, and where it ends."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bot.cli.shell import Refusal, json_option, refusing, say, service
from bot.running import audited
from storage import audit as audits


@click.group()
def audit() -> None:
    """The log of who did what: whether anybody changed it (verify), where it ends (head)."""


@audit.command()
@click.option(
    "--log", "logs", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A log of the service: rows that it tells of must still be there. May be repeated.",
)  # fmt: skip
@json_option
def verify(logs: tuple[Path, ...], as_json: bool) -> None:
    """Read the whole log, and say which row is the first that is not as it was written.

    Exit status 1 when there is one.
    """
    with refusing(audited.Forged) as made:
        keys = made.settings.secret_keys
        if logs and not keys:
            raise Refusal("lines of a log are signed: set GAISMA_SECRET_KEY as the service has it.")
        told = audited.told_here(made.database, keys)
        for path in logs:
            with path.open(encoding="utf-8", errors="replace") as lines:
                told |= audited.heads(lines, keys)
        found = audits.verify(made.database, told=told)
    say({"good": found.broken is None, "told": len(told), **asdict(found)}, as_json,
        f"The audit log is {audited.words(found)}.")  # fmt: skip
    if found.broken is not None:
        raise SystemExit(1)


@audit.command()
@json_option
def head(as_json: bool) -> None:
    """Where the log ends now, signed. Keep the line elsewhere: `verify --log` compares it."""
    with service() as made:
        line = audited.head_line(made.database, made.settings.signing_key)
        seq, digest = audits.end_of(made.database)
    say({"seq": seq, "hash": digest, "line": line}, as_json, line or "Nothing was done yet.")
