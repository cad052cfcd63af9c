"""`gaisma letters`: what goes by post, as one PDF and one list for the print shop."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.shell import Person, Refusal, json_option, say_json, say_table, service, whoami
from bot.policy import RIGA
from bot.service import Service
from bot.words.counted import counted
from storage import Row, recipients
from storage import letters as rows
from storage.database import moment

LEFT_OUT = {
    "overtaken": "not sent, their works have changed",
    "no_text": "set aside, there are no words for them",
    "address": "not sent, their address or postage is wrong",
}


@click.group(invoke_without_command=True)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="The folder for the files."
)
@click.option("--by", type=Person(), default=whoami, help="Who does it. Default: your user name.")
@click.option(
    "--believe-files", is_flag=True,
    help="Record a batch that was broken off although its files are not known to be ours.",
)  # fmt: skip
@json_option
@click.pass_context
def letters(
    ctx: click.Context, *, out: Path | None, by: str, believe_files: bool, as_json: bool
) -> None:
    """Write the letters that are due into one PDF and one list (CSV).

    They count as posted. Run again after a crash, it finishes the batch that was begun.
    """
    if ctx.invoked_subcommand is not None:
        return
    if out is None:
        raise Refusal("name the folder for the files: gaisma letters --out DIR")
    # Loaded here: the typeface takes a while, and `letters list` needs none.
    from bot.delivery.posting import PostingRefused, post_letters

    with service() as made:
        try:
            batch = post_letters(
                made.database, out, by=by, now=datetime.now(UTC), policy=made.policy,
                short_number=made.settings.short_number, believe=believe_files,
            )  # fmt: skip
        except PostingRefused as refused:
            raise Refusal(str(refused)) from refused
        later = "" if as_json else letters_later(made, datetime.now(UTC))
    if as_json:
        say_json(_plain(batch))
    else:
        for line in [*_lines(batch), *filter(None, [later])]:
            click.echo(line)


def letters_later(made: Service, now: datetime, campaign_id: str = "") -> str:
    """How many approved letters wait for their day, and when that is; '' for none."""
    many, first, last = recipients.letters_later(made.database, now, campaign_id)
    if not many:
        return ""
    days = " to ".join(dict.fromkeys(map(_day, (first, last))))
    waits = counted(many, "letter waits", "letters wait")
    return f"{waits} for a later day ({days}); run again then: gaisma letters --out DIR"


def _day(at: str) -> str:
    return f"{moment(at).astimezone(RIGA):%Y-%m-%d %H:%M}"


def _plain(batch: Any) -> dict[str, Any]:
    if batch is None:
        return {"letters": 0}
    return {
        "id": batch.id,
        "pdf": str(batch.pdf) if batch.letters else None,
        "list": str(batch.manifest) if batch.letters else None,
        "letters": batch.letters,
        "pages": batch.pages,
        "postage_cents": batch.postage_cents,
        "cost_cents": batch.cost_cents,
        "finished": batch.finished,
        "left_out": batch.left_out,
    }


def _lines(batch: Any) -> list[str]:
    if batch is None:
        return ["No letters are due."]
    lines = []
    if batch.finished:
        lines.append("A batch that was begun before is finished; run again for newer letters.")
    if batch.letters:
        lines += [
            f"{counted(batch.letters, 'letter')}, {counted(batch.pages, 'page')}, postage "
            f"{batch.postage_cents / 100:.2f} EUR, with printing {batch.cost_cents / 100:.2f} EUR.",
            f"PDF:  {batch.pdf}",
            f"List: {batch.manifest}",
        ]
    lines += [f"! {count} {LEFT_OUT[code]}." for code, count in batch.left_out.items()]
    return lines


@letters.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The latest batches first, and how many letters wait."""
    with service() as made:
        found = rows.list_batches(made.database)
        waiting = rows.count_waiting(made.database, datetime.now(UTC))
        later = letters_later(made, datetime.now(UTC))
    if as_json:
        say_json({"waiting": waiting, "batches": [_batch(row) for row in found]})
        return
    say_table(
        ("id", "state", "letters", "pages", "postage", "by", "made", "file"),
        [_cells(row) for row in found],
        empty="No letters have been written. To write what is due: gaisma letters --out DIR",
    )
    if waiting:
        click.echo(
            f"{counted(waiting, 'letter is', 'letters are')} due. Next: gaisma letters --out DIR"
        )
    if later:
        click.echo(later)


def _batch(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 - a row, not a dict


def _cells(row: Row) -> tuple[object, ...]:
    return (
        row["id"][-8:], row["state"], row["letters"], row["pages"],
        f"{row['postage_cents'] / 100:.2f}", row["made_by"],
        f"{moment(row['made_at']).astimezone(RIGA):%Y-%m-%d %H:%M}", row["file"],
    )  # fmt: skip
