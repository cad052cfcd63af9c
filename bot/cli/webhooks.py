"""`gaisma webhook`: which other systems are told of events, and whether they heard."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from bot.cli.shell import Refusal, by_option, json_option, say, say_json, say_table, service
from bot.cli.times import shown_second
from bot.delivery import subscriptions
from bot.delivery.subscriptions import WebhookRefused
from bot.delivery.webhooks import allowed_networks
from bot.delivery.webhooks import test as send_test
from storage import Database, Row, webhooks
from storage.webhooks import EVENTS

_LISTED = (
    "id", "url", "events", "state", "contacts", "made_by", "made_at", "old_secret_until",
    "waiting", "delivered", "set_aside",
)  # fmt: skip
_SHOWN = ("event_id", "event", "state", "attempts", "answer", "at", "due_at", "done_at")


@click.group()
def webhook() -> None:
    """Webhooks out: add, list, show deliveries, test, rotate, retry, remove."""


@webhook.command()
@click.argument("url")
@click.option(
    "--event", "events", multiple=True, required=True, type=click.Choice(EVENTS),
    help="What to tell; may be given several times.",
)  # fmt: skip
@click.option("--contacts", is_flag=True, help="Tell phone numbers in full, not masked.")
@by_option
@json_option
def add(url: str, *, events: tuple[str, ...], contacts: bool, by: str, as_json: bool) -> None:
    """Tell a system of events at an address. Prints the secret, which is shown only now."""
    with service() as made:
        try:
            webhook_id, secret = subscriptions.add(
                made.database, url, events, contacts=contacts, by=by, now=datetime.now(UTC),
                allowed=allowed_networks(made),
            )  # fmt: skip
        except WebhookRefused as refused:
            raise Refusal(str(refused)) from refused
    told = f"Added {webhook_id[-6:]}. Its secret, shown only now: {secret}"
    say({"id": webhook_id, "secret": secret}, as_json, told)
    if doubt := subscriptions.doubt(url):
        click.echo(f"gaisma: {doubt} Is the address right?", err=True)


@webhook.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Who is told of what, and how many deliveries wait or were set aside."""
    with service() as made:
        rows = webhooks.everything(made.database)
    if as_json:
        say_json([{name: row[name] for name in _LISTED} for row in rows])
        return
    say_table(
        ("id", "address", "events", "state", "waiting", "delivered", "set aside"),
        [
            (row["id"][-6:], row["url"], row["events"], row["state"], row["waiting"] or 0,
             row["delivered"] or 0, row["set_aside"] or 0)
            for row in rows
        ],
        empty="Nobody is told of anything yet; see: gaisma webhook add --help",
    )  # fmt: skip


@webhook.command()
@click.argument("part", metavar="ID")
@click.option("--state", type=click.Choice(["waiting", "delivered", "set_aside"]), default=None)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@json_option
def show(part: str, *, state: str | None, limit: int, as_json: bool) -> None:
    """The latest deliveries of one, with what was answered."""
    with service() as made:
        row = _find(made.database, part)
        rows = webhooks.deliveries(made.database, row["id"], limit, state or "")
    if as_json:
        say_json([{name: each[name] for name in _SHOWN} for each in rows])
        return
    say_table(
        ("event", "what", "state", "tries", "answer", "at", "next"),
        [
            (each["event_id"][-6:], each["event"], each["state"], each["attempts"],
             each["answer"], shown_second(each["at"]),
             shown_second(each["due_at"] if each["state"] == "waiting" else ""))
            for each in rows
        ],
        empty="Nothing was delivered there yet.",
    )  # fmt: skip


@webhook.command()
@click.argument("part", metavar="ID")
@json_option
def test(part: str, *, as_json: bool) -> None:
    """Send a test event there now, and say what was answered."""
    with service() as made:
        row = _find(made.database, part)
        answer = send_test(made.database, row, allowed_networks(made), datetime.now(UTC))
    if not answer.is_good:
        why = f"the answer was {answer.status}" if answer.status else answer.reason
        raise Refusal(f"{row['url']}: {why}")
    say({"status": answer.status}, as_json, f"{row['url']} answered {answer.status}.")


@webhook.command()
@click.argument("part", metavar="ID")
@click.option(
    "--hours", type=click.IntRange(0, 24 * 90), default=24, show_default=True,
    help="For so long the old secret signs too.",
)  # fmt: skip
@by_option
@json_option
def rotate(part: str, *, hours: int, by: str, as_json: bool) -> None:
    """Make another secret; both sign for some hours."""
    with service() as made:
        row = _find(made.database, part)
        secret = subscriptions.rotate(made.database, row, by=by, now=datetime.now(UTC), hours=hours)
    told = f"The secret of {row['id'][-6:]}, shown only now: {secret}"
    say({"id": row["id"], "secret": secret}, as_json, told)


@webhook.command()
@click.argument("part", metavar="ID")
@by_option
@json_option
def retry(part: str, *, by: str, as_json: bool) -> None:
    """Deliver again what was set aside after three days."""
    with service() as made:
        row = _find(made.database, part)
        many = subscriptions.retry(made.database, row, by=by, now=datetime.now(UTC))
    say({"id": row["id"], "retried": many}, as_json, f"{many} to be delivered again.")


@webhook.command()
@click.argument("part", metavar="ID")
@by_option
@json_option
def remove(part: str, *, by: str, as_json: bool) -> None:
    """Tell that address nothing any more; what waits for it is not sent."""
    with service() as made:
        row = _find(made.database, part)
        subscriptions.remove(made.database, row, by=by, now=datetime.now(UTC))
    say({"id": row["id"], "removed": True}, as_json, f"{row['url']} is told nothing any more.")


def _find(database: Database, part: str) -> Row:
    rows = webhooks.ending(database, part.lower()) if len(part) >= 4 else []
    if len(rows) != 1:
        which = "several webhooks end" if rows else "no webhook ends"
        raise Refusal(f"{which} in {part!r} (4 signs or more); see: gaisma webhook list")
    return rows[0]
