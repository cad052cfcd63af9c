"""For administrators: a person's data erased or handed out, when two of them want it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.people import asked, disclosure
from bot.people.asked import AskRefused
from bot.people.persons import same_name
from bot.people.privacy import NotNow
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs, tell
from storage import Row, agents, privacy_requests
from storage.database import moment

SHOWN = 50  # of those that are over
ANSWER_BY = timedelta(days=30)  # GDPR, art. 12 (3): a month


@dataclass(frozen=True)
class Waiting:
    """A request with what helps to decide. `own`: asked for by who looks."""

    row: Row
    by: str
    decided_by: str
    answer_by: str
    late: bool
    held: dict[str, int]
    own: bool


def add(pages: Blueprint, frame: Frame) -> None:
    view, mine, post = _Privacy(frame), needs("administrator"), ["POST"]
    one = "/privacy/<key>"
    pages.add_url_rule("/privacy", "privacy", mine(view.page))
    pages.add_url_rule("/privacy", "privacy_ask", mine(view.ask), methods=post)
    pages.add_url_rule(f"{one}/approve", "privacy_approve", mine(view.approve), methods=post)
    pages.add_url_rule(f"{one}/drop", "privacy_drop", mine(view.drop), methods=post)
    pages.add_url_rule(f"{one}/erase", "privacy_erase", mine(view.erase), methods=post)
    pages.add_url_rule(f"{one}/save", "privacy_save", mine(view.save), methods=post)


class _Privacy:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def page(self) -> Response:
        return self._page()

    def _page(self, **words: object) -> Response:
        names = agents.names(self._database)
        return self._frame.page(
            "privacy.html", names=names, kinds=asked.KINDS, longest=asked.LONGEST,
            waiting=[self._shown(row, names) for row in privacy_requests.waiting(self._database)],
            over=privacy_requests.over(self._database, limit=SHOWN),
            **{"wrong": "", "given": {}, **words},
        )  # fmt: skip

    def _shown(self, row: Row, names: dict[str, str]) -> Waiting:
        limit = moment(row["asked_at"]) + ANSWER_BY
        by = str(row["asked_by"])
        return Waiting(
            row, names.get(by, by), names.get(row["decided_by"], str(row["decided_by"])),
            frames.date(limit), frames.now() > limit,
            asked.counts(self._database, str(row["who"])),
            same_name(by, frames.person().name),
        )  # fmt: skip

    def ask(self) -> AnyResponse:
        kind, who = request.form.get("kind", ""), request.form.get("who", "")[:200]
        reason = request.form.get("reason", "")
        try:
            if kind not in asked.KINDS:
                raise AskRefused("unknown")
            asked.ask(self._database, kind, who, reason, **_act())
        except AskRefused as refused:
            given = {"kind": kind, "who": who, "reason": reason[: asked.LONGEST]}
            page = self._page(wrong=refused.why, given=given)
            page.status_code = 409
            return page
        tell(f"privacy.told.{kind}_asked")
        return _back()

    def approve(self, key: str) -> AnyResponse:
        """What is erased is erased at once; what is handed out waits to be saved."""
        with _told():
            row = asked.approve(self._database, key, **_act())
            tell(f"privacy.told.{row['kind']}_approved")
            if row["kind"] == asked.ERASE:
                self._erase(key)
        return _back()

    def erase(self, key: str) -> AnyResponse:
        """Again, where messages were on their way."""
        with _told():
            self._erase(key)
        return _back()

    def _erase(self, key: str) -> None:
        done = asked.erase(self._frame.service, key, **_act())
        tell("privacy.told.erased", messages=done.messages, withdrawn=done.withdrawn)

    def drop(self, key: str) -> AnyResponse:
        with _told():
            asked.drop(self._database, key, **_act())
            tell("privacy.told.dropped")
        return _back()

    def save(self, key: str) -> AnyResponse:
        """The letter and all rows as one file, once."""
        now = frames.now()
        try:
            found = asked.export(self._frame.service, key, by=frames.person().name, now=now)
        except AskRefused as refused:
            tell(f"privacy.wrong.{refused.why}", "danger")
            return _back()
        file = BytesIO(disclosure.zipped(found, self._frame.policy, now))
        return send_file(file, "application/zip", as_attachment=True, download_name="data.zip")


def _act() -> dict[str, Any]:
    return {"by": frames.person().name, "now": frames.now()}


def _back() -> AnyResponse:
    return redirect(url_for("console.privacy"), 303)


@contextmanager
def _told() -> Iterator[None]:
    """What the rules forbid, as a sentence on the next page."""
    try:
        yield
    except AskRefused as refused:
        tell(f"privacy.wrong.{refused.why}", "danger")
    except NotNow:
        tell("privacy.wrong.not_now", "warning")
