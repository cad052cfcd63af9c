"""`gaisma backup` and `gaisma restore`: a copy of all data, and what follows its return."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.shell import Refusal, by_option, json_option, refusing, say, say_json, service, whoami
from bot.delivery.restoring import Adopted, RestoreRefused, adopt, drop, put_back, release
from bot.people.erasures import path_of
from bot.people.privacy import erase_again
from bot.running.figures import BACKED_UP
from bot.service import Service
from bot.settings import read_settings
from bot.words.counted import counted
from storage import Database, open_database, restored
from storage.database import set_switch, stamp

NEXT = (
    "Start the service: what waits is asked about at the provider before it goes. Then: "
    "gaisma campaign list, and gaisma restore to see how far it is."
)


@click.command()
@click.argument(
    "path", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, path_type=Path)
)
@click.option(
    "--made", "elsewhere", is_flag=True,
    help="Other tools (pg_dump, a snapshot) have made one just now: only note that.",
)  # fmt: skip
@json_option
def backup(path: Path | None, elsewhere: bool, as_json: bool) -> None:
    """Copy all data to FILE, which must be new, while the service runs. The copy is checked."""
    if (path is None) != elsewhere:
        raise Refusal("name a file, or say --made when other tools have made a backup.")
    now, by = datetime.now(UTC), whoami()
    with service() as made:
        if path is not None:
            made.database.backup(str(path), now)
        made.database.transaction(lambda tx: set_switch(tx, BACKED_UP, stamp(now), by=by, now=now))
    if path is None:
        return say({"path": None, "bytes": None, "taken_at": now.isoformat()}, as_json, "Noted.")
    size = path.stat().st_size
    told = f"Copied to {path} ({size / 1e6:.1f} MB), and checked."
    return say({"path": str(path), "bytes": size, "taken_at": now.isoformat()}, as_json, told)


@click.command()
@click.argument(
    "path", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, path_type=Path)
)
@click.option("--adopt", "adopts", is_flag=True, help="The backup is in its place already.")
@click.option("--release", "releases", is_flag=True, help="Send what is held, and end the hold.")
@click.option("--drop", "drops", is_flag=True, help="Do not send what is held; end the hold.")
@click.option(
    "--taken-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), metavar="TIME",
    help="When the file was copied, if it does not say so itself: 2026-12-01T10:00:00+02:00.",
)  # fmt: skip
@by_option
@json_option
def restore(
    path: Path | None, adopts: bool, releases: bool, drops: bool, taken_at: datetime | None,
    by: str, as_json: bool,
) -> None:  # fmt: skip
    """Put the backup FILE back so that nothing is sent twice. Without FILE: how far it is.

    The service must be stopped. What was there is kept beside the database.
    """
    if sum((path is not None, adopts, releases, drops)) > 1:
        raise Refusal("name a file, or one of --adopt, --release and --drop.")
    now = datetime.now(UTC)
    if path is not None or adopts:
        found = _adopt(path, taken_at, now, by)
        say({**asdict(found), "since": found.since.isoformat()}, as_json, _told(found))
    elif releases or drops:
        act, done = (release, "sent") if releases else (drop, "given up")
        with refusing(RestoreRefused) as made:
            many = act(made.database, now, by=by)
        told = _over(many, done)
        say({"messages": many, "done": done}, as_json, told)
    else:
        _show(as_json)


def _over(many: int, done: str) -> str:
    if not many:
        return "The hold is over. No message was held."
    which = "that was held is" if many == 1 else "that were held are"
    return f"The hold is over. {counted(many, 'message')} {which} {done}."


def _adopt(path: Path | None, taken_at: datetime | None, now: datetime, by: str) -> Adopted:
    if taken_at is not None and taken_at.tzinfo is None:
        taken_at = taken_at.replace(tzinfo=UTC)
    if path is None:
        with service() as made:
            found = adopt(made.database, now, by=by, taken_at=taken_at)
            _no_list(made)
            erase_again(made.database, made.settings, found.since, now=now)
            return found
    # Not opened as a service: what is there now may be destroyed.
    settings = read_settings()
    database = open_database(settings.database_url)

    def also(copy: Database, since: datetime) -> None:
        erase_again(copy, settings, since, now=now)

    try:
        return put_back(database, str(path), now, by=by, also=also, taken_at=taken_at)
    finally:
        database.close()


def _no_list(made: Service) -> None:
    """On a server the list of erasures may be on another host: that must not go unseen."""
    path = path_of(made.settings)
    if made.database.engine != "sqlite" and not path.exists():
        click.echo(
            f"gaisma: there is no list of erasures at {path.absolute()} (GAISMA_ERASURES). If "
            "somebody was erased since the backup, they are back in it: bring the list and do "
            "this again.",
            err=True,
        )


def _told(found: Adopted) -> str:
    kept = f"What was there before is kept as {found.kept}.\n" if found.kept else ""
    return (
        f"These are now the data of {found.since:%Y-%m-%d %H:%M:%S} UTC.\n{kept}"
        f"Held until asked about: {counted(found.under_way, 'message')} under way "
        "and all that wait. "
        f"Paused: {counted(found.campaigns, 'campaign')}. Letters held: {found.letters}. "
        f"Answers that are too old, dropped: {found.answers}.\n{NEXT}"
    )


def _show(as_json: bool) -> None:
    with service() as made:
        mark = restored.mark(made.database)
        left = restored.standing(made.database) if mark else None
    if mark is None or left is None:
        return say({"restored": False}, as_json, "No restore is being looked after.")
    if as_json:
        return say_json(
            {"restored": True, "at": mark.at, "since": mark.since, **asdict(left)}
        )  # fmt: skip
    click.echo(
        f"Restored at {mark.at:%Y-%m-%d %H:%M} UTC from a backup of {mark.since:%Y-%m-%d %H:%M}.\n"
        f"  {counted(left.waiting, 'alert')} not asked about yet, {left.asking} being asked about\n"
        f"  {left.clear} certainly not sent: they go when their campaign goes on\n"
        f"  {left.held} held: nobody can say whether they were sent since\n"
        f"  {counted(left.paused, 'campaign')} paused by the restore, "
        f"{counted(left.drafts, 'draft')} of before\n"
        "To end it: gaisma restore --release (send what is held), or gaisma restore --drop."
    )
    return None
