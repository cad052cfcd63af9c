"""Texts that were not understood; what they meant, said by a person; phrases made of them."""

from __future__ import annotations

import io

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.conversation import candidates
from bot.conversation.candidates import CandidateRefused
from bot.reports import tables
from bot.reports.unclear import Failures, month_of_unclear
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs, t, tell
from bot.web.console.reports import ROLES, as_file, chosen_month, shared
from bot.web.console.seen import sees
from bot.web.console.sheets import intent_name, say_number, say_share
from intents.model import INTENTS
from intents.scrub import LONGEST
from intents.understanding import Recogniser
from storage import candidates as rows

WAITING = 20  # candidates on the page: for each, the nearest of all phrases are looked for
MEANINGS = tuple(intent for intent in INTENTS if intent not in ("yes", "no", "choice"))


def add(pages: Blueprint, frame: Frame) -> None:
    lessons = _Lessons(frame)
    mine, post = needs(*ROLES), ["POST"]
    here = "/reports/understanding"
    pages.add_url_rule(here, "reports_understanding", mine(sees("unclear.seen")(lessons.page)))
    pages.add_url_rule(
        f"{here}.csv", "reports_understanding_csv", mine(sees("unclear.saved")(lessons.file))
    )
    pages.add_url_rule(
        f"{here}/texts/<message_id>", "reports_teach", mine(lessons.teach), methods=post
    )
    pages.add_url_rule(f"{here}/<key>/accept", "reports_accept", mine(lessons.accept), methods=post)
    pages.add_url_rule(f"{here}/<key>/reject", "reports_reject", mine(lessons.reject), methods=post)


class _Lessons:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._made, self._database = frame, frame.service, frame.database

    def page(self) -> Response:
        month = chosen_month()
        found = self._read()
        waiting = candidates.review(self._made, limit=WAITING + 1, recogniser=self._recogniser)
        return self._frame.page(
            "reports_understanding.html", found=found, figures=_facts(found),
            waiting=waiting[:WAITING], more=len(waiting) > WAITING, longest=LONGEST,
            phrases=rows.phrases(self._database), meanings=MEANINGS,
            **shared("understanding", month),
        )  # fmt: skip

    def file(self) -> Response:
        text = io.StringIO(newline="")
        tables.write(text, tables.unclear(self._read()))
        return as_file(text.getvalue(), f"understanding-{chosen_month():%Y-%m}.csv")

    def teach(self, message_id: str) -> AnyResponse:
        """What a text meant: noted, for the review below."""
        meant = request.form.get("intent", "")
        if meant not in MEANINGS:
            tell("reports.understanding.choose", "danger")
            return self._back("texts")
        try:
            noted = candidates.teach(
                self._made, message_id, meant, self._recogniser,
                by=frames.person().name, now=frames.now(),
            )  # fmt: skip
        except CandidateRefused as refused:
            _tell_why(refused)
            return self._back("texts")
        if noted:
            tell("reports.understanding.noted", meaning=intent_name(meant))
        else:
            tell("reports.understanding.nothing_left", "warning")
        return self._back("texts")

    def accept(self, key: str) -> AnyResponse:
        meant = request.form.get("intent", "")
        try:
            phrase = candidates.accept(
                self._made, key, intent=meant if meant in MEANINGS else "",
                text=request.form.get("text", ""), by=frames.person().name, now=frames.now(),
            )  # fmt: skip
        except CandidateRefused as refused:
            _tell_why(refused)
        else:
            told = intent_name(phrase.intent)
            tell("reports.understanding.accepted", text=phrase.text, meaning=told)
        return self._back("review")

    def reject(self, key: str) -> AnyResponse:
        """Forget a candidate, or a phrase that was accepted."""
        try:
            text = candidates.reject(self._made, key, by=frames.person().name, now=frames.now())
        except CandidateRefused as refused:
            _tell_why(refused)
        else:
            tell("reports.understanding.rejected", text=text)
        return self._back("review")

    @property
    def _recogniser(self) -> Recogniser:
        return self._frame.turns.learning.recogniser

    def _read(self) -> Failures:
        return month_of_unclear(self._database, chosen_month(), self._recogniser)

    def _back(self, part: str) -> AnyResponse:
        month = f"{chosen_month():%Y-%m}"
        return redirect(url_for("console.reports_understanding", month=month, _anchor=part), 303)


def _facts(found: Failures) -> list[tuple[str, str]]:
    whole = sum(found.outcomes.values())
    shares = [
        (t(f"reports.outcome.{name}"), say_share(100 * many / whole if whole else None))
        for name, many in found.outcomes.items()
    ]
    return [(t("reports.understanding.texts"), say_number(whole)), *shares]


def _tell_why(refused: CandidateRefused) -> None:
    values = dict(refused.values)
    if "intent" in values:
        values["intent"] = intent_name(values["intent"])
    tell(f"reports.refused.{refused.why or 'gone'}", "danger", **values)
