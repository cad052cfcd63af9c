"""`gaisma outage cancel --dry-run`: whom a cancellation would tell what, before it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from bot.campaigns.announced_preview import needs_another
from bot.campaigns.preview import Preview
from bot.channels import provider_names
from bot.cli.campaigns import counted_by_language, preview_json
from bot.cli.shell import say_json
from bot.network.calling_off import foresee
from bot.network.outages import Actor
from bot.policy import Policy
from bot.service import Service
from bot.words.counted import counted
from storage import Row, works


def say_foreseen(
    made: Service, rows: Sequence[Row], actor: Actor, *, reason: str, as_json: bool
) -> None:  # fmt: skip
    """What cancelling these outages would do; nothing is changed."""
    found = foresee(
        made.database, rows, actor, reason=reason, email="email" in provider_names(made),
        short_number=made.settings.short_number,
    )  # fmt: skip
    ids = [str(row["id"]) for row in rows]
    told = works.count_told(made.database, ids)
    _, customers = works.count_concerned(made.database, ids)
    if as_json:
        say_json(
            {
                "dry_run": True,
                "outages": [row["external_id"] for row in rows],
                "customers": customers,
                "told": told,
                "campaigns": None if found is None else [preview_json(each) for each in found],
            }
        )
        return
    click.echo(
        f"Would cancel {counted(len(rows), 'outage')} of {counted(customers, 'customer')}; "
        f"told of them: {told}. Nothing was changed."
    )
    if found is None:
        click.echo(
            "Too many to try beforehand: the cancellation makes a draft that can be previewed."
        )
        return
    for line in (line for seen in found for line in _lines(seen, made.policy)):
        click.echo(line)
    if not found:
        click.echo("Nobody would have to be told.")


def _lines(seen: Preview, policy: Policy) -> Iterator[str]:
    by_language = counted_by_language({name: m.messages for name, m in seen.languages.items()})
    yield (
        f"SMS: {seen.messages} ({by_language or 'none'}), e-mails: {seen.reach.emails}, "
        f"letters: {seen.reach.letters}; price: {seen.price_cents / 100:.2f} EUR"
    )
    for language, text, segments in seen.samples:
        yield f"  {language} [{segments}] {text}"
    another = "somebody else" if needs_another(seen.campaign, policy) else "a person"
    yield f"It becomes a draft, which {another} must approve."
