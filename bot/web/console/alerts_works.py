"""For operators: the calendar of planned works, one of them, and calling off many at once."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.campaigns.announced_preview import needs_another
from bot.campaigns.preview import Preview
from bot.channels import provider_names
from bot.network import outages, plausible
from bot.network.calling_off import foresee
from bot.network.outages import Actor, Done, OutageRefused
from bot.policy import RIGA
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW, phones_of
from bot.web.console.frame import Frame, needs, t, tell
from locales import dates
from locales.alphabet import one_line
from storage import Row, works
from storage import campaigns as campaign_rows
from storage import customers as customer_rows
from storage import outages as rows
from storage.database import maybe_moment, moment

OPERATOR = "operator"
PAGE = 50  # works on one page of the list
SOME = 40  # premises shown of one outage
ONE_DAY = timedelta(days=1)
LIVE = ("scheduled", "active")
_WRONG = {  # what no works can be found by
    "days": "alerts.off.days_wrong", "town": "alerts.off.no_town", "feeder": "alerts.off.no_feeder",
}  # fmt: skip


def add(pages: Blueprint, frame: Frame) -> None:
    planned = _Works(frame)
    mine, post = needs(OPERATOR), ["POST"]
    pages.add_url_rule("/alerts/works", "alerts_works", mine(planned.calendar))
    off = "/alerts/works/cancel"
    pages.add_url_rule(off, "alerts_call_off", mine(planned.choose))
    pages.add_url_rule(off, "alerts_call_off_do", mine(planned.call_off), methods=post)
    one = "/alerts/works/<outage_id>"
    pages.add_url_rule(one, "alerts_work", mine(planned.one))
    pages.add_url_rule(f"{one}/move", "alerts_move", mine(planned.move), methods=post)
    pages.add_url_rule(f"{one}/cancel", "alerts_cancel", mine(planned.cancel), methods=post)


@dataclass(frozen=True)
class Day:
    """A square of the calendar."""

    date: date
    inside: bool  # of the month that is shown
    works: int
    cancelled: int


@dataclass(frozen=True)
class Wanted:
    """Which works somebody wants to call off; None where the form was not filled in yet."""

    first: date | None = None
    last: date | None = None
    town: str = ""
    feeder: str = ""
    reason_was: str = ""
    reason: str = ""  # of the cancellation

    @property
    def query(self) -> str:
        """The form as a part of an address."""
        days = {"from": self.first, "to": self.last}
        return urlencode({**days, **self.narrow, "reason": self.reason})

    @property
    def narrow(self) -> dict[str, str]:
        return {"town": self.town, "feeder": self.feeder, "reason_was": self.reason_was}


class _Works:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    # --- the calendar -----------------------------------------------------------------------

    def calendar(self) -> Response:
        today = dates.local(frames.now()).date()
        day = _day(request.args.get("day"))
        month = (day or _day(f"{request.args.get('month', '')}-01") or today).replace(day=1)
        squares = self._squares(month)
        first, last = (day, day + ONE_DAY) if day else (month, _next(month))
        skip = max(0, request.args.get("skip", 0, int))
        found = works.planned(
            self._database, _midnight(first), _midnight(last), limit=PAGE + 1, skip=skip
        )
        return self._frame.page(
            "alerts_works.html", month=month, before=(month - ONE_DAY).replace(day=1),
            after=_next(month), today=today, day=day,
            weeks=[squares[at : at + 7] for at in range(0, len(squares), 7)],
            month_name=t(f"alerts.month.{month.month}"), found=found[:PAGE], skip=skip,
            more=len(found) > PAGE, page=PAGE, midnight=_midnight, **SHOW,
        )  # fmt: skip

    def _squares(self, month: date) -> list[Day]:
        days = list(calendar.Calendar().itermonthdates(month.year, month.month))
        live: Counter[date] = Counter()
        off: Counter[date] = Counter()
        for row in works.starts(self._database, _midnight(days[0]), _midnight(days[-1] + ONE_DAY)):
            counted = off if row["state"] == "cancelled" else live
            counted[dates.local(moment(row["starts_at"])).date()] += 1
        return [Day(each, each.month == month.month, live[each], off[each]) for each in days]

    # --- one of them ------------------------------------------------------------------------

    def one(self, outage_id: str) -> Response:
        row = self._row(outage_id)
        premises, customers = works.count_concerned(self._database, [outage_id])
        return self._frame.page(
            "alerts_work.html",
            row=row,
            premises=premises,
            customers=customers,
            told=works.count_told(self._database, [outage_id]),
            some=works.premises_of(self._database, outage_id, SOME),
            revisions=works.revisions(self._database, outage_id),
            campaigns=works.campaigns_about(self._database, outage_id),
            live=row["state"] in LIVE,
            local=_local,
            longest=plausible.LONGEST_REASON,
            **SHOW,
        )

    def _row(self, outage_id: str) -> Row:
        row = rows.outage(self._database, outage_id)
        if row is None or row["kind"] != "planned":
            abort(404)
        return row

    def move(self, outage_id: str) -> AnyResponse:
        row = self._row(outage_id)
        starts, ends = _moment(request.form.get("starts")), _moment(request.form.get("ends"))
        if row["state"] not in LIVE:
            return self._back(outage_id, "alerts.changed_meanwhile")
        if starts is None or ends is None or ends <= starts:
            return self._back(outage_id, "alerts.work.times_wrong")
        try:
            done = outages.move(
                self._database, str(row["external_id"]), self._actor(), starts_at=starts,
                ends_at=ends,
            )  # fmt: skip
        except OutageRefused:
            return self._back(outage_id, "alerts.work.times_odd")
        if all(change.outcome == "same" for change in done.changes):
            return self._back(outage_id, "alerts.work.same")
        tell("alerts.work.moved", name=row["external_id"])
        return self._onward(done, outage_id)

    def cancel(self, outage_id: str) -> AnyResponse:
        row, reason = self._row(outage_id), _reason()
        try:
            done = outages.cancel(
                self._database, [str(row["external_id"])], self._actor(), reason=reason
            )
        except OutageRefused:
            return self._back(outage_id, "alerts.changed_meanwhile")
        tell("alerts.work.cancelled", name=row["external_id"])
        return self._onward(done, outage_id)

    def _back(self, outage_id: str, key: str) -> AnyResponse:
        tell(key, "danger")
        return redirect(url_for("console.alerts_work", outage_id=outage_id), 303)

    def _actor(self) -> Actor:
        return Actor(frames.person().name, frames.now(), self._frame.policy)

    def _onward(self, done: Done, outage_id: str = "") -> AnyResponse:
        """To what has to be told now; where nobody has to be, back to the works."""
        made = self._first(done.campaigns)
        if made:
            return redirect(url_for("console.alerts_campaign", campaign_id=made), 303)
        tell("alerts.work.nobody")
        if outage_id:
            return redirect(url_for("console.alerts_work", outage_id=outage_id), 303)
        return redirect(url_for("console.alerts_works"), 303)

    def _first(self, campaign_ids: list[str]) -> str:
        """Of the campaigns that an act made, the one to look at: no reminder."""
        found = [campaign_rows.campaign(self._database, each) for each in campaign_ids]
        return next((str(row["id"]) for row in found if row and not row["parent_id"]), "")

    # --- many of them -----------------------------------------------------------------------

    def choose(self) -> Response:
        """Which works would be called off, and how many customers that concerns: before the act."""
        wanted = _wanted(request.args)
        shown: dict[str, Any] = {"found": None, "wrong": ""}
        if wanted.first and wanted.last:
            try:
                found = outages.planned_between(
                    self._database, wanted.first, wanted.last, **wanted.narrow
                )
            except OutageRefused as refused:
                shown["wrong"] = t(_WRONG.get(refused.about, "alerts.changed_meanwhile"))
            else:
                shown |= self._foreseen(found, wanted)
        return self._frame.page(
            "alerts_call_off.html", wanted=wanted, towns=customer_rows.towns(self._database),
            feeders=works.feeders(self._database), reasons=works.reasons(self._database),
            longest=plausible.LONGEST_REASON, today=dates.local(frames.now()).date(),
            **shown, **SHOW,
        )  # fmt: skip

    def _foreseen(self, found: Sequence[Row], wanted: Wanted) -> dict[str, Any]:
        """Whom it concerns, and what would be told to whom, as `gaisma outage cancel --dry-run`."""
        if not found:
            many = outages.planned_between(
                self._database, wanted.first, wanted.last, **{**wanted.narrow, "reason_was": ""}
            ) if wanted.reason_was and wanted.first and wanted.last else []  # fmt: skip
            return {
                "found": [],
                "nothing": t("alerts.off.no_reason" if many else "alerts.off.none"),
            }
        service, ids = self._frame.service, [str(row["id"]) for row in found]
        premises, customers = works.count_concerned(self._database, ids)
        told = works.count_told(self._database, ids)
        seen = foresee(
            self._database, found, self._actor(), reason=wanted.reason,
            email="email" in provider_names(service),
            short_number=service.settings.short_number,
        )  # fmt: skip
        return {
            "found": found, "premises": premises, "customers": customers, "told": told,
            "seen": [(each, phones_of(each), self._needs_another(each)) for each in seen or ()],
            "too_many": seen is None, "untold": max(0, customers - told),
        }  # fmt: skip

    def _needs_another(self, seen: Preview) -> bool:
        return needs_another(seen.campaign, self._frame.policy)

    def call_off(self) -> AnyResponse:
        wanted, reason = _wanted(request.form), _reason()
        if not (wanted.first and wanted.last):
            abort(400)
        again = redirect(f"{url_for('console.alerts_call_off')}?{wanted.query}", 303)
        try:
            found = outages.planned_between(
                self._database, wanted.first, wanted.last, **wanted.narrow
            )
            if len(found) != request.form.get("seen", -1, int):
                tell("alerts.off.other_count", "warning")  # what was read is not what would be done
                return again
            done = outages.cancel_between(
                self._database, wanted.first, wanted.last, self._actor(), reason=reason,
                **wanted.narrow,
            )  # fmt: skip
        except OutageRefused:
            tell("alerts.changed_meanwhile", "warning")
            return again
        tell("alerts.off.done", count=len(done.changes))
        return self._onward(done)


def _wanted(given: Any) -> Wanted:
    town, feeder, reason_was = (
        " ".join(given.get(name, "")[:80].split()) for name in ("town", "feeder", "reason_was")
    )
    reason = one_line(given.get("reason", ""))[: plausible.LONGEST_REASON]
    days = _day(given.get("from")), _day(given.get("to"))
    return Wanted(*days, town=town, feeder=feeder, reason_was=reason_was, reason=reason)


def _reason() -> str:
    return one_line(request.form.get("reason", ""))[: plausible.LONGEST_REASON]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _next(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + 31 * ONE_DAY).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), RIGA)


def _moment(text: str | None) -> datetime | None:
    """What a field for day and hour holds, on a clock in Latvia."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=RIGA)
    except ValueError:
        return None


def _local(at: str | None) -> str:
    """The reverse of it, for the field."""
    there = maybe_moment(at)
    return "" if there is None else f"{there.astimezone(RIGA):%Y-%m-%dT%H:%M}"
