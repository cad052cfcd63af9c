"""E-mail over a real SMTP server: what is sent, and what each answer and fault means."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bot.channels.base import Accepted, CannotAsk, Cause, NotSent, Outgoing, Result, Unknown
from bot.channels.email import RETRY_SECONDS, EmailChannel
from bot.settings import Settings
from bot.words.documents import write_document
from tests.bot.words.test_documents import DOCUMENT
from tests.doubles.smtp import DROP, PASSWORD, USER, Double, serving

T = TypeVar("T")
ANNA = "anna@example.lv"
SETTINGS = Settings(
    public_url="https://gaisma.example", secret_keys=("one",),
    mail_from="Sadales tīkls <zinas@gaisma.example>",
)  # fmt: skip


def outgoing(peer: str = ANNA, body: str = "", message_id: str = "0190-ab") -> Outgoing:
    now = datetime.now(UTC)
    return Outgoing(
        id=message_id, channel="email", peer=peer, body=body or write_document(DOCUMENT),
        kind="planned_notice", lane="alert", segments=1, attempts=1, claimed_at=now,
        lease_until=now + timedelta(minutes=1), provider="smtp",
    )  # fmt: skip


def at(double: Double, **changes: str) -> Settings:
    settings = replace(SETTINGS, smtp_url=f"smtp://127.0.0.1:{double.port}")
    return replace(settings, **changes)  # type: ignore[arg-type]


def act(double: Double, work: Callable[[EmailChannel], Awaitable[T]], timeout: float = 1.0) -> T:
    """What the work on a channel to this server gives."""

    async def run() -> T:
        async with serving(double):
            channel = EmailChannel(at(double), timeout)
            try:
                return await work(channel)
            finally:
                await channel.close()

    return asyncio.run(run())


def send(double: Double, message: Outgoing, timeout: float = 1.0) -> Result:
    return act(double, lambda channel: channel.send(message), timeout)


def answering(step: str, answer: str) -> Double:
    return Double(fault=lambda at, recipient: answer if at == step else "")


# --- what the server says -------------------------------------------------------------------


def test_a_mail_that_is_taken_is_called_by_its_message_id() -> None:
    double = Double()
    assert send(double, outgoing()) == Accepted("0190-ab@gaisma.example")
    (mail,) = double.mails
    assert (mail.sender, mail.recipient) == ("zinas@gaisma.example", ANNA)


@pytest.mark.parametrize(
    ("step", "answer", "cause", "code"),
    [
        ("rcpt", "550 5.1.1 <anna@example.lv>: no such user", Cause.DEAD, "5.1.1"),
        ("rcpt", "550 No such user here", Cause.DEAD, "550"),
        ("rcpt", "553 5.1.3 bad address", Cause.DEAD, "5.1.3"),
        ("rcpt", "550 5.7.1 blocked by policy", Cause.REFUSED, "5.7.1"),
        ("rcpt", "552 5.2.2 mailbox full", Cause.REFUSED, "5.2.2"),
        ("rcpt", "530 5.7.0 must sign in first", Cause.MISCONFIGURED, "5.7.0"),
        ("rcpt", "450 4.2.0 greylisted, come back later", Cause.BUSY, "4.2.0"),
        ("rcpt", "421 4.3.2 closing", Cause.BUSY, "4.3.2"),
        ("mail", "553 5.7.1 sender not owned by user", Cause.MISCONFIGURED, "5.7.1"),
        ("mail", "451 4.3.0 try later", Cause.BUSY, "4.3.0"),
        ("mail", "421 too many connections", Cause.BUSY, "421"),
        ("data", "554 5.7.1 looks like spam", Cause.REFUSED, "5.7.1"),
        ("data", "550 5.7.60 not allowed to send as this sender", Cause.MISCONFIGURED, "5.7.60"),
        ("data", "452 4.3.1 out of disk", Cause.BUSY, "4.3.1"),
    ],
)
def test_an_answer_decides_what_becomes_of_the_message(
    step: str, answer: str, cause: Cause, code: str
) -> None:
    double = answering(step, answer)
    result = send(double, outgoing())
    assert isinstance(result, NotSent)
    assert (result.cause, result.code) == (cause, code)
    assert "anna" not in result.reason
    assert double.mails == []


def test_only_who_asks_one_recipient_to_wait_is_waited_for() -> None:
    for answer, wait in (("450 4.2.0 greylisted", RETRY_SECONDS), ("421 4.3.2 down", None)):
        result = send(answering("rcpt", answer), outgoing())
        assert isinstance(result, NotSent)
        assert result.retry_after == wait


@pytest.mark.parametrize("step", ["data", "taken"])
def test_a_connection_lost_after_the_content_leaves_the_fate_unknown(step: str) -> None:
    double = answering(step, DROP)
    assert isinstance(send(double, outgoing()), Unknown)
    assert len(double.mails) == (step == "taken")


@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_a_connection_lost_before_the_content_is_certainly_not_sent(step: str) -> None:
    result = send(answering(step, DROP), outgoing())
    assert isinstance(result, NotSent)
    assert result.cause is Cause.BUSY


def test_a_server_that_does_not_say_that_it_took_the_mail_leaves_its_fate_unknown() -> None:
    double = Double(latency=1.0)
    assert isinstance(send(double, outgoing(), timeout=0.3), Unknown)


def test_an_answer_that_is_no_answer_leaves_the_fate_unknown() -> None:
    assert isinstance(send(answering("taken", "well, perhaps"), outgoing()), Unknown)


def test_no_server_is_certainly_not_sent() -> None:
    async def run() -> Result:
        channel = EmailChannel(replace(SETTINGS, smtp_url="smtp://127.0.0.1:9"), 1.0)
        return await channel.send(outgoing())

    result = asyncio.run(run())
    assert isinstance(result, NotSent)
    assert result.cause is Cause.BUSY


def test_nobody_can_be_asked_about_a_mail() -> None:
    assert act(Double(), lambda channel: channel.look_up(outgoing())) == CannotAsk()


@pytest.mark.parametrize("body", ["Labdien!", "{}"])
def test_a_text_that_is_no_document_is_refused(body: str) -> None:
    result = send(Double(), outgoing(body=body))
    assert isinstance(result, NotSent)
    assert result.cause is Cause.REFUSED


# --- connections ----------------------------------------------------------------------------


def test_mails_one_after_another_share_a_connection() -> None:
    async def many(channel: EmailChannel) -> list[Result]:
        return [await channel.send(outgoing(message_id=f"id-{n}")) for n in range(5)]

    double = Double()
    assert all(isinstance(result, Accepted) for result in act(double, many))
    assert (double.connections, len(double.mails)) == (1, 5)


def test_many_mails_at_a_time_share_a_few_connections() -> None:
    async def many(channel: EmailChannel) -> list[Result]:
        return await asyncio.gather(
            *(channel.send(outgoing(message_id=f"id-{n}")) for n in range(60))
        )

    double = Double(latency=0.01)
    assert all(isinstance(result, Accepted) for result in act(double, many, timeout=20))
    assert len({mail.parsed["Message-ID"] for mail in double.mails}) == 60
    assert double.connections <= 8


def test_a_connection_that_the_server_ended_meanwhile_is_replaced_at_once() -> None:
    double = Double()

    async def twice(channel: EmailChannel) -> Result:
        await channel.send(outgoing())
        double.drop_all()
        return await channel.send(outgoing(message_id="second"))

    assert isinstance(act(double, twice), Accepted)
    assert (double.connections, len(double.mails)) == (2, 2)


def test_a_connection_ended_with_421_when_used_again_is_replaced_at_once() -> None:
    double = Double()

    async def twice(channel: EmailChannel) -> Result:
        await channel.send(outgoing())
        left = ["421 4.4.2 timeout exceeded"]
        double.fault = lambda step, recipient: left.pop() if step == "mail" and left else ""
        return await channel.send(outgoing(message_id="second"))

    assert isinstance(act(double, twice), Accepted)
    assert double.connections == 2


def test_a_refusal_costs_no_connection() -> None:
    double = Double(fault=lambda step, to: "550 5.1.1 no" if to == "no@example.lv" else "")

    async def three(channel: EmailChannel) -> list[Result]:
        return [await channel.send(outgoing(to)) for to in (ANNA, "no@example.lv", ANNA)]

    first, refused, last = act(double, three)
    assert isinstance(refused, NotSent)
    assert isinstance(first, Accepted)
    assert isinstance(last, Accepted)
    assert double.connections == 1


def test_a_call_that_was_given_up_leaves_no_half_a_mail_behind() -> None:
    double = Double(latency=0.3)

    async def cancelled(channel: EmailChannel) -> Result:
        call = asyncio.create_task(channel.send(outgoing()))
        await asyncio.sleep(0.15)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        double.latency = 0
        return await channel.send(outgoing("berta@example.lv", message_id="second"))

    assert isinstance(act(double, cancelled), Accepted)
    assert double.mails[-1].recipient == "berta@example.lv"
    assert double.connections == 2


# --- TLS and signing in ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, key) for 127.0.0.1, made for this run."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-out", str(made[0]), "-keyout", str(made[1])],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def signed_in(
    certificate: tuple[Path, Path], scheme: str, password: str = PASSWORD, *, trusted: bool = True
) -> tuple[Double, Result]:
    """Send over TLS (`smtps`) or STARTTLS (`smtp`), with this password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    quoted = password.replace("/", "%2F").replace(" ", "%20").replace("#", "%23")

    async def run() -> tuple[Double, Result]:
        ways = {"tls": context} if scheme == "smtps" else {"starttls": context}
        # Within TLS from the start aiosmtpd does not see that it is, and lets nobody sign in.
        async with serving(Double(), **ways, sign_in=scheme == "smtp") as double:
            option = "" if scheme == "smtps" else "?starttls=1"
            user = "" if scheme == "smtps" else f"{USER}:{quoted}@"
            url = f"{scheme}://{user}127.0.0.1:{double.port}{option}"
            trust = ssl.create_default_context(cafile=str(certificate[0])) if trusted else None
            channel = EmailChannel(at(double, smtp_url=url), 3.0, tls=trust)
            result = await channel.send(outgoing())
            await channel.close()
            return double, result

    return asyncio.run(run())


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mails_go_over_tls(certificate: tuple[Path, Path], scheme: str) -> None:
    double, result = signed_in(certificate, scheme)
    assert isinstance(result, Accepted)
    assert len(double.mails) == 1


def test_a_wrong_password_is_our_configuration(certificate: tuple[Path, Path]) -> None:
    double, result = signed_in(certificate, "smtp", "wrong")
    assert isinstance(result, NotSent)
    assert (result.cause, result.code) == (Cause.MISCONFIGURED, "5.7.8")
    assert double.mails == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_vouches_for_is_our_configuration(
    certificate: tuple[Path, Path], scheme: str
) -> None:
    double, result = signed_in(certificate, scheme, trusted=False)
    assert isinstance(result, NotSent)
    assert (result.cause, result.code) == (Cause.MISCONFIGURED, "tls")
    assert double.mails == []


def test_a_server_without_starttls_is_sent_nothing() -> None:
    async def run() -> tuple[Double, Result]:
        async with serving(Double()) as double:
            url = f"smtp://127.0.0.1:{double.port}?starttls=1"
            return double, await EmailChannel(at(double, smtp_url=url), 1.0).send(outgoing())

    double, result = asyncio.run(run())
    assert isinstance(result, NotSent)
    assert result.cause is Cause.MISCONFIGURED
    assert double.mails == []
