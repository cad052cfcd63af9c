"""Kannel without Kannel: who is let in, what is read, and what its answers mean."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.exceptions import BadRequest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from bot.channels import kannel_codes
from bot.channels.base import Accepted, Cause, NotSent, Outgoing, Result, Unknown
from bot.channels.kannel import KannelHooks, read_sender
from bot.channels.kannel_send import read_result, sendsms_url
from bot.channels.provider import Answer
from bot.settings import Settings, problems
from tests.served import ROOT

SETTINGS = Settings(
    sms_provider="kannel", public_url="https://sms.example.lv", kannel_url="http://127.0.0.1:13013",
    kannel_user="u", kannel_password="p", kannel_tokens=("new word&", "old"),
)  # fmt: skip


def call(query: str, address: str = "127.0.0.1") -> Request:
    builder = EnvironBuilder(
        path="/kannel/inbound", query_string=query, environ_base={"REMOTE_ADDR": address}
    )
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    ("query", "address", "genuine"),
    [
        ("token=new+word%26", "10.0.0.5", True),
        ("token=old", "10.0.0.5", True),
        ("token=old", "10.0.1.5", False),
        ("token=old", "", False),
        ("token=older", "10.0.0.5", False),
        ("token=", "10.0.0.5", False),
        ("", "10.0.0.5", False),
        ("token=%FF%C4%81", "10.0.0.5", False),
    ],
)
def test_only_kannel_gets_in(query: str, address: str, genuine: bool) -> None:
    hooks = KannelHooks(replace(SETTINGS, kannel_addresses=("10.0.0.0/24", "::1")))
    assert hooks.is_genuine(call(query, address)) is genuine


def test_without_a_token_of_ours_nobody_gets_in() -> None:
    hooks = KannelHooks(Settings())
    assert not hooks.is_genuine(call("token="))
    assert not hooks.is_genuine(call(""))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("text=nav+gaismas%21", "nav gaismas!"),
        ("charset=UTF-8&text=%C4%81%F0%9F%92%A1", "ā💡"),
        ("charset=UTF-16BE&coding=2&text=%01%01%04%1F", "āП"),
        ("charset=ISO-8859-1&text=%E4", "ä"),
        ("charset=utf-8", ""),
        ("charset=8-BIT&coding=1&text=%01%06%FF", "�"),
        ("charset=UTF-8&coding=1&text=BEGIN%3AVCARD", "�"),
    ],
)
def test_a_text_is_read_in_the_charset_that_kannel_names(query: str, text: str) -> None:
    found = KannelHooks(SETTINGS).read_inbound(call(f"id=a&from=%2B37120000001&{query}"))
    assert (found.text, found.phone) == (text, "+37120000001")


def test_a_charset_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadRequest):
        KannelHooks(SETTINGS).read_inbound(call("id=a&from=1&charset=none&text=a"))


@pytest.mark.parametrize(
    ("sender", "phone"),
    [
        ("+37120000001", "+37120000001"), ("37120000001", "+37120000001"),
        ("20000001", "+37120000001"), ("0037120000001", "+37120000001"),
        ("491711234567", "+491711234567"), ("1188", "1188"), ("LMT", "LMT"),
    ],
)  # fmt: skip
def test_a_sender_is_one_number_however_the_carrier_writes_it(sender: str, phone: str) -> None:
    assert read_sender(sender) == phone


def test_an_answer_names_its_alphabet_and_asks_for_receipts() -> None:
    hooks = KannelHooks(SETTINGS)
    assert hooks.write_answer(Answer("m1", "Paldies {€}")).headers["X-Kannel-Coding"] == "0"
    written = hooks.write_answer(Answer("m1", "Kļūda"))
    assert written.headers["X-Kannel-Coding"] == "2"
    assert written.headers["X-Kannel-DLR-URL"] == (
        "https://sms.example.lv/kannel/status/m1"
        "?token=new%20word%26&try=answer&type=%d&answer=%A"
    )  # fmt: skip
    assert hooks.write_answer(Answer()) == replace(written, body="", headers={})


@pytest.mark.parametrize(
    ("answer", "code", "cause"),
    [
        ("NACK/0x0000000b/Invalid Destination Address", "0x0b", Cause.DEAD),
        ("NACK/0x00000058/Throttling error", "0x58", Cause.BUSY),
        ("id:1 sub:001 dlvrd:000 stat:UNDELIV err:001 text:", "UNDELIV/001", Cause.REFUSED),
        ("stat:EXPIRED", "EXPIRED", Cause.REFUSED),
        ("ACK/", "", None),
        ("", "", None),
        ("stat:", "", None),
    ],
)
def test_the_words_of_a_carrier_have_a_code(answer: str, code: str, cause: Cause | None) -> None:
    assert kannel_codes.read_answer(answer) == code
    assert kannel_codes.read_error_code(code) is cause


NOW = datetime.now(UTC)
MESSAGE = Outgoing(
    id="m1", channel="sms", peer="+37120000001", body="x", kind="unplanned", lane="alert",
    segments=1, attempts=2, claimed_at=NOW, lease_until=NOW + timedelta(minutes=1),
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (202, "0: Accepted for delivery", Accepted("m1/2")),
        (202, "3: Queued for later delivery", Accepted("m1/2")),
        (503, "Temporal failure, try again later.", Cause.BUSY),
        (403, "Authorization failed for sendsms", Cause.MISCONFIGURED),
        (403, "Not routable. Do not try again.", Cause.MISCONFIGURED),
        (404, "", Cause.MISCONFIGURED),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", Cause.REFUSED),
        (202, "", None),
        (202, "Sent.", None),
        (503, "<html>proxy</html>", None),
        (500, "Sending failed.", None),
        (408, "", None),
    ],
)
def test_what_sendsms_answers(status: int, body: str, expected: Accepted | Cause | None) -> None:
    result: Result = read_result(status, body, MESSAGE)
    if expected is None:
        assert isinstance(result, Unknown)
    elif isinstance(result, NotSent):
        assert result.cause is expected
    else:
        assert result == expected


def test_a_number_abroad_without_a_way_stops_only_itself() -> None:
    abroad = replace(MESSAGE, peer="+491711234567")
    result = read_result(403, "Not routable. Do not try again.", abroad)
    assert isinstance(result, NotSent)
    assert result.cause is Cause.REFUSED


def test_the_address_of_sendsms_may_be_given_or_not() -> None:
    assert sendsms_url("http://k:13013/") == "http://k:13013/cgi-bin/sendsms"
    assert sendsms_url("http://k/sms/send") == "http://k/sms/send"


def test_settings_say_what_kannel_lacks() -> None:
    assert problems(SETTINGS) == []
    lacking = problems(Settings(sms_provider="kannel", kannel_addresses=("here",)))
    assert sum("the provider kannel needs it" in each for each in lacking) == 5
    assert any("GAISMA_KANNEL_ADDRESSES" in each for each in lacking)


def test_the_table_in_the_docs_has_every_code() -> None:
    text = (ROOT / "docs/kannel.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.M))
    assert rows == {code: said for codes in kannel_codes.CODES.values()
                    for code, said in codes.items()}  # fmt: skip
    statuses = dict(re.findall(r"^\| (\d+) \| .*? \| (\w+) \|$", text, re.M))
    assert statuses == kannel_codes.STATUSES
