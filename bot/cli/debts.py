"""`gaisma debt`: what customers owe, the notices of it, plans, payments and reconnection."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import click

from bot.campaigns.rules import short_id
from bot.cli.shell import by_option, json_option, refusing, say, say_json, say_table, service
from bot.cli.standstill import say_standstill
from bot.debts import days as debt_days
from bot.debts import rules as debts
from bot.debts.refused import DebtRefused
from bot.importing import debts as files
from bot.importing.report import RowRefused
from bot.service import Service
from bot.words.counted import counted
from bot.words.subjects import Instalment
from storage import Row
from storage import debts as rows

NOTICES = ("first", "second", "disconnection", "held", "over")
STAGES = [stage or "new" for stage in rows.STAGES]


@click.group("debt")
def debt() -> None:
    """Debts: list, notices in order, payment plans, payments, reconnection.

    \b
    Load them: gaisma import debts FILE.csv
    Every notice is a campaign that another person approves.
    """


_opened = partial(refusing, DebtRefused)


@debt.command("list")
@click.option("--stage", type=click.Choice(STAGES), help="Only these. Default: all not paid.")
@click.option("--customer", default="", help="Only those of this customer number.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000))
@json_option
def list_(stage: str | None, customer: str, limit: int, as_json: bool) -> None:
    """What is owed, the longest due first."""
    wanted, today = "" if stage == "new" else stage, debt_days.today(datetime.now(UTC))
    with service() as made:
        found = rows.list_debts(
            made.database, stage=wanted, customer_number=customer, limit=limit
        )  # fmt: skip
        if as_json:
            say_json([{name: row[name] for name in row.keys()} for row in found])  # noqa: SIM118
            return
        say_table(
            ("reference", "customer", "EUR", "due", "stage", "told to pay by", "off on"),
            [
                (
                    row["reference"],
                    row["customer_number"],
                    f"{row['sum_cents'] / 100:.2f}",
                    row["due_on"],
                    row["stage"] or "new",
                    _next_payment(row, today) or row["told_pay_by"],
                    row["told_disconnect_on"] if "disconn" in row["stage"] else "",
                )
                for row in found
            ],
            empty="Nothing is owed.",
        )


def _next_payment(row: Row, today: date) -> date | None:
    """Of a plan; None where there is none or all of its days are over."""
    plan = debts.plan_of(row) if row["stage"] == "plan" else ()
    return next((part.due_date for part in plan if part.due_date >= today), None)


@debt.command("notice")
@click.argument("kind", type=click.Choice(NOTICES))
@click.argument("references", nargs=-1)
@click.option(
    "--on", "on", type=click.DateTime(["%Y-%m-%d"]),
    help="The day of the disconnection. Default: the first one possible.",
)  # fmt: skip
@by_option
@json_option
def notice(
    kind: str, references: tuple[str, ...], on: datetime | None, by: str, as_json: bool
) -> None:
    """Draft a notice for every overdue debt that it is next for, or for REFERENCES only.

    \b
    first          the sum and a day to pay by
    second         the last warning, when that day is over
    disconnection  the letter that names the day; also by SMS or e-mail
    held           that nobody is disconnected while the moratorium lasts
    over           that it is over, to who was told so
    """
    with _opened() as made:
        draft = debts.make_notices(
            made.database, f"debt_{kind}", references=references, by=by, now=datetime.now(UTC),
            policy=made.policy, disconnect_on=on.date() if on else None,
        )  # fmt: skip
        _say_made(made, draft, as_json)


def _say_made(made: Service, draft: debts.Made, as_json: bool) -> None:
    days = [f"to pay by {draft.pay_by}"] if draft.pay_by else []
    days += [f"off on {draft.disconnect_on}"] if draft.disconnect_on else []
    told = f"Draft of {counted(draft.notices, 'notice')}"
    told += f", {', '.join(days)}" if days else ""
    value = {
        "campaign": draft.campaign_id,
        "notices": draft.notices,
        "pay_by": draft.pay_by,
        "disconnect_on": draft.disconnect_on,
    }
    say(value, as_json, f"{told}. Next: gaisma campaign preview {short_id(draft.campaign_id)}")
    if not as_json:
        say_standstill(made)


class _Part(click.ParamType[Instalment]):
    name = "DATE=EUR"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Instalment:
        """'2026-12-15=40.00' as a payment."""
        day, _, sum_eur = str(value).partition("=")
        try:
            return Instalment(date.fromisoformat(day.strip()), files.euros(sum_eur.strip()))
        except (ValueError, RowRefused):
            self.fail(f"{value!r} is no payment; write 2026-12-15=40.00", param, ctx)


@debt.command()
@click.argument("reference")
@click.argument("parts", nargs=-1, required=True, type=_Part())
@by_option
@json_option
def plan(reference: str, parts: tuple[Instalment, ...], by: str, as_json: bool) -> None:
    """Agree on payment in parts, and draft the notice of it."""
    now = datetime.now(UTC)
    with _opened() as made:
        draft = made.database.transaction(
            lambda tx: debts.agree_plan(tx, reference, parts, by=by, now=now)
        )
        _say_made(made, draft, as_json)


@debt.command()
@click.argument("references", nargs=-1, required=True)
@by_option
@json_option
def paid(references: tuple[str, ...], by: str, as_json: bool) -> None:
    """Debts are paid: what is not told yet is taken back."""
    now = datetime.now(UTC)
    with _opened() as made:
        done = made.database.transaction(
            lambda tx: debts.note_paid(tx, references, by=by, now=now)
        )  # fmt: skip
    say({"paid": done}, as_json, f"{counted(done, 'debt')} paid.")


@debt.command()
@click.argument("reference")
@by_option
@json_option
def disconnected(reference: str, by: str, as_json: bool) -> None:
    """The supply was cut, on the day that was told or later, and on a working day."""
    now = datetime.now(UTC)
    with _opened() as made:
        policy = made.policy
        made.database.transaction(
            lambda tx: debts.note_disconnected(tx, reference, by=by, now=now, policy=policy)
        )
    told = f"{reference} is disconnected. To tell how it ends: gaisma debt reconnect {reference}"
    say({"reference": reference, "stage": "disconnected"}, as_json, told)


@debt.command()
@click.argument("reference")
@by_option
@json_option
def reconnect(reference: str, by: str, as_json: bool) -> None:
    """Draft the notice of what to do to be reconnected."""
    now = datetime.now(UTC)
    with _opened() as made:
        draft = made.database.transaction(
            lambda tx: debts.tell_reconnection(tx, reference, by=by, now=now)
        )
        _say_made(made, draft, as_json)
