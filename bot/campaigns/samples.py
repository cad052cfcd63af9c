"""Whole e-mails and letters of a campaign before it is approved: one a channel and language.

Written by what writes the real ones, to customers who would really get them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.campaigns import announced
from bot.debts import rules as debts
from bot.policy import Policy
from bot.words.bodies import documents_of
from bot.words.documents import Document
from storage import Row, Tx, broadcasts, recipients
from storage.recipients import Terms

EACH = 1  # in a language, on a channel
CHANNELS = ("email", "letter")


@dataclass(frozen=True, slots=True)
class Sample:
    """What one customer would get."""

    channel: str
    customer_number: str
    document: Document

    @property
    def language(self) -> str:
        return self.document.language


@dataclass(frozen=True, slots=True)
class Look:
    """When a campaign is looked at, and by which rules its texts are written."""

    policy: Policy
    now: datetime
    short_number: str = ""


def samples(
    tx: Tx, row: Row, terms: Terms, channels: Sequence[str], look: Look
) -> list[Sample]:  # fmt: skip
    """What a campaign about outages or debts would say on these channels, in each language."""
    of_debts = row["kind"] == debts.KIND
    found = []
    for channel in channels:
        rows = recipients.samples(tx, terms, channel, EACH, of_debts=of_debts)
        if of_debts:
            written = debts.documents_of(rows, look.policy, look.now, look.short_number)
        else:
            written = documents_of(
                tx, rows, look.policy, now=look.now, short_number=look.short_number
            )
        readers = {str(each["message_id"]): str(each["customer_number"]) for each in rows}
        found += [Sample(channel, readers[id_], each) for id_, each in written.items()]
    return sorted(found, key=lambda each: (each.channel, each.language))


def of_words(
    tx: Tx, row: Row, counts: Mapping[str, Mapping[str, int]], look: Look
) -> list[Sample]:  # fmt: skip
    """The same of an announcement or a correction, in the languages in which it is written."""
    words = broadcasts.texts_of(tx, str(row["id"]))
    found = []
    for channel in CHANNELS:
        for language in sorted(set(counts.get(channel, ())) & set(words)):
            reader = recipients.some_reader(tx, str(row["id"]), channel, language)
            if reader is None:
                continue
            facts = {**dict(reader), "kind": row["kind"], "language": language}
            written = announced.document_of(
                facts, words, look.policy, now=look.now, short_number=look.short_number
            )
            found.append(Sample(channel, str(reader["customer_number"]), written))
    return found
