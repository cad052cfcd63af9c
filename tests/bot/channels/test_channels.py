"""Twilio's channel against a double of Twilio: what each answer, or none, comes to."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels import twilio_codes
from bot.channels.base import (
    Accepted,
    Cause,
    Found,
    LookUp,
    NotFound,
    NotSent,
    Outgoing,
    Result,
    Unknown,
)
from bot.channels.twilio import TwilioChannel, main_account
from bot.settings import Settings
from tests.doubles import twilio as double

PHONE = "+37129123456"
SETTINGS = Settings(
    sms_provider="twilio",
    public_url="https://gaisma.example",
    twilio_account_sid=double.ACCOUNT,
    twilio_auth_tokens=(double.TOKEN,),
)


def outgoing(body: str = "Labdien! Rīt nebūs strāvas.", peer: str = PHONE) -> Outgoing:
    now = datetime.now(UTC)
    return Outgoing(
        id="0190", channel="sms", peer=peer, body=body, kind="unplanned", lane="alert", segments=1,
        attempts=1, claimed_at=now, lease_until=now + timedelta(seconds=60),
        valid_until=now + timedelta(hours=3), provider="twilio",
    )  # fmt: skip


@pytest.fixture
def options(tmp_path: Path) -> double.Options:
    return double.Options(
        tmp_path / "journal.jsonl", timeout=2.0, openapi=os.environ.get("TWILIO_OPENAPI", "")
    )


@pytest.fixture
def server(options: double.Options) -> Iterator[tuple[double.Double, str]]:
    with double.running(options) as running:
        yield running


def call(url: str, message: Outgoing, settings: Settings = SETTINGS) -> Result:
    async def act() -> Result:
        account = main_account(replace(settings, twilio_api_url=url))
        channel = TwilioChannel(account, settings.public_url, 0.5)
        try:
            return await channel.send(message)
        finally:
            await channel.close()

    return asyncio.run(act())


def ask(url: str, message: Outgoing) -> LookUp:
    async def act() -> LookUp:
        account = main_account(replace(SETTINGS, twilio_api_url=url))
        channel = TwilioChannel(account, SETTINGS.public_url, 0.5)
        try:
            return await channel.look_up(message)
        finally:
            await channel.close()

    return asyncio.run(act())


def test_an_accepted_message_carries_our_id_in_its_callback(
    server: tuple[double.Double, str],
) -> None:
    result = call(server[1], outgoing())
    (line,) = server[0].accepted.values()
    assert result == Accepted(line["sid"])
    assert line["callback"] == "https://gaisma.example/sms/status/0190"
    assert (line["to"], line["from"], line["body"]) == (PHONE, "1880", outgoing().body)


def test_a_messaging_service_takes_the_place_of_the_short_number(
    server: tuple[double.Double, str],
) -> None:
    settings = replace(SETTINGS, twilio_messaging_service_sid="MG" + "0" * 32)
    assert isinstance(call(server[1], outgoing(), settings), Accepted)
    (line,) = server[0].accepted.values()
    assert line["from"] == ""


@pytest.mark.parametrize("fault", [f for f in double.FAULTS if f != "busy"])
def test_an_answer_that_says_nothing_leaves_the_fate_unknown(
    server: tuple[double.Double, str], options: double.Options, fault: str
) -> None:
    options.fault = lambda form: fault
    assert isinstance(call(server[1], outgoing()), Unknown)
    assert len(server[0].accepted) == ("after" in fault)


def test_too_many_requests_is_certainly_not_sent(
    server: tuple[double.Double, str], options: double.Options
) -> None:
    options.fault = lambda form: "busy"
    result = call(server[1], outgoing())
    assert isinstance(result, NotSent)
    assert result.cause is Cause.BUSY


def test_no_connection_is_certainly_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        result = call(url, outgoing())
    assert isinstance(result, NotSent)
    assert result.cause is Cause.BUSY


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (21211, Cause.DEAD),
        (21614, Cause.DEAD),
        (21217, Cause.DEAD),
        (21610, Cause.OPTED_OUT),
        (21606, Cause.MISCONFIGURED),
        (21603, Cause.MISCONFIGURED),
        (20003, Cause.MISCONFIGURED),
        (21611, Cause.BUSY),
        (21408, Cause.MISCONFIGURED),
        (30007, Cause.REFUSED),
        (99999, Cause.REFUSED),
    ],
)
def test_the_error_code_of_a_refusal_decides(
    server: tuple[double.Double, str], options: double.Options, code: int, cause: Cause
) -> None:
    options.codes = {PHONE: code}
    result = call(server[1], outgoing())
    assert isinstance(result, NotSent)
    assert (result.cause, result.code) == (cause, str(code))
    assert PHONE not in result.reason


@pytest.mark.parametrize("code", sorted(twilio_codes.ABROAD))
def test_one_foreign_number_does_not_stop_the_alerts_of_all(
    server: tuple[double.Double, str], options: double.Options, code: int
) -> None:
    options.codes = {PHONE: code, "+447700900123": code}
    home, abroad = call(server[1], outgoing()), call(server[1], outgoing(peer="+447700900123"))
    assert isinstance(home, NotSent)
    assert isinstance(abroad, NotSent)
    assert (home.cause, abroad.cause) == (Cause.MISCONFIGURED, Cause.REFUSED)


def test_a_wrong_token_is_our_configuration(server: tuple[double.Double, str]) -> None:
    result = call(server[1], outgoing(), replace(SETTINGS, twilio_auth_tokens=("stale",)))
    assert isinstance(result, NotSent)
    assert (result.cause, result.code) == (Cause.MISCONFIGURED, "20003")


def test_a_message_still_in_twilios_own_queue_is_found(
    server: tuple[double.Double, str], options: double.Options
) -> None:
    options.fault = lambda form: "after500"
    options.sent_after = 3600
    message = outgoing()
    assert isinstance(call(server[1], message), Unknown)
    (sid,) = server[0].accepted
    assert ask(server[1], message) == Found(((sid, "accepted"),))


def test_another_text_or_an_older_one_is_not_taken_for_ours(
    server: tuple[double.Double, str],
) -> None:
    call(server[1], outgoing("Cits teksts"))
    call(server[1], outgoing())
    later = replace(outgoing(), claimed_at=datetime.now(UTC) + timedelta(minutes=10))
    assert ask(server[1], later) == NotFound()
    assert ask(server[1], outgoing("Trešais")) == NotFound()


def test_a_look_up_reads_all_pages(server: tuple[double.Double, str]) -> None:
    message = outgoing()
    call(server[1], message)
    for number in range(60):
        first = next(iter(server[0].accepted.values()))
        server[0].keep({**first, "sid": f"SM{number}", "body": "x"})
    found = ask(server[1], message)
    assert isinstance(found, Found)
    assert len(found.matches) == 1


def test_a_failed_look_up_proves_nothing() -> None:
    assert isinstance(ask("http://127.0.0.1:9", outgoing()), Unknown)


def test_nothing_is_logged_of_calls_and_look_ups(
    server: tuple[double.Double, str], options: double.Options, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    options.codes = {"+37129000000": 21211}
    call(server[1], outgoing())
    call(server[1], outgoing(peer="+37129000000"))
    ask(server[1], outgoing())
    assert "29123456" not in caplog.text
    assert "29000000" not in caplog.text
    assert "strāvas" not in caplog.text


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", "accepted"),
        ("sending", "accepted"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("invented", None),
    ],
)
def test_twilios_statuses_have_one_of_ours(word: str, status: str | None) -> None:
    assert twilio_codes.read_status(word) == status
