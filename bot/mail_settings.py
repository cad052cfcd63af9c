"""What the settings for e-mail mean: server, sender, mailbox for bounces. No network here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

# The id of a message, in an address for bounces: bounces+{id}@example.lv.
ID_PLACE = "{id}"
_ADDRESS = re.compile(
    r"([^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]{1,64})@([^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]+)"
)
_HOST = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE
)
_NAMED = re.compile(r"([^<>]*)<([^<>]*)>")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mails are handed over. `tls`: '' (in the clear), 'starttls', or 'tls' at once."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str


@dataclass(frozen=True, slots=True)
class ImapAddress:
    """A folder of a mailbox that is read over IMAP; `tls` False only on this machine."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    tls: bool


def read_mail_server(url: str) -> MailServer:
    """`smtp://user:password@host:587?starttls=1`, or `smtps://user:password@host`.

    Raises ValueError with a sentence that holds no password.
    """
    parts = _split(url, ("smtp", "smtps"))
    tls = "tls" if parts.scheme == "smtps" else ""
    for name, values in parse_qs(parts.query, keep_blank_values=True).items():
        if name != "starttls" or values not in (["0"], ["1"]) or tls:
            raise ValueError("has an option that is not known; only ?starttls=1 after smtp:// is")
        tls = "starttls" if values == ["1"] else ""
    host = parts.hostname or ""
    port = parts.port or {"tls": 465, "starttls": 587, "": 25}[tls]
    if parts.password and not tls and host not in _LOOPBACK:
        raise ValueError("would send the password in the clear; add ?starttls=1 or use smtps://")
    return MailServer(host, port, unquote(parts.username or ""), unquote(parts.password or ""), tls)


def read_imap(url: str) -> ImapAddress:
    """`imaps://user:password@host/INBOX`; `imap://` only on this machine.

    Raises ValueError with a sentence that holds no password.
    """
    parts = _split(url, ("imap", "imaps"))
    host, tls = parts.hostname or "", parts.scheme == "imaps"
    if not tls and host not in _LOOPBACK:
        raise ValueError("would send the password in the clear; use imaps://")
    if not parts.username or not parts.password:
        raise ValueError("needs a user and a password: imaps://user:password@host/INBOX")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if not folder.isascii() or not folder.isprintable():
        raise ValueError("must name a folder in ASCII letters")
    user, password = unquote(parts.username), unquote(parts.password)
    return ImapAddress(host, parts.port or (993 if tls else 143), user, password, folder, tls)


def read_sender(text: str) -> Address:
    """A name and an address as people write them: `Sadales tīkls <zinas@example.lv>`.

    Raises ValueError with a sentence.
    """
    found = _NAMED.fullmatch(text.strip())
    name, address = (found[1], found[2]) if found else ("", text.strip())
    local, domain = split_address(address)
    if not local.isascii():
        raise ValueError("must have an address in ASCII letters before the @")
    return Address(" ".join(name.replace("\\", "").replace('"', "").split()), local, domain)


def split_address(address: str) -> tuple[str, str]:
    """(before the @, domain in ASCII) of one bare address. Raises ValueError for anything else."""
    found = _ADDRESS.fullmatch(address)
    if found is None or found[1].startswith(".") or found[1].endswith("."):
        raise ValueError("is no e-mail address")
    try:
        domain = found[2].rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError("has a domain that cannot be written in ASCII") from error
    if not _HOST.fullmatch(domain):
        raise ValueError("is no e-mail address")
    return found[1], domain


def problems(values: dict[str, str]) -> list[str]:
    """Sentences on settings for e-mail that are written wrongly or do not go without others.

    `values`: variable to value of all settings about e-mail, and those they need.
    """
    found = []
    checks = (
        ("GAISMA_SMTP_URL", read_mail_server),
        ("GAISMA_MAIL_FROM", read_sender),
        ("GAISMA_BOUNCE_ADDRESS", _check_bounce_address),
        ("GAISMA_BOUNCE_MAILBOX", _check_mailbox),
    )
    for name, check in checks:
        try:
            if values[name]:
                check(values[name])
        except ValueError as error:
            found.append(f"{name} {error}.")
    if values["GAISMA_SMTP_URL"]:
        needed = ("GAISMA_MAIL_FROM", "GAISMA_PUBLIC_URL", "GAISMA_SECRET_KEY")
        found += [f"{name} is not set; e-mail needs it." for name in needed if not values[name]]
    return found


def _check_bounce_address(text: str) -> None:
    local, _ = split_address(text.replace(ID_PLACE, "id", 1))
    if not local.isascii():
        raise ValueError("must be in ASCII letters before the @")


def _check_mailbox(url: str) -> None:
    if not url.startswith("maildir:"):
        read_imap(url)
    elif not url.startswith("maildir:///"):
        raise ValueError("must name a Maildir from the root: maildir:///var/mail/bounces")


def _split(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """Errors of urllib quote what they cannot read, which may be the password."""
    try:
        parts = urlsplit(url)
        complete = parts.hostname and parts.scheme in schemes and (parts.port or 1) > 0
    except ValueError:
        complete = None
    if not complete or parts.fragment:
        raise ValueError(
            f"must be {schemes[1]}://user:password@host:port; "
            "write signs such as / # ? @ in a password as %2F %23 %3F %40"
        )
    return parts
