"""`gaisma migrate` and `doctor`: looking after an installation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from bot.cli.shell import json_option, say, say_json, say_table
from bot.policy import PolicyError, read_policy
from bot.settings import Settings, SettingsError, public_lines, read_settings
from storage import StorageError, open_database

MIN_FREE_BYTES = 500_000_000


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database up to date. Safe to run again, and from several places at once."""
    database = open_database(read_settings().database_url)
    try:
        steps = database.migrate()
    finally:
        database.close()
    told = f"Applied: {', '.join(steps)}" if steps else "The database is up to date."
    say({"applied": steps}, as_json, told)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: good or not, and what to do when not."""

    what: str
    good: bool
    says: str


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check settings, policy, texts, database and disk, and say what to do. Prints no secret."""
    checks = list(_checks())
    try:
        lines = public_lines(read_settings())
    except SettingsError:
        lines = []
    if as_json:
        say_json(
            {
                "good": all(check.good for check in checks),
                "checks": [{"what": c.what, "good": c.good, "says": c.says} for c in checks],
                "settings": dict(lines),
            }
        )
    else:
        say_table(("setting", "value"), lines, empty="")
        click.echo()
        for check in checks:
            mark = (
                click.style("good ", fg="green") if check.good else click.style("mend ", fg="red")
            )
            click.echo(f"{mark} {check.what}: {check.says}")
    if not all(check.good for check in checks):
        raise SystemExit(1)


def _checks() -> Iterator[Check]:
    try:
        settings = read_settings()
    except SettingsError as error:
        yield Check("settings", False, " ".join(str(error).splitlines()))
        return
    yield Check("settings", True, f"the provider is {settings.sms_provider}")
    yield _keys(settings)
    yield _policy(settings)
    yield _texts()
    yield _database(settings)
    yield _disk(settings)


def _keys(settings: Settings) -> Check:
    if settings.secret_keys:
        return Check("secret key", True, "set")
    if settings.sms_provider == "sandbox":
        return Check("secret key", True, "one is made at each start, which is fine for a trial")
    return Check(
        "secret key",
        False,
        "GAISMA_SECRET_KEY is not set, so all sign-ins end at each restart. "
        'Make one: python3 -c "import secrets; print(secrets.token_hex(32))"',
    )


def _policy(settings: Settings) -> Check:
    try:
        read_policy(settings.policy)
    except PolicyError as error:
        return Check("policy", False, str(error))
    return Check("policy", True, settings.policy or "as shipped")


def _texts() -> Check:
    from locales.catalogue import gaps

    found = gaps()
    if found:
        return Check("texts", False, f"{len(found)} gap(s), the first: {found[0]}")
    return Check("texts", True, "complete in lv, ru and en")


def _database(settings: Settings) -> Check:
    try:
        database = open_database(settings.database_url)
        left = database.pending_migrations()
        database.close()
    except StorageError as error:
        return Check("database", False, str(error))
    if left:
        return Check("database", False, f"lacks {len(left)} migration step(s); run: gaisma migrate")
    return Check("database", True, f"up to date, {settings.database_url}")


def _disk(settings: Settings) -> Check:
    path = Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0]).parent
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free
    says = f"{free / 1e9:.1f} GB free at {path}"
    if free < MIN_FREE_BYTES:
        return Check("disk", False, f"{says}; make room, or texts cannot be stored soon")
    return Check("disk", True, says)
