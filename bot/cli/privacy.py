"""`gaisma privacy`: what is held about a person, handed out or erased."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.shell import Refusal, by_option, json_option, refusing, say, say_json, say_table
from bot.people import disclosure
from bot.people import privacy as people
from bot.policy import RIGA
from storage import contacts, persons
from storage.database import moment

WAIT = 180.0


@click.group()
def privacy() -> None:
    """What is held about a person: hand it out (export), erase it (erase), consents."""


@privacy.command()
@click.argument("who")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="A new zip file: the letter, and every row as JSON.",
)  # fmt: skip
@by_option
@json_option
def export(who: str, out: Path | None, by: str, as_json: bool) -> None:
    """Everything held about WHO: a phone number, an e-mail address or a customer number.

    As a letter in their language. That it was handed out stands in the audit log.
    """
    now = datetime.now(UTC)
    with refusing(people.Unknown) as made:
        found = people.export(made.database, who, by=by, now=now, settings=made.settings)
        if out is not None:
            try:
                disclosure.write_zip(out, found, made.policy, now)
            except OSError as error:
                raise Refusal(f"{out} cannot be written: {error.strerror}.") from error
            rows = sum(map(len, found.held.values()))
            told = f"{rows} rows of {len(found.held)} tables and the letter are in {out}."
            return say({"path": str(out), "rows": rows}, as_json, told)
        if as_json:
            return say_json(disclosure.plain(found, now))
        click.echo(disclosure.letter(found, made.policy, now), nl=False)
    return None


@privacy.command()
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask whether to.")
@click.option("--wait", default=WAIT, show_default=True, help="Seconds for what is on its way.")
@by_option
@json_option
def erase(*, who: str, yes: bool, wait: float, by: str, as_json: bool) -> None:
    """Erase WHO from all tables: a phone number, an e-mail address or a customer number.

    That notices were sent in time is kept, without the person. It cannot be undone.
    """
    now = datetime.now(UTC)
    with refusing(people.Unknown, people.NotNow) as made:
        _, person = people.find(made.database, who)
        rows = {name: len(each) for name, each in persons.held(made.database, person).items()}
        if rows and not yes:
            click.echo(", ".join(f"{name} {many}" for name, many in rows.items()), err=True)
            click.confirm("Erase this person? It cannot be undone.", abort=True, err=True)
        done = people.erase(
            made.database, made.settings, who, by=by, now=now, wait_seconds=wait
        )  # fmt: skip
    told = (
        f"Erased: {done.addresses} address(es), {done.customers} customer(s), "
        f"{done.messages} message(s); {done.withdrawn} that waited were taken back, "
        f"{done.audit_rows} row(s) of the audit log emptied."
    )
    if done.mentioned:
        told += f" Also hidden in words of others: {', '.join(done.mentioned)}."
    say(asdict(done), as_json, told)


@privacy.command()
@click.argument("who")
@json_option
def consents(who: str, as_json: bool) -> None:
    """What WHO agreed to and withdrew: when, by which channel, in which words."""
    with refusing(people.Unknown) as made:
        _, person = people.find(made.database, who)
        rows = contacts.register_of(made.database, person.addresses)
    if as_json:
        return say_json([{name: row[name] for name in row.keys()} for row in rows])  # noqa: SIM118
    cells = [
        (
            f"{moment(row['at']).astimezone(RIGA):%Y-%m-%d %H:%M}", row["action"], row["purpose"],
            row["kind"], row["channel"], row["by"], row["text"],
        )
        for row in rows
    ]  # fmt: skip
    say_table(
        ("time", "what", "to what", "kind", "channel", "noted by", "words"), cells,
        empty="Nothing is in the register.",
    )  # fmt: skip
    return None
