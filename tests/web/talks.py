"""A service with agents and a conversation that waits, for tests of the inbox and beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.turn import Inbound, Turns
from storage import conversations, open_database
from tests import engines
from tests.web.console import NOW, enter, let_in, post
from tests.worlds import PHONE, build_world

STRANGER = "+37120000555"
STAFF = {"anna": "agent", "juris": "agent", "dainis": "dispatcher", "ilze": "operator"}


@pytest.fixture
def service(tmp_path: Path, engine: str) -> Iterator[Service]:
    database = open_database(engines.new_address(tmp_path, engine, migrated=True))
    database.migrate()
    let_in(database, STAFF)
    build_world(database, "one_premises", NOW)
    yield Service(Settings(secret_keys=("x",)), read_policy(), database)
    database.close()


@pytest.fixture
def turns(service: Service) -> Turns:
    return Turns(service)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(app: Flask) -> FlaskClient:
    return enter(app, "anna")


def text(service: Service, turns: Turns, phone: str, body: str, minutes_ago: int = 0) -> str:
    """One text from a phone; the id of its conversation."""
    at = NOW - timedelta(minutes=minutes_ago)
    number = service.database.one("SELECT count(*) AS n FROM turns")
    assert number is not None
    turns.take(Inbound("sandbox", f"T{number['n']}", phone, body), at)
    return str(conversations.find_conversations(service.database, phone)[0]["id"])


@pytest.fixture
def talk(service: Service, turns: Turns) -> str:
    return text(service, turns, PHONE, "gribu runāt ar cilvēku", 20)


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def act(client: FlaskClient, talk: str, name: str, **fields: object) -> TestResponse:
    return post(client, f"/console/inbox/{talk}/{name}", f"/console/inbox/{talk}", **fields)
