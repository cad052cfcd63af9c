"""`gaisma token`: which other systems may call the API."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from bot.cli.shell import by_option, json_option, refusing, say, say_json, say_table, service
from bot.cli.times import shown_minute
from bot.web.api import tokens
from bot.web.api.tokens import SCOPES, TokenRefused
from storage import Row, api_tokens


@click.group()
def token() -> None:
    """Tokens for the HTTP API: add, list, rotate, revoke."""


@token.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(tuple(SCOPES)),
    help="What it may do; may be given several times.",
)  # fmt: skip
@click.option("--days", type=click.IntRange(1, 3650), help="Default: until it is revoked.")
@by_option
@json_option
def add(name: str, *, scopes: tuple[str, ...], days: int | None, by: str, as_json: bool) -> None:
    """Let a system call the API. Prints the token, which is shown only now."""
    with refusing(TokenRefused) as made:
        given = tokens.add(made.database, name, scopes, by=by, now=datetime.now(UTC), days=days)
    _show(name, given, as_json)


@token.command()
@click.argument("name")
@click.option(
    "--hours", type=click.IntRange(0, 24 * 90), default=24, show_default=True,
    help="For so long the old token is valid too.",
)  # fmt: skip
@by_option
@json_option
def rotate(name: str, *, hours: int, by: str, as_json: bool) -> None:
    """Make another token of this name; the old one is valid for some hours more."""
    with refusing(TokenRefused) as made:
        given = tokens.rotate(made.database, name, by=by, now=datetime.now(UTC), hours=hours)
    _show(name, given, as_json)


@token.command()
@click.argument("name")
@by_option
@json_option
def revoke(name: str, *, by: str, as_json: bool) -> None:
    """Take a token back at once, with the older ones of its name."""
    with refusing(TokenRefused) as made:
        gone = tokens.revoke(made.database, name, by=by, now=datetime.now(UTC))
    say({"name": name, "revoked": gone}, as_json, f"{name} can no longer call.")


@token.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All tokens, with what they may do and when they were last used."""
    now = datetime.now(UTC)
    with service() as made:
        rows = api_tokens.everything(made.database)
    if as_json:
        say_json([{**dict(row), "state": _state(row, now)} for row in rows])
        return
    say_table(
        ("name", "state", "scopes", "until", "last used"),
        [
            (row["name"], _state(row, now), row["scopes"], shown_minute(row["expires_at"]),
             shown_minute(row["used_at"]))
            for row in rows
        ],
        empty="No system may call the API yet; see: gaisma token add --help",
    )  # fmt: skip


def _state(row: Row, now: datetime) -> str:
    if row["revoked_at"]:
        return "revoked"
    ended = row["expires_at"] and datetime.fromisoformat(row["expires_at"]) <= now
    return "expired" if ended else "valid"


def _show(name: str, given: str, as_json: bool) -> None:
    say({"name": name, "token": given}, as_json, f"The token of {name}, shown only now: {given}")
