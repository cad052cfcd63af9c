"""For operators: one debt, what was told of it, and what `gaisma debt` records: a payment, a plan,
a disconnection, the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.debts import days as debt_days
from bot.debts import moratorium
from bot.debts import rules as debts
from bot.debts.refused import DebtRefused
from bot.importing.debts import euros as cents_of
from bot.importing.report import RowRefused
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW
from bot.web.console.debts import OPERATOR, day_in_words, in_words, refuse, step_of
from bot.web.console.debts_ready import Ready
from bot.web.console.frame import Frame, needs, tell
from bot.web.console.seen import sees
from bot.words.subjects import Instalment
from storage import Row, Tx, debts_shown

PARTS = 6  # of a plan, on the page
_ONE = "/debts/<debt_id>"


def add(pages: Blueprint, frame: Frame) -> None:
    view = _One(frame)
    mine = needs(OPERATOR)
    pages.add_url_rule(_ONE, "debts_one", mine(sees("debts.seen", "debt_id")(view.page)))
    for act in ("paid", "plan", "disconnected", "reconnect"):
        made = mine(getattr(view, act))
        pages.add_url_rule(f"{_ONE}/{act}", f"debts_{act}", made, methods=["POST"])


class _One:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database, self._policy = frame, frame.database, frame.policy
        self._ready = Ready(frame.database, frame.policy)

    def page(self, debt_id: str) -> Response:
        row, now = self._row(debt_id), frames.now()
        halted = moratorium.is_on(self._database)
        ready = self._ready.at(now, debts_shown.stages(self._database))
        step = step_of(row, ready, now, halted=halted)
        return self._frame.page(
            "debts_one.html", row=row, told=debts_shown.told(self._database, debt_id), step=step,
            next_words=in_words(step), plan=debts.plan_of(row) if row["stage"] == "plan" else (),
            halted=halted, parts=PARTS, today=debt_days.today(now), day_in_words=day_in_words,
            may_note=_may_note(row, now, halted=halted), **SHOW,
        )  # fmt: skip

    def paid(self, debt_id: str) -> AnyResponse:
        def work(tx: Tx, row: Row, by: str, now: datetime) -> None:
            debts.note_paid(tx, [str(row["reference"])], by=by, now=now)

        return self._do(debt_id, "paid", work)

    def disconnected(self, debt_id: str) -> AnyResponse:
        def work(tx: Tx, row: Row, by: str, now: datetime) -> None:
            reference = str(row["reference"])
            debts.note_disconnected(tx, reference, by=by, now=now, policy=self._policy)

        return self._do(debt_id, "disconnected", work)

    def plan(self, debt_id: str) -> AnyResponse:
        parts = _parts()
        if parts is None:
            tell("debts.refused.part", "danger")
            return self._back(debt_id)

        def work(tx: Tx, row: Row, by: str, now: datetime) -> debts.Made:
            return debts.agree_plan(tx, str(row["reference"]), parts, by=by, now=now)

        return self._do(debt_id, "planned", work)

    def reconnect(self, debt_id: str) -> AnyResponse:
        def work(tx: Tx, row: Row, by: str, now: datetime) -> debts.Made:
            return debts.tell_reconnection(tx, str(row["reference"]), by=by, now=now)

        return self._do(debt_id, "reconnect", work)

    def _do(
        self, debt_id: str, key: str, work: Callable[[Tx, Row, str, datetime], debts.Made | None]
    ) -> AnyResponse:
        """The act; a draft that it makes is shown next, for another person approves it."""
        row, by, now = self._row(debt_id), frames.person().name, frames.now()
        try:
            made = self._database.transaction(lambda tx: work(tx, row, by, now))
        except DebtRefused as refused:
            return refuse(refused, url_for("console.debts_one", debt_id=debt_id))
        tell(f"debts.done.{key}")
        if made is None:
            return self._back(debt_id)
        return redirect(url_for("console.alerts_campaign", campaign_id=made.campaign_id), 303)

    def _back(self, debt_id: str) -> AnyResponse:
        return redirect(url_for("console.debts_one", debt_id=debt_id), 303)

    def _row(self, debt_id: str) -> Row:
        row = debts_shown.one(self._database, debt_id)
        if row is None:
            abort(404)
        return row


def _may_note(row: Row, now: datetime, *, halted: bool) -> bool:
    """Whether a disconnection may be noted today, but for holidays, which say so themselves."""
    day = str(row["disconnect_on"] or "~")
    return row["stage"] == "disconnection" and not halted and day <= str(debt_days.today(now))


def _parts() -> list[Instalment] | None:
    """The payments of the form; None when one of them cannot be read."""
    days, sums = request.form.getlist("day"), request.form.getlist("sum")
    found = []
    for day, cents in zip(days, sums, strict=False):
        if not day.strip() and not cents.strip():
            continue
        try:
            written = re.sub(r"\s", "", cents).replace(",", ".")
            found.append(Instalment(date.fromisoformat(day.strip()), cents_of(written)))
        except (ValueError, RowRefused):
            return None
    return found
