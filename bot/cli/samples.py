"""How the e-mails and letters of a campaign are shown before its approval."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from bot.campaigns.samples import Sample
from bot.words.documents import Document

NAMES = {"email": "E-mail", "letter": "Letter"}
MARGIN = "    "


def samples_json(found: Sequence[Sample]) -> list[dict[str, Any]]:
    """The whole texts, as programs read them."""
    return [
        {
            "channel": each.channel,
            "language": each.language,
            "customer_number": each.customer_number,
            "subject": each.document.subject,
            "text": each.document.plain_text(),
        }
        for each in found
    ]


def sample_lines(found: Sequence[Sample], *, full: bool, more: str) -> Iterator[str]:
    """One e-mail and letter of each language: what it says first, or with `full` all of it.

    `more` is the command that shows the rest.
    """
    for each in found:
        who = f"as customer {each.customer_number} gets it"
        yield f"{NAMES[each.channel]} in {each.language}, {who}:"
        yield from document_lines(each.document, full=full)
    if found and not full:
        yield f"The whole texts: {more}"


def document_lines(document: Document, *, full: bool = True) -> Iterator[str]:
    """The heading and the text, with a margin; not `full`: the fact and the table of facts."""
    yield textwrap.indent(document.subject, MARGIN)
    text = document.plain_text() if full else _beginning(document)
    yield textwrap.indent(f"\n{text}", MARGIN).rstrip()


def _beginning(document: Document) -> str:
    facts = "\n".join(f"{label}: {value}" for label, value in document.facts)
    return f"{document.lead}\n\n{facts}\n"
