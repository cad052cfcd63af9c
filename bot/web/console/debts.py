"""For operators: who owes, which step they are at and what they were told; drafts of notices.

As `gaisma debt list` and `notice`; one debt is in `debts_one`, the moratorium in `debts_halt`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.debts import days as debt_days
from bot.debts import moratorium
from bot.debts import rules as debts
from bot.debts.refused import DebtRefused
from bot.letters.batch import safe_cell
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW
from bot.web.console.debts_ready import NOTICES, Ready
from bot.web.console.frame import Frame, euros, needs, t, tell
from bot.web.console.reports import as_file
from bot.web.console.seen import sees
from storage import Database, Row, debts_shown
from storage import campaigns as campaign_rows
from storage import debts as rows

OPERATOR = "operator"
SHOWN = 100  # debts on one page; the file to download has all
_MOST = 1_000_000  # in the file
_LONGEST = 80  # characters of what is looked for
STAGES = ("new", *(stage for stage in rows.STAGES if stage))
CHOICES = ("open", *STAGES, "all")
# The notice that is next at a stage.
NEXT = {"": "first", "first": "second", "second": "disconnection"}
_CELLS = ("reference", "customer", "name", "sum", "due", "stage", "pay_by", "off", "next")


def add(pages: Blueprint, frame: Frame) -> None:
    view = Debts(frame)
    mine = needs(OPERATOR)
    pages.add_url_rule("/debts", "debts", mine(sees("debts.seen")(view.page)))
    pages.add_url_rule("/debts.csv", "debts_csv", mine(sees("debts.saved")(view.download)))
    pages.add_url_rule("/debts/notice", "debts_notice", mine(view.draft), methods=["POST"])


@dataclass(frozen=True)
class Step:
    """What comes next for a debt: a key of the texts, its values, and whether it can be done now
    (`now`), is held by the moratorium (`held`), or neither."""

    key: str
    state: str = ""
    day: str = ""
    cents: int = 0


class Debts:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database, self._policy = frame, frame.database, frame.policy
        self._ready = Ready(frame.database, frame.policy)

    def page(self) -> Response:
        asked, after = _asked(), _after()
        found = debts_shown.page(
            self._database, asked["stage"], sought=asked["q"], after=after, limit=SHOWN + 1
        )
        last = found[SHOWN - 1] if len(found) > SHOWN else None
        now = frames.now()
        halted = moratorium.is_on(self._database)
        counted = debts_shown.stages(self._database)
        ready = self._ready.at(now, counted)
        return self._frame.page(
            "debts.html",
            found=found[:SHOWN], asked=asked, choices=CHOICES, counted=_in_order(counted),
            after=f"{last['due_on']}|{last['reference']}" if last else "", later=any(after),
            step=lambda row: step_of(row, ready, now, halted=halted),
            halted=halted, terms=moratorium.terms(self._database), in_words=in_words,
            ready={kind: len(ready[kind]) for kind in NOTICES},
            earliest=debt_days.earliest_disconnection(now, self._policy),
            proposed=debt_days.earliest_disconnection(now + debts.SLACK, self._policy),
            unpayable=not self._policy.pay_to, going=going(self._database),
            written_days=self._policy.debt_written_days,
            day_in_words=day_in_words, **SHOW,
        )  # fmt: skip

    def download(self) -> Response:
        asked, now = _asked(), frames.now()
        halted = moratorium.is_on(self._database)
        ready = self._ready.at(now, debts_shown.stages(self._database))
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(t(f"debts.column.{name}") for name in _CELLS)
        for row in debts_shown.page(
            self._database, asked["stage"], sought=asked["q"], limit=_MOST
        ):  # fmt: skip
            step = step_of(row, ready, now, halted=halted)
            lines.writerow([safe_cell(cell) for cell in _cells(row, step)])
        return as_file(text.getvalue(), f"debts-{debt_days.today(now)}.csv")

    def draft(self) -> AnyResponse:
        """A campaign of notices for every debt that they are next for; another person approves."""
        kind, by, now = request.form.get("kind", ""), frames.person().name, frames.now()
        if kind not in NOTICES:
            abort(400)
        try:
            made = debts.make_notices(
                self._database, f"debt_{kind}", by=by, now=now, policy=self._policy,
                disconnect_on=_day(request.form.get("on", "")) if kind == "disconnection" else None,
            )  # fmt: skip
        except DebtRefused as refused:
            return refuse(refused, url_for("console.debts"))
        tell("debts.drafted", count=made.notices)
        return redirect(url_for("console.alerts_campaign", campaign_id=made.campaign_id), 303)


def refuse(refused: DebtRefused, back: str) -> AnyResponse:
    """Why it cannot be done, on the page that it was asked from."""
    values = {name: _said(name, value) for name, value in refused.values.items()}
    tell(f"debts.refused.{refused.why}", "danger", **values)
    return redirect(back, 303)


def _said(name: str, value: object) -> object:
    """What a refusal names: a day, a sum in cents, or words."""
    if name in ("earliest", "next", "day"):
        return day_in_words(value)
    return euros(value) if isinstance(value, int) else value


def going(database: Database) -> list[tuple[Row, tuple[str, ...]]]:
    """Campaigns about debts that wait or are under way, the latest first, each with its kinds."""
    ids = campaign_rows.campaigns_in(database, ["draft", *campaign_rows.OPEN], [debts.KIND])
    found = [campaign_rows.campaign(database, each) for each in sorted(ids, reverse=True)]
    return [
        (row, tuple(str(each["kind"]) for each in rows.campaign_days(database, str(row["id"]))))
        for row in found
        if row is not None
    ]


def step_of(
    row: Row, ready: Mapping[str, frozenset[str]], now: datetime, *, halted: bool
) -> Step:  # fmt: skip
    """What is next for a debt, and from which day on."""
    stage, today = str(row["stage"]), debt_days.today(now)
    if stage == "plan":
        coming = [part for part in debts.plan_of(row) if part.due_date >= today]
        if not coming:
            return Step("plan_over", "now")
        return Step("payment", day=coming[0].due_date.isoformat(), cents=coming[0].sum_cents)
    if stage not in NEXT:
        return _last_step(row, stage, today, halted=halted)
    kind = NEXT[stage]
    if row["id"] in ready[kind]:
        return Step(kind, "held" if halted else "now")
    day = row["pay_by"] or row["due_on"]
    return Step(kind, day=str(day)) if day >= today.isoformat() else Step(f"{kind}_made")


def _last_step(row: Row, stage: str, today: date, *, halted: bool) -> Step:
    if stage == "disconnection":
        day = str(row["disconnect_on"] or "")
        if not day:
            return Step("off_unknown", "held" if halted else "")
        return Step("off", "held" if halted else "now" if day <= today.isoformat() else "", day)
    return Step("reconnect", "now") if stage == "disconnected" else Step("nothing")


def _in_order(counted: Mapping[str, tuple[int, int]]) -> list[tuple[str, int, int]]:
    return [(name, *counted.get("" if name == "new" else name, (0, 0))) for name in STAGES]


def _cells(row: Row, step: Step) -> Sequence[str]:
    return (
        row["reference"], row["customer_number"], row["name"], f"{row['sum_cents'] / 100:.2f}",
        row["due_on"], t(f"debts.stage.{row['stage'] or 'new'}"), row["told_pay_by"] or "",
        row["told_disconnect_on"] or "", in_words(step),
    )  # fmt: skip


def in_words(step: Step) -> str:
    """What is next, as a sentence without an end."""
    values: dict[str, Any] = {"day": day_in_words(step.day)} if step.day else {}
    if step.key == "payment":
        values["sum"] = euros(step.cents)
    when = "on" if step.day else "now"
    key = f"{step.key}.{when}" if step.key in NOTICES or step.key == "off" else step.key
    told = t(f"debts.next.{key}", **values)
    return t("debts.next.held", what=told) if step.state == "held" else told


def day_in_words(day: object) -> str:
    """A date, ISO text or as it is, in figures; with the year when it is another."""
    if not day:
        return ""
    wanted = day if isinstance(day, date) else date.fromisoformat(str(day))
    year = "" if wanted.year == debt_days.today(frames.now()).year else f"{wanted.year}."
    return f"{wanted:%d.%m.}{year}"


def _asked() -> dict[str, str]:
    stage = request.args.get("stage", "") or "open"
    if stage not in CHOICES:
        abort(404)
    return {
        "stage": "" if stage == "new" else stage,
        "shown": stage,
        "q": request.args.get("q", "").strip()[:_LONGEST],
    }


def _after() -> tuple[str, str]:
    due_on, _, reference = request.args.get("after", "")[:200].partition("|")
    return due_on, reference


def _day(given: str) -> date | None:
    if not given.strip():
        return None
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        abort(400)
