"""`gaisma message`: what was set aside after too many tries, for a person to decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from bot.cli.shell import Refusal, by_option, json_option, say, say_json, say_table, service
from bot.privacy import mask
from bot.service import Service
from locales.dates import local
from storage import Row, Tx, messages, retries
from storage.database import audit, moment

SHORT = 8
ALL = (*messages.RANKS, *messages.ENDED)
FIELDS = (
    "id", "channel", "kind", "lane", "customer_number", "campaign_id", "status", "provider",
    "attempts", "error_code", "made_at", "due_at", "valid_until", "done_at",
)  # fmt: skip
WHY = {
    "tries": "tried too often, never with an answer",
    "no_text": "its text could not be written",
    "unknown": "nobody knows whether it went out",
}


@click.group()
def message() -> None:
    """Messages on their way out: list, find one, try again, drop.

    ID is the end of a message's id: as the list shows it, or as it stands on a letter.
    """


@message.command("list")
@click.option("--set-aside", is_flag=True, help="Those that wait for a person. The default.")
@click.option("--status", "statuses", type=click.Choice(ALL), multiple=True)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_(set_aside: bool, statuses: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Messages that were set aside, or those with the statuses given; the latest first."""
    wanted = [*statuses, *(["set_aside"] if set_aside or not statuses else [])]
    with service() as made:
        rows = retries.list_messages(made.database, wanted, limit=limit)
    if as_json:
        say_json([_plain(row) for row in rows])
        return
    say_table(
        ("id", "made", "channel", "kind", "to", "status", "tries", "why"),
        [_cells(row) for row in rows],
        empty="No such messages." if statuses else "Nothing is set aside.",
    )
    if rows and rows[0]["status"] == "set_aside":
        click.echo(f"\nNext: gaisma message retry {rows[0]['id'][-SHORT:]}, or drop it.")


@message.command()
@click.argument("part", metavar="ID")
@json_option
def find(part: str, as_json: bool) -> None:
    """What became of one message, such as the letter whose reference a customer names."""
    with service() as made:
        row = _find(made.database, part)
    found = _plain(row)
    lines = [f"{name:<16} {value}" for name, value in found.items() if value not in (None, "")]
    say(found, as_json, "\n".join(lines))


@message.command()
@click.argument("part", metavar="ID")
@click.option("--may-double", is_flag=True, help="Also when it may have gone out already.")
@by_option
@json_option
def retry(part: str, may_double: bool, by: str, as_json: bool) -> None:
    """Send a message that was set aside after all, with as many tries as a new one."""
    now = datetime.now(UTC)

    def allowed(row: Row) -> None:
        if row["error_code"] == "unknown" and not may_double:
            raise Refusal(
                "nobody knows whether this message went out, and it may arrive twice; "
                "if that is better than never: --may-double"
            )
        if row["valid_until"] and moment(row["valid_until"]) <= now:
            raise Refusal("this message is of no use any more; drop it: gaisma message drop")

    with service() as made:
        row = _act(made, part, allowed, lambda tx, id_: retries.release(tx, id_, now), by=by)
    say(_plain(row), as_json, f"Message {row['id'][-SHORT:]} goes out again.")


@message.command()
@click.argument("part", metavar="ID")
@by_option
@json_option
def drop(part: str, by: str, as_json: bool) -> None:
    """Give a message up that was set aside."""
    now = datetime.now(UTC)
    with service() as made:
        row = _act(
            made, part, lambda row: None, lambda tx, id_: retries.drop(tx, id_, now), by=by
        )  # fmt: skip
    say(_plain(row), as_json, f"Message {row['id'][-SHORT:]} is dropped.")


def _act(
    made: Service, part: str, allowed: Callable[[Row], None],
    change: Callable[[Tx, str], bool], *, by: str,
) -> Row:  # fmt: skip
    """The message as it is after the change; Refusal when it is not there or not set aside."""
    context = click.get_current_context()

    def work(tx: Tx) -> Row:
        row = _find(tx, part)
        allowed(row)
        if not change(tx, row["id"]):
            raise Refusal(f"message {part} is {row['status']}; only what is set aside can be.")
        audit(tx, by, f"message.{context.info_name}", row["id"], now=datetime.now(UTC))
        return _find(tx, row["id"])

    return made.database.transaction(work)


def _find(tx: Tx, part: str) -> Row:
    # On paper it stands in groups, and in capitals.
    found = retries.find_message(tx, "".join(part.split()).lower())
    if not found:
        raise Refusal(f"no message has the id {part}; see: gaisma message list")
    if len(found) > 1:
        raise Refusal(f"several messages end in {part}; write more of the id.")
    return found[0]


def _plain(row: Row) -> dict[str, Any]:
    return {**{name: row[name] for name in FIELDS}, "to": mask(row["peer"])}


def _cells(row: Row) -> tuple[object, ...]:
    made = local(moment(row["made_at"]))
    why = WHY.get(row["error_code"] or "", row["error_code"])
    return (
        row["id"][-SHORT:], f"{made:%Y-%m-%d %H:%M}", row["channel"], row["kind"],
        mask(row["peer"]), row["status"], row["attempts"], why,
    )  # fmt: skip
