"""What tests of the console share: people of each role, signed in; forms with their token."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.people import sign_in
from storage import Database, agents

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "zils kalns un upe"
HASH = sign_in.hash_password(PASSWORD)
PEOPLE = {
    "anna": "agent",
    "dainis": "dispatcher",
    "ilze": "operator",
    "marta": "operator administrator",
}


def let_in(database: Database, people: dict[str, str] = PEOPLE, language: str = "en") -> None:
    """People who may sign in with PASSWORD, by name and roles."""
    for name, roles in people.items():
        database.transaction(
            lambda tx, name=name, roles=roles: agents.add(
                tx, name, full_name=name.title(), roles=roles, password_hash=HASH,
                language=language, now=NOW, must_change=False,
            )
        )  # fmt: skip


def token_of(page: str) -> str:
    """The token that a form of this page needs."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def post(client: FlaskClient, path: str, page: str = "", **fields: object) -> TestResponse:
    """Send a form as the page that shows it would."""
    shown = client.get(page or path).get_data(as_text=True)
    fields["csrf_token"] = token_of(shown)
    return client.post(path, data=fields, headers={"Accept-Language": "en"})


def enter(app: Flask, name: str, password: str = PASSWORD) -> FlaskClient:
    """A browser in which this person has signed in."""
    client = app.test_client()
    post(client, "/console/enter", name=name, password=password)
    return client
