"""Who may enter the console, for how long, and what is refused to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import time_machine
from flask import Flask

from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.web.console.frame import ANYBODY
from storage import open_database
from tests import engines
from tests.web.console import NOW, PASSWORD, enter, let_in, post

pytestmark = pytest.mark.both


@pytest.fixture
def service(tmp_path: Path, engine: str) -> Iterator[Service]:
    database = open_database(engines.new_address(tmp_path, engine, migrated=True))
    database.migrate()
    let_in(database)
    yield Service(Settings(secret_keys=("x",)), read_policy(), database)
    database.close()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_nobody_sees_a_page_without_signing_in(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("console.") or rule.arguments:
            continue
        needed = getattr(app.view_functions[rule.endpoint], "needed_roles", frozenset())
        assert needed, f"{rule.endpoint} does not say who may open it"
        if needed != ANYBODY and "GET" in (rule.methods or ()):
            answer = client.get(rule.rule)
            assert answer.status_code == 303
            assert "/console/enter" in answer.headers["Location"]


def test_the_right_password_opens_the_pages_of_the_role(app: Flask) -> None:
    marta = enter(app, "marta")
    assert marta.get("/console/people").status_code == 200
    assert marta.get("/console/audit").status_code == 200
    anna = enter(app, "anna")
    assert anna.get("/console/people").status_code == 403
    assert "Not yours to open" in anna.get("/console/audit").get_data(as_text=True)


def test_the_name_may_be_typed_in_capitals_and_with_spaces(app: Flask) -> None:
    assert enter(app, " Marta ").get("/console/people").status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(app: Flask) -> None:
    told = []
    for name in ("anna", "nobody"):
        answer = post(app.test_client(), "/console/enter", name=name, password="no no no no no")
        assert answer.status_code == 403
        told.append(re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True)))
    assert told[0] == told[1]


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_after_five_wrong_tries_a_name_is_locked_whoever_has_it(
    app: Flask, name: str, clock: time_machine.Traveller
) -> None:
    for _ in range(5):
        answer = post(app.test_client(), "/console/enter", name=name, password="x")
    assert "Try again after 11:15" in answer.get_data(as_text=True)
    answer = post(app.test_client(), "/console/enter", name=name, password=PASSWORD)
    assert answer.status_code == 403
    clock.shift(timedelta(minutes=16))
    answer = post(app.test_client(), "/console/enter", name=name, password=PASSWORD)
    assert answer.status_code == (303 if name == "anna" else 403)


def test_a_form_without_its_token_does_nothing(app: Flask) -> None:
    client = enter(app, "marta")
    assert client.post("/console/people/anna/shut").status_code == 400
    assert enter(app, "anna").get("/console/account").status_code == 200


def test_a_session_ends_when_nobody_does_anything_and_after_a_shift(
    app: Flask, clock: time_machine.Traveller
) -> None:
    client = enter(app, "marta")
    for _ in range(13):
        clock.shift(timedelta(minutes=50))
        last = client.get("/console/account").status_code
    assert last == 200
    for _ in range(2):
        clock.shift(timedelta(minutes=50))
        last = client.get("/console/account").status_code
    assert last == 303, "twelve hours are over"
    client = enter(app, "marta")
    clock.shift(timedelta(minutes=61))
    assert client.get("/console/account").status_code == 303


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(
    app: Flask, clock: time_machine.Traveller
) -> None:
    client = enter(app, "marta")
    for _ in range(6):
        clock.shift(timedelta(minutes=10))
        assert client.get("/console/account", headers={"X-Gaisma-Poll": "1"}).status_code == 200
    clock.shift(timedelta(minutes=1))
    assert client.get("/console/account", headers={"X-Gaisma-Poll": "1"}).status_code == 401


def test_signing_out_ends_the_session_also_for_who_copied_the_cookie(app: Flask) -> None:
    client = enter(app, "marta")
    cookie = client.get_cookie("gaisma_console", path="/console")
    assert cookie is not None
    left = post(client, "/console/leave", page="/console/account")
    assert left.headers["Clear-Site-Data"] == '"storage"'
    thief = app.test_client()
    thief.set_cookie("gaisma_console", cookie.value, path="/console")
    assert thief.get("/console/account").status_code == 303


def test_the_cookie_cannot_be_read_by_scripts(app: Flask) -> None:
    client = app.test_client()
    answer = post(client, "/console/enter", name="anna", password=PASSWORD)
    cookie = next(
        c for c in answer.headers.getlist("Set-Cookie") if c.startswith("gaisma_console=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_after_signing_in_the_page_that_was_asked_for_opens(app: Flask) -> None:
    for wanted, opened in (
        ("/console/alerts", "/console/alerts"),
        ("https://evil.example/console/audit", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console/\\evil.example", "/console/"),
    ):
        client = app.test_client()
        path = f"/console/enter?next={wanted}"
        answer = post(client, path, name="ilze", password=PASSWORD)
        assert answer.headers["Location"] == opened


def test_a_given_password_must_be_changed_before_anything_else(app: Flask) -> None:
    marta = enter(app, "marta")
    page = post(
        marta, "/console/people", name="juris", full_name="Juris Ozols", roles=["agent"],
        language="en",
    ).get_data(as_text=True)  # fmt: skip
    given = re.search(r'<code class="secret">([^<]+)</code>', page)
    assert given
    juris = enter(app, "juris", given[1])
    assert juris.get("/console/").headers["Location"] == "/console/account"
    answer = post(
        juris, "/console/account/password", page="/console/account", old=given[1], new="short"
    )
    assert "too short" in juris.get("/console/account").get_data(as_text=True)
    answer = post(
        juris, "/console/account/password", page="/console/account",
        old=given[1], new="vēja dzirnavas ziemā",
    )  # fmt: skip
    assert answer.headers["Location"] == "/console/enter"
    assert enter(app, "juris", "vēja dzirnavas ziemā").get("/console/account").status_code == 200


def test_the_second_step_asks_for_a_code_and_takes_none_twice(
    app: Flask, clock: time_machine.Traveller
) -> None:
    client = enter(app, "marta")
    page = client.get("/console/account/step").get_data(as_text=True)
    secret = re.search(r'<code class="secret">([^<]+)</code>', page)
    assert secret
    codes = pyotp.TOTP(secret[1])
    answer = post(client, "/console/account/step", code=codes.at(NOW), password=PASSWORD)
    assert answer.headers["Location"] == "/console/account"
    clock.shift(timedelta(minutes=2))
    later = NOW + timedelta(minutes=2)
    fresh = app.test_client()
    answer = post(fresh, "/console/enter", name="marta", password=PASSWORD)
    assert "/console/enter/code" in answer.headers["Location"]
    assert fresh.get("/console/people").status_code == 303, "half a sign-in is none"
    assert post(fresh, "/console/enter/code", code="000000").status_code == 403
    assert post(fresh, "/console/enter/code", code=codes.at(later)).status_code == 303
    assert fresh.get("/console/people").status_code == 200
    again = app.test_client()
    post(again, "/console/enter", name="marta", password=PASSWORD)
    assert post(again, "/console/enter/code", code=codes.at(later)).status_code == 403


def test_who_is_shut_out_is_out_at_once(app: Flask) -> None:
    anna, marta = enter(app, "anna"), enter(app, "marta")
    assert anna.get("/console/account").status_code == 200
    post(marta, "/console/people/anna/shut", page="/console/people")
    assert anna.get("/console/account").status_code == 303
    assert enter(app, "anna").get("/console/account").status_code == 303


def test_shutting_out_twice_lets_nobody_in(app: Flask) -> None:
    marta = enter(app, "marta")
    for _ in range(2):
        post(marta, "/console/people/anna/shut", page="/console/people")
    assert enter(app, "anna").get("/console/account").status_code == 303
    post(marta, "/console/people/anna/let", page="/console/people")
    assert enter(app, "anna").get("/console/account").status_code == 200
    assert post(marta, "/console/people/nobody/shut", page="/console/people").status_code == 404


def test_the_last_administrator_stays(app: Flask) -> None:
    marta = enter(app, "marta")
    post(marta, "/console/people/marta/roles", page="/console/people", roles=["operator"])
    page = marta.get("/console/people").get_data(as_text=True)
    assert "One administrator must stay" in page


def test_who_did_what_is_in_the_audit_log(app: Flask) -> None:
    marta = enter(app, "marta")
    post(app.test_client(), "/console/enter", name="anna", password="x")
    post(marta, "/console/people/anna/shut", page="/console/people")
    page = marta.get("/console/audit").get_data(as_text=True)
    for act in ("signed in", "sign-in refused", "shut a person out"):
        assert act in page
    assert "shut a person" not in marta.get("/console/audit?actor=anna").get_data(as_text=True)


def test_the_page_speaks_the_language_of_the_visitor(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/console/enter", headers={"Accept-Language": "ru-RU,ru;q=0.9"})
    assert "Имя пользователя" in page.get_data(as_text=True)
    client.get("/console/enter?language=lv")
    assert "Lietotājvārds" in client.get("/console/enter").get_data(as_text=True)


def test_no_page_may_run_a_script_of_somebody_else(app: Flask) -> None:
    answer = app.test_client().get("/console/enter")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    page = answer.get_data(as_text=True)
    assert "<style" not in page
    assert not re.search(r"\son\w+=|<script(?! src)", page)
    assert "cdn" not in page
