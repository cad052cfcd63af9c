"""`gaisma retention`: what is kept for how long, and what goes now."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from bot.cli.shell import json_option, say, say_json, say_table, service
from bot.running import retention as keeping
from storage import retention as steps


@click.group()
def retention() -> None:
    """How long each class of data is kept, and letting go of what is too old."""


@retention.command()
@json_option
def status(as_json: bool) -> None:
    """Each class, its days, and how many rows are too old now. The worker looks every hour."""
    now = datetime.now(UTC)
    with service() as made:
        due = keeping.due(made.database, made.policy, now)
        last = keeping.last_done(made.database)
        days = {each.name: each.days for each in steps.STEPS}
        days |= {steps.SESSIONS: keeping.SIGN_INS_DAYS, steps.AUDIT: "audit"}
        kept = {name: getattr(made.policy, f"retention_{each}") for name, each in days.items()}
    if as_json:
        rows = [{"what": name, "key": days[name], "days": kept[name], "due": due[name]}
                for name in days]  # fmt: skip
        return say_json({"classes": rows, "last": last})
    taken = last.get("rows", {})
    say_table(
        ("what", "key", "days", "too old now", "taken last"),
        [(name, days[name], kept[name], due[name], taken.get(name, "")) for name in days],
        empty="",
    )  # fmt: skip
    click.echo(f"Last taken: {last['at']}" if last else "Nothing was taken yet.")
    return None


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only say how many rows would go.")
@json_option
def run(dry_run: bool, as_json: bool) -> None:
    """Let go of what is too old now, as the worker does every hour."""
    now = datetime.now(UTC)
    with service() as made:
        if dry_run:
            found = keeping.due(made.database, made.policy, now)
        else:
            found = keeping.run(made.database, made.policy, now)
    rows = {name: many for name, many in found.items() if many}
    told = ", ".join(f"{name} {many}" for name, many in rows.items()) or "nothing is too old"
    say({"dry_run": dry_run, "rows": rows}, as_json, ("Would go: " if dry_run else "Gone: ") + told)
