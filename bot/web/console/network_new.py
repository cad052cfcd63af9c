"""For dispatchers: one cluster of reports, and how it becomes an outage in one act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.network import faults
from bot.network import overview as network
from bot.network.outages import Actor, Done, OutageRefused
from bot.network.overview import Plan, Where
from bot.network.plausible import LONGEST_REASON
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs, t, tell
from bot.web.console.network_times import BadTime, read_time, written
from bot.web.console.seen import sees
from bot.words import unsaid
from locales.alphabet import one_line
from locales.reasons import codes, reason_in
from storage import Row, Tx
from storage import campaigns as campaign_rows
from storage import network as rows
from storage.database import moment

_LONG_AGO = timedelta(days=3660)
_NAME = 80  # characters of a transformer or a feeder


def add(pages: Blueprint, frame: Frame) -> None:
    view = _New(frame)
    mine = needs("dispatcher")
    post = ["POST"]
    shows = sees("reports.seen", "transformer", "feeder", "town")
    pages.add_url_rule("/network/new", "network_new", mine(shows(view.ask)))
    pages.add_url_rule("/network/look", "network_look", mine(view.look))
    pages.add_url_rule("/network/new", "network_make", mine(view.make), methods=post)
    path = "/network/reports/<report_id>/close"
    pages.add_url_rule(path, "network_close", mine(view.close), methods=post)
    path = "/network/reports/<report_id>/look"
    pages.add_url_rule(path, "network_look_at", mine(view.look_at), methods=post)


@dataclass(frozen=True)
class Asked:
    """The cluster that a page is about: one of these is given, or nothing for a fresh outage."""

    transformer: str = ""
    feeder: str = ""
    town: str = ""

    def args(self) -> dict[str, str]:
        """As they stand in an address."""
        return {name: value for name, value in vars(self).items() if value}


def address_of(**asked: Any) -> str:
    """The page of a cluster."""
    return url_for("console.network_new", **asked)


def reasons(language: str) -> list[str]:
    """Known reasons in the person's language, by the alphabet."""
    return sorted(filter(None, (reason_in(code, language) for code in codes())))


def tell_campaigns(database: Tx, done: Done) -> None:
    """After an act: how many are being told, and what waits for an approval."""
    waits = network.waiting(database, done.campaigns)
    ids = {str(row["id"]) for row in waits}
    going = [each for each in done.campaigns if each not in ids]
    found = [campaign_rows.campaign(database, each) for each in going]
    people = sum(int(row["recipients"]) for row in found if row is not None)
    if people:
        tell("network.told_now", count=people)
    if waits:
        tell("network.waits", "warning", count=sum(int(row["recipients"]) for row in waits))
    if not people and not waits:
        tell("network.told_nobody")


class _New:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database, self._policy = frame, frame.database, frame.policy

    def ask(self) -> Response:
        return self._page(_asked())

    def _page(self, asked: Asked, wrong: str = "") -> Response:
        reports = self._reports(asked)
        now = frames.now()
        first = moment(reports[0]["made_at"]) if reports else now
        return self._frame.page(
            "network_new.html", asked=asked, reports=reports, wrong=wrong,
            form=request.form if wrong else {},
            ways=self._ways(asked, reports), starts=written(first),
            reasons=reasons(frames.person().language), longest=LONGEST_REASON,
            **self._foresight(asked, reports, first),
        )  # fmt: skip

    def _reports(self, asked: Asked) -> list[Row]:
        if not asked.args():
            return []
        return network.cluster(self._database, frames.now() - _LONG_AGO, **asked.args())

    def _ways(self, asked: Asked, reports: Sequence[Row]) -> list[tuple[Where, str, int]]:
        """What may be made an outage: (kind, name, premises), the likeliest first."""
        feeder = asked.feeder or next((str(r["feeder"]) for r in reports if r["feeder"]), "")
        ways: list[tuple[Where, str, int]] = []
        if asked.transformer:
            found = rows.supply(self._database, "transformer", [asked.transformer])
            ways += [("transformer", name, int(row["premises"])) for name, row in found.items()]
        found = rows.supply(self._database, "feeder", [feeder])
        ways += [("feeder", name, int(row["premises"])) for name, row in found.items()]
        if eics := _eics(reports):
            ways.append(("eics", "", len(eics)))
        return ways

    def _foresight(
        self, asked: Asked, reports: Sequence[Row], first: datetime
    ) -> dict[str, object]:
        """What the likeliest choice would say, before anything is typed."""
        ways = self._ways(asked, reports)
        if not ways:
            return {"foresight": None, "refused": ""}
        where, name, _ = ways[0]
        return self._see(Plan(where, name, min(first, frames.now()), eics=_eics(reports)))

    def _see(self, plan: Plan) -> dict[str, object]:
        now, lacking = frames.now(), unsaid.lacking(plan.reason)
        try:
            seen = network.foresee(self._database, plan, now, self._policy, lacking)
        except OutageRefused:
            return {"foresight": None, "refused": t("network.new.nowhere")}
        return {"foresight": seen, "refused": "", "plan": plan}

    def look(self) -> Response:
        """What it would say as the form stands now: asked for by the script of the page."""
        try:
            words = self._see(self._plan(request.args))
        except BadTime as bad:
            words = {"foresight": None, "refused": t(f"network.wrong.{bad.why}")}
        return self._frame.page("network_look.html", **words)

    def make(self) -> AnyResponse:
        asked, by = _asked(), frames.person().name
        try:
            plan = self._plan(request.form)
        except BadTime as bad:
            return self._refused(asked, t(f"network.wrong.{bad.why}"), 400)
        actor = Actor(by, frames.now(), self._policy)
        known = request.form.get("known", "").split()
        try:
            done = network.make_outage(self._database, plan, actor, known)
        except OutageRefused:
            others = self._others(plan)
            if {*others} - {*known}:
                return self._refused(
                    asked, t("network.new.meanwhile", others=", ".join(others)), 409
                )
            return self._refused(asked, t("network.new.nowhere"), 409)
        tell("network.made")
        tell_campaigns(self._database, done)
        outage_id = done.changes[0].outage_id
        return redirect(url_for("console.network_outage", outage_id=outage_id), 303)

    def _others(self, plan: Plan) -> list[str]:
        if plan.where == "eics" and not plan.eics:
            return []
        return [str(row["external_id"]) for row in rows.dark_there(self._database, plan.scope)]

    def _refused(self, asked: Asked, why: str, code: int) -> Response:
        page = self._page(asked, why)
        page.status_code = code
        return page

    def _plan(self, form: Mapping[str, str]) -> Plan:
        """What the form says. Raises BadTime."""
        now = frames.now()
        where, _, name = form.get("where", "").partition(" ")
        if where == "free":
            where, name = form.get("kind", "transformer"), form.get("name", "")
        if where not in ("transformer", "feeder", "eics"):
            raise BadTime("where")
        reason = one_line(form.get("reason", ""))
        if len(reason) > LONGEST_REASON:
            raise BadTime("reason")
        starts = read_time(form.get("starts", "")) or now
        ends = None if form.get("open") else read_time(form.get("ends", ""))
        if starts > now + timedelta(minutes=1):
            raise BadTime("future")
        if ends is not None and ends <= now:
            raise BadTime("past")
        eics = _eics(self._reports(_asked())) if where == "eics" else ()
        return Plan(cast(Where, where), name.strip()[:_NAME], min(starts, now), ends, reason, eics)

    def look_at(self, report_id: str) -> AnyResponse:
        """Somebody has seen to a danger: it is on top of the page no longer."""
        by, now = frames.person().name, frames.now()
        if faults.look_at_danger(self._database, report_id, by=by, now=now):
            tell("network.danger.done")
        else:
            tell("network.report_gone", "warning")
        return redirect(url_for("console.network"), 303)

    def close(self, report_id: str) -> AnyResponse:
        """Somebody has looked at a report: it is done."""
        now, by = frames.now(), frames.person().name
        if faults.close(self._database, [report_id], by=by, now=now):
            tell("network.report_closed")
        else:
            tell("network.report_gone", "warning")
        outage_id = request.form.get("outage_id", "")
        if outage_id:
            return redirect(url_for("console.network_outage", outage_id=outage_id), 303)
        asked = _asked()
        if asked.args() and self._reports(asked):
            return redirect(address_of(**asked.args()), 303)
        return redirect(url_for("console.network"), 303)


def _asked() -> Asked:
    values = {name: request.values.get(name, "")[:_NAME] for name in ("transformer", "feeder")}
    return Asked(**values, town=request.values.get("town", "")[:_NAME])


def _eics(reports: Iterable[Row]) -> tuple[str, ...]:
    return tuple(sorted({str(row["eic"]) for row in reports} - {""}))
