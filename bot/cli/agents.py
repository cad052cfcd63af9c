"""`gaisma agent`: who may enter the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click

from bot import sign_in
from bot.cli.shell import Refusal, json_option, say, say_json, say_table, service, whoami
from bot.sign_in import NAME, ROLES
from locales.catalogue import LANGUAGES
from storage import Row, Tx, agents
from storage.database import audit

_LISTED = ("name", "full_name", "roles", "language", "disabled_at", "seen_at")


@click.group("agent")
def agent() -> None:
    """People of the console: add, list, disable, enable, new password.

    \b
    Example: gaisma agent add anna --full-name "Anna Ozola" --role agent
    """


@agent.command()
@click.argument("name")
@click.option("--full-name", required=True, help="As colleagues know them.")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES),
    help="What they may do; may be given several times.",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="lv", show_default=True,
    help="Of their pages; they can change it.",
)  # fmt: skip
@json_option
def add(name: str, full_name: str, roles: tuple[str, ...], language: str, as_json: bool) -> None:
    """Let somebody in. Prints a password that they change when they first sign in.

    \b
    Example: gaisma agent add marta --full-name "Marta Liepa" --role operator --role dispatcher
    """
    if not NAME.fullmatch(name):
        raise Refusal(
            f"{name!r} is no user name; write small Latin letters and digits, such as anna.ozola."
        )
    given = sign_in.given_password()
    held = " ".join(role for role in ROLES if role in roles)
    hashed, now = sign_in.hash_password(given), datetime.now(UTC)

    def work(tx: Tx) -> bool:
        made = agents.add(
            tx, name, full_name=full_name.strip(), roles=held, password_hash=hashed,
            language=language, now=now,
        )  # fmt: skip
        if made:
            audit(tx, whoami(), "agent.add", name, now=now, detail=held)
        return made

    with service() as made:
        if not made.database.transaction(work):
            raise Refusal(f"the user name {name} is taken; see: gaisma agent list")
    _say_password(name, given, as_json)


@agent.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Everybody, with their roles and when they were last seen."""
    with service() as made:
        rows = agents.everybody(made.database)
    if as_json:
        say_json([{key: row[key] for key in _LISTED} for row in rows])
        return
    table = [
        (
            row["name"],
            row["full_name"],
            ", ".join(row["roles"].split()),
            "second step" if row["totp_secret"] else "",
            "disabled" if row["disabled_at"] else "",
        )
        for row in rows
    ]
    empty = "Nobody can enter the console yet; see: gaisma agent add --help"
    say_table(("user name", "name", "roles", "", ""), table, empty=empty)


@agent.command()
@click.argument("name")
@json_option
def password(name: str, as_json: bool) -> None:
    """Give a new password to who forgot theirs; the second step is left out as well."""
    given = sign_in.given_password()
    hashed = sign_in.hash_password(given)

    def work(tx: Tx, _row: Row, now: datetime) -> None:
        agents.set_password(tx, name, hashed, must_change=True)
        agents.set_totp(tx, name, "")
        audit(tx, whoami(), "agent.password", name, now=now, detail="given")

    _change(name, work)
    _say_password(name, given, as_json)


@agent.command()
@click.argument("name")
@json_option
def disable(name: str, as_json: bool) -> None:
    """Shut somebody out, at once and everywhere; what they did stays in the audit log."""
    _shut(name, out=True)
    say({"name": name, "disabled": True}, as_json, f"{name} is shut out; their sessions ended.")


@agent.command()
@click.argument("name")
@json_option
def enable(name: str, as_json: bool) -> None:
    """Let somebody in again, with the password that they had."""
    _shut(name, out=False)
    say({"name": name, "disabled": False}, as_json, f"{name} may sign in again.")


def _shut(name: str, *, out: bool) -> None:
    def work(tx: Tx, _row: Row, now: datetime) -> None:
        if agents.set_disabled(tx, name, now if out else None):
            act = "agent.disable" if out else "agent.enable"
            audit(tx, whoami(), act, name, now=now)

    _change(name, work)


def _change(name: str, work: Callable[[Tx, Row, datetime], None]) -> None:
    now = datetime.now(UTC)

    def change(tx: Tx) -> bool:
        row = agents.get(tx, name)
        if row is not None:
            work(tx, row, now)
        return row is not None

    with service() as made:
        if not made.database.transaction(change):
            raise Refusal(f"nobody has the user name {name}; see: gaisma agent list")


def _say_password(name: str, given: str, as_json: bool) -> None:
    sentence = f"{name} signs in at /console/ with this password, shown only now: {given}"
    say({"name": name, "password": given}, as_json, sentence)
