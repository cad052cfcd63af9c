"""One e-mail as it goes over the wire: headers, and a document as text and as HTML.

Headers: RFC 5322, 3834 (Auto-Submitted), 2369 and 8058 (List-Unsubscribe), 6532 (UTF-8). They are
written here: the standard classes of Python 3.11 encode addresses that are too long for a line,
lose spaces between long Cyrillic words, and decode what looks encoded, so that a line break can
come out of it. They also take three times as long.
"""

from __future__ import annotations

from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.delivery.unsubscribe import Links
from bot.mail_settings import ID_PLACE, read_sender, split_address
from bot.settings import Settings
from bot.words.documents import Document
from locales.alphabet import clean, one_line
from locales.catalogue import LANGUAGES, say

TEMPLATES = Path(__file__).parent.parent / "web" / "templates" / "mail"
# What a reader's mail program shows of a subject, and room enough to search for it.
MAX_SUBJECT = 200
# With the longest name of a header before it, such a line need not be folded.
MAX_PLAIN = 60
# These two signs stand together in no encoded part.
BOUNDARY = "=_gaisma"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the server is told, and the bytes it gets. `utf8`: it must know SMTPUTF8."""

    message_id: str
    sender: str
    recipient: str
    content: bytes
    utf8: bool


class Composer:
    """Makes e-mails of documents, by the settings. Raises ValueError when these are wrong."""

    def __init__(self, settings: Settings) -> None:
        self._from = read_sender(settings.mail_from)
        self._bounces = settings.bounce_address or self._from.addr_spec
        self._links = Links(settings)
        # Only where somebody reads it: a wish to get no more must not be lost.
        self._by_mail = bool(settings.bounce_mailbox)

    @property
    def domain(self) -> str:
        """The domain of the sender: the right half of every Message-ID."""
        return self._from.domain

    def compose(self, message_id: str, recipient: str, document: Document) -> Envelope:
        """The e-mail. Raises ValueError when the address of the recipient is none."""
        local, domain = split_address(recipient)
        to = f"{local}@{domain}"
        url = self._links.url(message_id)
        head = "".join(
            _fold(name, value) for name, value in self._headers(message_id, to, document)
        )
        content = b"".join(
            (
                head.encode(),
                b"\r\n",
                _part("plain", plain_part(document, url)),
                _part("html", html_part(document, url)),
                f"--{BOUNDARY}--\r\n".encode(),
            )
        )
        sender = self._bounces.replace(ID_PLACE, message_id)
        return Envelope(message_id, sender, to, content, not local.isascii())

    def _headers(
        self, message_id: str, to: str, document: Document
    ) -> Iterator[tuple[str, str]]:  # fmt: skip
        yield "From", _name_address(self._from)
        yield "To", to
        yield "Subject", encode_words(one_line(document.subject)[:MAX_SUBJECT])
        yield "Date", format_datetime(datetime.now(UTC))
        yield "Message-ID", f"<{message_id}@{self.domain}>"
        yield "Content-Language", _language(document)
        yield "Auto-Submitted", "auto-generated"
        # Exchange answers machines too, unless it is asked not to; bounces are not meant by it.
        yield "X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN"
        yield "List-Unsubscribe", ", ".join(self._ways_out(message_id))
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
        yield "MIME-Version", "1.0"
        yield "Content-Type", f'multipart/alternative; boundary="{BOUNDARY}"'

    def _ways_out(self, message_id: str) -> list[str]:
        ways = [f"<{self._links.url(message_id)}>"]
        if self._by_mail:
            subject = quote(f"unsubscribe {self._links.token(message_id)}")
            to = self._bounces.replace(ID_PLACE, message_id)
            ways.append(f"<mailto:{quote(to, safe='@')}?subject={subject}>")
        return ways


def plain_part(document: Document, unsubscribe: str) -> str:
    """The document as text, and how to get no more of them."""
    words = say(_language(document), "mail.unsubscribe")
    return clean(f"{document.plain_text()}\n-- \n{words}\n{unsubscribe}\n")


def html_part(document: Document, unsubscribe: str) -> str:
    """The same as HTML that loads nothing from anywhere."""
    page = _template().render(
        document=document,
        subject=one_line(document.subject),
        unsubscribe=unsubscribe,
        say=partial(say, _language(document)),
    )
    return clean(page)


def _part(kind: str, text: str) -> bytes:
    """A part in ASCII, so that no server on the way need know 8BITMIME; in the shorter form."""
    content = text.replace("\n", "\r\n").encode()
    how, body = "quoted-printable", b2a_qp(content)
    if len(body) * 3 > len(content) * 4:
        how, body = "base64", encodebytes(content).replace(b"\n", b"\r\n")
    head = f"--{BOUNDARY}\r\n" + _fold("Content-Type", f'text/{kind}; charset="utf-8"')
    return (head + _fold("Content-Transfer-Encoding", how) + "\r\n").encode() + body + b"\r\n"


def _fold(name: str, value: str) -> str:
    """A header, broken only between encoded words and between addresses."""
    return f"{name}: {value}\r\n".replace("?= ", "?=\r\n ").replace(", <", ",\r\n <")


def encode_words(text: str) -> str:
    """One line of text as a header has it: RFC 2047 words, unless it is short and ASCII."""
    if text.isascii() and "=?" not in text and len(text) <= MAX_PLAIN:
        return text
    return Header(text, "utf-8", header_name="Subject").encode(linesep="")


def _name_address(sender: Address) -> str:
    name = one_line(sender.display_name)
    if not name:
        return sender.addr_spec
    # Quotation marks keep commas in a name from ending it; settings let none into it.
    shown = encode_words(name)
    return f'"{name}" <{sender.addr_spec}>' if shown == name else f"{shown} <{sender.addr_spec}>"


def _language(document: Document) -> str:
    return document.language if document.language in LANGUAGES else LANGUAGES[0]


@cache
def _template() -> Template:
    # Of its own: the worker that sends e-mails has no web app.
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return templates.get_template("message.html")
