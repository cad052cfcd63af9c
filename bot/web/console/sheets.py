"""What each page of the reports shows: a few great figures, charts, and tables of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import g
from markupsafe import Markup

from bot.reports.costs import Costs, kinds_of
from bot.reports.delivery import Delivery
from bot.reports.reach import CHANNELS, FAR, Month
from bot.reports.talked import HOURS, Talked
from bot.reports.waits import Waits, middle_and_p90
from bot.web.console import charts
from bot.web.console.alerts_show import code_in_words
from bot.web.console.charts import Chart, Series, number
from bot.web.console.frame import known, t
from locales import dates
from storage import Row, figures

_KINDS_DRAWN = 4  # kinds of messages with a colour of their own; the last colour is of the others


@dataclass(frozen=True)
class Table:
    """`words`: how many of the first columns are no figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


@dataclass(frozen=True)
class Picture:
    """A drawing with its legend, and the table that holds the same figures."""

    chart: Chart
    drawing: Markup
    table: Table
    note: str = ""

    @property
    def legend(self) -> list[str]:
        names = [each.name for each in self.chart.series]
        return names if len(names) > 1 else []


@dataclass(frozen=True)
class Sheet:
    """`facts`: (label, figure) above all; `more`: tables that have no drawing."""

    facts: Sequence[tuple[str, str]] = ()
    pictures: Sequence[Picture] = ()
    more: Sequence[Table] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return all(each.chart.is_empty for each in self.pictures)


def say_number(value: float | None) -> str:
    return number(value, g.language)


def say_share(value: float | None) -> str:
    return "–" if value is None else f"{number(value, g.language)} %"


def say_minutes(value: float | None) -> str:
    """'4 min', '1 h 20 min'; '–' for none."""
    if value is None:
        return "–"
    return str(dates.duration(max(1, round(value)), g.language))


def intent_name(intent: str) -> str:
    return known(f"reports.intent.{intent}", intent)


def channel_name(channel: str) -> str:
    return known(f"reports.channel.{channel}", channel)


def kind_name(kind: str) -> str:
    group, _, notice = kind.partition("_")
    if group == "debt" and notice:
        return f"{t('reports.kind.debt')}: {t('debts.kind.' + notice)}"
    return known(f"reports.kind.{kind}", kind)


def _short(first: date) -> str:
    return f"{first:%m.%Y}"


def _hour(hour: int) -> str:
    return f"{hour:02}"


def table_of(chart: Chart, head: str) -> Table:
    """The figures of a chart: a row for each label."""
    return Table(
        chart.title,
        [head, *(each.name for each in chart.series)],
        [
            [label, *(chart.shown(each.values[place]) for each in chart.series)]
            for place, label in enumerate(chart.labels)
        ],
    )


# --- reach ----------------------------------------------------------------------------------


def reach(months: Sequence[Month]) -> Sheet:
    used = [each for each in CHANNELS if any(month.by(each) for month in months)]
    shares = Chart(
        t("reports.reach.shares"),
        [_short(month.first) for month in months],
        [Series(channel_name(each), [_share(month, each) for month in months]) for each in used],
        unit="%", language=g.language,
    )  # fmt: skip
    last = months[-1]
    columns = [t("reports.month"), t("reports.reach.warned")]
    columns += [*map(channel_name, CHANNELS), t("reports.reach.not_reached")]
    rows = [
        [_short(m.first), say_number(m.warned()), *(say_share(_share(m, c)) for c in CHANNELS),
         say_number(m.by("none"))]
        for m in reversed(months)
    ]  # fmt: skip
    pictures = [Picture(shares, charts.columns(shares), Table(shares.title, columns, rows))]
    if last.ahead:
        pictures.append(_ahead(last))
    facts = [
        (t("reports.reach.warned"), say_number(last.warned())),
        (t("reports.reach.not_reached"), say_number(last.by("none"))),
        (t("reports.reach.opt_outs"), say_number(last.opt_outs)),
    ]
    return Sheet(facts, pictures)


def _share(month: Month, channel: str) -> float | None:
    return month.share(channel) if month.warned() else None


def _ahead(month: Month) -> Picture:
    names = {-1: t("reports.reach.after"), FAR: f"{FAR}+"}
    chart = Chart(
        t("reports.reach.ahead"),
        [names.get(day, str(day)) for day in sorted(month.ahead)],
        [Series(t("reports.reach.notices"), [month.ahead[day] for day in sorted(month.ahead)])],
        language=g.language,
    )
    return Picture(chart, charts.columns(chart), table_of(chart, t("reports.reach.days")))


# --- delivery -------------------------------------------------------------------------------


def delivery(found: Delivery) -> Sheet:
    ways = list(found.reached())
    groups = {way: {"good": 0, "open": 0, "bad": 0} for way in ways}
    for row in found.counts:
        group = groups.setdefault(row["channel"], {"good": 0, "open": 0, "bad": 0})
        group[_outcome(row["status"], bool(row["reached"]))] += int(row["messages"])
    chart = Chart(
        t("reports.delivery.by_channel"),
        [channel_name(way) for way in groups],
        [
            Series(t(f"reports.delivery.{name}"), [group[name] for group in groups.values()])
            for name in ("good", "open", "bad")
        ],
        stacked=True, language=g.language,
    )  # fmt: skip
    facts = [
        (f"{t('reports.delivery.good')}: {channel_name(way)}", say_share(100 * good / sent))
        for way, (good, sent) in found.reached().items()
        if sent
    ]
    picture = Picture(chart, charts.columns(chart), table_of(chart, t("reports.channel")))
    return Sheet(facts, [picture], [_counts(found), _latencies(found)])


def _outcome(status: str, reached: bool) -> str:
    if reached:
        return "good"
    return "open" if status in figures.SENT and status != "failed" else "bad"


def _code(row: Row) -> str:
    """The provider's code, and what it means."""
    code = str(row["error_code"] or "")
    told = code_in_words(str(row["channel"]), str(row["provider"]), code) if code else ""
    return f"{code}: {told}" if told else "–"


def _counts(found: Delivery) -> Table:
    heads = ("channel", "provider", "status", "code", "messages")
    rows = [
        [
            channel_name(row["channel"]), row["provider"],
            known(f"reports.status.{row['status']}", row["status"]), _code(row),
            say_number(row["messages"]),
        ]
        for row in found.counts
    ]  # fmt: skip
    return Table(t("reports.delivery.counts"), [t(f"reports.{each}") for each in heads], rows, 4)


def _latencies(found: Delivery) -> Table:
    columns = [t("reports.channel"), t("reports.provider"), t("reports.messages")]
    columns += [t("reports.delivery.half"), t("reports.delivery.p95")]
    rows = [
        [channel_name(each.channel), each.provider, say_number(each.messages),
         say_number(each.p50), say_number(each.p95)]
        for each in found.latencies
    ]  # fmt: skip
    return Table(t("reports.delivery.latency"), columns, rows, 2)


# --- texts ----------------------------------------------------------------------------------


def texts(month: Talked) -> Sheet:
    facts = [
        (t("reports.texts.texts"), say_number(month.texts)),
        (t("reports.texts.talks"), say_number(month.talks)),
        (t("reports.texts.alone"), say_share(month.share_alone)),
        (t("reports.texts.unsure"), say_share(_part(month.unsure, month.texts))),
    ]
    return Sheet(facts, [_alone(month), _by_intent(month), _by_hour(month)])


def _alone(month: Talked) -> Picture:
    chart = Chart(
        t("reports.texts.alone_by_day"),
        [f"{day.day}." for day, _, _ in month.days],
        [
            Series(t("reports.texts.alone"), [alone for _, _, alone in month.days]),
            Series(t("reports.texts.person"), [all_ - alone for _, all_, alone in month.days]),
        ],
        stacked=True, language=g.language,
    )  # fmt: skip
    return Picture(chart, charts.columns(chart), table_of(chart, t("reports.day")))


def _by_intent(month: Talked) -> Picture:
    ranked = month.intents.most_common()
    chart = Chart(
        t("reports.texts.by_intent"),
        [intent_name(intent) for intent, _ in ranked],
        [Series(t("reports.texts.texts"), [many for _, many in ranked])],
        language=g.language,
    )
    table = Table(
        chart.title,
        [t("reports.texts.meaning"), t("reports.texts.texts"), t("reports.share")],
        [
            [intent_name(intent), say_number(many), say_share(_part(many, month.texts))]
            for intent, many in ranked
        ],
    )
    return Picture(chart, charts.rows(chart), table)


def _by_hour(month: Talked) -> Picture:
    chart = Chart(
        t("reports.texts.by_hour"),
        [_hour(hour) for hour in range(HOURS)],
        [Series(t("reports.texts.texts"), [month.hours[hour] for hour in range(HOURS)])],
        language=g.language,
    )
    return Picture(chart, charts.columns(chart), table_of(chart, t("reports.hour")))


def _part(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


# --- waits ----------------------------------------------------------------------------------


def waits(month: Waits) -> Sheet:
    half, most = middle_and_p90(month.minutes) or (None, None)
    urgent = middle_and_p90(month.urgent)
    facts = [
        (t("reports.waits.asked"), say_number(month.asked)),
        (t("reports.waits.half"), say_minutes(half)),
        (t("reports.waits.p90"), say_minutes(most)),
        (t("reports.waits.urgent"), say_minutes(urgent[0] if urgent else None)),
        (
            t("reports.waits.in_time", minutes=round(month.promised)),
            say_share(None if month.in_time is None else round(month.in_time)),
        ),
        (t("reports.waits.unanswered"), say_number(month.unanswered)),
    ]
    found = [middle_and_p90(month.by_hour.get(hour, ())) for hour in range(HOURS)]
    chart = Chart(
        t("reports.waits.by_hour"),
        [_hour(hour) for hour in range(HOURS)],
        [
            Series(t("reports.waits.half"), [pair[0] if pair else None for pair in found]),
            Series(t("reports.waits.p90"), [pair[1] if pair else None for pair in found]),
        ],
        unit=t("reports.waits.unit"), language=g.language,
    )  # fmt: skip
    return Sheet(facts, [Picture(chart, charts.lines(chart), table_of(chart, t("reports.hour")))])


# --- costs ----------------------------------------------------------------------------------


def costs(months: Sequence[Costs]) -> Sheet:
    kinds = kinds_of(list(months))
    drawn, others = kinds[:_KINDS_DRAWN], kinds[_KINDS_DRAWN:]
    series = [Series(kind_name(kind), [m.of(kind) / 100 for m in months]) for kind in drawn]
    if others:
        rest = [sum(m.of(kind) for kind in others) / 100 for m in months]
        series.append(Series(t("reports.costs.others"), rest))
    chart = Chart(
        t("reports.costs.by_month"), [_short(month.first) for month in months],
        series or [Series("", [0.0] * len(months))], unit="EUR", stacked=True, language=g.language,
    )  # fmt: skip
    totals = Table(
        chart.title,
        [t("reports.month"), *map(kind_name, kinds), t("reports.costs.total")],
        [
            [_short(m.first), *(_euros(m.of(kind)) for kind in kinds), _euros(m.cents)]
            for m in reversed(months)
        ],
    )
    last = months[-1]
    facts = [
        (f"{t('reports.costs.total')}, {dates.month(month.first, g.language)}", _euros(month.cents))
        for month in reversed(months[-2:])
    ]
    return Sheet(facts, [Picture(chart, charts.columns(chart), totals)], [_detail(last)])


def _detail(month: Costs) -> Table:
    heads = ("kind", "channel", "messages", "segments", "cost")
    rows = [
        [kind_name(row.kind), channel_name(row.channel), say_number(row.messages),
         say_number(row.segments), _euros(row.cents)]
        for row in month.rows
    ]  # fmt: skip
    title = t("reports.costs.detail", month=dates.month(month.first, g.language))
    return Table(title, [t(f"reports.{each}") for each in heads], rows, 2)


def _euros(cents: float) -> str:
    return str(dates.money(round(cents), g.language))
