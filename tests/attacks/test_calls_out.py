"""Addresses that lead into our own net, however they are written; hostile words in what we tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.delivery import hook_calls, subscriptions
from bot.delivery.hook_calls import AddressRefused
from bot.delivery.subscriptions import WebhookRefused
from bot.delivery.webhooks import Deliverer
from storage import Database, reports
from storage.webhooks import EVENTS
from tests.attacks.test_hostile_text import HOSTILE
from tests.bot import grid
from tests.bot.delivery.test_webhooks import HERE, deliver, subscribe, verify
from tests.doubles.receiver import receiving
from tests.worlds import PHONE, build_world, eic

INSIDE = (
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "198.18.0.1", "203.0.113.1", "240.0.0.1", "255.255.255.255", "0.0.0.1",
    "224.0.0.1", "192.88.99.1", "::", "::1", "::2", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2001:10::1", "3fff::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::", "100::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
)  # fmt: skip
WRITTEN = (
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://017700000001/",
    "https://127.1/", "https://0/", "https://[0:0:0:0:0:ffff:7f00:1]/", "HTTPS://127.0.0.1/",
    "https://127.0.0.1:0443/", "https://example.com\\@127.0.0.1/", "https:127.0.0.1",
    "https://example.com%2f@127.0.0.1/", "https://example.com#@127.0.0.1/", "https:/127.0.0.1/",
    "https://example.com:443@127.0.0.1/", "https:\\\\127.0.0.1/", "https://127。0。0。1/",
    "https://ⓛocalhost/", "https://①②⑦.0.0.1/", "https://[::1", "https://[::1]x/", "https://::1/",
    "https://example.com/\r\nX-Evil: 1", "https://exa\tmple.com/", "https://example.com/\x00",
    "file:///etc/passwd", "ftp://example.com/", "gopher://127.0.0.1:6379/_SET", "//127.0.0.1/",
    "unix:/run/x.sock", "data:text/plain,x", "https://", "https:///x", "", "x" * 9000,
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_of_a_net_of_ones_own_is_called(address: str) -> None:
    with pytest.raises(AddressRefused):
        hook_calls.check_address(address, ())


@pytest.mark.parametrize("url", WRITTEN)
def test_no_way_to_write_one_gets_through(url: str, database: Database) -> None:
    with pytest.raises(WebhookRefused):
        subscriptions.add(database, url, EVENTS, contacts=False, by="test", now=datetime.now(UTC))
    assert hook_calls.post(url, b"{}", {}).reason.startswith("refused")


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1%00.example/", "https://[::ffff:127.0.0.1%25eth0]/", "https://-/",
     "https://%31%32%37.0.0.1/", "https://127.0.0.1;x/", "https://[v1.x]/", "https://./"],
)  # fmt: skip
def test_a_name_that_is_none_is_not_called(url: str) -> None:
    answer = hook_calls.post(url, b"{}", {})
    assert (answer.status, bool(answer.reason)) == (0, True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["http://169.254.169.254/", "file:///etc/passwd", "//127.0.0.1/"])
def test_no_answer_leads_a_call_elsewhere(status: int, to: str) -> None:
    with receiving(status) as receiver:
        receiver.headers = {"Location": to}
        assert hook_calls.post(receiver.url, b"{}", {}, HERE).status == status
        assert len(receiver.got) == 1


@pytest.mark.parametrize("after", ["²", "9" * 400, "-1", "1e9", "nan", "soon", "٣"])
def test_when_to_come_again_is_a_number_or_nothing(after: str) -> None:
    with receiving(200) as receiver:
        receiver.headers = {"Retry-After": after.encode().decode("latin-1")}
        answer = hook_calls.post(receiver.url, b"{}", {}, HERE)
    assert answer.is_good
    assert answer.retry_after >= 0


def test_hostile_words_are_words_in_what_is_told(database: Database) -> None:
    """The body is JSON that says them as they are, signed as a whole; no header begins in them."""
    now = datetime.now(UTC)
    build_world(database, "one_premises", now)
    grid.people(database, [7])
    words = [text.encode("utf-8", "ignore").decode().replace("\x00", "") for text in HOSTILE]
    with receiving() as receiver:
        _, secret = subscribe(database, receiver)
        for number, text in enumerate(words):
            database.transaction(
                lambda tx, text=text: reports.file_report(
                    tx, PHONE, address=text, town=text, eics=(eic(1),), scope="whole",
                    message_id=text[:40], now=now,
                )
            )  # fmt: skip
            works = grid.FAULT if number % 2 else grid.WORKS
            grid.change(
                database, grid.replace(works, external_id=f"{number}{text[:40]}", reason=text)
            )  # fmt: skip
        deliverer = Deliverer(database, HERE)
        while database.all("SELECT 1 FROM webhook_deliveries WHERE state = 'waiting' LIMIT 1") or (
            not receiver.got
        ):
            deliver(database, deliverer)
        got = list(receiver.got)
    told = [json.loads(body) for _, body in got]
    said = {value for each in told for value in each["data"].values() if isinstance(value, str)}
    assert {text for text in words if text in said} == set(words)
    for headers, body in got:
        assert verify(secret, headers, body)
        assert not verify(secret, headers, body.replace(b"a", b"b", 1))
        assert {name for name in headers if "evil" in name or name == "bcc"} == set()
        assert not any(byte < 0x20 for byte in body)
