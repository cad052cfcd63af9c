"""Who may call the API and how often; pages of lists; refusals; and what a text pays for it."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from timeit import repeat
from typing import Any

import pytest
from werkzeug.test import Client

from bot.app import create_app
from bot.service import Service
from bot.web.api import auth, tokens, wrong
from bot.web.api.mount import Mounted
from bot.web.api.tokens import SCOPES, TokenRefused
from storage import Database, StorageError
from storage.database import stamp
from storage.messages import NewMessage, enqueue
from tests.web.api.conftest import NOW, Caller
from tests.web.api.test_outages import FAULT, WORKS
from tests.worlds import PHONE, eic

ROUTES = [
    ("GET", "/outages", "outages:read"),
    ("GET", "/outages/W-1", "outages:read"),
    ("PUT", "/outages/W-1", "outages:write"),
    ("POST", "/outages/W-1/events", "outages:write"),
    ("GET", "/customers/1000001", "customers:read"),
    ("PUT", "/customers/1000001", "customers:write"),
    ("PUT", f"/customers/1000001/premises/{eic(1)}", "customers:write"),
    ("PUT", "/customers/1000001/contacts", "customers:write"),
    ("GET", "/notices", "notices:read"),
    ("GET", "/messages", "messages:read"),
    ("GET", "/fault-reports", "fault-reports:read"),
    ("GET", "/fault-reports/00000000-0000-0000-0000-000000000000", "fault-reports:read"),
    ("POST", "/fault-reports", "fault-reports:write"),
]


# --- tokens ---------------------------------------------------------------------------------


def test_every_route_needs_its_own_scope(call: Caller) -> None:
    others = {
        scope: call.with_scopes(
            *(each for each in SCOPES if each != scope), name=scope.replace(":", "-")
        )
        for scope in {scope for *_, scope in ROUTES}
    }
    for method, path, scope in ROUTES:
        body = {} if method != "GET" else None
        refused = others[scope](method, path, body)
        assert refused.status_code == 403 and scope in refused.json["detail"], path
        assert call(method, path, body).status_code not in (401, 403), path
        unknown = Client(call.app).open(f"/api/v1{path}", method=method)
        assert unknown.status_code == 401, path
        assert unknown.headers["WWW-Authenticate"] == "Bearer"


def test_the_routes_are_all_that_the_description_has(call: Caller) -> None:
    described = call("GET", "/openapi.json").json
    assert described["openapi"].startswith("3.1")
    found = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert len(found) == len(ROUTES)
    for methods in described["paths"].values():
        for operation in methods.values():
            assert operation["security"] and operation["summary"]
            assert {"401", "403", "409", "422", "429", "503"} <= operation["responses"].keys()


def test_the_description_is_public(call: Caller) -> None:
    assert Client(call.app).get("/api/v1/openapi.json").status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic Og==", "Bearer " + "é" * 9])
def test_anything_but_a_token_is_none(call: Caller, header: str) -> None:
    answer = Client(call.app).get(
        "/api/v1/outages", headers={"Authorization": header.encode().decode("latin-1")}
    )
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_only_the_hash_of_a_token_is_kept(call: Caller) -> None:
    kept = str([tuple(row) for row in call.database.all("SELECT * FROM api_tokens")])  # type: ignore[arg-type]
    assert call.token not in kept and call.token[10:] not in kept
    assert tokens.hash_of(call.token) in kept


def test_a_token_is_changed_at_work_and_taken_back(database: Database) -> None:
    old = tokens.add(database, "oms", ("outages:read",), by="anna", now=NOW, days=30)
    later = NOW + timedelta(hours=1)
    new = tokens.rotate(database, "oms", by="anna", now=later, hours=24)

    def may(token: str, hours: float) -> bool:
        return tokens.recognise(database, token, later + timedelta(hours=hours)) is not None

    assert (may(old, 23), may(old, 25)) == (True, False)
    assert (may(new, 24 * 29), may(new, 24 * 31)) == (True, False)
    assert tokens.revoke(database, "oms", by="anna", now=later) == 2
    assert not may(new, 1)
    for refused in (
        lambda: tokens.rotate(database, "oms", by="anna", now=later, hours=1),
        lambda: tokens.revoke(database, "oms", by="anna", now=later),
        lambda: tokens.add(database, "OMS", ("outages:read",), by="anna", now=later),
        lambda: tokens.add(database, "cis", (), by="anna", now=later),
        lambda: tokens.add(database, "cis", ("all",), by="anna", now=later),
    ):
        with pytest.raises(TokenRefused):
            refused()
    acts = [row["action"] for row in database.all("SELECT action FROM audit ORDER BY id")]
    assert acts == ["token.add", "token.rotate", "token.revoke"]


def test_that_a_token_was_used_is_written_once_a_minute(database: Database) -> None:
    token = tokens.add(database, "oms", ("outages:read",), by="anna", now=NOW)
    for seconds in (0, 30, 59, 61):
        tokens.recognise(database, token, NOW + timedelta(seconds=seconds))
    [row] = database.all("SELECT used_at FROM api_tokens")
    assert row["used_at"] == stamp(NOW + timedelta(seconds=61))


# --- how often, how much --------------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_come_again(service: Service) -> None:
    strict = Service(
        service.settings, replace(service.policy, api_requests_per_minute=3), service.database
    )
    given = tokens.add(service.database, "oms", ("outages:read",), by="test", now=NOW)
    call = Caller(create_app(strict), service.database, given)
    answers = [call("GET", "/outages") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each.headers["RateLimit-Remaining"] for each in answers[:3]] == ["2", "1", "0"]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 61
    assert answers[3].json["type"].endswith("too-many")
    assert call.with_scopes("outages:read")("GET", "/outages").status_code == 200


def test_refusals_are_problems_with_a_sentence(call: Caller) -> None:
    big = b'{"a": "' + b"x" * 1_100_000 + b'"}'
    kind = {"Content-Type": "application/json"}
    cases: list[tuple[int, Any]] = [
        (404, call("GET", "/nothing")),
        (405, call("DELETE", "/outages/W-1")),
        (413, call("PUT", "/outages/W-1", data=big, headers=kind)),
        (415, call("PUT", "/outages/W-1", data=b"{}")),
        (400, call("PUT", "/outages/W-1", data=b"{", headers=kind)),
        (400, call("PUT", "/outages/W-1", data=b'{"sequence": NaN}', headers=kind)),
        (400, call("PUT", "/outages/W-1", data=b"[" * 100_000, headers=kind)),
        (400, call("PUT", "/outages/W-1", data=b'{"a": "\xff"}', headers=kind)),
        (422, call("PUT", "/outages/W-1", data=b'"{}"', headers=kind)),
        (422, call("PUT", "/outages/W-1", {})),
        (422, call("GET", "/outages?colour=red")),
        (422, call("GET", "/outages?limit=0")),
        (422, call("GET", "/messages?channel=pigeon")),
        (422, call("PUT", "/outages/W%201", WORKS)),
    ]
    for status, answer in cases:
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == status
        assert answer.json["detail"].endswith((".", "json.")) and answer.json["title"]
    assert set(cases[1][1].headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}


@pytest.mark.parametrize(
    ("method", "path", "body", "wanted"),
    [
        ("GET", "/outages?since=gestern", None, {"/since": "no time with a zone"}),
        ("GET", "/outages?limit=x", None, {"/limit": "a whole number"}),
        ("GET", "/outages?limit=201", None, {"/limit": "200 or less"}),
        ("GET", "/outages?colour=red", None, {"/colour": "no such field"}),
        ("GET", "/messages?channel=pigeon&cursor=!", None, {
            "/channel": "'sms', 'email', 'letter' or 'voice'", "/cursor": "next_cursor"}),
        ("GET", "/notices?campaign=x&customer=..", None, {
            "/campaign": "UUID", "/customer": "2 to 12 digits or letters"}),
        ("PUT", "/outages/W%201", WORKS, {"/external_id": "begins with a letter"}),
        ("PUT", "/outages/W-1", {**WORKS, "sequence": "1", "eics": ["1", 2], "reason": "x" * 300}, {
            "/sequence": "whole number", "/eics/0": "16 or more", "/eics/1": "a text",
            "/reason": "at most 200"}),
        ("PUT", "/outages/W-1", {**WORKS, "eics": [], "feeder": "", "sequenze": 3}, {
            "/eics": "1 or more items", "/feeder": "1 or more signs", "/sequenze": "no such"}),
        ("PUT", "/customers/1000001", {
            "name": "a\nb", "kind": "person", "language": "lv", "contacts": ["x"],
            "premises": [{
                "eic": "43Z000000000101C", "address": "Kalna iela 1", "town": "Ogre",
                "postcode": "1010", "transformer": "T", "feeder": "F", "lat": "x", "lon": 500,
                "life_support": "ja"}],
        }, {
            "/name": "control characters", "/kind": "'household' or 'business'",
            "/contacts/0": "an object", "/premises/0/postcode": "LV-1010",
            "/premises/0/lat": "a number", "/premises/0/lon": "180 or less",
            "/premises/0/life_support": "true or false"}),
        ("POST", "/fault-reports", {"phone": "123"}, {"/phone": "+37120000001"}),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_by_field_in_words(
    call: Caller, method: str, path: str, body: Any, wanted: dict[str, str]
) -> None:
    answer = call(method, path, body).json
    found = {each["pointer"]: each["detail"] for each in answer["errors"]}
    assert found.keys() == wanted.keys()
    assert [where for where, words in wanted.items() if words not in found[where]] == []
    first = answer["errors"][0]
    assert answer["detail"] == f"{first['pointer'][1:]}: {first['detail']}."
    assert not {"Input", "Value error", "pattern", "function"} & set(answer["detail"].split())


def test_every_pattern_of_the_schema_has_words(call: Caller) -> None:
    document = call("GET", "/openapi.json").text
    patterns = set(re.findall(r'"pattern": ?("(?:[^"\\]|\\.)*")', document))
    patterns = {json.loads(each) for each in patterns}
    assert patterns == set(wrong.PATTERNS)


@pytest.mark.parametrize("error", [StorageError("/secret/path"), RuntimeError("+37120000001")])
def test_errors_of_ours_are_problems_and_quote_nothing(
    call: Caller, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("GET", "/outages")

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr("storage.api_lists.outages", fail)
    answer = call("GET", "/outages")
    assert answer.status_code in (500, 503)
    assert answer.content_type == "application/problem+json"
    assert "secret" not in answer.text and "2000" not in answer.text


# --- pages ----------------------------------------------------------------------------------


def pages(call: Caller, path: str) -> list[list[Any]]:
    """The items of every page, by the Link header."""
    found, address = [], path
    while address:
        answer = call("GET", address)
        assert answer.status_code == 200, answer.text
        found.append(answer.json["items"])
        link = answer.headers.get("Link", "")
        address = link.partition("</api/v1")[2].partition(">")[0]
    return found


def queue(database: Database, count: int, **fields: Any) -> list[str]:
    return database.transaction(
        lambda tx: enqueue(
            tx,
            [NewMessage("sms", "answer", "answer", PHONE, f"{n}", **fields) for n in range(count)],
            NOW,
        )
    )


def test_pages_have_every_item_once_in_order(call: Caller) -> None:
    made = queue(call.database, 25)
    found = pages(call, "/messages?limit=10&status=queued")
    assert [len(page) for page in found] == [10, 10, 5]
    assert [each["id"] for page in found for each in page] == made


def test_items_made_meanwhile_come_at_the_end(call: Caller) -> None:
    first = queue(call.database, 3)
    answer = call("GET", "/messages?limit=2").json
    later = queue(call.database, 2)
    rest = call("GET", f"/messages?cursor={answer['next_cursor']}").json
    assert [each["id"] for each in rest["items"]] == [first[2], *later]
    assert rest["next_cursor"] is None


def test_lists_are_narrowed(call: Caller) -> None:
    call("PUT", "/outages/W-1", WORKS)
    call("PUT", "/outages/F-1", FAULT)
    queue(call.database, 2)

    def ids(path: str) -> list[str]:
        return [each["external_id"] for each in call("GET", path).json["items"]]

    assert ids("/outages") == ["W-1", "F-1"]
    assert ids("/outages?kind=unplanned") == ids("/outages?state=active") == ["F-1"]
    assert ids("/outages?since=2090-01-01T00:00:00Z") == []
    notices = call("GET", "/notices?outage=W-1").json["items"]
    assert {each["outage"] for each in notices} == {"W-1"}
    assert {each["customer_number"] for each in notices} == {"1000001", "1000003"}
    one = call("GET", f"/notices?campaign={notices[0]['campaign_id']}&customer=1000001").json
    assert len(one["items"]) == 1
    assert call("GET", "/notices?outage=W-9").json["items"] == []
    assert len(call("GET", "/messages?direction=out&channel=sms").json["items"]) == 2
    assert call("GET", "/messages?direction=in").json["items"] == []
    assert call("GET", "/messages?since=2090-01-01T00:00:00Z").json["items"] == []
    assert len(call("GET", "/messages?since=2020-01-01T00:00:00Z").json["items"]) == 2


def test_numbers_and_texts_are_for_who_may_read_them(call: Caller) -> None:
    queue(call.database, 1)
    other = call.with_scopes("messages:read")
    [masked] = other("GET", "/messages").json["items"]
    assert (masked["peer"], masked["text"]) == ("+371 20•••001", None)
    [full] = call("GET", "/messages").json["items"]
    assert (full["peer"], full["text"]) == (PHONE, "0")


# --- what others pay ------------------------------------------------------------------------


def test_the_libraries_of_the_api_are_loaded_at_its_first_request(tmp_path: Path) -> None:
    program = """
import json, sys
from werkzeug.test import Client
from bot.app import create_app
app = create_app()
Client(app).get("/healthz")
heavy = ("pydantic", "flask_openapi", "flask_limiter", "bot.web.api.app")
before = [name for name in heavy if name in sys.modules]
Client(app).get("/api/v1/openapi.json")
print(json.dumps([before, [name for name in heavy if name in sys.modules]]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False,
        env={"GAISMA_DATABASE_URL": f"sqlite:///{tmp_path}/lazy.db", "PATH": ""},
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    before, after = json.loads(done.stdout.splitlines()[-1])
    assert before == [] and len(after) == 4


def test_the_first_requests_may_come_at_once(service: Service) -> None:
    given = tokens.add(service.database, "oms", ("outages:read",), by="test", now=NOW)
    call = Caller(create_app(service), service.database, given)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call("GET", "/outages").status_code, range(16)))
    assert answers == [200] * 16


def test_too_many_at_once_are_sent_away_and_the_rest_are_answered(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("GET", "/outages")
    inside, go_on = threading.Semaphore(0), threading.Event()

    def wait(*_: Any) -> list[Any]:
        inside.release()
        go_on.wait(20)
        return []

    monkeypatch.setattr("storage.api_lists.outages", wait)
    most = auth.AT_ONCE + auth.MOST_WAITING
    with ThreadPoolExecutor(most + 8) as pool:
        asked = [pool.submit(call, "GET", "/outages") for _ in range(most + 8)]
        for _ in range(auth.AT_ONCE):
            assert inside.acquire(timeout=20)
        away = [each.result() for each in as_completed(asked[:], timeout=20) if go_on.set() is None]
    statuses = [each.status_code for each in away]
    assert statuses.count(200) >= auth.AT_ONCE and set(statuses) <= {200, 503}
    refused = [each for each in away if each.status_code == 503]
    assert all(each.headers["Retry-After"] == "2" for each in refused)
    assert call("GET", "/outages").status_code == 200


def test_a_text_pays_one_comparison(service: Service) -> None:
    mounted = Mounted(lambda *_: [], service, create_app(service).extensions["gaisma.places"])
    environ = {"PATH_INFO": "/sms/inbound"}
    took = repeat(lambda: mounted(environ, lambda *_: lambda _: None), number=100, repeat=200)
    assert min(took) / 100 < 3e-6


def test_no_number_gets_into_the_log(call: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        call("POST", "/fault-reports", {"phone": PHONE, "eic": eic(5), "danger": True})
        call("PUT", "/customers/1", {"name": PHONE, "phone": PHONE})
        call("GET", "/messages?cursor=" + PHONE[1:])
    assert PHONE[1:] not in caplog.text
