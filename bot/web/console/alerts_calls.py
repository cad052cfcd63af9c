"""For operators: whom a person must ring up, and what came of it; as `gaisma call` does it."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.delivery.calls import CallRefused, finish, listed
from bot.letters.batch import safe_cell
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW
from bot.web.console.frame import Frame, needs, t, tell, when
from bot.web.console.seen import sees
from storage import calls as rows

OPERATOR = "operator"
SHOWN = 200  # calls on the page; the file to download has all
LONGEST_OUTCOME = 200  # characters


def add(pages: Blueprint, frame: Frame) -> None:
    calls = _Calls(frame)
    mine = needs(OPERATOR)
    pages.add_url_rule("/alerts/calls", "alerts_calls", mine(sees("calls.seen")(calls.show)))
    pages.add_url_rule(
        "/alerts/calls.csv", "alerts_calls_csv", mine(sees("calls.saved")(calls.download))
    )
    one = "/alerts/calls/<call_id>"
    pages.add_url_rule(one, "alerts_call_done", mine(calls.done), methods=["POST"])


class _Calls:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def show(self) -> Response:
        found = listed(self._database)
        return self._frame.page(
            "alerts_calls.html", found=found[:SHOWN], more=max(0, len(found) - SHOWN),
            longest=LONGEST_OUTCOME, **SHOW,
        )  # fmt: skip

    def download(self) -> Response:
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(
            t(f"alerts.call.{name}") for name in ("who", "number", "why", "about", "before")
        )
        for call in listed(self._database):
            lines.writerow([safe_cell(cell) for cell in _cells(call)])
        # With the mark of UTF-8, without which spreadsheets read letters wrong.
        response = make_response(chr(0xFEFF) + text.getvalue())
        response.headers["Content-Type"] = "text/csv; charset=utf-8"
        response.headers["Content-Disposition"] = "attachment; filename=calls.csv"
        return response

    def done(self, call_id: str) -> AnyResponse:
        if not any(row["id"] == call_id for row in rows.find_calls(self._database, call_id)):
            abort(404)
        told = request.form.get("told") == "1"
        outcome = " ".join(request.form.get("outcome", "").split())[:LONGEST_OUTCOME]
        by, now = frames.person().name, frames.now()
        try:
            finish(self._database, call_id, by=by, text=outcome, told=told, now=now)
        except CallRefused:
            tell("alerts.changed_meanwhile", "warning")
        else:
            tell("alerts.call.done_told" if told else "alerts.call.done_not")
        return redirect(url_for("console.alerts_calls"), 303)


def _cells(call: dict[str, Any]) -> tuple[str, ...]:
    about = f"{t('alerts.kind.' + call['kind'])} {call['outage']}, {call['address']}"
    times = f"{when(call['starts_at'])} – {when(call['ends_at'])}"
    return (
        call["name"], ", ".join(call["phones"]), t(f"alerts.call.reason.{call['reason']}"),
        f"{about}, {times}", when(call["before"]),
    )  # fmt: skip
