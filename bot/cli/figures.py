"""`gaisma report deadlines|reach|delivery`: what the distributor and its regulator ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import IO, Any, BinaryIO

import click

from bot.cli.shell import Refusal, json_option, say_json, say_table, service
from bot.network.outages import OutageRefused, find
from bot.policy import RIGA
from bot.reports import deadlines, delivery, proof, reach
from bot.reports.deadlines import Line, Totals
from bot.reports.months import bounds, last_months
from bot.service import Service
from bot.words.counted import counted, premises
from locales.catalogue import LANGUAGES
from storage import Row, figures

VERDICTS = {
    "legal": "legal", "late": "late", "not_told": "not told", "pending": "pending",
    "cancelled": "told that they are cancelled",
    "cancelled_not_told": "knew of them, not told that they are cancelled",
    "cancelled_unknown": "never told of them, so nothing to tell",
}  # fmt: skip
SHOWN = 30  # breaches in the terminal
IN_JSON = 1000
BAR = 40  # characters of the longest bar
MOST_MONTHS = 60


class Month(click.ParamType[date]):
    """'2026-12'."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The first day of the month."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value!r} is no month; write '2026-12'.", param, ctx)


def this_month() -> date:
    return datetime.now(RIGA).date().replace(day=1)


month_option = click.option(
    "--month", type=Month(), default=this_month, help="Such as 2026-12. Default: this one."
)
csv_option = click.option(
    "--csv", "csv_file", type=click.File("w", encoding="utf-8", atomic=True, lazy=True),
    help="Write CSV into this file ('-': standard output).",
)  # fmt: skip
language_option = click.option(
    "--language", type=click.Choice(LANGUAGES), default="lv", help="Of the document."
)


# --- deadlines ------------------------------------------------------------------------------


@click.command("deadlines")
@month_option
@click.option("--outage", "part", default="", metavar="ID", help="Only these works.")
@csv_option
@click.option(
    "--pdf",
    "pdf_file",
    type=click.File("wb", atomic=True, lazy=True),
    help="Write a document to be printed into this file.",
)
@click.option("--seal", is_flag=True, help="A signed file beside each that is written.")
@language_option
@json_option
def deadlines_(
    *, month: date, part: str, csv_file: IO[str] | None, pdf_file: BinaryIO | None, seal: bool,
    language: str, as_json: bool,
) -> None:  # fmt: skip
    """Who was warned of planned works how many days before: a line a customer and premises.

    The month is that in which the works begin. Cancelled works are left out; of one named with
    --outage it says when it was cancelled and who was told so.
    """
    now = datetime.now(UTC)
    with service() as made:
        works = _works(made, month, part)

        if csv_file is not None:
            from bot.reports.deadlines_csv import write_csv

            write_csv(csv_file, made, works, now)
        if pdf_file is not None:
            lines = deadlines.deadline_lines(made.database, works, made.policy, now)
            pages, totals = proof.write_document(pdf_file, made, works, lines, (language, now))
            click.echo(f"{counted(pages, 'page')}, {premises(totals.premises)}.", err=True)
        if seal:
            from bot.cli.seals import write_seals

            write_seals(made, (csv_file, pdf_file), works, now)
        if csv_file is None and pdf_file is None:
            totals, breaches = deadlines.count_lines(made, works, now, breaches=IN_JSON)
            if (off := proof.called_off(made.database, works, "en")) and not as_json:
                click.echo(off)
            _say_deadlines(totals, breaches, as_json=as_json)


def _works(made: Service, month: date, part: str) -> list[Row]:
    if not part:
        return figures.planned_between(made.database, *bounds(month))
    try:
        row = find(made.database, part)
    except OutageRefused as refused:
        raise Refusal(str(refused)) from refused
    if row["kind"] != "planned":
        raise Refusal(f"{row['external_id']} is unplanned; the law sets no time for it.")
    return [row]


def _say_deadlines(totals: Totals, breaches: list[Line], *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "outages": len(totals.outages),
                "premises": totals.premises,
                "added": totals.added,
                "verdicts": dict(totals.shown()),
                "channels": dict(totals.channels),
                "days_before": {str(day): many for day, many in sorted(totals.days.items())},
                "breaches": [_plain(line) for line in breaches],
                "breaches_left_out": totals.breaches - len(breaches),
            }
        )
        return
    if not totals.lines:
        click.echo("No planned works begin then.")
        return
    click.echo(f"Outages: {len(totals.outages)}, premises: {totals.premises}")
    if totals.added:
        click.echo(
            f"Works made longer after the first notice: {totals.added} more, each judged by the "
            "notice of the added time"
        )
    for name, many in totals.shown():
        click.echo(f"{VERDICTS[name]:<9} {many:>8}  {_percent(many, totals.lines)}")
    say_bars("Days before the start", dict(sorted(totals.days.items())))
    if breaches:
        _say_breaches(breaches, totals.breaches)


def _say_breaches(breaches: list[Line], many: int) -> None:
    click.echo("")
    say_table(
        ("outage", "start", "customer", "address", "channel", "told", "days", "", "reason"),
        [
            (
                _works_of(line), _local(line.starts_at), line.customer_number, line.address,
                line.channel or line.state, _local(line.told_at), line.days,
                line.verdict.replace("_", " "), line.reason,
            )
            for line in breaches[:SHOWN]
        ],
        empty="",
    )  # fmt: skip
    if many > SHOWN:
        click.echo(f"... and {many - SHOWN} more; all of them: --csv FILE")


def _works_of(line: Line) -> str:
    added = "" if line.added_from is None else f", from {line.added_from.astimezone(RIGA):%H:%M} on"
    return f"{line.outage}{added}"


def _plain(line: Line) -> dict[str, Any]:
    names = (
        "outage", "starts_at", "customer_number", "eic", "address", "channel", "told_at", "state",
        "days", "verdict", "reason", "added_from",
    )  # fmt: skip
    return {name: getattr(line, name) for name in names}


# --- reach ----------------------------------------------------------------------------------


@click.command("reach")
@month_option
@click.option("--months", type=click.IntRange(1, MOST_MONTHS), default=6, help="So many, up to it.")
@csv_option
@click.option(
    "--svg",
    "svg_file",
    type=click.File("w", encoding="utf-8", atomic=True, lazy=True),
    help="Draw the shares into this file.",
)
@language_option
@json_option
def reach_(
    *, month: date, months: int, csv_file: IO[str] | None, svg_file: IO[str] | None, language: str,
    as_json: bool,
) -> None:  # fmt: skip
    """By which channel customers were warned of works, month by month, and what alerts cost.

    Each customer counts once a month, by the channel that reached them.
    """
    with service() as made:
        found = [
            reach.month_of_reach(made.database, day, made.policy)
            for day in last_months(month, months)
        ]
    if csv_file is not None:
        reach.write_csv(csv_file, found)
    if svg_file is not None:
        from bot.reports.chart import reach_svg

        svg_file.write(reach_svg(found, language))
    if as_json:
        say_json([each.plain() for each in found])
    elif csv_file is None and svg_file is None:
        _say_reach(found)


def _say_reach(months: list[reach.Month]) -> None:
    say_table(
        ("month", "customers", "warned", *reach.CHANNELS, "not reached"),
        [row for month in months for row in _reach_rows(month)],
        empty="",
    )
    for channel in ("sms", "email"):
        say_bars(
            f"{channel}: percent of the customers warned",
            {f"{month.first:%Y-%m}": round(month.share(channel)) for month in months},
            whole=100,
        )
    last = months[-1]
    click.echo(f"\nAlerts of {last.first:%Y-%m}, all kinds:")
    say_table(
        ("channel", "sent", "reached", "", "failed", "cost, EUR"),
        [_alert_row(last, channel) for channel in sorted(last.sent)],
        empty="none.",
    )
    click.echo(f"Opted out in that month: {last.opt_outs}")
    if last.ahead:
        bars = {_days(day): many for day, many in sorted(last.ahead.items())}
        say_bars("First notices by days before the start", bars)


def _reach_rows(month: reach.Month) -> Iterator[tuple[object, ...]]:
    for name, kinds in (("all", reach.KINDS), *((kind, (kind,)) for kind in reach.KINDS)):
        shares = [f"{month.share(channel, kinds):.0f} %" for channel in reach.CHANNELS]
        first = f"{month.first:%Y-%m}" if name == "all" else ""
        yield first, name, month.warned(kinds), *shares, month.by("none", kinds)


def _alert_row(month: reach.Month, channel: str) -> tuple[object, ...]:
    rate = month.reach_rate(channel)
    return (
        channel, month.sent[channel], month.reached.get(channel, 0),
        "" if rate is None else f"{rate:.1f} %", month.failed.get(channel, 0),
        f"{month.cost_cents.get(channel, 0) / 100:.2f}",
    )  # fmt: skip


def _days(day: int) -> str:
    return {-1: "after", reach.FAR: f"{reach.FAR}+"}.get(day, str(day))


# --- delivery -------------------------------------------------------------------------------


@click.command("delivery")
@month_option
@json_option
def delivery_(*, month: date, as_json: bool) -> None:
    """Alerts of a month by provider, status and error code; and how long receipts take."""
    with service() as made:
        found = delivery.delivery_between(made.database, *bounds(month))
    names = ("channel", "provider", "status", "error_code", "messages")
    if as_json:
        say_json(
            {
                "counts": [{name: row[name] for name in names} for row in found.counts],
                "reached": {
                    channel: {"reached": good, "sent": sent}
                    for channel, (good, sent) in found.reached().items()
                },
                "latencies": [
                    {
                        "channel": each.channel, "provider": each.provider,
                        "messages": each.messages, "p50_seconds": round(each.p50, 1),
                        "p95_seconds": round(each.p95, 1),
                    }
                    for each in found.latencies
                ],
            }
        )  # fmt: skip
        return
    say_table(
        ("channel", "provider", "status", "error code", "messages"),
        [tuple(row[name] for name in names) for row in found.counts],
        empty="No alerts went out then.",
    )
    for channel, (good, sent) in found.reached().items():
        click.echo(f"Reached by {channel}: {good} of {sent} ({_percent(good, sent).strip()})")
    if found.latencies:
        click.echo("\nFrom sending to the receipt of delivery, seconds:")
        say_table(
            ("channel", "provider", "messages", "half within", "95 % within"),
            [
                (each.channel, each.provider, each.messages, f"{each.p50:.1f}", f"{each.p95:.1f}")
                for each in found.latencies
            ],
            empty="",
        )


# --- drawing --------------------------------------------------------------------------------


def say_bars(title: str, bars: Mapping[Any, int], *, whole: int = 0) -> None:
    """A bar a line; `whole`, or else the longest, is as wide as `BAR` characters."""
    most = whole or max(bars.values(), default=0)
    if not any(bars.values()):
        return
    click.echo(f"\n{title}:")
    wide = max(len(str(label)) for label in bars)
    for label, many in bars.items():
        click.echo(f"{label!s:>{wide}}  {'█' * max(bool(many), BAR * many // most)} {many}")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else ""


def _local(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(RIGA):%Y-%m-%d %H:%M}"
