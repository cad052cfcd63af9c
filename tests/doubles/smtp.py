"""A real SMTP server (aiosmtpd) that keeps the mails it took, and refuses or drops when told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "gaisma", "p/ss w0rd#"
DROP = "drop"


@dataclass(frozen=True)
class Mail:
    """One mail that was taken, with what the client asked of its envelope."""

    sender: str
    recipient: str
    content: bytes
    mail_options: tuple[str, ...]
    rcpt_options: tuple[str, ...]

    @property
    def parsed(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class Double:
    """What the server does. `fault` gets the step (connect, mail, rcpt, data, taken) and the
    recipient, and returns an answer to give instead, DROP to end the connection, or ''.

    At `taken` the mail is kept before the fault.
    """

    fault: Callable[[str, str], str] = lambda step, recipient: ""
    latency: float = 0.0
    dsn: bool = True
    utf8: bool = True
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    open_now: set[Any] = field(default_factory=set)

    def drop_all(self) -> None:
        """End every connection, as a server does with those that are idle."""
        for transport in list(self.open_now):
            transport.abort()


class _Line(SMTP):
    """aiosmtpd knows no DSN, and cannot lose a connection by itself."""

    def __init__(self, double: Double, **options: Any) -> None:
        super().__init__(_Handler(double), enable_SMTPUTF8=double.utf8, **options)
        self.double = double

    def connection_made(self, transport: Any) -> None:
        self.double.connections += 1
        self.double.open_now.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.double.open_now.discard(self.transport)
        super().connection_lost(error)

    async def smtp_MAIL(self, arg: str | None) -> None:
        self.asked = [part for part in (arg or "").split() if part[:4] in ("RET=", "ENVI")]
        await super().smtp_MAIL(_without(arg, self.asked))

    async def smtp_RCPT(self, arg: str | None) -> None:
        self.notify = [part for part in (arg or "").split() if part.startswith("NOTIFY=")]
        await super().smtp_RCPT(_without(arg, self.notify))

    async def push(self, status: Any) -> None:
        if status == DROP:
            assert self.transport is not None
            self.transport.abort()
            return
        await super().push(status)


def _without(arg: str | None, parts: list[str]) -> str | None:
    return arg and " ".join(part for part in arg.split() if part not in parts)


class _Handler:
    def __init__(self, double: Double) -> None:
        self.double = double

    async def handle_EHLO(
        self, server: _Line, session: Session, envelope: Envelope, host: str, answers: list[str]
    ) -> list[str]:
        session.host_name = host
        return [*answers[:-1], "250-DSN", answers[-1]] if self.double.dsn else answers

    async def handle_MAIL(
        self, server: _Line, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.double.fault("mail", address):
            return answer
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: _Line, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.double.fault("rcpt", address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: _Line, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.double.latency)
        (recipient,) = envelope.rcpt_tos
        if answer := self.double.fault("data", recipient):
            return answer
        content = envelope.original_content
        assert isinstance(content, bytes)
        mail = Mail(
            envelope.mail_from or "", recipient, content, tuple(server.asked), tuple(server.notify)
        )
        self.double.mails.append(mail)
        return self.double.fault("taken", recipient) or "250 2.0.0 Ok: queued as 4XyZ"


def _authenticate(
    server: Any, session: Any, envelope: Any, mechanism: str, data: Any
) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def serving(
    double: Double, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None,
    sign_in: bool = False,
) -> AsyncIterator[Double]:  # fmt: skip
    """Serve on a free port of this machine until the block ends."""
    options: dict[str, Any] = {"hostname": "mx.example"}
    if starttls is not None:
        options |= {"tls_context": starttls, "require_starttls": True}
    if sign_in:
        options |= {
            "authenticator": _authenticate, "auth_required": True,
            "auth_require_tls": starttls is not None,
        }  # fmt: skip
    server = await asyncio.get_running_loop().create_server(
        lambda: _Line(double, **options), "127.0.0.1", 0, ssl=tls
    )
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        double.drop_all()
        server.close()
        await server.wait_closed()
