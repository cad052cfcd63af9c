"""Bounces: what mail servers write later about e-mails that they had taken. RFC 3464, 5965.

Anybody may write to the mailbox for bounces. Only who has seen an e-mail of ours can name its
id, which nobody can guess, so nobody can make us think that somebody else's address is dead.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message

from prometheus_client import Counter

from bot.channels import smtp_codes
from bot.channels.mailboxes import Mailbox, open_mailbox
from bot.delivery import unsubscribe
from bot.delivery.unsubscribe import Links
from bot.mail_settings import ID_PLACE, read_sender
from bot.service import Service
from bot.settings import Settings
from storage import Database, Tx, messages, receipts

log = logging.getLogger("gaisma.bounces")

PROVIDER = "smtp"
# What can become of a report: `failed` the message is not delivered; `stopped` no more e-mails
# to this address; `repeated` known already; `ignored` a server still tries, or a machine answered;
# `unknown` nobody can tell, or no message of ours: a person must look.
OUTCOMES = ("failed", "stopped", "repeated", "ignored", "unknown")
BOUNCES = Counter("gaisma_bounces", "Reports about e-mails by what became of them", ["outcome"])
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
COMPLAINED = "(called unwanted to the mail provider)"
BY_MAIL = "(mail to the address in List-Unsubscribe)"
BATCH = 200  # mails in one go
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}")
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a server says of one e-mail. `status` is an enhanced code, such as 5.1.1."""

    message_id: str
    status: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody called this e-mail unwanted, to their provider."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A mail to the address in List-Unsubscribe; whether its token is ours is not known yet."""

    token: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """An answer of a machine: out of office, read receipt, or a report that all went well."""


Report = Bounce | Complaint | Wish | Nothing
Counts = dict[str, int]


# --- what it means for a message ------------------------------------------------------------


def record(database: Database, bounce: Bounce, now: datetime) -> str:
    """Keep a bounce and move its message forward; one of OUTCOMES. Repeating it changes nothing.

    Raises DatabaseBusy when nothing could be stored.
    """
    outcome = database.transaction(lambda tx: _record(tx, bounce, now))
    BOUNCES.labels(outcome).inc()
    return outcome


def read_bounces(service: Service, box: Mailbox, now: datetime, limit: int = BATCH) -> Counts:
    """Read what is new in the mailbox, at most `limit` mails; how many had each outcome.

    What is `unknown` is set aside there, flagged, the rest is marked as read; nothing is deleted.
    Raises MailboxError, or DatabaseBusy; what was not stored is read again next time.
    """
    counts = dict.fromkeys(OUTCOMES, 0)
    ids, links = Ids(service.settings), Links(service.settings)
    for key, content in box.unread(limit):
        outcome = _act(service.database, read_report(content, ids), links, now)
        box.mark(key, aside=outcome == "unknown")
        counts[outcome] += 1
    if counts["unknown"]:
        log.warning("%d mails in the mailbox for bounces were set aside", counts["unknown"])
    return counts


def collect(service: Service, now: datetime) -> int:
    """For the worker: read the mailbox of the settings, if there is one; how many mails it took."""
    url = service.settings.bounce_mailbox
    if not url:
        return 0
    with open_mailbox(url) as box:
        return sum(read_bounces(service, box, now).values())


def _act(database: Database, report: Report | None, links: Links, now: datetime) -> str:
    if isinstance(report, Bounce):
        return record(database, report, now)
    if isinstance(report, Complaint):
        outcome = _stop(database, report.message_id, COMPLAINED, now)
    elif isinstance(report, Wish):
        message_id = links.read(report.token)
        outcome = _stop(database, message_id, BY_MAIL, now) if message_id else "unknown"
    else:
        outcome = "ignored" if isinstance(report, Nothing) else "unknown"
    BOUNCES.labels(outcome).inc()
    return outcome


def _stop(database: Database, message_id: str, how: str, now: datetime) -> str:
    known = database.transaction(lambda tx: unsubscribe.stop(tx, message_id, how=how, now=now))
    return "stopped" if known else "unknown"


def _record(tx: Tx, bounce: Bounce, now: datetime) -> str:
    message = messages.outgoing(tx, bounce.message_id)
    if message is None or message["channel"] != "email":
        return "unknown"
    if not bounce.failed:
        return "ignored"
    provider_id = message["provider_id"] or ""
    if not receipts.add(
        tx, bounce.message_id, provider_id, "failed", error_code=bounce.status, now=now
    ):
        return "repeated"
    step = messages.Progress(bounce.message_id, "failed", PROVIDER, error_code=bounce.status)
    messages.move_forward(tx, [step], now)
    if smtp_codes.is_dead(bounce.status):
        messages.mark_dead(tx, "email", message["peer"], now)
    return "failed"


# --- reading one ----------------------------------------------------------------------------


def read_report(content: bytes, ids: Ids) -> Report | None:
    """What a mail to the address for bounces says; None when nobody can tell: a person must look.

    Never raises for bad mails.
    """
    mail = message_from_bytes(content, policy=policy.compat32)
    kind = _report_kind(mail)
    if kind == "delivery-status" or (not kind and any(_parts(mail, "message/delivery-status"))):
        return _read_delivery(mail, ids)
    if kind == "feedback-report":
        return _read_feedback(mail, ids)
    if kind == "disposition-notification":
        return Nothing()
    wish = _UNSUBSCRIBE.fullmatch(_text(mail, "Subject"))
    if wish is not None:
        return Wish(wish[1])
    return Nothing() if _is_automatic(mail) else None


def _read_delivery(mail: Message, ids: Ids) -> Report | None:
    blocks = [block for part in _parts(mail, "message/delivery-status") for block in _blocks(part)]
    message_id = _find_id(mail, blocks, ids)
    told = [each for each in map(_read_recipient, blocks) if each is not None]
    if not told:
        return None
    # A list of several can only be that of a mailing list behind the address: the worst counts.
    status, action = min(told, key=lambda each: each[1] != "failed")
    if action in ("delivered", "relayed", "expanded"):
        return Nothing()
    return bounce_of(message_id, status, action) if message_id else None


def _read_recipient(block: Message) -> tuple[str, str] | None:
    """(status, action) of a block about a recipient; None for the one about the message."""
    action = _text(block, "Action").strip().lower()
    status, detail = _text(block, "Status"), _text(block, "Diagnostic-Code")
    if not action and not status:
        return None
    found = _STATUS.match(status)
    # Gateways write 5.0.0 where the server behind them was clearer.
    if found is None or found[0].strip().endswith(".0.0"):
        clearer = smtp_codes.ENHANCED.search(detail)
        if clearer is not None and (found is None or clearer[1] == found[1]):
            return clearer[0], action
    return (found[0].strip() if found else "5.0.0" if action == "failed" else "4.0.0"), action


def bounce_of(message_id: str, status: str, action: str = "") -> Bounce | None:
    """A bounce of a status such as 5.1.1, alone or with words behind; None when it is none.

    `action` (RFC 3464) decides where it is known: servers give up with a 4.x.x status too.
    """
    found = _STATUS.match(status)
    if found is None:
        return None
    action = action.strip().lower()
    failed = action == "failed" or (found[1] == "5" and action in ("", "bounced"))
    return Bounce(message_id, found[0].strip(), failed)


def _read_feedback(mail: Message, ids: Ids) -> Report | None:
    parts = list(_parts(mail, "message/feedback-report"))
    told = " ".join(str(part.get_payload()) + part.as_string() for part in parts).lower()
    if re.search(r"feedback-type:\s*not-spam", told):
        return Nothing()
    message_id = _find_id(mail, [], ids)
    return Complaint(message_id) if message_id else None


# --- whose it is ----------------------------------------------------------------------------


class Ids:
    """Finds our own ids, by the settings, where servers name the mail that they write about."""

    def __init__(self, settings: Settings) -> None:
        self._domain = read_sender(settings.mail_from).domain if settings.mail_from else ""
        before, place, after = settings.bounce_address.partition(ID_PLACE)
        named = f"{re.escape(before)}({_ID.pattern}){re.escape(after)}"
        self._address = re.compile(named, re.IGNORECASE) if place else None

    def of_message(self, text: str) -> str:
        """The id in a Message-ID header, or alone; '' when it is none of ours."""
        name, at, domain = text.strip().strip("<>").partition("@")
        ours = _ID.fullmatch(name) and (not at or domain.lower() == self._domain)
        return name if ours else ""

    def of_addresses(self, text: str) -> str:
        """The id in the first address for bounces among others; '' when there is none."""
        found = self._address.search(text) if self._address else None
        return found[1] if found else ""


def _find_id(mail: Message, blocks: list[Message], ids: Ids) -> str:
    """Our id from where servers name it, the surest place first."""
    places = (ids.of_message(each) for each in _places(mail, blocks))
    found = next(filter(None, places), "")
    to = " ".join(_text(mail, name) for name in ("Delivered-To", "X-Original-To", "To"))
    return (
        found or ids.of_addresses(to) or next(filter(None, map(ids.of_message, _thread(mail))), "")
    )


def _places(mail: Message, blocks: list[Message]) -> Iterator[str]:
    for block in blocks:
        yield _text(block, "Original-Envelope-Id")
        yield _text(block, "X-Original-Message-ID")
    for part in (*_parts(mail, "message/rfc822"), *_parts(mail, "message/global")):
        yield from (_text(inner, "Message-ID") for inner in _blocks(part))
    for part in _parts(mail, "text/rfc822-headers"):
        yield _text(_headers_of(part), "Message-ID")


def _thread(mail: Message) -> list[str]:
    return re.findall(r"<[^<>\s]+>", _text(mail, "In-Reply-To") + _text(mail, "References"))


# --- MIME -----------------------------------------------------------------------------------


def _report_kind(mail: Message) -> str:
    if mail.get_content_type() != "multipart/report":
        return ""
    kind = mail.get_param("report-type")
    return kind.lower() if isinstance(kind, str) else ""


def _is_automatic(mail: Message) -> bool:
    """Whether a machine wrote it (RFC 3834), or a program that says so in its own way."""
    said = _text(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        said not in ("", "no")
        or any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"))
        or _text(mail, "Precedence").strip().lower() in ("auto_reply", "bulk", "junk")
        or _text(mail, "X-Auto-Response-Suppress").strip().lower() == "all"
    )


def _parts(mail: Message, kind: str) -> Iterator[Message]:
    return (part for part in mail.walk() if part.get_content_type() == kind)


def _blocks(part: Message) -> list[Message]:
    """The groups of fields in a report, or the mail inside a part."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if payload else []


def _headers_of(part: Message) -> Message:
    content = part.get_payload(decode=True)
    return message_from_bytes(content if isinstance(content, bytes) else b"")


def _text(mail: Message, name: str) -> str:
    """A header as one line of text; '' when it is missing."""
    return " ".join(str(mail.get(name, "")).split())
