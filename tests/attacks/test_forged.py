"""Requests that pretend to come from a provider, or really did, once; and bodies made to hurt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.web.api import tokens
from bot.web.api.tokens import SCOPES
from storage import Database, open_database
from tests import engines
from tests.worlds import NOW, PHONE, build_world

URL, TOKEN = "https://sms.example.lv", "twilio-token"
SETTINGS = Settings(
    public_url=URL, twilio_account_sid="AC1", twilio_auth_tokens=(TOKEN,), proxies=("127.0.0.1",),
    kannel_tokens=("kannel-token",), kannel_addresses=("10.1.0.0/16",), secret_keys=("x",),
)  # fmt: skip
TEXT = [("MessageSid", "SM1"), ("From", PHONE), ("To", "1880"), ("Body", "nav elektrības")]


@pytest.fixture
def client(database: Database) -> Iterator[FlaskClient]:
    build_world(database, "one_premises", NOW)
    with time_machine.travel(NOW, tick=False):
        yield create_app(Service(SETTINGS, read_policy(), database)).test_client()


def signed(fields: list[tuple[str, str]], path: str = "/sms/inbound") -> dict[str, str]:
    made = RequestValidator(TOKEN).compute_signature(URL + path, MultiDict(fields))
    return {"X-Twilio-Signature": made}


def send(client: FlaskClient, fields: list[tuple[str, str]], **more: object) -> TestResponse:
    path = str(more.pop("path", "/sms/inbound"))
    more.setdefault("headers", signed(fields))
    return client.post(path, data=MultiDict(fields), **more)  # type: ignore[arg-type]


def turns(database: Database) -> int:
    return len(database.all("SELECT 1 FROM turns"))


@pytest.mark.parametrize("days", [0, 1, 30, 365])
def test_a_request_that_is_played_again_is_one_text_however_late(
    client: FlaskClient, database: Database, days: int
) -> None:
    first = send(client, TEXT).get_data()
    with time_machine.travel(NOW + timedelta(days=days), tick=False):
        assert send(client, TEXT).get_data() == first
    assert turns(database) == 1


@pytest.mark.parametrize(
    "changed",
    [
        [*TEXT, ("Body", "STOP")], [("Body", "STOP"), *TEXT], [*TEXT, ("MessageSid", "SM2")],
        [*TEXT[:3], ("Body", "STOP")], [*TEXT[1:], ("MessageSid", "SM2")],
        [*TEXT, ("OptOutType", "STOP")], TEXT[1:], [("from", PHONE), *TEXT],
    ],
)  # fmt: skip
def test_a_signature_holds_for_its_own_fields_only(
    client: FlaskClient, database: Database, changed: list[tuple[str, str]]
) -> None:
    assert send(client, changed, headers=signed(TEXT)).status_code == 403
    assert turns(database) == 0


def test_a_signature_holds_for_its_own_address_only(
    client: FlaskClient, database: Database
) -> None:
    receipt = [("MessageSid", "SM1"), ("MessageStatus", "delivered")]
    for_one = signed(receipt, "/sms/status/one")
    for path in ("/sms/status/two", "/sms/status/one?provider=fallback", "/sms/status/one/",
                 "/sms/inbound", "/voice/status/one", "/sms/status/ONE"):  # fmt: skip
        answer = send(client, receipt, path=path, headers=for_one)
        assert answer.status_code in (403, 404), path
    assert send(client, receipt, path="/sms/status/one", headers=for_one).status_code == 404
    host = {**signed(TEXT), "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert send(client, TEXT, headers=host).status_code == 200, "only our own address is read"


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "application/x-evil", ""]
)
def test_another_kind_of_body_is_not_read_as_the_form_that_was_signed(
    client: FlaskClient, database: Database, kind: str
) -> None:
    body = "MessageSid=SM1&From=%2B37120000001&To=1880&Body=STOP"
    for headers in (signed(TEXT), signed([])):
        answer = client.post("/sms/inbound", data=body, content_type=kind, headers=headers)
        assert answer.status_code in (400, 403)
    assert turns(database) == 0


@pytest.mark.parametrize(
    ("near", "told", "status"),
    [
        ("10.1.2.3", "", 200), ("10.2.0.1", "", 403), ("127.0.0.1", "10.1.2.3", 200),
        ("127.0.0.1", "203.0.113.9", 403), ("127.0.0.1", "10.1.2.3, 203.0.113.9", 403),
        ("203.0.113.9", "10.1.2.3", 403), ("127.0.0.1", "", 403),
    ],
)  # fmt: skip
def test_kannels_address_is_read_past_our_own_proxies_only(
    client: FlaskClient, near: str, told: str, status: int
) -> None:
    headers = {"X-Forwarded-For": told} if told else {}
    answer = client.get(
        f"/kannel/inbound?token=kannel-token&id={near}{told}&from=%2B37120000001&text=sveiki",
        headers=headers, environ_base={"REMOTE_ADDR": near},
    )  # fmt: skip
    assert answer.status_code == status


# --- bodies made to hurt --------------------------------------------------------------------

DEEP = "[" * 30_000 + "]" * 30_000
HURTING = (
    DEEP, '{"a":' * 10_000 + "1" + "}" * 10_000, '{"starts_at": ' + "9" * 50_000 + "}",
    '{"starts_at": 1e999999}', '{"starts_at": NaN, "sequence": -Infinity}', '"\\ud800"', "\x00",
    '{"sequence": 1' + "0" * 4_400 + "}", "{" + ",".join(f'"k{n}":1' for n in range(6_000)) + "}",
    '{"reason": "\\u0000"}',
)  # fmt: skip


def test_no_json_makes_the_api_fail_or_wait(client: FlaskClient, database: Database) -> None:
    token = tokens.add(database, "all", tuple(SCOPES), by="test", now=NOW)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for body in HURTING:
        began = perf_counter()
        answer = client.put("/api/v1/outages/X-1", data=body, headers=headers)
        assert answer.status_code in (400, 413, 422), f"{answer.status_code} {body[:40]}"
        assert "Traceback" not in answer.get_data(as_text=True)
        assert perf_counter() - began < 5
    for path in ("notices?cursor=" + "A" * 5_000, "messages?limit=" + "9" * 5_000):
        answer = client.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code in (400, 422), path
    packed = {**headers, "Content-Encoding": "gzip"}
    answer = client.put("/api/v1/outages/X-1", data=b"\x1f\x8b" + b"0" * 100, headers=packed)
    assert answer.status_code in (400, 415, 422), "nothing is unpacked"


def test_many_fields_are_refused_before_they_are_counted(client: FlaskClient) -> None:
    many = "&".join(f"f{n}=" for n in range(5_000))
    for path in ("/console/enter", "/sms/inbound", "/mail/bounce"):
        kind = "application/x-www-form-urlencoded"
        assert client.post(path, data=many, content_type=kind).status_code in (400, 403, 404, 413)
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n\r\n' for n in range(400)
    )
    kind = "multipart/form-data; boundary=x"
    answer = client.post("/console/enter", data=f"{parts}--x--", content_type=kind)
    assert answer.status_code in (400, 413)
    assert client.get(f"/search?q={'%F0%9F%98%80' * 4_000}").status_code in (200, 400, 414)


PIECES = (
    "(", "a", "1 ", "iela ", "Brīvības iela 1, ", "ā\u0351", "nav ", "0", "a1", "-", "LV-", "43Z",
    '"', "plkst. 10.00 ", "1.1.1.1.", "no ", "Жк ", "pagasts ", "dz. 1 k-2 ", "+371 ", "nē, ", "@.",
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_is_thought_about_for_long(app_once: Flask, piece: str) -> None:
    """A piece again and again: what regular expressions and fuzzy matches go astray on."""
    text = (piece * 1600)[:1600]
    fields = [("MessageSid", f"SM{piece}"), ("From", PHONE), ("To", "1880"), ("Body", text)]
    began = perf_counter()
    assert send(app_once.test_client(), fields).status_code == 200
    assert perf_counter() - began < 5, "a second when nothing else runs, and then some"


@pytest.fixture(scope="module")
def app_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = engines.new_address(tmp_path_factory.mktemp("slow"), migrated=True)
    database = open_database(made)
    database.migrate()
    build_world(database, "one_premises", NOW)
    yield create_app(Service(SETTINGS, replace(read_policy(), answers_per_hour=0), database))
    database.close()


TWO = replace(SETTINGS, fallback_account_sid="AC2", fallback_auth_tokens=("second-token",))


@pytest.mark.parametrize(
    ("token", "accounts", "status"),
    [
        (TOKEN, [], 200), (TOKEN, ["AC1"], 200), (TOKEN, ["AC9"], 403), (TOKEN, [""], 403),
        (TOKEN, ["AC2"], 403), (TOKEN, ["AC1", "AC9"], 403), ("second-token", ["AC2"], 200),
        ("second-token", ["AC1"], 403), ("second-token", ["AC2", "AC1"], 403),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/sms/inbound", "/sms/status/one"])
def test_an_account_speaks_for_itself_only(
    database: Database, token: str, accounts: list[str], status: int, path: str
) -> None:
    """Also with a good signature: of a subaccount, or with the token of the other account."""
    client = create_app(Service(TWO, read_policy(), database)).test_client()
    named = [("AccountSid", each) for each in accounts]
    fields = [*TEXT, ("MessageStatus", "sent"), *named]
    made = RequestValidator(token).compute_signature(URL + path, MultiDict(fields))
    answer = send(client, fields, path=path, headers={"X-Twilio-Signature": made})
    known = 200 if path == "/sms/inbound" else 404  # no message has this id
    assert answer.status_code == (known if status == 200 else status)


def test_a_call_of_another_account_is_not_read_aloud(database: Database) -> None:
    ringing = replace(SETTINGS, voice="on", voice_number="+37167000000")
    client = create_app(Service(ringing, read_policy(), database)).test_client()
    for account, status in (("AC1", 404), ("AC9", 403)):
        fields = [("CallSid", "CA1"), ("AccountSid", account), ("CallStatus", "completed")]
        for path in ("/voice/one", "/voice/status/one"):
            answer = send(client, fields, path=path, headers=signed(fields, path))
            assert answer.status_code == status
