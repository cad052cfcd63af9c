"""`gaisma outage`: what a dispatcher or operator does to outages, without a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import click

from bot.cli import attention
from bot.cli.campaigns import next_step
from bot.cli.foreseen import say_foreseen
from bot.cli.reasons import reasons
from bot.cli.shell import Refusal, by_option, json_option, refusing, say_json, say_table
from bot.cli.standstill import say_standstill
from bot.cli.times import UNKNOWN, Day, LocalTime
from bot.cli.told import told
from bot.network import attention as attentions
from bot.network import outages, reopening, standing
from bot.network.audience import Asked, AudienceRefused, premises_of
from bot.network.outages import Actor, Done, OutageRefused
from bot.policy import RIGA
from bot.service import Service
from bot.words.counted import counted, premises
from storage import Row
from storage import campaigns as campaign_rows
from storage import outages as rows
from storage.database import moment
from storage.outages import STATES, OutageChange


@click.group()
def outage() -> None:
    """Outages: add, move, cancel, send a crew, restore, reopen, list, who was told.

    Times are those of Latvia, written '2026-12-12 09:00'. ID is the outage's own name
    (external_id).
    """


_opened = partial(refusing, OutageRefused)


def _actor(made: Service, by: str) -> Actor:
    return Actor(by, datetime.now(UTC), made.policy)


@outage.command()
@click.option("--kind", type=click.Choice(["planned", "unplanned"]), required=True)
@click.option("--starts", type=LocalTime(), help="Default for an unplanned outage: now.")
@click.option("--ends", type=LocalTime(), help="Left out: not known yet (unplanned only).")
@click.option("--reason", default="", help="A few words for customers; see: gaisma outage reasons.")
@click.option("--eics", default="", help="EIC codes, separated by spaces.")
@click.option("--transformer", default="", help="All premises of this transformer.")
@click.option("--feeder", default="", help="All premises of this feeder.")
@click.option("--street", "streets", multiple=True, help='Such as "Kalna iela 1-57 odd".')
@click.option("--town", default="", help="Where the street is; alone: the whole town.")
@click.option("--id", "external_id", default=outages.new_external_id, help="Default: a new one.")
@by_option
@json_option
def add(
    *, kind: str, starts: datetime | None, ends: datetime | None, reason: str, eics: str,
    transformer: str, feeder: str, streets: tuple[str, ...], town: str, external_id: str, by: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Add planned works or an unplanned outage; whom it concerns is told by a campaign."""
    if starts is None and kind == "planned":
        raise Refusal("planned works need --starts and --ends.")
    change = OutageChange(
        external_id=external_id.strip(),
        sequence=1,
        kind=kind,
        state="scheduled" if kind == "planned" else "active",
        starts_at=starts or datetime.now(UTC),
        ends_at=ends,
        reason=" ".join(reason.split()),
        eics=tuple(dict.fromkeys(eics.upper().split())),
        transformer=transformer.strip(),
        feeder=feeder.strip(),
    )
    with _opened() as made:
        if streets or town:
            change = replace(change, eics=_premises_there(made, change, streets, town))
        done = outages.add(made.database, change, _actor(made, by))
        many = rows.outage_eics(made.database, done.changes[0].outage_id)
        _say(made, done, f"Added {external_id}: {premises(len(many))}.", as_json=as_json)


def _premises_there(
    made: Service, change: OutageChange, streets: tuple[str, ...], town: str
) -> tuple[str, ...]:
    if change.eics or change.transformer or change.feeder:
        raise Refusal("give --street and --town, or --eics, --transformer or --feeder; not both.")
    asked = Asked(towns=(town,) if town else (), streets=streets)
    try:
        return premises_of(made.database, asked)
    except AudienceRefused as refused:
        raise Refusal(str(refused)) from refused


@outage.command()
@click.argument("part", metavar="ID")
@click.option("--starts", type=LocalTime())
@click.option("--ends", type=LocalTime(may_be_unknown=True), help="A time, or: unknown.")
@click.option("--reason", help="Another reason; said with the next message and to who asks.")
@by_option
@json_option
@click.pass_context
def move(
    ctx: click.Context, /, part: str, *, starts: datetime | None, ends: datetime | None,
    reason: str | None, by: str, as_json: bool,
) -> None:  # fmt: skip
    """Give an outage other times or another reason; who was told the old times is told both."""
    times: dict[str, datetime | None] = {} if starts is None else {"starts_at": starts}
    # None may mean 'unknown' here, so ask whether the option was given at all.
    if ctx.get_parameter_source("ends") is not click.core.ParameterSource.DEFAULT:
        times["ends_at"] = ends
    if not times and reason is None:
        raise Refusal("give --starts, --ends or both, or --reason.")
    with _opened() as made:
        done = outages.move(made.database, part, _actor(made, by), reason=reason, **times)
        same = all(each.outcome == "same" for each in done.changes)
        said = f"Nothing changed: {part} has these times already." if same else f"Moved {part}."
        _say(made, done, said, as_json=as_json)


@outage.command()
@click.argument("parts", metavar="[ID]...", nargs=-1)
@click.option("--from", "first", type=Day(), help="All planned works from this day ...")
@click.option("--to", "last", type=Day(), help="... to this day.")
@click.option("--town", default="", help="Only works with premises in this town.")
@click.option("--feeder", default="", help="Only works with premises of this feeder.")
@click.option("--reason-was", default="", help="Only works for this reason.")
@click.option("--reason", default="", help="Why they are cancelled; customers read it.")
@click.option("--dry-run", is_flag=True, help="Only say whom it would tell what, and the price.")
@by_option
@json_option
def cancel(
    *, parts: tuple[str, ...], first: date | None, last: date | None, town: str, feeder: str,
    reason_was: str, reason: str, dry_run: bool, by: str, as_json: bool,
) -> None:  # fmt: skip
    """Cancel outages by id, or all planned works of some days: one message a customer."""
    if bool(parts) == bool(first and last) or (first is None) != (last is None):
        raise Refusal("name the outages, or give both --from and --to.")
    if parts and (town or feeder or reason_was):
        raise Refusal("--town, --feeder and --reason-was go with --from and --to.")
    with _opened() as made:
        actor = _actor(made, by)
        narrow = {"town": town, "feeder": feeder, "reason_was": reason_was}
        if dry_run:
            found = outages.to_cancel(made.database, parts, first, last, **narrow)
            say_foreseen(made, found, actor, reason=reason, as_json=as_json)
            return
        if first and last:
            done = outages.cancel_between(
                made.database, first, last, actor, reason=reason, **narrow
            )  # fmt: skip
        else:
            done = outages.cancel(made.database, parts, actor, reason=reason)
        _say(made, done, f"Cancelled {counted(len(done.changes), 'outage')}.", as_json=as_json)


@outage.command()
@click.argument("parts", metavar="ID...", nargs=-1, required=True)
@by_option
@json_option
def restore(*, parts: tuple[str, ...], by: str, as_json: bool) -> None:
    """Power is back: who was told of the outage is told so, and asked to answer if it is not."""
    with _opened() as made:
        done = outages.restore(made.database, parts, _actor(made, by))
        _say(made, done, f"Restored {counted(len(done.changes), 'outage')}.", as_json=as_json)


@outage.command()
@click.argument("part", metavar="ID")
@click.option("--handed-over", "crew", flag_value="handed_over", help="A crew has been given it.")
@click.option("--on-way", "crew", flag_value="on_way", help="A crew has set out for the fault.")
@click.option("--working", "crew", flag_value="working", help="A crew is there and at work.")
@by_option
@json_option
def crew(part: str, *, crew: str | None, by: str, as_json: bool) -> None:
    """Say where the crew of an unplanned outage is; who knows of the outage is told.

    That it was handed over is said only to who asks.
    """
    if crew is None:
        raise Refusal("say --handed-over, --on-way or --working.")
    with _opened() as made:
        done = outages.set_crew(made.database, part, crew, _actor(made, by))
        _say(made, done, f"Crew of {part}: {CREWS[crew]}.", as_json=as_json)


@outage.command()
@click.argument("part", metavar="ID")
@click.option("--transformer", default="", help="Only what hangs on this one is still dark.")
@click.option("--eics", default="", help="Only these premises; EIC codes, separated by spaces.")
@click.option("--ends", type=LocalTime(), help="Left out: not known yet.")
@by_option
@json_option
def reopen(
    part: str, *, transformer: str, eics: str, ends: datetime | None, by: str, as_json: bool
) -> None:
    """It was not over: all of it, or (with --transformer or --eics) a part as an outage of its own.

    Who was told that it is over is told what holds.
    """
    if transformer and eics:
        raise Refusal("give --transformer or --eics, not both.")
    codes = eics.upper().split()
    with _opened() as made:
        actor, database = _actor(made, by), made.database
        if transformer or codes:
            done = reopening.nest(
                database, part, actor, transformer=transformer.strip(), eics=codes, ends_at=ends
            )
            row = rows.outage(database, done.changes[0].outage_id)
            said = f"Added {row['external_id']}, nested in {part}." if row else ""
        else:
            done = reopening.reopen(database, part, actor, ends_at=ends)
            said = f"Reopened {part}."
        _say(made, done, said, as_json=as_json)


@outage.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True)
@click.option("--past", is_flag=True, help="Those that are over, the latest first.")
@json_option
def list_(states: tuple[str, ...], past: bool, as_json: bool) -> None:
    """What lasts or is to come, or outages in the states given: what lasts now first.

    Works whose end has passed are over, though nobody said so: --past.
    """
    now = datetime.now(UTC)
    with _opened() as made:
        found = standing.listed(made.database, now, states=states, past=past)
        seen = attentions.look(made.database, found, made.policy)
        ended = 0 if past else rows.ended_count(made.database, now)
    if as_json:
        say_json(
            [
                {name: row[name] for name in LISTED}
                | {"standing": standing.of(row, now)}
                | seen.of(row)
                for row in found
            ]
        )
        return
    say_table(
        ("id", "kind", "state", "from", "to", "premises", "town", "crew", "reason"),
        [_cells(row, now) for row in found],
        empty="No such outages. Add one: gaisma outage add --help",
    )
    if ended:
        works = counted(ended, "planned outage has", "planned outages have")
        click.echo(f"{works} ended: gaisma outage list --past")
    attention.say(seen)


LISTED = (
    "id", "external_id", "kind", "state", "sequence", "revision", "starts_at", "ends_at",
    "reason", "crew", "nested_in", "premises", "town", "towns",
)  # fmt: skip


def _cells(row: Row, now: datetime) -> tuple[object, ...]:
    return (
        row["external_id"], row["kind"], standing.of(row, now), _local(row["starts_at"]),
        _local(row["ends_at"]), row["premises"], _towns(row), CREWS[row["crew"]], row["reason"],
    )  # fmt: skip


def _towns(row: Row) -> str:
    """The first town by name, and of how many more there are premises: 'Ogre +2'."""
    more = int(row["towns"]) - 1
    return f"{row['town']} +{more}" if more > 0 else str(row["town"] or "")


CREWS = {"": "", "handed_over": "handed over", "on_way": "on its way", "working": "at work"}


def _local(at: str | None) -> str:
    return UNKNOWN if at is None else f"{moment(at).astimezone(RIGA):%Y-%m-%d %H:%M}"


def _say(made: Service, done: Done, sentence: str, *, as_json: bool) -> None:
    found = [campaign_rows.campaign(made.database, each) for each in done.campaigns]
    campaigns = [row for row in found if row is not None]
    if as_json:
        say_json(
            {
                "outages": [
                    {"id": each.outage_id, "outcome": each.outcome} for each in done.changes
                ],
                "campaigns": [
                    {name: row[name] for name in ("id", "kind", "state", "recipients")}
                    for row in campaigns
                ],
                "notes": done.notes,
            }
        )
        return
    click.echo(sentence)
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for row in campaigns:
        click.echo(next_step(row))
    if not campaigns:
        click.echo("Nobody has to be told.")
    else:
        say_standstill(made)


outage.add_command(told)
outage.add_command(reasons)
