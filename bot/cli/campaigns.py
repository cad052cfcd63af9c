"""`gaisma campaign`: see what would be told to whom, approve it, hold it, stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from bot.campaigns import rules as campaigns
from bot.campaigns.announced_preview import telling_again
from bot.campaigns.preview import Preview
from bot.campaigns.rules import Approved, CampaignRefused, short_id
from bot.channels import provider_names
from bot.cli.letters import letters_later
from bot.cli.samples import sample_lines, samples_json
from bot.cli.shell import (
    Person,
    Refusal,
    by_option,
    json_option,
    refusing,
    say,
    say_json,
    say_table,
)
from bot.cli.standstill import say_standstill
from bot.cli.watching import watch_campaign
from bot.policy import RIGA
from bot.service import Service
from bot.words.counted import counted
from storage import Row, Tx
from storage import campaigns as rows
from storage.database import moment

watch_option = click.option("--watch", is_flag=True, help="Follow it until it is done or paused.")
UNREACHED = "no channel open"


@click.group()
def campaign() -> None:
    """Campaigns: announce, list, preview, approve, watch, pause, resume, stop, correct, report.

    ID is the end (or the beginning) of a campaign's id, as the list shows it.
    """


_opened = partial(refusing, CampaignRefused)


def _act(made: Service, work: Callable[[Tx], Any]) -> Any:
    return made.database.transaction(work)


@campaign.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over and empty.")
@json_option
def list_(everything: bool, as_json: bool) -> None:
    """The latest campaigns first."""
    with _opened() as made:
        found = rows.list_campaigns(made.database, empty=everything or as_json)
        left_out = 0 if everything or as_json else rows.empty_count(made.database)
        if not as_json:
            say_standstill(made)
    if as_json:
        say_json([row_json(row) for row in found])
        return
    say_table(
        ("id", "kind", "state", "recipients", "made by", "approved by", "due", "title"),
        [_cells(row) for row in found],
        empty="No campaigns. Loading outages makes them: gaisma import outages FILE.csv",
    )
    if left_out:
        click.echo(f"{counted(left_out, 'empty campaign')} left out: gaisma campaign list --all")


@campaign.command("preview")
@click.argument("part", metavar="ID")
@click.option("--full", is_flag=True, help="E-mails and letters from the first word to the last.")
@json_option
def preview_(part: str, full: bool, as_json: bool) -> None:
    """What approving would do: counts, price, deadline, texts. Changes nothing.

    Of e-mails and letters one of each language is shown, as a customer would get it.
    """
    with _opened() as made:
        row = campaigns.find(made.database, part)
        email = "email" in provider_names(made)
        seen = campaigns.look(
            made.database, row, datetime.now(UTC), made.policy, email=email,
            short_number=made.settings.short_number,
        )  # fmt: skip
    if as_json:
        say_json(preview_json(seen))
        return
    for line in preview_lines(seen, full=full):
        click.echo(line)


@campaign.command()
@click.argument("part", metavar="ID")
@click.option("--by", type=Person(), required=True, help="Who approves.")
@click.option("--reason", default="", help="Why, where it is late or said again; it is kept.")
@watch_option
@json_option
def approve(part: str, by: str, reason: str, watch: bool, as_json: bool) -> None:
    """Approve a draft and its reminders; the worker sends them when they are due."""
    now = datetime.now(UTC)
    with _opened() as made:
        done = campaigns.approve(
            made.database, part, by=by, now=now, policy=made.policy, reason=reason,
            email="email" in provider_names(made),
        )  # fmt: skip
        if as_json:
            say_json(
                row_json(done.campaign) | {"repeated": done.repeated, "apart": done.apart or None}
            )
        else:
            _say_approved(done)
            if later := letters_later(made, now, str(done.campaign["id"])):
                click.echo(later)
            say_standstill(made)
        if watch:
            watch_campaign(made.database, str(done.campaign["id"]))


def _say_approved(done: Approved) -> None:
    row = done.campaign
    if done.repeated or done.preview is None:
        click.echo(
            f"Campaign {short_id(row['id'])} was approved before, by {row['approved_by']} at "
            f"{local(row['approved_at'])}; nothing was changed."
        )
        return
    seen = done.preview
    others = _others(seen)
    for warning in seen.warnings[:1] if not (seen.messages or others) else ():
        click.echo(warning, err=True)
    click.echo(
        f"Approved: {seen.messages} SMS{others} to {counted(row['recipients'], 'recipient')}"
        f"{_unreached(seen.unreachable)}. The first go at {local(seen.first_due)}."
    )
    if done.apart:
        click.echo(
            f"Its letters that are late wait in a draft of their own: "
            f"gaisma campaign preview {short_id(done.apart)}"
        )
    click.echo(f"Next: gaisma campaign report {short_id(row['id'])}")


@campaign.command()
@click.argument("part", metavar="ID")
@by_option
@json_option
def pause(part: str, by: str, as_json: bool) -> None:
    """Hold a campaign that is under way."""
    now = datetime.now(UTC)
    with _opened() as made:
        row = _act(made, lambda tx: campaigns.pause(tx, part, by=by, now=now))
    own = short_id(row["id"])
    say(row_json(row), as_json, f"Paused. To go on: gaisma campaign resume {own}")


@campaign.command()
@click.argument("part", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Let alerts go out again at all.")
@by_option
@watch_option
@json_option
def resume(part: str | None, everything: bool, by: str, watch: bool, as_json: bool) -> None:
    """Let a paused campaign go on, or all sending after `stop --all`."""
    now = datetime.now(UTC)
    one_or_all(part, everything)
    if everything:
        with _opened() as made:
            _act(made, lambda tx: campaigns.resume_all(tx, by=by, now=now))
        say(
            {"sending_stopped": False}, as_json,
            "Sending goes on. Campaigns that were stopped stay stopped; to make them again: "
            "gaisma campaign redo --all",
        )  # fmt: skip
        return
    with _opened() as made:
        row = _act(made, lambda tx: campaigns.resume(tx, part or "", by=by, now=now))
        say(row_json(row), as_json, f"Campaign {short_id(row['id'])} goes on ({row['state']}).")
        if watch:
            watch_campaign(made.database, str(row["id"]))


@campaign.command()
@click.argument("part", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Every campaign, and all sending.")
@by_option
@json_option
def stop(part: str | None, everything: bool, by: str, as_json: bool) -> None:
    """End a campaign and take back what is not on its way yet."""
    now = datetime.now(UTC)
    one_or_all(part, everything)
    if everything:
        with _opened() as made:
            many, taken = campaigns.stop_all(made.database, by=by, now=now)
        say(
            {"sending_stopped": True, "campaigns": many, "taken_back": taken}, as_json,
            f"All sending is stopped: {counted(many, 'campaign')} ended, "
            f"{counted(taken, 'notice')} taken back.\n"
            "To send again: gaisma campaign resume --all",
        )  # fmt: skip
        return
    with _opened() as made:
        row, taken = campaigns.stop(made.database, part or "", by=by, now=now)
    own = short_id(row["id"])
    say(
        row_json(row) | {"taken_back": taken}, as_json,
        f"Stopped; {counted(taken, 'notice')} taken back. See: gaisma campaign report {own}\n"
        f"To tell it after all: {telling_again(row)}",
    )  # fmt: skip


# --- what is shown --------------------------------------------------------------------------


def next_step(row: Row) -> str:
    """A campaign that was just made, on one line, with the command that comes next."""
    told = f"{row['kind']}: {counted(row['recipients'], 'recipient')}, {row['state']}."
    if row["parent_id"]:
        return f"{told} It is approved with its notices."
    verb = "preview" if row["state"] == "draft" else "report"
    return f"{told} Next: gaisma campaign {verb} {short_id(row['id'])}"


def one_or_all(part: str | None, everything: bool) -> None:
    """Raises Refusal unless a campaign or --all is named, and not both."""
    if (part is None) == (not everything):
        raise Refusal("name one campaign, or --all.")


def row_json(row: Row) -> dict[str, Any]:
    """A campaign as programs read it."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "state": row["state"],
        "recipients": row["recipients"],
        "made_by": row["made_by"],
        "made_at": row["made_at"],
        "approved_by": row["approved_by"],
        "approved_at": row["approved_at"],
        "late_reason": row["late_reason"],
        "parent": row["parent_id"],
        "title": row["title"],
        "deadline": row["deadline_at"],
        "due": row["due_at"],
        "audience": row["audience"],
        "corrects": row["corrects_id"],
        "paused_why": row["paused_why"],
    }


def _cells(row: Row) -> tuple[object, ...]:
    due = local(row["due_at"]) if row["due_at"] else ""
    return (
        short_id(row["id"]), row["kind"], row["state"], row["recipients"], row["made_by"],
        row["approved_by"], due, row["title"],
    )  # fmt: skip


def preview_json(seen: Preview) -> dict[str, Any]:
    """What approving would do, as programs read it."""
    return row_json(seen.campaign) | {
        "works": seen.works,
        "messages": seen.messages,
        "languages": {name: measure.messages for name, measure in seen.languages.items()},
        "channels": {
            "sms": seen.messages,
            "email": seen.reach.emails,
            "letter": seen.reach.letters,
            "none": seen.unreachable,
        },
        "calls": seen.reach.calls,
        "call_premises": seen.reach.call_premises,
        "prices_cents": seen.prices,
        "deadlines": {name: at.isoformat() for name, at in seen.deadlines.items()},
        "documents": samples_json(seen.reach.samples),
        "unwritten": seen.unwritten,
        "segments": seen.segments,
        "price_cents": seen.price_cents,
        "exact": all(measure.exact for measure in seen.languages.values()),
        "legal_deadline": seen.deadline and seen.deadline.isoformat(),
        "late": seen.late,
        "late_works": seen.late_works,
        "first_due": seen.first_due and seen.first_due.isoformat(),
        "first_letter": seen.first_letter and seen.first_letter.isoformat(),
        "held_until": seen.held_until and seen.held_until.isoformat(),
        "reminders": seen.reminders,
        "samples": [
            {"language": language, "text": text, "segments": segments}
            for language, text, segments in seen.samples
        ],
        "warnings": seen.warnings,
    }


def preview_lines(seen: Preview, *, full: bool) -> Iterator[str]:
    """The same for people."""
    row = seen.campaign
    yield f"{row['title']} ({row['kind']}, {row['state']}), made by {row['made_by']}"
    by_language = counted_by_language({name: m.messages for name, m in seen.languages.items()})
    yield (
        f"Recipients: {row['recipients']}; SMS: {seen.messages} ({by_language or 'none'})"
        f"{_unreached(seen.unreachable)}"
    )
    if others := seen.reach.emails + seen.reach.letters:
        by_email, by_letter = (
            counted_by_language(seen.reach.email),
            counted_by_language(seen.reach.letter),
        )
        yield (
            f"E-mails: {seen.reach.emails} ({by_email or 'none'}); "
            f"letters: {seen.reach.letters} ({by_letter or 'none'})"
        )
    at_most = "" if all(m.exact for m in seen.languages.values()) else "at most "
    if seen.unwritten:
        at_most = "at least "
    price = f"Segments: {at_most}{seen.segments}, price: {at_most}{seen.price_cents / 100:.2f} EUR"
    if seen.unwritten:
        price += f"; text missing: {counted_by_language(seen.unwritten)}"
    parts = ", ".join(f"{name} {cents / 100:.2f}" for name, cents in seen.prices.items())
    yield f"{price} ({parts})" if others else price
    if seen.deadline is not None:
        kept = "broken" if seen.late else "kept"
        yield f"Legal deadline: {_deadlines(seen)}, {kept} if approved now"
    held = ", when the quiet hours end" if seen.held_until else ""
    if seen.first_sms is not None or seen.first_letter is None:
        first = "First SMS" if seen.messages or not others else "The first go"
        yield f"{first}: {local(seen.first_sms)}{held}"
    if seen.first_letter is not None and seen.reach.letters:
        yield f"Letters from: {local(seen.first_letter)}; they wait for: gaisma letters --out DIR"
    if seen.reminders:
        yield f"Reminders approved with it: {counted(seen.reminders, 'recipient')}"
    for language, text, segments in seen.samples:
        yield f"  {language} [{segments}] {text}"
    more = f"gaisma campaign preview {short_id(row['id'])} --full"
    yield from sample_lines(seen.reach.samples, full=full, more=more)
    for warning in seen.warnings:
        yield f"! {warning}"
    if row["state"] == "draft" and not row["parent_id"]:
        why = ' --reason "..."' if seen.late or seen.again else ""
        approving = f"gaisma campaign approve {short_id(row['id'])} --by NAME{why}"
        yield f"Next: {seen.instead or approving}"


def _deadlines(seen: Preview) -> str:
    """The first one, and where letters have another, whose it is."""
    sms, by_post = seen.deadlines.get("sms"), seen.deadlines.get("letter")
    if sms is None:
        return f"{local(by_post)} (letters)"
    if by_post is None:
        return local(sms)
    if by_post < sms:
        return f"{local(by_post)} (letters; SMS and e-mail: {local(sms)})"
    return f"{local(sms)} (SMS and e-mail; letters: {local(by_post)})"


def counted_by_language(languages: dict[str, int]) -> str:
    """'lv 13, ru 5'."""
    return ", ".join(f"{name} {count}" for name, count in languages.items())


def _others(seen: Preview) -> str:
    found = (("e-mail", seen.reach.emails), ("letter", seen.reach.letters))
    return "".join(f", {counted(many, noun)}" for noun, many in found if many)


def _unreached(count: int) -> str:
    return f"; {UNREACHED}: {count}" if count else ""


def local(at: str | datetime | None) -> str:
    """A time in Latvia as lists show it."""
    if at is None:
        return "no time"
    when = moment(at) if isinstance(at, str) else at
    return f"{when.astimezone(RIGA):%Y-%m-%d %H:%M}"
