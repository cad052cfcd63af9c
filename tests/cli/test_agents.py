"""`gaisma agent`: who may enter the console, from the command line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.people import sign_in
from bot.policy import read_policy
from storage import Database, agents
from storage.database import moment
from tests.cli.conftest import Gaisma

pytestmark = pytest.mark.both


def test_a_person_is_let_in_with_a_password_shown_once(run: Gaisma, house: Database) -> None:
    told = run("agent", "add", "anna", "--full-name", "Anna Ozola", "--role", "agent", "--json")
    password = json.loads(told.stdout)["password"]
    now = moment(json.loads(told.stdout)["ends_at"]) - timedelta(minutes=1)
    token, half = sign_in.enter(house, read_policy(), name="anna", password=password, now=now)
    assert token
    assert not half
    row = agents.get(house, "anna")
    assert row is not None
    assert password not in str(dict(zip(row.keys(), row, strict=True)))


def test_what_the_rules_forbid_is_a_sentence(run: Gaisma) -> None:
    new = ("--full-name", "Marta", "--role", "administrator")
    assert "is no user name" in run("agent", "add", "Marta L", *new).stderr
    run("agent", "add", "marta", *new)
    assert "is taken" in run("agent", "add", "marta", *new).stderr
    assert "only administrator" in run("agent", "disable", "marta").stderr
    assert "nobody has the user name" in run("agent", "password", "juris").stderr
    run("agent", "add", "ilze", *new)
    assert run("agent", "disable", "marta").exit_code == 0
    assert "disabled" in run("agent", "list").stdout
    assert run("agent", "enable", "marta").exit_code == 0
