"""`gaisma agent`: who may enter the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from bot.cli.shell import Refusal, json_option, say, say_json, say_table, service, whoami
from bot.cli.times import shown_minute
from bot.people import sign_in, staff
from bot.people.sign_in import ROLES
from bot.people.staff import StaffRefused
from bot.service import Service
from locales.catalogue import LANGUAGES
from storage import agents
from storage.database import stamp

_WHY = {
    "name": "{name!r} is no user name; write small Latin letters and digits, such as anna.ozola.",
    "taken": "the user name {name} is taken; see: gaisma agent list",
    "unknown": "nobody has the user name {name}; see: gaisma agent list",
    "last": "{name} is the only administrator; let in another one first: gaisma agent add --help",
}
_LISTED = ("name", "full_name", "roles", "language", "disabled_at", "seen_at")


@click.group("agent")
def agent() -> None:
    """People of the console: add, list, disable, enable, new password."""


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
    """Let somebody in. Prints a password that they change when they first sign in."""
    with _refusing(name) as made:
        given = staff.add(
            made.database, name, full_name=full_name, roles=roles, language=language,
            by=whoami(), now=datetime.now(UTC),
        )  # fmt: skip
        ends = _ends(made, name)
    _say_password(name, given, ends, as_json)


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
@click.option("--without-step", is_flag=True, help="Their phone with the codes was lost too.")
@json_option
def password(name: str, without_step: bool, as_json: bool) -> None:
    """Give a new password to who forgot theirs; a second step stays on."""
    with _refusing(name) as made:
        given = staff.give_password(
            made.database, name, by=whoami(), now=datetime.now(UTC), without_step=without_step
        )
        ends = _ends(made, name)
    _say_password(name, given, ends, as_json)


@agent.command()
@click.argument("name")
@json_option
def disable(name: str, as_json: bool) -> None:
    """Shut somebody out, at once and everywhere; what they did stays in the audit log."""
    with _refusing(name) as made:
        staff.shut_out(made.database, name, by=whoami(), now=datetime.now(UTC))
    say({"name": name, "disabled": True}, as_json, f"{name} is shut out; their sessions ended.")


@agent.command()
@click.argument("name")
@json_option
def enable(name: str, as_json: bool) -> None:
    """Let somebody in again, with the password that they had."""
    with _refusing(name) as made:
        staff.let_in(made.database, name, by=whoami(), now=datetime.now(UTC))
    say({"name": name, "disabled": False}, as_json, f"{name} may sign in again.")


@contextmanager
def _refusing(name: str) -> Iterator[Service]:
    """The service, with what the rules of `bot.people.staff` forbid as a sentence."""
    try:
        with service() as made:
            yield made
    except StaffRefused as refused:
        raise Refusal(_WHY[refused.why].format(name=name)) from refused


def _ends(made: Service, name: str) -> datetime | None:
    row = agents.get(made.database, name)
    return sign_in.given_until(made.policy, row) if row else None


def _say_password(name: str, given: str, ends: datetime | None, as_json: bool) -> None:
    sentence = f"{name} signs in at /console/ with this password, shown only now: {given}"
    until = f"It must be changed by {shown_minute(stamp(ends))}, and ends then." if ends else ""
    told = {"name": name, "password": given, "ends_at": stamp(ends) if ends else None}
    say(told, as_json, f"{sentence}\n{until}")
