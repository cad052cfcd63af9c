"""The mailbox that bounces come to: a folder over IMAP, or a Maildir of this machine.

Mails are told apart by their flags, so that a person sees what was done: read, or read and
flagged for what nobody could tell. Nothing is ever deleted.
"""

from __future__ import annotations

import imaplib
import os
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import Protocol
from urllib.parse import unquote, urlsplit

from bot.mail_settings import ImapAddress, read_imap

# A report stands before the mail that it gives back, so the beginning is enough.
MAX_BYTES = 256 * 1024
TIMEOUT_SECONDS = 30.0


class MailboxError(Exception):
    """The mailbox cannot be read; the sentence says why, without a password."""


class Mailbox(Protocol):
    """Where mails wait to be read."""

    def unread(self, limit: int) -> Iterator[tuple[str, bytes]]:
        """(key, beginning of the mail) of those that nobody has read, at most so many."""
        ...

    def mark(self, key: str, *, aside: bool) -> None:
        """It was read; `aside`: a person must look at it."""
        ...


def open_mailbox(url: str) -> AbstractContextManager[Mailbox]:
    """The mailbox of an address as GAISMA_BOUNCE_MAILBOX has it. Entering raises MailboxError."""
    if urlsplit(url).scheme == "maildir":
        return _open_maildir(Path(unquote(urlsplit(url).path)))
    return _open_imap(read_imap(url))


class _Maildir:
    """`new` holds what is unread, names in `cur` end in flags: cr.yp.to/proto/maildir.html."""

    def __init__(self, folder: Path) -> None:
        self._new, self._cur = folder / "new", folder / "cur"

    def unread(self, limit: int) -> Iterator[tuple[str, bytes]]:
        # A link or a pipe is no mail: it could lead to any file of ours, or hold us up for ever.
        mails = (path for path in sorted(self._new.iterdir()) if S_ISREG(path.lstat().st_mode))
        for path in islice(mails, limit):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                yield path.name, file.read(MAX_BYTES)

    def mark(self, key: str, *, aside: bool) -> None:
        name = key.partition(":")[0]
        (self._new / key).rename(self._cur / f"{name}:2,{'FS' if aside else 'S'}")


@contextmanager
def _open_maildir(folder: Path) -> Iterator[Mailbox]:
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise MailboxError("There is no Maildir (folders new and cur) for bounces there.")
    try:
        yield _Maildir(folder)
    except OSError as error:
        raise MailboxError(f"The Maildir for bounces failed: {error.strerror}.") from error


class _Imap:
    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client

    def unread(self, limit: int) -> Iterator[tuple[str, bytes]]:
        found = self._ask("SEARCH", "UNSEEN")[0]
        for key in (found if isinstance(found, bytes) else b"").split()[:limit]:
            answer = self._ask("FETCH", key.decode(), f"(BODY.PEEK[]<0.{MAX_BYTES}>)")
            content = next((part[1] for part in answer if isinstance(part, tuple)), None)
            if content is not None:  # else somebody has taken it away meanwhile
                yield key.decode(), content

    def mark(self, key: str, *, aside: bool) -> None:
        flags = r"(\Seen \Flagged)" if aside else r"(\Seen)"
        self._ask("STORE", key, "+FLAGS.SILENT", flags)

    def _ask(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        state, answer = self._client.uid(command, *arguments)
        if state != "OK":
            raise MailboxError(f"The mailbox for bounces refused {command}.")
        return answer


@contextmanager
def _open_imap(address: ImapAddress) -> Iterator[Mailbox]:
    try:
        client = _connect(address)
        try:
            client.login(address.user, address.password)
            folder = address.folder.replace("\\", "\\\\").replace('"', '\\"')
            if client.select(f'"{folder}"')[0] != "OK":
                raise MailboxError("The mailbox has no such folder for bounces.")
            yield _Imap(client)
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                client.logout()
    except imaplib.IMAP4.error as error:
        raise MailboxError("The server of the mailbox for bounces refused us.") from error
    except OSError as error:
        kind = type(error).__name__
        raise MailboxError(f"The mailbox for bounces cannot be reached: {kind}.") from error


def _connect(address: ImapAddress) -> imaplib.IMAP4:
    if not address.tls:
        return imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT_SECONDS)
    trust = ssl.create_default_context()
    return imaplib.IMAP4_SSL(
        address.host, address.port, ssl_context=trust, timeout=TIMEOUT_SECONDS
    )  # fmt: skip
