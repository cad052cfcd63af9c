"""The reports: reach, delivery, texts, waits and costs with their pictures and files."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from bot.policy import RIGA
from bot.reports import costs, delivery, reach, tables, talked, waits
from bot.reports.months import bounds, last_months
from bot.web.console import frame as frames
from bot.web.console import sheets
from bot.web.console.frame import Frame, needs, t
from bot.web.console.kept import Kept
from bot.web.console.seen import sees
from bot.web.console.sheets import Sheet
from locales import dates

ROLES = ("operator", "administrator")
MONTHS = 24  # that can be chosen
SPANS = (3, 6, 12)  # months in one picture
TABS = ("reach", "delivery", "deadlines", "texts", "understanding", "waits", "costs")
_OWN_PAGE = ("deadlines", "understanding")


@dataclass(frozen=True)
class Report:
    """`read` gives the figures of the months (a single one unless `several`)."""

    read: Callable[[Frame, list[date], datetime], Any]
    show: Callable[[Any], Sheet]
    save: Callable[[IO[str], Any], None]
    several: bool = False


def add(pages: Blueprint, frame: Frame) -> None:
    reports = _Reports(frame)
    mine = needs(*ROLES)
    pages.add_url_rule("/reports", "reports", mine(reports.first))
    pages.add_url_rule("/reports/<name>", "reports_sheet", mine(reports.sheet))
    pages.add_url_rule(
        "/reports/<name>.csv", "reports_csv", mine(sees("report.saved", "name")(reports.save))
    )


class _Reports:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._kept = Kept()

    def first(self) -> AnyResponse:
        return redirect(url_for("console.reports_sheet", name="reach"))

    def sheet(self, name: str) -> Response:
        report = REPORTS.get(name) or abort(404)
        chosen, months = chosen_month(), chosen_span() if report.several else 1
        found, made_at = self._read(name, report, chosen, months)
        return self._frame.page(
            "reports_sheet.html", name=name, sheet=report.show(found), made_at=made_at,
            several=report.several, span=months, spans=SPANS, **shared(name, chosen),
        )  # fmt: skip

    def save(self, name: str) -> Response:
        report = REPORTS.get(name) or abort(404)
        chosen, months = chosen_month(), chosen_span() if report.several else 1
        found, _ = self._read(name, report, chosen, months)
        text = io.StringIO(newline="")
        report.save(text, found)
        return as_file(text.getvalue(), f"{name}-{chosen:%Y-%m}.csv")

    def _read(self, name: str, report: Report, month: date, many: int) -> tuple[Any, datetime]:
        months = last_months(month, many)
        return self._kept.get(
            (name, month, many), lambda: report.read(self._frame, months, frames.now())
        )


# --- shared with the other pages of the reports ---------------------------------------------


def shared(name: str, chosen: date) -> dict[str, object]:
    """What every page of the reports shows: the tabs, the months."""
    return {
        "tab": name,
        "tabs": [(each, address(each, chosen)) for each in TABS],
        "month": chosen,
        "months": [
            (each, dates.month(each, g.language))
            for each in reversed(last_months(this_month(), MONTHS))
        ],
        "intent_name": sheets.intent_name,
    }


def address(name: str, month: date) -> str:
    """Where a report of a month is."""
    told = f"{month:%Y-%m}"
    if name in _OWN_PAGE:
        return url_for(f"console.reports_{name}", month=told)
    return url_for("console.reports_sheet", name=name, month=told)


def this_month() -> date:
    return frames.now().astimezone(RIGA).date().replace(day=1)


def chosen_month() -> date:
    """The month that was asked for, this one when none was; 404 for one that cannot be chosen."""
    wanted = request.args.get("month", "")
    months = {f"{each:%Y-%m}": each for each in last_months(this_month(), MONTHS)}
    if wanted and wanted not in months:
        refused = NotFound(t("reports.no_month"))
        refused.ours = True  # type: ignore[attr-defined]
        raise refused
    return months.get(wanted, this_month())


def chosen_span() -> int:
    asked = request.args.get("span", 6, type=int)
    return asked if asked in SPANS else 6


def as_file(text: str, name: str, kind: str = "text/csv") -> Response:
    """A download. The mark at the beginning tells spreadsheets that it is UTF-8."""
    response = Response("\ufeff" + text, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- the reports ----------------------------------------------------------------------------


def _reach(frame: Frame, months: list[date], _now: datetime) -> list[reach.Month]:
    return [reach.month_of_reach(frame.database, each, frame.policy) for each in months]


def _delivery(frame: Frame, months: list[date], _now: datetime) -> delivery.Delivery:
    return delivery.delivery_between(frame.database, *bounds(months[0]))


def _texts(frame: Frame, months: list[date], now: datetime) -> talked.Talked:
    return talked.month_of_texts(frame.database, months[0], now)


def _waits(frame: Frame, months: list[date], now: datetime) -> waits.Waits:
    return waits.month_of_waits(
        frame.database, months[0], now, promised=frame.policy.conversation_answer_minutes
    )


def _costs(frame: Frame, months: list[date], _now: datetime) -> list[costs.Costs]:
    return [costs.month_of_costs(frame.database, each, frame.policy) for each in months]


REPORTS = {
    "reach": Report(_reach, sheets.reach, reach.write_csv, several=True),
    "delivery": Report(
        _delivery, sheets.delivery, lambda file, found: tables.write(file, tables.delivery(found))
    ),
    "texts": Report(
        _texts, sheets.texts, lambda file, found: tables.write(file, tables.texts(found))
    ),
    "waits": Report(
        _waits, sheets.waits, lambda file, found: tables.write(file, tables.waits(found))
    ),
    "costs": Report(
        _costs, sheets.costs, lambda file, found: tables.write(file, tables.costs(found)),
        several=True,
    ),
}  # fmt: skip
