"""What announcements and corrections say: the operator's own words, as SMS, e-mail or letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.policy import Policy
from bot.words import texts
from bot.words.documents import Document, write_document
from bot.words.full import document
from bot.words.subjects import Announcement, Correction, Reader
from storage import Row, Tx, broadcasts

DOCUMENTS = ("email", "letter")


def is_one(row: Row) -> bool:
    """Whether a campaign has words of its own: others tell of outages or debts."""
    return row["kind"] == "announcement" or bool(row["corrects_id"])


def subject_of(kind: str, words: Mapping[str, str]) -> Announcement | Correction:
    """What a message of the kind is about, for those who write texts."""
    return Correction(words) if kind == "correction" else Announcement(words)


def render_sms(kind: str, language: str, words: Mapping[str, str], policy: Policy) -> str:
    """The SMS in a language. Raises ValueError when it has not been written in it."""
    return texts.render(kind, language, [], policy, extra=subject_of(kind, words))


def write_bodies(
    tx: Tx, message_ids: Sequence[str], policy: Policy, *, now: datetime, short_number: str = ""
) -> dict[str, str]:
    """The bodies of those messages that belong to an announcement or a correction, by id."""
    words: dict[str, dict[str, str]] = {}
    sms: dict[tuple[str, str], str] = {}
    bodies = {}
    for row in broadcasts.facts_of_messages(tx, message_ids):
        campaign_id, language = str(row["campaign_id"]), str(row["language"])
        if campaign_id not in words:
            words[campaign_id] = broadcasts.texts_of(tx, campaign_id)
        own = words[campaign_id]
        if row["channel"] in DOCUMENTS:
            body = write_document(document_of(row, own, policy, now=now, short_number=short_number))
        else:
            # The same for everybody: written once a language, not for each of thousands.
            key = (campaign_id, language)
            body = sms[key] = sms.get(key) or render_sms(str(row["kind"]), language, own, policy)
        bodies[str(row["message_id"])] = body
    return bodies


def document_of(
    row: Row | Mapping[str, Any], words: Mapping[str, str], policy: Policy, *, now: datetime,
    short_number: str = "",
) -> Document:  # fmt: skip
    """The e-mail or letter for a reader: `kind`, `language`, `name`, `customer_number`,
    `customer_kind`. Raises ValueError when it has not been written in the language."""
    kind, language = str(row["kind"]), str(row["language"])
    reader = Reader(
        str(row["name"]),
        str(row["customer_number"]),
        "business" if row["customer_kind"] == "business" else "household",
        language,
    )
    return document(
        kind, language, [], reader,
        policy=policy, now=now, extra=subject_of(kind, words), short_number=short_number,
    )  # fmt: skip
