"""Every call to Twilio's Messages against Twilio's own description of it, read by Prism."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot.channels.base import Accepted, Found, NotFound, Outgoing
from bot.channels.twilio import Account, TwilioChannel
from tests.doubles.twilio import ACCOUNT, TOKEN
from tests.peers.installed import need, started, until
from tests.peers.node import place
from tests.served import PUBLIC_URL, ROOT, free_port

BESIDE = ROOT.parent / "shared/twilio/twilio_messages_openapi.json"
SERVICE = "MG" + "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of Prism, and what it prints."""
    openapi = Path(os.environ.get("TWILIO_OPENAPI", str(BESIDE)))
    if not openapi.exists():
        pytest.skip("Twilio's OpenAPI file is not here; TWILIO_OPENAPI can name it")
    program = need("prism", place("prism"))
    folder, port = tmp_path_factory.mktemp("prism"), free_port()
    log = folder / "prism.log"
    # Without `--errors`: Twilio's own example of a list breaks Twilio's own description of one.
    command = [program, "mock", "-h", "127.0.0.1", "-p", str(port), str(openapi)]
    with started(command, log, folder):
        until(lambda: "is listening" in log.read_text(), 60, why=log.read_text)
        yield f"http://127.0.0.1:{port}", log


def message(**changes: object) -> Outgoing:
    now = datetime.now(UTC)
    usual = Outgoing(
        id="0199f2a0-0000-7000-8000-000000000001", channel="sms", peer="+37120000001",
        body="Plānoti darbi 5. decembrī. 💡 & {x}", kind="planned_notice", lane="alert", segments=1,
        attempts=1, claimed_at=now, lease_until=now + timedelta(minutes=1),
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


ACCOUNTS = {
    "number": Account("twilio", ACCOUNT, TOKEN, number="+37160000000"),
    "service": Account("twilio", ACCOUNT, TOKEN, service_sid=SERVICE),
    "fallback": Account("fallback", ACCOUNT, TOKEN, number="1880"),
}
MESSAGES = {
    "usual": message(),
    "with an end": message(valid_until=datetime.now(UTC) + timedelta(hours=2)),
    "with a far end": message(valid_until=datetime.now(UTC) + timedelta(days=9)),
    "long": message(body="ā" * 1600),
}


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("name", MESSAGES)
def test_what_we_send_is_what_twilio_takes(
    prism: tuple[str, Path], account: str, name: str
) -> None:
    async def act() -> None:
        channel = TwilioChannel(replace(ACCOUNTS[account], url=prism[0]), PUBLIC_URL, 10)
        try:
            assert isinstance(await channel.send(MESSAGES[name]), Accepted)
            assert isinstance(await channel.look_up(MESSAGES[name]), Found | NotFound)
        finally:
            await channel.close()

    asyncio.run(act())
    said = prism[1].read_text()
    assert "passed the validation rules" in said
    assert "did not pass" not in said
    assert "Violation: request" not in said


def test_prism_would_have_noticed(prism: tuple[str, Path]) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{prism[0]}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", data=b"Body=x")
    refused.value.close()
    assert "did not pass" in prism[1].read_text()
