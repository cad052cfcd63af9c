"""For dispatchers: one outage, what was said of it and to whom, and what may be done to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.campaigns.rules import POLICY_ITSELF
from bot.network import outages, overview, reopening, standing
from bot.network.outages import Actor, Done, OutageRefused
from bot.network.plausible import LONGEST_REASON
from bot.privacy import mask
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs, t, tell
from bot.web.console.network_new import reasons, tell_campaigns
from bot.web.console.network_times import BadTime, read_time, written
from bot.web.console.seen import sees
from bot.words import unsaid
from locales.alphabet import one_line
from storage import Row, figures, outage_facts, promises
from storage import outages as rows
from storage.database import moment

CREWS = ("handed_over", "on_way", "working")
_REPORTS, _TOLD = 200, 500
_ON_THE_WAY = ("queued", "sending", "unknown")
_ARRIVED = ("accepted", "sent", "delivered")
_LOST = ("failed", "expired", "set_aside")
_LIVELY_SECONDS = 10  # how old the counts of messages may be


def add(pages: Blueprint, frame: Frame) -> None:
    view = _Outage(frame)
    mine = needs("dispatcher")
    one = "/network/outages/<outage_id>"
    shows = sees("outage.seen", "outage_id")
    pages.add_url_rule(one, "network_outage", mine(shows(view.page)))
    pages.add_url_rule(f"{one}/state", "network_state", mine(view.state))
    pages.add_url_rule(
        f"{one}/told", "network_told", mine(sees("outage.told_seen", "outage_id")(view.told))
    )
    for name in ("crew", "move", "restore", "reopen", "nest", "cancel"):
        act = mine(getattr(view, name))
        pages.add_url_rule(f"{one}/{name}", f"network_{name}", act, methods=["POST"])


@dataclass
class Told:
    """How many were told one kind of news: by channel, and those who were not (yet)."""

    kind: str
    sms: int = 0
    email: int = 0
    letter: int = 0
    voice: int = 0
    on_way: int = 0
    failed: int = 0
    waiting: int = 0
    nobody: int = 0


class _Outage:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database, self._policy = frame, frame.database, frame.policy

    # --- what is shown ----------------------------------------------------------------------

    def page(self, outage_id: str) -> Response:
        return self._page(self._find(outage_id))

    def _page(self, row: Row, wrong: str = "") -> Response:
        return self._frame.page(
            "network_outage.html", version=self._version(row), wrong=wrong,
            reasons=reasons(frames.person().language), longest=LONGEST_REASON,
            ends=written(row["ends_at"]), **self._words(row),
        )  # fmt: skip

    def state(self, outage_id: str) -> Response:
        row = self._find(outage_id)
        version = self._version(row)
        if frames.unchanged(version):
            return Response(status=204)
        return self._frame.piece("network_state.html", version, **self._words(row))

    def told(self, outage_id: str) -> Response:
        row = self._find(outage_id)
        found = figures.told_of(self._database, outage_id, limit=_TOLD + 1)
        return self._frame.page(
            "network_told.html", outage=row, rows=found[:_TOLD], more=len(found) > _TOLD,
            hidden=_hidden,
        )  # fmt: skip

    def _find(self, outage_id: str) -> Row:
        row = rows.outage(self._database, outage_id)
        if row is None:
            abort(404)
        return row

    def _version(self, row: Row) -> str:
        reports = outage_facts.reports_digest(self._database, str(row["id"]))
        return f"{row['revision']}/{reports}/{int(frames.now().timestamp()) // _LIVELY_SECONDS}"

    def _words(self, row: Row) -> dict[str, Any]:
        outage_id, now = str(row["id"]), frames.now()
        supplied = outage_facts.supplied(self._database, outage_id)
        passed = row["kind"] == "unplanned" and row["state"] == "active" and row["ends_at"] is None
        reports = outage_facts.reports_of(self._database, outage_id, limit=_REPORTS)
        history = outage_facts.revisions(self._database, outage_id)
        return {
            "outage": row,
            "standing": standing.of(row, now),
            "supplied": supplied,
            "premises": sum(int(each["premises"]) for each in supplied),
            "life_support": sum(int(each["life_support"]) for each in supplied),
            "unheard": overview.unheard(self._database, [outage_id], now).get(outage_id),
            "towns": sorted({str(each["town"]) for each in supplied}),
            "passed": promises.passed_ends(self._database, [outage_id]).get(outage_id)
            if passed else None,
            "reports": reports,
            "dark": _still_dark(reports),
            "enough": self._policy.cluster_still_dark_answers,
            "history": list(zip(history, [*history[1:], None], strict=True)),
            "by_itself": POLICY_ITSELF,
            "tree": outage_facts.tree(self._database, outage_id),
            "told": told_by_kind(outage_facts.told_counts(self._database, outage_id)),
            "campaigns": outage_facts.campaigns_of(self._database, outage_id),
            "crews": CREWS,
            "seen": history[0]["revision"] if history else 0,
        }  # fmt: skip

    # --- acts -------------------------------------------------------------------------------

    def crew(self, outage_id: str) -> AnyResponse:
        crew = request.form.get("crew", "")
        if crew not in CREWS:
            abort(400)

        def act(row: Row, actor: Actor) -> Done:
            return outages.set_crew(self._database, row["id"], crew, actor)

        return self._do(outage_id, "crew", _is_fault, act)

    def move(self, outage_id: str) -> AnyResponse:
        reason = one_line(request.form.get("reason", ""))

        def act(row: Row, actor: Actor) -> Done:
            ends = _end(actor.now)
            if row["kind"] == "planned" and ends is None:
                raise BadTime("open")
            if ends is not None and ends <= moment(row["starts_at"]):
                raise BadTime("before")
            if len(reason) > LONGEST_REASON:
                raise BadTime("reason")
            # What was only read in another language has not changed.
            kept = str(row["reason"]) if reason == frames.cause(row["reason"]) else reason
            done = outages.move(self._database, row["id"], actor, reason=kept, ends_at=ends)
            if left_out := unsaid.lacking(kept):
                names = ", ".join(t(f"network.language.{each}") for each in left_out)
                tell("network.reason_unknown", "warning", languages=names)
            return done

        return self._do(outage_id, "moved", _lasts, act)

    def restore(self, outage_id: str) -> AnyResponse:
        def act(row: Row, actor: Actor) -> Done:
            return outages.restore(self._database, [row["id"]], actor)

        return self._do(outage_id, "restored", _has_begun, act)

    def reopen(self, outage_id: str) -> AnyResponse:
        def act(row: Row, actor: Actor) -> Done:
            return reopening.reopen(self._database, row["id"], actor, ends_at=_end(actor.now))

        return self._do(outage_id, "reopened", _is_over, act)

    def nest(self, outage_id: str) -> AnyResponse:
        transformer = request.form.get("transformer", "")

        def act(row: Row, actor: Actor) -> Done:
            if not transformer:
                raise BadTime("where")
            return reopening.nest(self._database, row["id"], actor, transformer=transformer)

        return self._do(outage_id, "nested", _is_over, act)

    def cancel(self, outage_id: str) -> AnyResponse:
        def act(row: Row, actor: Actor) -> Done:
            return outages.cancel(self._database, [row["id"]], actor)

        return self._do(outage_id, "cancelled", _lasts, act)

    def _do(
        self, outage_id: str, key: str, allows: Callable[[Row, datetime], bool],
        act: Callable[[Row, Actor], Done],
    ) -> AnyResponse:  # fmt: skip
        """The act, if the state allows it still and nobody else has changed the outage since the
        page was shown; else the page again, with what is so now."""
        row, actor = self._find(outage_id), Actor(frames.person().name, frames.now(), self._policy)
        if why := self._changed_by(outage_id):
            return self._refused(row, t("network.changed", name=why), 409)
        if not allows(row, actor.now):
            return self._refused(row, t("network.not_now"), 409)
        try:
            done = act(row, actor)
        except BadTime as bad:
            return self._refused(row, t(f"network.wrong.{bad.why}"), 400)
        except OutageRefused:
            return self._refused(self._find(outage_id), t("network.not_now"), 409)
        tell(f"network.done.{key}")
        tell_campaigns(self._database, done)
        shown = done.changes[0].outage_id or outage_id
        return redirect(url_for("console.network_outage", outage_id=shown), 303)

    def _changed_by(self, outage_id: str) -> str:
        """Who has changed the outage since the page was shown; '' for nobody."""
        seen = request.form.get("seen", type=int)
        if seen is None:
            abort(400)
        for each in outage_facts.revisions(self._database, outage_id):
            if each["revision"] > seen and each["made_by"] != POLICY_ITSELF:
                return str(each["made_by"])
        return ""

    def _refused(self, row: Row, why: str, code: int) -> Response:
        page = self._page(row, why)
        page.status_code = code
        return page


def _end(now: datetime) -> datetime | None:
    """The time of the form; None when it is not known. Raises BadTime for one that is over."""
    ends = None if request.form.get("open") else read_time(request.form.get("ends", ""))
    if ends is not None and ends <= now:
        raise BadTime("past")
    return ends


def _is_fault(row: Row, _now: datetime) -> bool:
    return bool(row["kind"] == "unplanned" and row["state"] == "active")


def _lasts(row: Row, now: datetime) -> bool:
    return standing.of(row, now) in ("active", "under way", "scheduled")


def _has_begun(row: Row, now: datetime) -> bool:
    return standing.of(row, now) in ("active", "under way")


def _is_over(row: Row, now: datetime) -> bool:
    return standing.of(row, now) in ("restored", "cancelled")


def _still_dark(reports: Sequence[Row]) -> dict[str, int]:
    """Open answers "still dark" by transformer ('' where it is not known), the most first."""
    found: dict[str, set[str]] = {}
    for row in reports:
        if row["state"] == "open" and row["still_out"]:
            found.setdefault(str(row["transformer"]), set()).add(str(row["phone"]))
    return dict(sorted(((k, len(v)) for k, v in found.items()), key=lambda pair: -pair[1]))


def told_by_kind(counts: Sequence[Row]) -> list[Told]:
    """Notices by kind, in the order in which they were made."""
    found: dict[str, Told] = {}
    for row in counts:
        told = found.setdefault(str(row["kind"]), Told(str(row["kind"])))
        name = _where(str(row["notice_state"]), str(row["channel"]), str(row["status"]))
        if name:
            setattr(told, name, getattr(told, name) + int(row["n"]))
    return list(found.values())


def _where(notice: str, channel: str, status: str) -> str:
    if status in _ARRIVED:
        return channel
    if status in _ON_THE_WAY:
        return "on_way"
    if status in _LOST:
        return "failed"
    if notice == "draft":
        return "waiting"
    if notice == "approved":
        return "on_way"
    return "nobody" if notice == "unreachable" else ""


def _hidden(row: Row) -> str:
    """A phone number or address that a colleague recognises and nobody can use."""
    peer = str(row["peer"] or row["phone"] or "")
    return mask(peer) if "@" in peer or peer.startswith("+") else peer
