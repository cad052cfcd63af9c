"""Who must sign in with a second step is led to it, may put it off for days, and then no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.app import create_app
from bot.demo.account import for_demo
from bot.policy import PolicyError, read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database
from tests.web.console import NOW, PASSWORD, enter, let_in, post

STEP = "/console/account/step"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def service(database: Database) -> Service:
    let_in(database)
    return Service(Settings(secret_keys=("x",)), read_policy(), database)


def arrive(app: Flask, name: str, wanted: str = "/console/audit") -> tuple[FlaskClient, str]:
    """Sign in; the browser, and where it is led."""
    client = app.test_client()
    answer = post(client, f"/console/enter?next={wanted}", name=name, password=PASSWORD)
    return client, answer.headers["Location"]


def turn_on(client: FlaskClient, path: str) -> str:
    page = client.get(path).get_data(as_text=True)
    secret = re.search(r'<code class="secret">([^<]+)</code>', page)
    assert secret
    return str(
        post(client, path, code=pyotp.TOTP(secret[1]).now(), password=PASSWORD).headers["Location"]
    )


def test_an_administrator_is_led_to_the_second_step_and_may_put_it_off(app: Flask) -> None:
    client, led = arrive(app, "marta")
    assert led.startswith(STEP)
    page = client.get(led).get_data(as_text=True)
    assert "turned on by 30 November" in page
    assert 'id="later" href="/console/audit"' in page
    assert client.get("/console/audit").status_code == 200
    assert arrive(app, "ilze", "/console/alerts")[1] == "/console/alerts"


def test_when_the_days_are_over_nothing_else_comes_first(
    app: Flask, clock: time_machine.Traveller
) -> None:
    arrive(app, "marta")
    clock.shift(timedelta(days=3))
    assert arrive(app, "marta")[0].get("/console/audit").status_code == 200
    clock.shift(timedelta(days=4, minutes=1))
    client, led = arrive(app, "marta")
    page = client.get(led).get_data(as_text=True)
    assert "Turn it on to go on" in page
    assert 'id="later"' not in page
    assert client.get("/console/audit").headers["Location"] == STEP
    assert client.get("/console/audit", headers={"X-Gaisma-Poll": "1"}).status_code == 403
    assert client.get("/console/account").status_code == 200
    assert turn_on(client, led) == "/console/audit"
    assert client.get("/console/audit").status_code == 200


def test_who_has_it_on_is_asked_for_the_code_alone(app: Flask) -> None:
    client, led = arrive(app, "marta")
    turn_on(client, led)
    assert "/console/enter/code" in arrive(app, "marta")[1]


def test_a_new_password_leaves_the_second_step_on(app: Flask, service: Service) -> None:
    let_in(service.database, {"zane": "administrator"})
    client, led = arrive(app, "marta")
    turn_on(client, led)
    page = post(enter(app, "zane"), "/console/people/marta/password", "/console/people")
    given = re.search(r'class="secret">([^<]+)<', page.get_data(as_text=True))
    assert given
    there = app.test_client()
    answer = post(there, "/console/enter", name="marta", password=given[1])
    assert "/console/enter/code" in str(answer.location)
    assert there.get("/console/account").status_code == 303


def test_who_lost_the_phone_too_gets_new_days(app: Flask, service: Service) -> None:
    let_in(service.database, {"zane": "administrator"})
    client, led = arrive(app, "marta")
    turn_on(client, led)
    zane = enter(app, "zane")
    post(zane, "/console/people/marta/password", "/console/people", step="off")
    acts = service.database.all("SELECT detail FROM audit WHERE action = 'agent.second_step'")
    assert [row["detail"] for row in acts] == ["on", "off"]
    row = service.database.one("SELECT * FROM agents WHERE name = 'marta'")
    assert row is not None
    assert not row["totp_secret"]
    assert row["step_asked_at"] is None


def test_the_policy_says_who_must(service: Service, tmp_path: Path) -> None:
    everybody = replace(service.policy, console_two_steps_for="agent operator")
    app = create_app(replace(service, policy=everybody))
    assert arrive(app, "anna", "/console/inbox")[1].startswith(STEP)
    assert arrive(app, "dainis", "/console/inbox")[1] == "/console/inbox"
    app = create_app(replace(service, policy=for_demo(service.policy)))
    assert arrive(app, "marta")[1] == "/console/audit"
    path = tmp_path / "policy.toml"
    path.write_text('[console]\ntwo_steps_for = "boss"\n')
    with pytest.raises(PolicyError, match='write "nobody", or some of: agent dispatcher'):
        read_policy(str(path))
    path.write_text('[console]\ntwo_steps_for = "nobody"\n')
    assert read_policy(str(path)).console_two_steps_for == ""
