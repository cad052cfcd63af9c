"""`gaisma message`: what messages said; what was set aside, for a person to decide."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.shell import Refusal, by_option, json_option, say, say_json, say_table, service
from bot.policy import Policy
from bot.privacy import mask
from bot.service import Service
from bot.words.documents import Address, read_address
from bot.words.said import Said, words_of
from locales.dates import local
from storage import Row, Tx, messages, retries, said
from storage.database import audit, moment

SHORT = 8
ALL = (*messages.RANKS, *messages.ENDED)
FIELDS = (
    "id", "channel", "kind", "lane", "customer_number", "campaign_id", "status", "provider",
    "attempts", "error_code", "made_at", "due_at", "valid_until", "done_at",
)  # fmt: skip
WHY = {
    "tries": "tried too often, never with an answer",
    "no_text": "its text could not be written",
    "unknown": "nobody knows whether it went out",
}


@click.group()
def message() -> None:
    """Messages: what one said, what became of it; list, try again, drop.

    ID is the end of a message's id: as the list shows it, or as it stands on a letter.
    """


@message.command("list")
@click.option("--set-aside", is_flag=True, help="Those that wait for a person. The default.")
@click.option("--status", "statuses", type=click.Choice(ALL), multiple=True)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_(set_aside: bool, statuses: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Messages that were set aside, or those with the statuses given; the latest first."""
    wanted = [*statuses, *(["set_aside"] if set_aside or not statuses else [])]
    with service() as made:
        rows = retries.list_messages(made.database, wanted, limit=limit)
    if as_json:
        say_json([_plain(row) for row in rows])
        return
    say_table(
        ("id", "made", "channel", "kind", "to", "status", "tries", "why"),
        [_cells(row) for row in rows],
        empty="No such messages." if statuses else "Nothing is set aside.",
    )
    if rows and rows[0]["status"] == "set_aside":
        click.echo(f"\nNext: gaisma message retry {rows[0]['id'][-SHORT:]}, or drop it.")


@message.command()
@click.argument("part", metavar="ID")
@json_option
def find(part: str, as_json: bool) -> None:
    """What became of one message, such as the letter whose reference a customer names."""
    with service() as made:
        row = _find(made.database, part)
    found = _plain(row)
    lines = [f"{name:<16} {value}" for name, value in found.items() if value not in (None, "")]
    say(found, as_json, "\n".join(lines))


@message.command()
@click.argument("parts", metavar="ID", nargs=-1, required=True)
@click.option("--pdf", type=click.Path(path_type=Path), help="Print the letter again, as a copy.")
@json_option
def show(parts: tuple[str, ...], pdf: Path | None, as_json: bool) -> None:
    """What one message said, word for word: an SMS, an e-mail, a letter, a call.

    ID is the end of its id, or the number on a letter with or without its spaces.
    """
    now = datetime.now(UTC)
    with service() as made:
        row = said.message(made.database, _find(made.database, " ".join(parts))["id"])
        assert row is not None
        words = words_of(
            made.database, row, made.policy, now=now, short_number=made.settings.short_number
        )
        if pdf is not None:
            _print_copy(row, pdf, made.policy)
    if as_json:
        say_json(_whole(row, words))
        return
    for line in (*_head(row), "", *_words(row, words)):
        click.echo(line)
    if pdf is not None:
        click.echo(f"\nA copy of the letter: {pdf}")


def _print_copy(row: Row, pdf: Path, policy: Policy) -> None:
    # Loaded here: the typeface takes a while.
    from bot.delivery.posting import letter_of, sender_of
    from bot.letters import LetterError, render_letter

    at = moment(row["sent_at"] or row["claimed_at"] or row["made_at"])
    try:
        if row["channel"] != "letter" or row["body"] is None:
            raise Refusal("only a letter that was given to the post can be printed again.")
        again = letter_of(row["id"], row["body"], at, copy=True)
        _write_private(pdf, render_letter(again, sender_of(policy), now=at))
    except (LetterError, ValueError) as error:
        raise Refusal(f"this letter cannot be printed again: {error}.") from error
    except OSError as error:
        raise Refusal(f"{pdf} cannot be written: {error.strerror}.") from error


def _write_private(path: Path, data: bytes) -> None:
    """A name, an address and what they were told: for nobody else on this machine, also where a
    file that others may read has the name already. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        if stat.S_ISREG(os.fstat(handle).st_mode):  # else a pipe or a terminal
            os.fchmod(handle, 0o600)
            file.truncate(0)
        file.write(data)


def _head(row: Row) -> Iterator[str]:
    """What kind of message it is, and what became of it."""
    who = " ".join(filter(None, (row["name"], row["customer_number"])))
    told = {
        "message": row["id"], "channel": row["channel"], "kind": row["kind"],
        "to": mask(row["peer"]) if row["channel"] != "letter" else "", "customer": who,
        "campaign": row["campaign"], "status": row["status"], "sent": _clock(row["sent_at"]),
        "ended": _clock(row["done_at"]), "error": row["error_code"],
    }  # fmt: skip
    yield from (f"{name:<9} {value}" for name, value in told.items() if value)
    if (to := _address(row)) is not None:
        yield f"{'address':<9} {to.name}, {to.lines}, {to.postcode}".rstrip(", ")


def _address(row: Row) -> Address | None:
    if row["channel"] != "letter" or row["body"] is None:
        return None
    try:
        return read_address(row["body"])
    except ValueError:
        return None


def _words(row: Row, words: Said | None) -> Iterator[str]:
    if words is None:
        by = f" by {row['made_by']}" if row["made_by"] else ""
        told = f"A person told it on the phone{by}; what was said is with the call."
        yield told if row["channel"] == "voice" else "It was never written: nothing was sent."
        return
    if not words.kept:
        yield "It is not written yet. If it went now, it would say:\n"
    if words.heading:
        yield f"{words.heading}\n"
    yield words.text.rstrip("\n")


def _whole(row: Row, words: Said | None) -> dict[str, Any]:
    to = _address(row)
    return _plain(row) | {
        "sent_at": row["sent_at"],
        "heading": words.heading if words else None,
        "text": words.text if words else None,
        "kept": words.kept if words else False,
        "address": None if to is None else asdict(to),
    }


def _clock(at: str | None) -> str:
    return f"{local(moment(at)):%Y-%m-%d %H:%M}" if at else ""


@message.command()
@click.argument("part", metavar="ID")
@click.option("--may-double", is_flag=True, help="Also when it may have gone out already.")
@by_option
@json_option
def retry(part: str, may_double: bool, by: str, as_json: bool) -> None:
    """Send a message that was set aside after all, with as many tries as a new one."""
    now = datetime.now(UTC)

    def allowed(row: Row) -> None:
        if row["error_code"] == "unknown" and not may_double:
            raise Refusal(
                "nobody knows whether this message went out, and it may arrive twice; "
                "if that is better than never: --may-double"
            )
        if row["valid_until"] and moment(row["valid_until"]) <= now:
            raise Refusal("this message is of no use any more; drop it: gaisma message drop")

    with service() as made:
        row = _act(made, part, allowed, lambda tx, id_: retries.release(tx, id_, now), by=by)
    say(_plain(row), as_json, f"Message {row['id'][-SHORT:]} goes out again.")


@message.command()
@click.argument("part", metavar="ID")
@by_option
@json_option
def drop(part: str, by: str, as_json: bool) -> None:
    """Give a message up that was set aside."""
    now = datetime.now(UTC)
    with service() as made:
        row = _act(
            made, part, lambda row: None, lambda tx, id_: retries.drop(tx, id_, now), by=by
        )  # fmt: skip
    say(_plain(row), as_json, f"Message {row['id'][-SHORT:]} is dropped.")


def _act(
    made: Service, part: str, allowed: Callable[[Row], None],
    change: Callable[[Tx, str], bool], *, by: str,
) -> Row:  # fmt: skip
    """The message as it is after the change; Refusal when it is not there or not set aside."""
    context = click.get_current_context()

    def work(tx: Tx) -> Row:
        row = _find(tx, part)
        allowed(row)
        if not change(tx, row["id"]):
            raise Refusal(f"message {part} is {row['status']}; only what is set aside can be.")
        audit(tx, by, f"message.{context.info_name}", row["id"], now=datetime.now(UTC))
        return _find(tx, row["id"])

    return made.database.transaction(work)


def _find(tx: Tx, part: str) -> Row:
    # On paper it stands in groups, and in capitals.
    typed = "".join(part.split()).lower()
    if len(typed) < 4:
        raise Refusal(f"{part!r} is too short; write at least 4 signs of the id.")
    found = retries.find_message(tx, typed)
    if not found:
        raise Refusal(f"no message has the id {part}; see: gaisma message list")
    if len(found) > 1:
        raise Refusal(f"several messages end in {part}; write more of the id.")
    return found[0]


def _plain(row: Row) -> dict[str, Any]:
    return {**{name: row[name] for name in FIELDS}, "to": mask(row["peer"])}


def _cells(row: Row) -> tuple[object, ...]:
    why = WHY.get(row["error_code"] or "", row["error_code"])
    return (
        row["id"][-SHORT:], _clock(row["made_at"]), row["channel"], row["kind"],
        mask(row["peer"]), row["status"], row["attempts"], why,
    )  # fmt: skip
