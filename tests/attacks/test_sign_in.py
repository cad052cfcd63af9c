"""Guessing how somebody signs in, and what a stolen or planted session is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from statistics import median
from time import perf_counter

import pyotp
import pytest
import time_machine
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from bot.app import create_app
from bot.people import sign_in
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.web.visitor import address_of
from storage import Database, agents, open_database
from tests.cheap import HASHER
from tests.web.console import HASH, NOW, PASSWORD, enter, let_in, post

PROXY = "127.0.0.1"
COOKIE = "__Secure-gaisma_console"
POLICY = replace(read_policy(), console_max_tries_address=8)


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = open_database(address)
    made.migrate()
    let_in(made)
    yield made
    made.close()


@pytest.fixture
def app(database: Database) -> Flask:
    settings = Settings(
        secret_keys=("x",), proxies=(PROXY,), public_url="https://sms.example.lv"
    )  # fmt: skip
    return create_app(Service(settings, POLICY, database))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes 50 ms on purpose: here names and tries are counted, not time."""
    monkeypatch.setattr(sign_in, "_verify", lambda _hashed, password: password == PASSWORD)


def guess(app: Flask, name: str, address: str, password: str = "wrong") -> int:
    client = browser(app, address)
    return post(client, "/console/enter", name=name, password=password).status_code


def browser(app: Flask, address: str) -> FlaskClient:
    """Behind our proxy, which names the address."""
    client = app.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = address
    return client


def test_one_password_tried_on_many_names_locks_the_address(
    app: Flask, database: Database, clock: time_machine.Traveller
) -> None:
    for number in range(8):
        assert guess(app, f"name{number}", "203.0.113.9") == 403
    assert guess(app, "anna", "203.0.113.9", PASSWORD) == 403, "locked, though it is right"
    assert guess(app, "anna", "203.0.113.10", PASSWORD) == 303, "who is elsewhere gets in"
    locked = [row for row in agents.audit_rows(database) if row["action"] == "console.locked"]
    assert [row["subject"] for row in locked] == ["203.0.113.9"]
    clock.shift(timedelta(minutes=16))
    assert guess(app, "anna", "203.0.113.9", PASSWORD) == 303


def test_a_claimed_address_is_not_believed(app: Flask) -> None:
    for number in range(8):
        guess(app, f"name{number}", f"198.51.100.{number}, 203.0.113.9")
    assert guess(app, "anna", "198.51.100.99, 203.0.113.9", PASSWORD) == 403


@pytest.mark.parametrize(
    ("near", "told", "proxies", "found"),
    [
        ("203.0.113.9", "", (), "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", (), "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", ("127.0.0.1",), "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9", ("127.0.0.1",), "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.0.0.7", ("127.0.0.1", "10.0.0.0/8"), "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", (), ""),
        ("127.0.0.1", "<script>", ("127.0.0.1",), ""),
        ("2001:db8::1", "", (), "2001:db8::1"),
    ],
)  # fmt: skip
def test_the_address_is_read_past_our_own_proxies(
    near: str, told: str, proxies: tuple[str, ...], found: str
) -> None:
    headers = {"X-Forwarded-For": told} if told else {}
    environ = EnvironBuilder(headers=headers, environ_base={"REMOTE_ADDR": near}).get_environ()
    assert address_of(Request(environ), proxies) == found


def test_tries_at_the_same_moment_are_not_free(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right guess comes while five wrong ones lock the name."""

    def slow(_hashed: str, password: str) -> bool:
        monkeypatch.undo()
        for _ in range(5):
            with pytest.raises(sign_in.CannotEnter):
                sign_in.enter(database, POLICY, name="anna", password="wrong", now=NOW)
        return password == PASSWORD

    monkeypatch.setattr(sign_in, "_verify", slow)
    with pytest.raises(sign_in.CannotEnter) as refused:
        sign_in.enter(database, POLICY, name="anna", password=PASSWORD, now=NOW)
    assert refused.value.why == "locked"


def test_a_guess_at_a_stolen_hash_is_costly() -> None:
    """RFC 9106, its second recommended set: 64 MiB, three passes, four lanes."""
    real = HASHER
    assert (real.memory_cost, real.time_cost, real.parallelism) == (64 * 1024, 3, 4)
    assert real.type.name == "ID"


def test_an_unknown_name_takes_as_long_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are compared with a hash of the same cost."""
    monkeypatch.undo()
    known, unknown = [], []
    for times, hashed in ((known, HASH), (unknown, sign_in._NOBODY)) * 3:
        started = perf_counter()
        assert not sign_in._verify(hashed, "wrong")
        times.append(perf_counter() - started)
    assert HASH.split("$")[:4] == sign_in._NOBODY.split("$")[:4], "the same parameters"
    assert median(unknown) > median(known) / 20


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(app: Flask) -> None:
    victim = app.test_client()
    victim.set_cookie(COOKIE, "chosen-by-the-thief", path="/console")
    post(victim, "/console/enter", name="anna", password=PASSWORD)
    cookie = victim.get_cookie(COOKIE, path="/console")
    assert cookie is not None
    assert cookie.value != "chosen-by-the-thief"
    assert len(cookie.value) >= 43, "256 bits"


def test_the_token_changes_with_the_second_step(app: Flask, database: Database) -> None:
    secret = sign_in.new_secret()
    database.transaction(lambda tx: agents.set_totp(tx, "anna", secret))
    client = app.test_client()
    post(client, "/console/enter", name="anna", password=PASSWORD)
    with client.session_transaction() as session:
        half = session["half"]
    answer = post(client, "/console/enter/code", code=pyotp.TOTP(secret).at(NOW))
    assert answer.status_code == 303
    cookie = client.get_cookie(COOKIE, path="/console")
    assert cookie is not None
    assert cookie.value != half
    thief = app.test_client()
    thief.set_cookie(COOKIE, half, path="/console")
    assert thief.get("/console/account").status_code == 303


def test_the_cookie_goes_by_tls_only_and_to_the_console_only(app: Flask) -> None:
    answer = post(app.test_client(), "/console/enter", name="anna", password=PASSWORD)
    cookies = answer.headers.getlist("Set-Cookie")
    token = next(each for each in cookies if each.startswith(f"{COOKIE}="))
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/console"):
        assert flag in token
    assert "Domain=" not in token
    for each in cookies:
        assert "Secure" in each


def test_all_other_sessions_can_be_ended_and_end_with_the_password(app: Flask) -> None:
    here, there = enter(app, "anna"), enter(app, "anna")
    post(here, "/console/account/sessions", page="/console/account")
    assert there.get("/console/account").status_code == 303
    assert here.get("/console/account").status_code == 200
    there = enter(app, "anna")
    post(
        here, "/console/account/password", page="/console/account", old=PASSWORD,
        new="cits kalns un jūra",
    )  # fmt: skip
    for each in (here, there):
        assert each.get("/console/account").status_code == 303


def test_a_stolen_session_guesses_no_password_for_long(
    app: Flask, clock: time_machine.Traveller
) -> None:
    stolen = enter(app, "anna")
    fields = {"page": "/console/account", "new": "cits kalns un jūra"}
    for n in range(5):
        post(stolen, "/console/account/password", old=f"guess {n}", **fields)
    post(stolen, "/console/account/password", old=PASSWORD, **fields)
    assert "Too many wrong tries" in stolen.get("/console/account").get_data(as_text=True)
    clock.shift(timedelta(minutes=16))
    assert enter(app, "anna").get("/console/account").status_code == 200, "it was not changed"


def test_a_second_step_is_set_up_by_who_knows_the_password(app: Flask, database: Database) -> None:
    stolen, step = enter(app, "anna"), "/console/account/step"
    page = stolen.get(step).get_data(as_text=True)
    found = re.search(r'class="secret">([^<]+)<', page)
    assert found
    code = pyotp.TOTP(found[1]).at(NOW)
    for fields in ({}, {"password": ""}, {"password": "wrong"}):
        assert post(stolen, step, code=code, **fields).status_code == 200
    row = agents.get(database, "anna")
    assert row is not None
    assert row["totp_secret"] == ""
    assert post(stolen, step, code=code, password=PASSWORD).status_code == 303


def test_what_is_refused_to_a_role_is_in_the_log(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    anna = enter(app, "anna")
    assert anna.get("/console/people").status_code == 403
    assert "anna has no role for console.people" in caplog.text


def test_a_role_that_was_taken_away_is_gone_at_the_next_click(
    app: Flask, database: Database
) -> None:
    ilze = enter(app, "ilze")
    assert ilze.get("/console/alerts").status_code == 200
    database.transaction(lambda tx: agents.set_roles(tx, "ilze", "agent"))
    assert ilze.get("/console/alerts").status_code == 403


def test_nobody_is_led_elsewhere_after_signing_in(app: Flask) -> None:
    for wanted in (
        "https://evil.example/", "//evil.example/console/", "/\\evil.example", "/console/\\evil",
        "javascript:alert(1)", "/console@evil.example", "http:/console/", "/other",
        "///evil.example/console/", "%2F%2Fevil.example",
    ):  # fmt: skip
        answer = post(
            app.test_client(), f"/console/enter?next={wanted}", name="anna", password=PASSWORD
        )
        assert answer.headers["Location"] == "/console/", wanted


def test_a_foreign_host_header_is_in_no_page_and_no_redirect(app: Flask) -> None:
    for path in ("/console/", "/console/enter", "/", "/outages", "/search?q=riga"):
        answer = app.test_client().get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.get_data(as_text=True), path
        assert "evil.example" not in answer.headers.get("Location", ""), path


def test_a_line_break_in_what_is_asked_begins_no_header(app: Flask) -> None:
    for path in (
        "/console/enter?next=/console/%0d%0aSet-Cookie:%20a=b", "/console/%0d%0aX-Evil:1",
        "/search?q=%0d%0aX-Evil:1",
    ):  # fmt: skip
        answer = app.test_client().get(path)
        assert "X-Evil" not in answer.headers
        assert "a=b" not in answer.headers.get("Set-Cookie", "")
