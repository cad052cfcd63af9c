"""WireMock as a gateway that misbehaves, for Twilio and for Kannel: nothing is lost, none twice.

Its journal says how often each phone was sent to. What is not WireMock's to know, whether the
gateway took a message before the answer was lost, each test says by the gateway's list (Twilio) or
by a receipt (Kannel).
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from bot.delivery import receipts
from bot.service import Service
from bot.settings import Settings
from bot.worker import Worker
from storage import Database
from storage.messages import NewMessage, enqueue
from tests.bot.outbox_world import QUICK as QUICKEST
from tests.doubles.twilio import ACCOUNT, TOKEN
from tests.peers.installed import need, started, until
from tests.peers.node import place
from tests.served import free_port

# WireMock on a busy machine may take a second for what it is not told to be slow with.
QUICK = replace(QUICKEST, outbox_lease_seconds=8, outbox_call_timeout_seconds=4)
BODY = "Pārtraukums"
EACH = 5  # phones a trouble
# What becomes of the first call; the second is taken.
TROUBLES: dict[str, dict[str, Any]] = {
    "none": {},
    "reset": {"fault": "CONNECTION_RESET_BY_PEER"},
    "empty": {"fault": "EMPTY_RESPONSE"},
    "garbage": {"fault": "RANDOM_DATA_THEN_CLOSE"},
    "malformed": {"fault": "MALFORMED_RESPONSE_CHUNK"},
    "slow": {"fixedDelayMilliseconds": 8000},
    "nothing": {"status": 202, "body": ""},
    "html": {"status": 200, "body": "<html>It works!</html>"},
    "broken": {"status": 500, "body": "oops"},
    "busy": {"status": 429, "body": '{"code": 20429, "message": "busy", "status": 429}'},
}
UNCERTAIN = [name for name in TROUBLES if name not in ("none", "busy")]


class WireMock:
    """WireMock's admin interface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/__admin{path}", data, headers, method=method)
        with urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def stub(self, request: dict[str, Any], response: dict[str, Any], **more: Any) -> None:
        self.ask("POST", "/mappings", {"request": request, "response": response, **more})

    def calls(self) -> list[dict[str, Any]]:
        found = self.ask("GET", "/requests?limit=2000")["requests"]
        return [each["request"] for each in found]


@pytest.fixture(scope="module")
def wiremock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireMock]:
    need("java")
    program, port = need("wiremock", place("wiremock")), free_port()
    folder = tmp_path_factory.mktemp("wiremock")
    made = WireMock(f"http://127.0.0.1:{port}")
    command = [program, "--port", str(port), "--bind-address", "127.0.0.1"]
    log = folder / "wiremock.log"
    with started(command, log, folder):
        until(lambda: _is_up(made), 60, why=log.read_text)
        yield made
        made.ask("POST", "/shutdown")


def _is_up(made: WireMock) -> bool:
    try:
        made.ask("GET", "/mappings")
    except OSError:
        return False
    return True


@pytest.fixture(autouse=True)
def fresh(wiremock: WireMock) -> None:
    wiremock.ask("POST", "/reset")


def phones_of(name: str, group: int) -> list[str]:
    return [f"+3712{group}{list(TROUBLES).index(name):02d}{n:04d}" for n in range(EACH)]


def queue(database: Database, phones: list[str], lane: str = "alert") -> dict[str, str]:
    """Messages by phone."""
    made = [NewMessage("sms", "unplanned", lane, each, body=BODY, segments=1) for each in phones]
    ids = database.transaction(lambda tx: enqueue(tx, made, datetime.now(UTC)))
    return dict(zip(phones, ids, strict=True))


@contextmanager
def working(database: Database, settings: Settings, gap: float = 1.5) -> Iterator[None]:
    policy = replace(QUICK, outbox_lookup_gap_seconds=gap)
    worker = Worker(Service(settings, policy, database))
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()


def statuses(database: Database, phones: list[str]) -> Counter[str]:
    rows = database.all("SELECT peer, status FROM messages")
    return Counter(row["status"] for row in rows if row["peer"] in set(phones))


def once_then(
    wiremock: WireMock, phone: str, request: dict[str, Any], trouble: dict[str, Any], good: Any
) -> None:
    """The first call for this phone meets the trouble, every later one is taken."""
    first = {**good, **trouble} if "fixedDelayMilliseconds" in trouble else trouble or good
    scenario = {"scenarioName": phone}
    wiremock.stub(request, first, requiredScenarioState="Started", newScenarioState="b", **scenario)
    wiremock.stub(request, good, requiredScenarioState="b", **scenario)


# --- Twilio ---------------------------------------------------------------------------------

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def resource(phone: str) -> dict[str, Any]:
    return {
        "sid": "SM" + phone.lstrip("+").zfill(32), "account_sid": ACCOUNT, "to": phone,
        "body": BODY, "direction": "outbound-api", "status": "queued",
        "date_created": format_datetime(datetime.now(UTC)),
    }  # fmt: skip


def twilio(wiremock: WireMock, phone: str, trouble: dict[str, Any], taken: bool) -> None:
    good = {"status": 201, "jsonBody": resource(phone)}
    create = {
        "method": "POST", "urlPath": MESSAGES, "formParameters": {"To": {"equalTo": phone}},
    }  # fmt: skip
    once_then(wiremock, phone, create, trouble, good)
    listed = {
        "method": "GET", "urlPath": MESSAGES, "queryParameters": {"To": {"equalTo": phone}},
    }  # fmt: skip
    page = {"messages": [resource(phone)] if taken else [], "page": 0, "page_size": 50}
    wiremock.stub(listed, {"status": 200, "jsonBody": page})


def test_through_twilio_nothing_is_lost_and_nothing_sent_twice(
    wiremock: WireMock, database: Database
) -> None:
    once: list[str] = []
    twice: list[str] = []
    for name, trouble in TROUBLES.items():
        for group, taken in enumerate((True, False)):
            for phone in phones_of(name, group):
                twilio(wiremock, phone, trouble, taken and name != "busy")
                # Taken, and the answer lost: only its list knows. Not taken: sent again.
                sure = name == "none" or (taken and name in UNCERTAIN)
                (once if sure else twice).append(phone)
    queue(database, once + twice)
    settings = Settings(
        sms_provider="twilio", public_url="http://127.0.0.1", send_rate=100_000,
        twilio_account_sid=ACCOUNT, twilio_auth_tokens=(TOKEN,), short_number="+37160000000",
        twilio_api_url=wiremock.url,
    )  # fmt: skip
    with working(database, settings):
        count = len(once + twice)
        until(lambda: statuses(database, once + twice)["accepted"] == count, 60,
              why=lambda: str(statuses(database, once + twice)))  # fmt: skip
    calls = wiremock.calls()
    sent = Counter(
        parse_qs(each["body"])["To"][0] for each in calls if each["method"] == "POST"
    )  # fmt: skip
    assert {phone: sent[phone] for phone in once} == dict.fromkeys(once, 1)
    assert {phone: sent[phone] for phone in twice} == dict.fromkeys(twice, 2)


# --- Kannel ---------------------------------------------------------------------------------


def kannel(wiremock: WireMock, phone: str, trouble: dict[str, Any]) -> None:
    request = {
        "method": "GET", "urlPath": "/cgi-bin/sendsms",
        "queryParameters": {"to": {"equalTo": phone}},
    }  # fmt: skip
    good = {"status": 202, "body": "0: Accepted for delivery"}
    once_then(wiremock, phone, request, trouble, good)


def kannel_settings(url: str) -> Settings:
    return Settings(
        sms_provider="kannel", public_url="http://127.0.0.1", send_rate=100_000, kannel_url=url,
        kannel_user="u", kannel_password="p", kannel_tokens=("t",),
    )  # fmt: skip


def sent_by_kannel(wiremock: WireMock) -> Counter[str]:
    queries = [parse_qs(urlsplit(each["url"]).query) for each in wiremock.calls()]
    return Counter(query["to"][0] for query in queries if "to" in query)


def test_through_kannel_an_alert_in_doubt_goes_once_more_and_an_answer_does_not(
    wiremock: WireMock, database: Database
) -> None:
    once, twice, answers = [], [], []
    for name, trouble in TROUBLES.items():
        for phone in (*phones_of(name, 0), *phones_of(name, 1)):
            kannel(wiremock, phone, trouble)
        (once if name == "none" else twice).extend(phones_of(name, 0))
        if name in UNCERTAIN:
            answers += phones_of(name, 1)
    queue(database, once + twice)
    queue(database, answers, lane="answer")
    with working(database, kannel_settings(wiremock.url)):
        count = len(once + twice)
        until(lambda: statuses(database, once + twice)["accepted"] == count, 60,
              why=lambda: str(statuses(database, once + twice)))  # fmt: skip
    sent = sent_by_kannel(wiremock)
    assert {phone: sent[phone] for phone in once} == dict.fromkeys(once, 1)
    assert {phone: sent[phone] for phone in twice} == dict.fromkeys(twice, 2)
    assert {phone: sent[phone] for phone in answers} == dict.fromkeys(answers, 1)


def test_through_kannel_a_receipt_proves_that_it_was_taken(
    wiremock: WireMock, database: Database
) -> None:
    phones = [phone for name in UNCERTAIN for phone in phones_of(name, 0)]
    for name in UNCERTAIN:
        for phone in phones_of(name, 0):
            kannel(wiremock, phone, TROUBLES[name])
    ids = queue(database, phones)
    told: set[str] = set()
    # Longer than it takes to bring all receipts: who comes later, comes too late.
    with working(database, kannel_settings(wiremock.url), gap=20):
        until(lambda: _tell(database, ids, told) == len(phones), 60)
        until(lambda: statuses(database, phones)["delivered"] == len(phones), 60)
    sent = sent_by_kannel(wiremock)
    again = [phone for phone in phones if sent[phone] != 1]
    assert len(again) == 0, again


def _tell(database: Database, ids: dict[str, str], told: set[str]) -> int:
    """Receipts for what is in doubt, as Kannel brings them; how many were told in all."""
    for row in database.all("SELECT id FROM messages WHERE status IN ('sending', 'unknown')"):
        message_id = row["id"]
        if message_id not in told and message_id in ids.values():
            told.add(message_id)
            receipt = receipts.Receipt(message_id, "kannel", f"{message_id}/1", "1")
            receipts.record(database, receipt, datetime.now(UTC))
    return len(told)
