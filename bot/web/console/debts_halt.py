"""For operators: the moratorium, on and off; as `gaisma moratorium` does it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.campaigns.proofs import weak_reason
from bot.debts import days as debt_days
from bot.debts import moratorium
from bot.debts.moratorium import LONGEST_WHY
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW
from bot.web.console.debts import OPERATOR, day_in_words, going
from bot.web.console.frame import Frame, needs, tell
from locales.alphabet import one_line
from locales.catalogue import LANGUAGES
from storage import debts_after

LONGEST_REASON = 200  # characters of what is kept


class _Wrong(Exception):
    """A field of the form; its name is a key of the texts."""


def add(pages: Blueprint, frame: Frame) -> None:
    view = _Halt(frame)
    mine, post = needs(OPERATOR), ["POST"]
    pages.add_url_rule("/debts/moratorium", "debts_halt", mine(view.page))
    pages.add_url_rule("/debts/moratorium/on", "debts_halt_on", mine(view.on), methods=post)
    pages.add_url_rule("/debts/moratorium/off", "debts_halt_off", mine(view.off), methods=post)


class _Halt:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def page(self) -> Response:
        return self._page()

    def _page(self, wrong: str = "") -> Response:
        found = going(self._database)
        return self._frame.page(
            "debts_halt.html", halted=moratorium.is_on(self._database),
            terms=moratorium.terms(self._database), wrong=wrong, given=request.form,
            held=[row for row, kinds in found if not set(kinds) <= set(moratorium.NEVER_HELD)],
            to_tell=len(debts_after.told_of_it(self._database)),
            longest=LONGEST_WHY, longest_reason=LONGEST_REASON,
            today=debt_days.today(frames.now()), day_in_words=day_in_words, **SHOW,
        )  # fmt: skip

    def on(self) -> AnyResponse:
        """Begin it, or change its terms."""
        by, now = frames.person().name, frames.now()
        try:
            wanted = _terms(debt_days.today(now))
        except _Wrong as wrong:
            page = self._page(str(wrong))
            page.status_code = 400
            return page
        held = self._database.transaction(
            lambda tx: moratorium.switch_on(tx, wanted, by=by, now=now)
        )
        if held is None:
            tell("debts.halt.same", "warning")
        else:
            tell("debts.halt.begun", count=held)
        return redirect(url_for("console.debts_halt"), 303)

    def off(self) -> AnyResponse:
        by, now = frames.person().name, frames.now()
        lifted = self._database.transaction(lambda tx: moratorium.switch_off(tx, by=by, now=now))
        if lifted is None:
            tell("debts.halt.same", "warning")
        else:
            tell(
                "debts.halt.ended", resumed=lifted.resumed,
                stopped=lifted.stopped + lifted.ended, anew=lifted.anew,
            )  # fmt: skip
        return redirect(url_for("console.debts_halt"), 303)


def _terms(today: date) -> moratorium.Terms:
    """What the form says. Raises _Wrong."""
    form = request.form
    reason = one_line(form.get("reason", ""))
    if not reason or len(reason) > LONGEST_REASON or weak_reason(reason):
        raise _Wrong("reason")
    try:
        until = date.fromisoformat(form["until"]) if form.get("until", "").strip() else None
    except ValueError:
        raise _Wrong("until") from None
    if until is not None and until < today:
        raise _Wrong("until")
    texts = {each: one_line(form.get(each, "")) for each in LANGUAGES}
    if any(len(text) > LONGEST_WHY for text in texts.values()):
        raise _Wrong("texts")
    return moratorium.Terms(reason, until, {each: text for each, text in texts.items() if text})
