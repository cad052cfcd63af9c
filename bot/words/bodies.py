"""What a queued message says, in the form its channel wants: a text, or a document as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.campaigns import announced
from bot.debts import rules as debts
from bot.policy import Policy
from bot.words import voice as words_voice
from bot.words.documents import Document, write_document
from bot.words.full import document
from bot.words.subjects import Reader
from bot.words.texts import read_work, reader_kind, render_rows
from bot.words.voice import voice_script
from storage import Row, Tx, customers, fanout

DOCUMENTS = ("email", "letter")


def write_bodies(
    tx: Tx, message_ids: Sequence[str], policy: Policy, *, now: datetime, short_number: str = ""
) -> dict[str, str]:
    """The bodies of messages that have none yet, by message id.

    A message all of whose notices have been overtaken is left out: it has nothing to say. Raises
    ValueError or KeyError for a kind that has no words on its channel.
    """
    rows = fanout.facts_of_messages(tx, message_ids)
    full = [row for row in rows if row["channel"] in DOCUMENTS]
    short = [row for row in rows if row["channel"] not in DOCUMENTS]
    bodies = render_rows(tx, short, policy, now=now)
    bodies |= _scripts([row for row in rows if row["channel"] == "voice"], policy, now=now)
    written = documents_of(tx, full, policy, now=now, short_number=short_number)
    bodies |= {id_: write_document(each) for id_, each in written.items()}
    if left := [each for each in message_ids if each not in bodies]:
        bodies |= debts.render_batch(tx, left, policy, now=now, short_number=short_number)
    if left := [each for each in left if each not in bodies]:
        bodies |= announced.write_bodies(tx, left, policy, now=now, short_number=short_number)
    return bodies


def _scripts(rows: list[Row], policy: Policy, *, now: datetime) -> dict[str, str]:
    """What calls say; of a kind without words for a call, its SMS is read aloud."""
    return {
        str(of_one[0]["message_id"]): "\n".join(
            voice_script(
                str(of_one[0]["kind"]), str(of_one[0]["language"]),
                [read_work(row) for row in of_one], policy, now=now,
            )
        )
        for of_one in _grouped(row for row in rows if row["kind"] in words_voice.KINDS)
    }  # fmt: skip


def _grouped(rows: Iterable[Row]) -> list[list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["message_id"]), []).append(row)
    return list(groups.values())


def documents_of(
    tx: Tx, rows: Sequence[Row], policy: Policy, *, now: datetime, short_number: str = ""
) -> dict[str, Document]:
    """E-mails or letters of rows of facts (`fanout.facts_of_messages`), by message id."""
    names = customers.names_of(tx, [str(row["customer_number"]) for row in rows])
    return {
        str(of_one[0]["message_id"]): _document(
            of_one, names, policy, now=now, short_number=short_number
        )
        for of_one in _grouped(rows)
    }


def _document(
    rows: list[Row], names: dict[str, str], policy: Policy, *, now: datetime, short_number: str
) -> Document:
    first = rows[0]
    number, language = str(first["customer_number"]), str(first["language"])
    reader = Reader(names.get(number, ""), number, reader_kind(first), language)
    return document(
        str(first["kind"]), language, [read_work(row) for row in rows], reader,
        policy=policy, now=now, short_number=short_number,
    )  # fmt: skip
