"""`gaisma spool`: texts and receipts that wait in files of this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.shell import Refusal, by_option, json_option, say, say_json, say_table, service
from bot.policy import RIGA
from bot.service import Service
from bot.settings import read_settings
from bot.spool.files import Spool, SpoolError, folder_of
from storage.database import audit, moment

BROKEN = {"kind": "broken"}


@click.group()
def spool() -> None:
    """Texts and receipts that wait in files of this machine, and those set aside for a person."""


@spool.command("list")
@json_option
def list_(as_json: bool) -> None:
    """What waits, and what was set aside: it could not be taken at all and needs a person."""
    path, note = _place()
    folder = Spool(path)
    found = [
        {"name": name, "state": state, **_read(folder, name)}
        for state, names in (("aside", folder.aside_names()), ("waits", folder.names()))
        for name in names
    ]
    if note:
        click.echo(note, err=True)
    if as_json:
        return say_json(found)
    cells = [(each["name"], each["state"], each["kind"], _clock(each), each.get("phone", ""),
              each.get("text", "")) for each in found]  # fmt: skip
    say_table(
        ("name", "state", "what", "came", "from", "text"), cells, empty=f"Nothing waits in {path}."
    )
    if found:
        click.echo(f"In {path}.")
    return None


@spool.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
def retry(names: tuple[str, ...], as_json: bool) -> None:
    """Let files that were set aside be taken again, by the service when it runs."""
    path, note = _place()
    folder = Spool(path)
    for name in _known(folder, names, path, note):
        folder.bring_back(name)
    say({"retried": names}, as_json, f"{len(names)} wait in {path} to be taken again.")


@spool.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask whether to.")
@by_option
@json_option
def drop(*, names: tuple[str, ...], yes: bool, by: str, as_json: bool) -> None:
    """Delete files that were set aside, once somebody has acted on them; the audit log says so."""
    path, note = _place()
    folder = Spool(path)
    known = _known(folder, names, path, note)
    if not yes:
        click.confirm(f"Delete {len(known)} in {path}? It cannot be undone.", abort=True, err=True)
    with service() as made:
        for name in known:
            _note(made, name, by)
            folder.wipe(name)
    say({"dropped": names}, as_json, f"{len(known)} deleted in {path}.")


def _note(made: Service, name: str, by: str) -> None:
    now = datetime.now(UTC)
    made.database.transaction(lambda tx: audit(tx, by, "spool.drop", name, now=now))


def _place() -> tuple[Path, str]:
    """The folder looked in, as a whole path; and a sentence when the service may have another."""
    settings = read_settings()
    path = folder_of(settings).absolute()
    if Path(settings.spool).is_absolute() or settings.database_url.startswith("sqlite"):
        return path, ""
    named = "names no whole path" if settings.spool else "is not set"
    return path, (
        f"GAISMA_SPOOL {named}, so this looked in {path}, beginning at the folder where you are. "
        "If the service keeps its texts elsewhere: GAISMA_SPOOL=/its/spool gaisma spool list"
    )


def _known(folder: Spool, names: tuple[str, ...], path: Path, note: str) -> list[str]:
    there = set(folder.aside_names())
    for name in names:
        if name not in there:
            lost = f"{name!r} is not set aside in {path}; see: gaisma spool list"
            raise Refusal(f"{lost}. {note}" if note else lost)
    return [*dict.fromkeys(names)]


def _read(folder: Spool, name: str) -> dict[str, Any]:
    try:
        return folder.read(name) or dict(BROKEN)
    except (ValueError, SpoolError):
        return dict(BROKEN)


def _clock(entry: dict[str, Any]) -> str:
    at = entry.get("at")
    return f"{moment(str(at)).astimezone(RIGA):%Y-%m-%d %H:%M}" if at else ""
