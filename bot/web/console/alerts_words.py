"""For operators: words of one's own to many (announcements), and putting right what was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from bot.campaigns import announced, broadcasts
from bot.campaigns.broadcasts import Words
from bot.campaigns.rules import CampaignRefused
from bot.network.audience import Asked, AudienceRefused
from bot.policy import RIGA
from bot.web.console import frame as frames
from bot.web.console.alerts import Alerts
from bot.web.console.alerts_show import SHOW
from bot.web.console.frame import Frame, needs, t, tell
from bot.words.subjects import ready_announcement
from locales.alphabet import one_line
from locales.catalogue import LANGUAGES
from locales.segments import measure
from storage import Row, customers
from storage import broadcasts as broadcast_rows
from storage import course as course_rows

OPERATOR = "operator"
READY = ("storm_warning", "closed_centres")
# What has happened to somebody who can be told that it was wrong.
CORRECTABLE = ("canary", "sending", "paused", "done", "stopped")


def add(pages: Blueprint, frame: Frame) -> None:
    words = _Words(frame)
    mine, post = needs(OPERATOR), ["POST"]
    path = "/alerts/announce"
    pages.add_url_rule(path, "alerts_announce", mine(words.ask))
    pages.add_url_rule(path, "alerts_announce_do", mine(words.announce), methods=post)
    pages.add_url_rule(f"{path}/measure", "alerts_measure", mine(words.measure), methods=post)
    pages.add_url_rule(f"{path}/audience", "alerts_audience", mine(words.audience))
    one = "/alerts/campaign/<campaign_id>"
    pages.add_url_rule(f"{one}/correct", "alerts_correct", mine(words.ask_correction))
    pages.add_url_rule(f"{one}/correct", "alerts_correct_do", mine(words.correct), methods=post)
    pages.add_url_rule(f"{one}/text", "alerts_text", mine(words.add_texts), methods=post)


class _Words:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._alerts = frame, Alerts(frame)
        self._database, self._policy = frame.database, frame.policy

    # --- announcements ----------------------------------------------------------------------

    def ask(self) -> Response:
        texts = dict.fromkeys(LANGUAGES, "")
        if request.args.get("ready") in READY:
            texts = self._ready(request.args["ready"])
        return self._form(MultiDict(texts))

    def _ready(self, name: str) -> dict[str, str]:
        now = frames.now()
        starts = _moment(request.args.get("starts")) or now
        ends = _moment(request.args.get("ends"))
        ready = ready_announcement(name, starts, ends, self._policy, now)  # type: ignore[arg-type]
        return dict(ready.texts)

    def _form(self, given: Mapping[str, Any], told: str = "") -> Response:
        page = self._frame.page(
            "alerts_announce.html", given=given, told=told, ready=READY,
            towns=customers.towns(self._database), longest=broadcasts.LONGEST,
            cents=self._policy.campaign_segment_price_cents,
            most=self._policy.text_max_segments, **SHOW,
        )  # fmt: skip
        page.status_code = 409 if told else 200
        return page

    def announce(self) -> AnyResponse:
        asked, given = _asked(request.form), request.form
        everybody = given.get("everybody") == "1"
        if (asked == Asked()) != everybody:
            return self._form(given, t("alerts.announce.whom"))
        until = _moment(given.get("until"))
        now = frames.now()
        if until is not None and until <= now:
            return self._form(given, t("alerts.announce.until_past"))
        if not any(_texts().values()):
            return self._form(given, t("alerts.words.none"))
        words = Words(_texts(), frames.person().name, now, until)
        try:
            made = broadcasts.announce(self._database, asked, words)
        except AudienceRefused:
            return self._form(given, t("alerts.announce.nowhere"))
        except CampaignRefused:
            return self._form(given, t("alerts.announce.nobody"))
        tell("alerts.announce.drafted")
        return redirect(url_for("console.alerts_campaign", campaign_id=made), 303)

    def measure(self) -> Response:
        """The SMS as they would go out, and what they take: for the page while somebody types."""
        kind = "correction" if request.form.get("kind") == "correction" else "announcement"
        found = {}
        for language, text in _texts().items():
            if not text:
                continue
            sms = announced.render_sms(kind, language, {language: text}, self._policy)
            count = measure(sms)
            found[language] = {
                "text": sms, "segments": count.segments, "left": count.left,
                "too_long": count.segments > self._policy.text_max_segments,
            }  # fmt: skip
        return jsonify(found)

    def audience(self) -> Response:
        """How many customers and messages the audience means; `wrong` where there is no such."""
        asked = _asked(request.args)
        if (asked == Asked()) != (request.args.get("everybody") == "1"):
            return jsonify({"told": "", "sms": {}})
        try:
            found = broadcasts.estimate(self._database, asked)
        except AudienceRefused:
            return jsonify({"told": t("alerts.announce.nowhere"), "sms": {}, "wrong": True})
        sms = found.of("sms")
        told = t(
            "alerts.announce.reach", customers=t("alerts.customers", count=found.customers),
            sms=sum(sms.values()), emails=sum(found.of("email").values()),
            nobody=found.messages.get(("", ""), 0),
        )  # fmt: skip
        return jsonify({"told": told, "sms": sms})

    # --- corrections ------------------------------------------------------------------------

    def ask_correction(self, campaign_id: str) -> Response:
        return self._correction(self._alerts.one(campaign_id), {})

    def _correction(self, row: Row, given: Mapping[str, Any], told: str = "") -> Response:
        campaign_id = str(row["id"])
        page = self._frame.page(
            "alerts_correct.html", row=row, given=given, complaint=told,
            told=course_rows.count_told(self._database, campaign_id),
            correctable=row["state"] in CORRECTABLE,
            texts=broadcast_rows.texts_of(self._database, campaign_id),
            longest=broadcasts.LONGEST, most=self._policy.text_max_segments, **SHOW,
        )  # fmt: skip
        page.status_code = 409 if told else 200
        return page

    def correct(self, campaign_id: str) -> AnyResponse:
        row = self._alerts.one(campaign_id)
        texts = _texts()
        if not any(texts.values()):
            return self._correction(row, request.form, t("alerts.words.none"))
        words = Words(texts, frames.person().name, frames.now())
        try:
            made = broadcasts.correct(self._database, campaign_id, words)
        except CampaignRefused:
            return self._correction(row, request.form, t("alerts.correct.nobody"))
        tell("alerts.correct.drafted")
        return redirect(url_for("console.alerts_campaign", campaign_id=made), 303)

    def add_texts(self, campaign_id: str) -> AnyResponse:
        """The languages that a draft lacks; a text that is there is never changed."""
        self._alerts.one(campaign_id)
        words = Words(_texts(), frames.person().name, frames.now())
        try:
            broadcasts.add_texts(self._database, campaign_id, words)
        except CampaignRefused:
            tell("alerts.words.not_added", "danger")
        else:
            tell("alerts.words.added")
        return redirect(url_for("console.alerts_campaign", campaign_id=campaign_id), 303)


def _texts() -> dict[str, str]:
    """What was written, by language, on one line and no longer than is taken."""
    given = {name: request.form.get(name, "")[: broadcasts.LONGEST] for name in LANGUAGES}
    return {name: one_line(text) for name, text in given.items()}


def _asked(given: Any) -> Asked:
    towns, streets = given.getlist("town"), given.getlist("street")
    kind = given.get("kind", "")
    return Asked(
        tuple(filter(None, (each.strip()[:80] for each in towns))),
        tuple(filter(None, (each.strip()[:120] for each in streets))),
        given.get("transformer", "").strip()[:40],
        given.get("feeder", "").strip()[:40],
        kind if kind in ("household", "business") else "",
    )


def _moment(text: str | None) -> datetime | None:
    """What a field for day and hour holds, on a clock in Latvia."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=RIGA)
    except ValueError:
        return None
