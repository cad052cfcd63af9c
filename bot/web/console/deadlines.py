"""The proof of deadlines: of a month, of works, of one customer; as a page, a document, a file."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import BinaryIO, cast

from flask import Blueprint, Response, abort, g, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from bot.network.outages import OutageRefused, find
from bot.reports import deadlines, proof
from bot.reports.deadlines import Line, Totals
from bot.reports.deadlines_csv import write_lines
from bot.reports.months import bounds
from bot.web.console import charts, sheets
from bot.web.console import frame as frames
from bot.web.console.charts import Chart, Series
from bot.web.console.frame import Frame, needs, t
from bot.web.console.kept import Kept
from bot.web.console.reports import ROLES, as_file, chosen_month, shared
from bot.web.console.seen import sees
from bot.web.console.sheets import Picture, Table, channel_name, say_number, say_share
from storage import Row, figures

SHOWN = 100  # lines on the page
# Premises: more of them are counted and written by the command, beside the server.
MOST = 50_000
_IN_MEMORY = 2_000_000  # bytes of a document


@dataclass(frozen=True)
class _Asked:
    """What the proof is of: a month, or works, or a customer; `wrong`: it is none of these."""

    month: date
    outage: str = ""
    customer: str = ""
    wrong: bool = False

    @property
    def name(self) -> str:
        """For a file, in letters that a header can hold."""
        told = self.outage or self.customer or f"{self.month:%Y-%m}"
        return "deadlines-" + re.sub(r"[^A-Za-z0-9_-]", "-", told)


def add(pages: Blueprint, frame: Frame) -> None:
    proofs = _Proofs(frame)
    mine = needs(*ROLES)
    pages.add_url_rule(
        "/reports/deadlines",
        "reports_deadlines",
        mine(sees("deadlines.seen", "of", "month")(proofs.page)),
    )
    saves = sees("deadlines.saved", "of", "month")
    pages.add_url_rule("/reports/deadlines.csv", "reports_deadlines_csv", mine(saves(proofs.file)))
    pages.add_url_rule(
        "/reports/deadlines.pdf", "reports_deadlines_pdf", mine(saves(proofs.document))
    )


class _Proofs:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._made, self._database, self._policy = frame.service, frame.database, frame.policy
        self._kept = Kept()

    def page(self) -> Response:
        asked, works = self._asked()
        words = shared("deadlines", asked.month) | {"asked": asked, "shown": SHOWN, "most": MOST}
        if self._is_too_much(asked):
            return self._frame.page("reports_deadlines.html", too_much=True, **words)
        (totals, lines), made_at = self._kept.get(
            asked, lambda: self._count(asked, works, frames.now())
        )
        return self._frame.page(
            "reports_deadlines.html", totals=totals, lines=lines, made_at=made_at,
            verdicts=_verdicts(totals), figures=_facts(totals),
            days=_days(totals) if totals.days else None,
            off=proof.called_off(self._database, works, g.language), channel_name=channel_name,
            **words,
        )  # fmt: skip

    def file(self) -> Response:
        asked, works = self._wanted()
        text = io.StringIO(newline="")
        write_lines(text, self._lines(asked, works, frames.now()))
        return as_file(text.getvalue(), f"{asked.name}.csv")

    def document(self) -> AnyResponse:
        asked, works = self._wanted()
        now, language = frames.now(), frames.person().language
        with ExitStack() as undo:
            held = undo.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))
            file = cast(BinaryIO, held)
            lines = self._lines(asked, works, now)
            proof.write_document(file, self._made, works, lines, (language, now))
            file.seek(0)
            name = f"{asked.name}.pdf"
            sent = send_file(file, "application/pdf", as_attachment=True, download_name=name)
            undo.pop_all()  # closed once it was sent
        return sent

    def _asked(self) -> tuple[_Asked, list[Row]]:
        """What is asked for, and the works that it is about."""
        month, found = chosen_month(), request.args.get("of", "").strip()[:60]
        if not found:
            return _Asked(month), figures.planned_between(self._database, *bounds(month))
        if works := proof.works_of_customer(self._database, found, frames.now()):
            return _Asked(month, customer=found), works
        try:
            work = find(self._database, found)
        except OutageRefused:
            return _Asked(month, outage=found, wrong=True), []
        if work["kind"] != "planned":
            return _Asked(month, outage=found, wrong=True), []
        return _Asked(month, outage=str(work["external_id"])), [work]

    def _wanted(self) -> tuple[_Asked, list[Row]]:
        asked, works = self._asked()
        if asked.wrong or self._is_too_much(asked):
            abort(404)
        return asked, works

    def _is_too_much(self, asked: _Asked) -> bool:
        if asked.outage or asked.customer:
            return False
        return figures.premises_of(self._database, *bounds(asked.month)) > MOST

    def _lines(self, asked: _Asked, works: list[Row], now: datetime) -> Iterator[Line]:
        if asked.customer:
            return proof.lines_of_customer(self._database, works, asked.customer, self._policy, now)
        return deadlines.deadline_lines(self._database, works, self._policy, now)

    def _count(self, asked: _Asked, works: list[Row], now: datetime) -> tuple[Totals, list[Line]]:
        """The totals and the lines to show: those who were told late, or of one all."""
        totals = Totals()
        lines = map(totals.add, self._lines(asked, works, now))
        if asked.outage or asked.customer:
            kept = list(islice(lines, SHOWN))
        else:
            kept = list(
                islice((line for line in lines if line.verdict in deadlines.BREACHES), SHOWN)
            )
        for _ in lines:  # the rest is counted
            pass
        return totals, kept


def _facts(totals: Totals) -> list[tuple[str, str]]:
    judged = totals.verdicts["legal"] + totals.breaches
    kept = 100 * totals.verdicts["legal"] / judged if judged else None
    return [
        (t("reports.deadlines.works"), say_number(len(totals.outages))),
        (t("reports.deadlines.premises"), say_number(totals.lines)),
        (t("reports.deadlines.kept"), say_share(kept)),
        (t("reports.deadlines.breaches"), say_number(totals.breaches)),
    ]


def _verdicts(totals: Totals) -> Table:
    rows = [
        [t(f"reports.verdict.{name}"), say_number(many),
         say_share(100 * many / totals.lines if totals.lines else None)]
        for name, many in totals.shown()
    ]  # fmt: skip
    heads = [t("reports.deadlines.verdict"), t("reports.deadlines.premises"), t("reports.share")]
    return Table(t("reports.deadlines.verdicts"), heads, rows)


def _days(totals: Totals) -> Picture:
    days = sorted(totals.days)
    chart = Chart(
        t("reports.deadlines.by_days"),
        list(map(str, days)),
        [Series(t("reports.deadlines.premises"), [totals.days[day] for day in days])],
        language=g.language,
    )
    return Picture(chart, charts.columns(chart), sheets.table_of(chart, t("reports.reach.days")))
