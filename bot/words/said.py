"""The words of a message as they were sent, or would be if it went now.

An SMS, an e-mail and a letter are kept as they were written, once a message; nothing is rebuilt
from what customers and works are today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.delivery.claims import RENDER_ERRORS
from bot.policy import Policy
from bot.words.bodies import DOCUMENTS, write_bodies
from bot.words.documents import Document, read_document
from storage import Row, Tx


@dataclass(frozen=True, slots=True)
class Said:
    """`heading` is '' where there is none. `kept`: these words went out, or are about to;
    else they are what it would say now."""

    heading: str
    text: str
    kept: bool = True
    document: Document | None = None


def words_of(
    tx: Tx, row: Row, policy: Policy, *, now: datetime, short_number: str = ""
) -> Said | None:  # fmt: skip
    """What a message (a row of `messages`) says; None when it was never written, or a person said
    it on the phone."""
    if row["body"] is not None:
        return read_words(row["channel"], row["body"])
    if row["status"] != "queued":
        return None
    id_ = str(row["id"])
    try:
        body = write_bodies(tx, [id_], policy, now=now, short_number=short_number).get(id_)
    except RENDER_ERRORS:
        return None
    return read_words(row["channel"], body, kept=False) if body else None


def read_words(channel: str, body: str, *, kept: bool = True) -> Said:
    """The words in the body of a message."""
    if channel not in DOCUMENTS:
        return Said("", body, kept)
    try:
        document = read_document(body)
    except ValueError:
        return Said("", body, kept)
    return Said(document.subject, document.plain_text(), kept, document)
