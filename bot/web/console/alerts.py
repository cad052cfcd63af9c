"""For operators: campaigns; what they say to whom, approving them, and following their course.

Works: `alerts_works`; files: `alerts_files`; announcements and corrections: `alerts_words`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.campaigns import announced, announced_preview, approval, canary, redo
from bot.campaigns import rules as campaigns
from bot.campaigns.approval import Fact
from bot.campaigns.course import stand_of
from bot.campaigns.preview import Preview
from bot.campaigns.rules import CampaignRefused
from bot.channels import provider_names
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW, by_status, is_own, known_as, phones_of, said
from bot.web.console.frame import Frame, needs, tell
from bot.web.console.kept import Kept
from locales.alphabet import one_line
from storage import Row
from storage import broadcasts as broadcast_rows
from storage import campaigns as rows
from storage import canary as canary_rows
from storage import course as course_rows
from storage.database import switch

OPERATOR = "operator"
TELLS_OF_WORKS = ("planned_notice", "moved", "reminder")
OVER = ("done", "stopped", "expired")
PAGE = 30  # campaigns that are over, on one page
RATE_SECONDS = 60  # over which the rate of sending is measured
MOST_REASON = 300  # characters
_COURSE_SECONDS = 2.0  # how long what was counted of a campaign is shown to all who look


def add(pages: Blueprint, frame: Frame) -> None:
    alerts = Alerts(frame)
    mine, post = needs(OPERATOR), ["POST"]
    pages.add_url_rule("/alerts", "alerts", mine(alerts.overview))
    pages.add_url_rule("/alerts/list", "alerts_list", mine(alerts.live_list))
    pages.add_url_rule("/alerts/stop", "alerts_stop_all", mine(alerts.stop_all), methods=post)
    pages.add_url_rule("/alerts/go", "alerts_go", mine(alerts.resume_all), methods=post)
    pages.add_url_rule("/alerts/redo", "alerts_redo_all", mine(alerts.redo_all), methods=post)
    one = "/alerts/campaign/<campaign_id>"
    pages.add_url_rule(one, "alerts_campaign", mine(alerts.campaign))
    pages.add_url_rule(f"{one}/course", "alerts_course", mine(alerts.live_course))
    pages.add_url_rule(f"{one}/approve", "alerts_approve", mine(alerts.approve), methods=post)
    for act in ("pause", "resume", "stop", "redo"):
        view = mine(getattr(alerts, act))
        pages.add_url_rule(f"{one}/{act}", f"alerts_{act}", view, methods=post)


class Alerts:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._database, self._policy = frame.database, frame.policy
        self._courses = Kept(timedelta(seconds=_COURSE_SECONDS))

    # --- all of them ------------------------------------------------------------------------

    def overview(self) -> Response:
        version = course_rows.version(self._database)
        return self._frame.page("alerts.html", version=version, **self._listed())

    def live_list(self) -> Response:
        version = course_rows.version(self._database)
        if frames.unchanged(version):
            return Response(status=204)
        return self._frame.piece("alerts_list.html", version, **self._listed())

    def _listed(self) -> dict[str, Any]:
        before = request.args.get("before", "")
        over = course_rows.listed(self._database, OVER, limit=PAGE + 1, before=before, empty=False)
        waiting = course_rows.listed(self._database, ["draft"], limit=200)
        # The nearest legal deadline first: what waits longest is not what is most urgent.
        waiting.sort(key=lambda row: (row["deadline_at"] or row["due_at"] or "~", row["id"]))
        going = course_rows.listed(self._database, rows.OPEN, limit=200)
        stands = {row["id"]: stand_of(self._database, str(row["id"])) for row in going}
        return {
            "waiting": [] if before else waiting,
            "going": [] if before else going,
            "stands": stands,
            "over": over[:PAGE],
            "more": len(over) > PAGE,
            "before": before,
            "stopped": switch(self._database, "sending_stopped"),
            **SHOW,
            "four_eyes": self._policy.campaign_four_eyes_over,
            "is_own": lambda row: is_own(row, self._policy),
        }

    def stop_all(self) -> AnyResponse:
        by, now = frames.person().name, frames.now()
        many, taken = campaigns.stop_all(self._database, by=by, now=now)
        tell("alerts.stopped_all", "warning", campaigns=many, taken=taken)
        return redirect(url_for("console.alerts"), 303)

    def resume_all(self) -> AnyResponse:
        by, now = frames.person().name, frames.now()
        self._database.transaction(lambda tx: campaigns.resume_all(tx, by=by, now=now))
        tell("alerts.resumed_all")
        return redirect(url_for("console.alerts"), 303)

    def redo_all(self) -> AnyResponse:
        """All that the last stop of everything ended, as one new draft of a kind."""
        by, now = frames.person().name, frames.now()
        try:
            found = redo.stopped(self._database, None)
            made = redo.redo_all(self._database, found, by=by, now=now, policy=self._policy)
        except CampaignRefused:
            tell("alerts.redo_nobody", "warning")
        else:
            tell("alerts.redone", count=len(made))
        return redirect(url_for("console.alerts"), 303)

    # --- one of them ------------------------------------------------------------------------

    def campaign(self, campaign_id: str) -> Response:
        row, now = self.one(campaign_id), frames.now()
        email = "email" in provider_names(self._frame.service)
        seen = campaigns.look(
            self._database, row, now, self._policy, email=email,
            short_number=self._frame.service.settings.short_number,
        )  # fmt: skip
        draft = row["state"] == "draft"
        return self._frame.page(
            "alerts_campaign.html",
            row=row,
            seen=seen,
            phones=phones_of(seen),
            obstacles=self._obstacles(seen) if draft else [],
            needs_reason=approval.needs_reason(seen),
            children=rows.children(self._database, str(row["id"])),
            parent=self._named(row["parent_id"]),
            corrects=self._named(row["corrects_id"]),
            texts=broadcast_rows.texts_of(self._database, campaign_id),
            lacking=self._lacking(row) if draft else [],
            own_words=announced.is_one(row),
            four_eyes=self._policy.campaign_four_eyes_over,
            canary_size=canary.size_of(row, row["recipients"], self._policy),
            notice_days=self._policy.planned_notice_days,
            most_reason=MOST_REASON,
            **SHOW,
            **self._course(row),
        )

    def live_course(self, campaign_id: str) -> Response:
        row = self.one(campaign_id)
        course = self._course(row)
        return self._frame.piece("alerts_course.html", row=row, **SHOW, **course)

    def _course(self, row: Row) -> dict[str, Any]:
        """How far it is, and a version that changes with any of it. What is counted of a large
        campaign takes 0.2 s: it is counted once for all who look, and anew after each act."""
        key = (row["id"], str(row["updated_at"]))
        counted, _ = self._courses.get(key, lambda: self._count(row))
        held = approval.holding(self._frame.service, row, frames.now())
        version = f"{counted['mark']}-{held and held.key}"
        return counted | {"version": version, "held": held and said(held)}

    def _count(self, row: Row) -> dict[str, Any]:
        campaign_id = str(row["id"])
        stand = stand_of(self._database, campaign_id)
        statuses = course_rows.statuses(self._database, campaign_id)
        since = frames.now() - timedelta(seconds=RATE_SECONDS)
        sent = course_rows.sent_since(self._database, campaign_id, since)
        left = stand.left
        corrections = course_rows.corrections(self._database, row["parent_id"] or campaign_id)
        mark = "-".join(
            str(part) for part in (
                row["updated_at"], stand.done, stand.total, sent, sum(statuses.values()),
                statuses.get(("sms", "delivered"), 0), stand.failed, len(corrections),
            )
        )  # fmt: skip
        return {
            "mark": mark,
            "stand": stand,
            "counts": by_status(statuses),
            "failures": course_rows.failures(self._database, campaign_id),
            "rate": sent * 60 / RATE_SECONDS,
            "minutes_left": -(-left * RATE_SECONDS // (60 * sent)) if sent and left else None,
            "canary": canary_rows.course(self._database, campaign_id),
            "standing": self._standing(row),
            "told": course_rows.count_told(self._database, campaign_id),
            "corrections": corrections,
        }  # fmt: skip

    def _standing(self, row: Row) -> list[Row]:
        """The works that people were to be told of by a campaign that was stopped."""
        if row["state"] != "stopped" or row["kind"] not in TELLS_OF_WORKS:
            return []
        return course_rows.standing_works(self._database, str(row["id"]), frames.now())

    def approve(self, campaign_id: str) -> AnyResponse:
        row, person, now = self.one(campaign_id), frames.person(), frames.now()
        back = redirect(url_for("console.alerts_campaign", campaign_id=campaign_id), 303)
        if row["state"] != "draft":
            tell("alerts.changed_meanwhile", "warning")
            return back
        reason = one_line(request.form.get("reason", ""))[:MOST_REASON]
        email = "email" in provider_names(self._frame.service)
        seen = campaigns.look(self._database, row, now, self._policy, email=email)
        standing = self._obstacles(seen)
        if standing:
            tell("alerts.refused", "danger", why=said(standing[0]))
            return back
        if approval.needs_reason(seen) and not reason:
            tell("alerts.reason_lacks", "danger")
            return back
        try:
            done = campaigns.approve(
                self._database, campaign_id, by=person.name, now=now, policy=self._policy,
                reason=reason, email=email,
            )  # fmt: skip
        except CampaignRefused:
            return self._changed(campaign_id)
        tell("alerts.approved_before" if done.repeated else "alerts.approved")
        return back

    def pause(self, campaign_id: str) -> AnyResponse:
        return self._act(campaign_id, "paused", lambda tx, by, now: campaigns.pause(
            tx, campaign_id, by=by, now=now))  # fmt: skip

    def resume(self, campaign_id: str) -> AnyResponse:
        return self._act(campaign_id, "resumed", lambda tx, by, now: campaigns.resume(
            tx, campaign_id, by=by, now=now))  # fmt: skip

    def _act(self, campaign_id: str, told: str, work: Callable[..., Row]) -> AnyResponse:
        self.one(campaign_id)
        by, now = frames.person().name, frames.now()
        try:
            self._database.transaction(lambda tx: work(tx, by, now))
        except CampaignRefused:
            return self._changed(campaign_id)
        tell(f"alerts.{told}")
        return redirect(url_for("console.alerts_campaign", campaign_id=campaign_id), 303)

    def stop(self, campaign_id: str) -> AnyResponse:
        self.one(campaign_id)
        by, now = frames.person().name, frames.now()
        try:
            _, taken = campaigns.stop(self._database, campaign_id, by=by, now=now)
        except CampaignRefused:
            return self._changed(campaign_id)
        tell("alerts.stopped", taken=taken)
        return redirect(url_for("console.alerts_campaign", campaign_id=campaign_id), 303)

    def redo(self, campaign_id: str) -> AnyResponse:
        row = self.one(campaign_id)
        by, now = frames.person().name, frames.now()
        if row["state"] != "stopped" or announced.is_one(row):
            abort(409)
        try:
            made = redo.redo(self._database, campaign_id, by=by, now=now, policy=self._policy)
        except CampaignRefused:
            tell("alerts.redo_nobody", "warning")
            return redirect(url_for("console.alerts_campaign", campaign_id=campaign_id), 303)
        tell("alerts.redone", count=len(made))
        return redirect(url_for("console.alerts_campaign", campaign_id=made[0]), 303)

    # --- what all of them need --------------------------------------------------------------

    def one(self, campaign_id: str) -> Row:
        row = rows.campaign(self._database, campaign_id)
        if row is None:
            abort(404)
        return row

    def _named(self, campaign_id: str | None) -> Row | None:
        return rows.campaign(self._database, campaign_id) if campaign_id else None

    def _lacking(self, row: Row) -> list[str]:
        if not announced.is_one(row):
            return []
        return announced_preview.lacking(broadcast_rows.texts_of(self._database, str(row["id"])))

    def _obstacles(self, seen: Preview) -> Sequence[Fact]:
        return approval.obstacles(self._database, seen, known_as(), frames.now(), self._policy)

    def _changed(self, campaign_id: str) -> AnyResponse:
        """Somebody was quicker: the page as it is now says more."""
        tell("alerts.changed_meanwhile", "warning")
        return redirect(url_for("console.alerts_campaign", campaign_id=campaign_id), 303)
