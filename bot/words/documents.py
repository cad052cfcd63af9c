"""What an e-mail or a letter says in full: subject, the fact first, and sections below it.

One document for both: e-mail shows it as text and HTML, a letter on paper. It is kept with the
message as JSON, so that what was sent can be shown years later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs, such as how to prepare, or what the customer is entitled to."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole e-mail or letter in one language, without the address of the reader.

    `facts` are (label, value) rows, such as ("When", "1 December, 9:00 to 15:00").
    """

    language: str
    subject: str
    greeting: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    closing: str

    def plain_text(self) -> str:
        """The document as plain text, paragraphs with an empty line between them."""
        return "\n\n".join(self._blocks()) + "\n"

    def _blocks(self) -> Iterator[str]:
        yield self.greeting
        yield self.lead
        if self.facts:
            yield "\n".join(f"{label}: {value}" for label, value in self.facts)
        for section in self.sections:
            yield "\n".join((section.heading, *section.paragraphs))
        yield self.closing


@dataclass(frozen=True, slots=True)
class Address:
    """Where a letter goes; `lines` in one text, as registers keep it."""

    name: str
    lines: str
    postcode: str


def write_document(document: Document, to: Address | None = None) -> str:
    """The document as it is kept in a message's body; of a letter with its address."""
    kept = asdict(document)
    if to is not None:
        kept["to"] = asdict(to)
    return json.dumps(kept, ensure_ascii=False)


def read_document(body: str) -> Document:
    """The reverse of `write_document`. Raises ValueError for any other text."""
    try:
        kept = json.loads(body)
        kept.pop("to", None)
        kept["facts"] = tuple((str(label), str(value)) for label, value in kept["facts"])
        kept["sections"] = tuple(
            Section(each["heading"], tuple(each["paragraphs"])) for each in kept["sections"]
        )
        return Document(**kept)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("this text is no document") from error


def read_address(body: str) -> Address:
    """Where the letter with this body went. Raises ValueError where no address is kept."""
    try:
        return Address(**json.loads(body)["to"])
    except (TypeError, KeyError) as error:
        raise ValueError("this text has no address") from error
