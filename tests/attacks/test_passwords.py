"""Passwords that would be guessed first, and those that were given and lie about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.app import create_app
from bot.people import passwords
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database, agents, open_database
from tests import engines
from tests.web.console import NOW, enter, let_in, post

POLICY = replace(read_policy(), contact_brand="Vēja tīkls", contact_brand_full="AS Vēja tīkls")
WORDS = passwords.words_of(POLICY, "anna.ozola", "Anna Ozoliņa")
OWN = "vēja dzirnavas ziemā"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(engines.new_address(tmp_path, migrated=True))
    made.migrate()
    let_in(made)
    yield made
    made.close()


@pytest.fixture
def app(database: Database) -> Flask:
    return create_app(Service(Settings(secret_keys=("x",)), read_policy(), database))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kort", "short"), ("x" * 129, "long"), ("aaaaaaaaaaaaaaa", "known"),
        ("ParoleParole1", "known"), ("пароль пароль", "known"),
        ("zila anna upe 9", "known"), ("manas OZOLINAS mājas", "known"),
        ("mans VEJA puķu lauks", "known"), ("tikls zivju pilns", "known"),
        ("michaeljordan23", "stolen"), ("MichaelJordan23", "stolen"), ("iloveyouforever", "stolen"),
        ("!!michaeljordan23??", "stolen"), ("liverpoolfc1892", "stolen"),
    ],
)  # fmt: skip
def test_a_password_that_would_be_guessed_is_refused(password: str, why: str) -> None:
    with pytest.raises(passwords.BadPassword) as refused:
        passwords.check(password, WORDS)
    assert refused.value.why == why


@pytest.mark.parametrize(
    "password",
    ["kaste laiva sniegs", "x" * 60 + "abcdefg", "пять синих лодок", "d" * 64 + "abcdé"],
)  # fmt: skip
def test_any_other_may_be_chosen(password: str) -> None:
    passwords.check(password, ("Jo Li",))
    for _ in range(50):
        passwords.check(passwords.given(), WORDS)


@pytest.mark.parametrize(
    ("language", "told"),
    [("lv", "nozagto paroļu"), ("ru", "списках украденных"), ("en", "lists of stolen")],
)
def test_the_page_says_why_a_stolen_one_is_not_taken(
    app: Flask, database: Database, language: str, told: str
) -> None:
    database.transaction(lambda tx: agents.set_taste(tx, "anna", language=language, theme="auto"))
    anna = enter(app, "anna")
    assert told in choose(anna, "zils kalns un upe", "iloveyouforever")
    assert "zils" not in choose(anna, "zils kalns un upe", "anna kaste laiva")
    assert enter(app, "anna").get("/console/account").status_code == 200, "nothing was changed"


def test_a_given_password_ends_by_time(
    app: Flask, database: Database, clock: time_machine.Traveller
) -> None:
    marta = enter(app, "marta")
    given = give(marta)
    assert "the given one ends 24.11. 11:00" in page(marta, "/console/people")
    clock.shift(timedelta(hours=23, minutes=59))
    assert enter(app, "anna", given).get("/console/account").status_code == 200
    clock.shift(timedelta(minutes=1))
    for _ in range(3):
        answer = post(app.test_client(), "/console/enter", name="anna", password=given)
        assert answer.status_code == 403
        assert "has ended unused" in answer.get_data(as_text=True)
    rows = agents.audit_rows(database, actions=("console.given_ended",))
    assert [(row["actor"], row["subject"]) for row in rows] == [("console", "anna")]
    marta = enter(app, "marta")
    assert "the given one has ended" in page(marta, "/console/people")
    assert "tried a given password that has ended" in page(marta, "/console/audit")
    again = give(marta)
    assert "/console/account" in str(enter(app, "anna", again).get("/console/").location)


def test_a_stranger_does_not_learn_that_a_given_password_has_ended(
    app: Flask, clock: time_machine.Traveller
) -> None:
    give(enter(app, "marta"))
    clock.shift(timedelta(days=3))
    told = set()
    for name in ("anna", "dainis", "nobody"):
        answer = post(app.test_client(), "/console/enter", name=name, password="no no no no no")
        told.add(re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True)))
    assert len(told) == 1


def test_a_chosen_password_never_ends(app: Flask, clock: time_machine.Traveller) -> None:
    given = give(enter(app, "marta"))
    choose(enter(app, "anna", given), given, OWN)
    clock.shift(timedelta(days=400))
    assert enter(app, "anna", OWN).get("/console/account").status_code == 200
    assert enter(app, "anna", given).get("/console/account").status_code == 303


def give(administrator: FlaskClient) -> str:
    """A new password for anna, as the page shows it."""
    shown = post(
        administrator, "/console/people/anna/password", page="/console/people"
    ).get_data(as_text=True)  # fmt: skip
    found = re.search(r'<code class="secret">([^<]+)</code>', shown)
    assert found
    return found[1]


def choose(client: FlaskClient, old: str, new: str) -> str:
    """What the page says to a new password."""
    post(client, "/console/account/password", page="/console/account", old=old, new=new)
    return page(client, "/console/account")


def page(client: FlaskClient, path: str) -> str:
    return client.get(path, follow_redirects=True).get_data(as_text=True)
