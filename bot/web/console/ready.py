"""Ready answers: those that come with the program, and the distributor's own to add and change."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.desk import ready
from bot.desk.ready import BadAnswer
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs, t, tell
from locales.catalogue import LANGUAGES, SHIPPED
from storage import ready as rows

ROLES = ("agent", "administrator")


def add(pages: Blueprint, frame: Frame) -> None:
    view = _View(frame)
    mine = needs(*ROLES)
    pages.add_url_rule("/ready", "ready", mine(view.page))
    pages.add_url_rule("/ready", "ready_save", mine(view.save), methods=["POST"])
    pages.add_url_rule("/ready/drop", "ready_drop", mine(view.drop), methods=["POST"])


class _View:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def page(self) -> Response:
        found = rows.get(self._database, request.args.get("name", ""))
        typed = {name: str(found[name]) for name in ("name", "topic", *LANGUAGES)} if found else {}
        return self._page(typed)

    def _page(self, typed: dict[str, str], told: str = "") -> Response:
        return self._frame.page(
            "ready.html",
            own=rows.every(self._database),
            shipped=[(name, _texts(name)) for name in ready.SHIPPED_NAMES],
            topics=ready.TOPICS,
            fields=ready.FIELDS,
            spoken=LANGUAGES,
            typed=typed,
            told=told,
        )

    def save(self) -> AnyResponse:
        form, by = request.form, frames.person().name
        typed = {name: form.get(name, "").strip() for name in ("name", "topic", *LANGUAGES)}
        typed["name"] = typed["name"].lower()
        texts = {language: typed[language] for language in LANGUAGES}
        try:
            ready.save(
                self._database, name=typed["name"], topic=typed["topic"], texts=texts, by=by,
                now=frames.now(),
            )  # fmt: skip
        except BadAnswer as bad:
            told = t(f"inbox.ready_bad.{bad.why}", field=bad.detail)
            page = self._page(typed, told)
            page.status_code = 409
            return page
        tell("inbox.ready_saved", name=typed["name"])
        return redirect(url_for("console.ready"), 303)

    def drop(self) -> AnyResponse:
        name, by = request.form.get("name", ""), frames.person().name
        if ready.drop(self._database, name, by=by, now=frames.now()):
            tell("inbox.ready_dropped", name=name)
        return redirect(url_for("console.ready"), 303)


def _texts(name: str) -> dict[str, str]:
    return {code: SHIPPED.books[code].single[ready.PREFIX + name] for code in LANGUAGES}
