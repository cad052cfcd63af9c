"""E-mail by SMTP: a few connections kept open, and what every answer of the server means.

SMTP: RFC 5321; DSN: RFC 3461. A mail counts as handed over only by the answer to its last line:
when the connection breaks after its content began, nobody knows.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass

import aiosmtplib

from bot.channels.base import (
    Accepted,
    CannotAsk,
    Cause,
    LookUp,
    NotSent,
    Outgoing,
    Result,
    Unknown,
)
from bot.channels.mail_message import Composer, Envelope
from bot.channels.smtp_codes import Step, is_about_one, read_code, read_refusal
from bot.mail_settings import MailServer, read_mail_server
from bot.settings import Settings
from bot.words.documents import read_document

CONNECTIONS = 8
# Servers end connections that are silent for minutes or carried very many mails.
IDLE_SECONDS = 25.0
MAX_MAILS = 100
# Whoever greylists wants us back after some minutes; a full mailbox takes longer, but may not.
RETRY_SECONDS = 300.0


@dataclass(slots=True)
class _Connection:
    smtp: aiosmtplib.SMTP
    mails: int = 0
    used_at: float = 0.0


@dataclass(slots=True)
class _Progress:
    """How far the attempt has come: decides what a broken connection means."""

    step: Step = Step.CONNECT


class EmailChannel:
    """E-mails through one server. The body of a message is a document (`bot.words`) as JSON.

    Raises ValueError for settings that `settings.problems` would have named.
    """

    name = "smtp"

    def __init__(
        self, settings: Settings, timeout: float, *, tls: ssl.SSLContext | None = None
    ) -> None:  # fmt: skip
        self._server = read_mail_server(settings.smtp_url)
        self._composer = Composer(settings)
        self._timeout = timeout
        self._tls = tls
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[_Connection] = []

    async def send(self, message: Outgoing) -> Result:
        try:
            document = read_document(message.body)
        except ValueError:
            return NotSent(Cause.REFUSED, "The text is no document.", "no_document")
        try:
            mail = self._composer.compose(message.id, message.peer, document)
        except ValueError:
            return NotSent(Cause.DEAD, "The address is no e-mail address.", "5.1.3")
        progress = _Progress()
        try:
            async with asyncio.timeout(self._timeout), self._slots:
                await self._send(mail, progress)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return read_failure(error, progress.step)
        return Accepted(f"{message.id}@{self._composer.domain}")

    async def look_up(self, message: Outgoing) -> LookUp:
        # What a server has taken it has passed on: there is no list to look in.
        return CannotAsk()

    async def close(self) -> None:
        """End the connections that are open, politely where that is quick."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_quit(each.smtp) for each in idle))

    async def _send(self, mail: Envelope, progress: _Progress) -> None:
        kept = self._take()
        if kept is not None:
            try:
                return await self._deliver(kept, mail, progress)
            except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused) as error:
                # The server has ended what was idle too long for it: nothing of this mail is there.
                closed = not isinstance(error, aiosmtplib.SMTPSenderRefused) or error.code == 421
                if progress.step is Step.CONTENT or not closed:
                    raise
                progress.step = Step.CONNECT
        return await self._deliver(await self._connect(), mail, progress)

    async def _deliver(self, line: _Connection, mail: Envelope, progress: _Progress) -> None:
        try:
            await _hand_over(line.smtp, mail, progress)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(line, error.code)
            raise
        except BaseException:  # also when cancelled: half a mail may be on this line
            line.smtp.close()
            raise
        self._keep(line)

    async def _reset(self, line: _Connection, code: int) -> None:
        """Keep the connection after a refusal, unless the server ends it or cannot be understood.

        Cancelled here, the answer would be lost: so it gets a second of its own, no more.
        """
        if 400 <= code < 600 and code != 421:
            with suppress(aiosmtplib.SMTPException, OSError):
                await line.smtp.rset(timeout=1.0)
                self._keep(line)
                return
        line.smtp.close()

    def _take(self) -> _Connection | None:
        limit = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            line = self._idle.pop()
            if line.smtp.is_connected and line.used_at > limit and line.mails < MAX_MAILS:
                return line
            line.smtp.close()
        return None

    def _keep(self, line: _Connection) -> None:
        line.mails += 1
        line.used_at = asyncio.get_running_loop().time()
        self._idle.append(line)

    async def _connect(self) -> _Connection:
        smtp = _new_client(self._server, self._timeout, self._composer.domain, self._tls)
        await smtp.connect()
        # Else it is asked only with the first mail, when what it can do must be known already.
        if smtp.is_ehlo_or_helo_needed:
            with suppress(aiosmtplib.SMTPHeloError):  # an old server: `mail` says HELO then
                await smtp.ehlo()
        return _Connection(smtp)


def _new_client(
    server: MailServer, timeout: float, domain: str, tls: ssl.SSLContext | None
) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user or None,
        password=server.password or None,
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        tls_context=tls,
        timeout=timeout,
        # Its own default asks a name server, which can take longer than the whole call.
        local_hostname=domain,
    )


async def _hand_over(smtp: aiosmtplib.SMTP, mail: Envelope, progress: _Progress) -> None:
    """One mail over an open connection. The step is set before what could break within it."""
    progress.step = Step.SENDER
    options, rcpt_options = [], []
    if mail.utf8:
        if not smtp.supports_extension("smtputf8"):
            raise aiosmtplib.SMTPNotSupported("SMTPUTF8")
        options.append("SMTPUTF8")
    if smtp.supports_extension("dsn"):
        options += ["RET=HDRS", f"ENVID={mail.message_id}"]
        rcpt_options.append("NOTIFY=FAILURE")
    encoding = "utf-8" if mail.utf8 else "ascii"
    await smtp.mail(mail.sender, options=options, encoding=encoding)
    progress.step = Step.RECIPIENT
    await smtp.rcpt(mail.recipient, options=rcpt_options, encoding=encoding)
    progress.step = Step.CONTENT
    await smtp.data(mail.content)


async def _quit(smtp: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await smtp.quit(timeout=1.0)
    smtp.close()


# --- what went wrong ------------------------------------------------------------------------


def read_failure(error: Exception, step: Step) -> Result:
    """What an error while sending means. Words of the server quote the address: none are kept."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and 400 <= error.code < 600:
        return _read_answer(error.code, error.message, step)
    # It has no class of its own for a server that lacks STARTTLS or every way of signing in.
    if type(error) is aiosmtplib.SMTPException or isinstance(error, aiosmtplib.SMTPNotSupported):
        return _read_lack(step)
    if _is_about_certificates(error):
        return NotSent(Cause.MISCONFIGURED, "The mail server's certificate is not valid.", "tls")
    if isinstance(error, ValueError):  # before anything was said: there is a sign no server takes
        return NotSent(Cause.REFUSED, "The mail cannot be written as SMTP wants it.", "5.5.4")
    if step is Step.CONTENT:
        return Unknown(f"The mail server did not say that it took the mail: {_name(error)}.")
    return NotSent(Cause.BUSY, f"The mail server cannot be reached: {_name(error)}.", "connect")


def _read_answer(code: int, words: str, step: Step) -> NotSent:
    cause, shown = read_refusal(code, words, step), read_code(code, words)
    about_one = cause is Cause.BUSY and is_about_one(code, words, step)
    return NotSent(
        cause, f"The mail server refused at {step} with code {shown}.", shown,
        RETRY_SECONDS if about_one else None,
    )  # fmt: skip


def _read_lack(step: Step) -> NotSent:
    if step is Step.CONNECT:
        reason = "The mail server offers no STARTTLS, or no way of signing in that we know."
        return NotSent(Cause.MISCONFIGURED, reason, "no_extension")
    reason = "The address has letters that the mail server cannot take (no SMTPUTF8)."
    return NotSent(Cause.REFUSED, reason, "5.6.7")


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__
    return False


def _name(error: Exception) -> str:
    return type(error).__name__
