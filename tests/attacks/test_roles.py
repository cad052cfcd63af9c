"""Every address of the console against everybody: who gets in, and what is refused to whom.

Who may do what is written down here a second time, on purpose: a new page is refused by this test
until somebody has said whose it is.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.people import sign_in
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import agents, open_database
from tests import engines
from tests.web.console import HASH, NOW, PASSWORD, enter, let_in, token_of

ROLES = ("agent", "dispatcher", "operator", "administrator")
# The longest beginning counts; roles that read, and those that act (POST).
OWNERS: dict[str, tuple[str, str]] = {
    "/console/": ("agent dispatcher operator administrator", ""),
    "/console/<": ("agent dispatcher operator administrator", ""),
    "/console/account": ("agent dispatcher operator administrator",) * 2,
    "/console/leave": ("", "agent dispatcher operator administrator"),
    "/console/inbox": ("agent dispatcher", "agent"),
    "/console/ready": ("agent administrator",) * 2,
    "/console/network": ("dispatcher",) * 2,
    "/console/alerts": ("operator",) * 2,
    "/console/reports": ("operator administrator",) * 2,
    "/console/debts": ("operator",) * 2,
    "/console/people": ("administrator",) * 2,
    "/console/privacy": ("administrator",) * 2,
    "/console/audit": ("administrator",) * 2,
}
# Where nobody is signed in: what stands before each instead, and the test of it.
OPEN_POSTS = {
    "/console/enter": "the password; tests/web/test_console_door.py",
    "/console/enter/code": "the code; tests/web/test_console_door.py",
    "/sms/inbound": "Twilio's signature; tests/web/test_sms.py",
    "/sms/status/<message_id>": "Twilio's signature; tests/web/test_sms.py",
    "/voice/twiml": "Twilio's signature; tests/bot/delivery/test_voice.py",
    "/mail/bounces": "the token of the settings; tests/web/test_mail.py",
    "/unsubscribe/<token>": "the signed link; tests/web/test_mail.py",
    "/phone/<number>/send": "only the demo has it; tests/web/test_phone.py",
}
WITHOUT_SIGNING_IN = ("/console/enter", "/console/enter/code")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("roles")
    database = open_database(engines.new_address(folder, migrated=True))
    database.migrate()
    let_in(database, {role: role for role in ROLES})
    database.transaction(
        lambda tx: agents.add(
            tx, "fresh", full_name="Fresh", roles=" ".join(ROLES), password_hash=HASH,
            language="en", now=NOW, must_change=True,
        )
    )  # fmt: skip
    yield create_app(Service(Settings(secret_keys=("x",)), read_policy(), database), demo=True)
    database.close()


@pytest.fixture(scope="module")
def opened(app: Flask) -> list[str]:
    """The views that were really entered, each replaced by one that only says so."""
    entered: list[str] = []

    def spy(endpoint: str, view: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(view)
        def entering(**_: object) -> str:
            entered.append(endpoint)
            return "opened"

        return entering

    for rule in pages(app):
        if rule.rule not in WITHOUT_SIGNING_IN:
            view = app.view_functions[rule.endpoint]
            app.view_functions[rule.endpoint] = spy(rule.endpoint, view)
    return entered


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[str, FlaskClient]:
    """A browser a role, each signed in, one with a given password, and one of nobody."""
    clients = {name: enter(app, name) for name in (*ROLES, "fresh")}
    return clients | {"nobody": app.test_client()}


def pages(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/console/")]


def address(rule: Rule) -> str:
    """The address with something in each hole."""
    built = rule.rule
    for name in rule.arguments:
        kind = "path:" if f"<path:{name}>" in built else ""
        built = built.replace(f"<{kind}{name}>", "nothing")
    return built


def owners(rule: Rule, method: str) -> set[str]:
    key = max((key for key in OWNERS if rule.rule.startswith(key)), key=len)
    if key == "/console/":
        assert rule.rule == key, f"say in this file whose page {rule.rule} is"
    read, act = OWNERS[key]
    return set((act if method == "POST" else read).split())


def ask(client: FlaskClient, rule: Rule, method: str, csrf: str = "") -> TestResponse:
    fields = {"csrf_token": csrf} if csrf else {}
    return client.open(address(rule), method=method, data=fields if method == "POST" else None)


def csrf_of(client: FlaskClient) -> str:
    """A token of this browser's own, from a page that is not replaced: the door's."""
    with client.session_transaction() as session:
        session.setdefault("csrf_token", secrets.token_hex(20))
        raw = session["csrf_token"]
    secret = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))


def test_each_page_opens_to_its_roles_and_to_nobody_else(
    app: Flask, people: dict[str, FlaskClient], opened: list[str]
) -> None:
    tokens = {name: csrf_of(client) for name, client in people.items()}
    tried = 0
    for rule in pages(app):
        if rule.rule in WITHOUT_SIGNING_IN:
            continue
        for method in (rule.methods or set()) & {"GET", "POST"}:
            may = owners(rule, method)
            for name in (*ROLES, "nobody"):
                opened.clear()
                answer = ask(people[name], rule, method, tokens[name])
                told = f"{name} {method} {rule.rule}: {answer.status_code}"
                if name in may:
                    assert opened == [rule.endpoint], told
                else:
                    assert opened == [], told
                    wanted = {"GET": 303, "POST": 401}[method] if name == "nobody" else 403
                    assert answer.status_code == wanted, told
                tried += 1
    assert tried > 300


def test_a_given_password_opens_the_account_only(
    app: Flask, people: dict[str, FlaskClient], opened: list[str]
) -> None:
    token = csrf_of(people["fresh"])
    for rule in pages(app):
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if rule.rule in WITHOUT_SIGNING_IN:
                continue
            opened.clear()
            ask(people["fresh"], rule, method, token)
            if rule.endpoint not in ("console.account", "console.password", "console.leave"):
                assert opened == [], f"{method} {rule.rule}"


def test_no_form_is_taken_without_the_token_of_its_own_browser(
    app: Flask, people: dict[str, FlaskClient], opened: list[str]
) -> None:
    stolen = csrf_of(people["nobody"])
    posts = [rule for rule in pages(app) if "POST" in (rule.methods or set())]
    assert len(posts) > 40
    for rule in posts:
        roles = owners(rule, "POST") if rule.rule not in WITHOUT_SIGNING_IN else {"agent"}
        client = people[next(iter(roles))]
        csrf_of(client)  # it has a session of its own
        opened.clear()
        for token in ("", "nonsense", stolen):
            answer = ask(client, rule, "POST", token)
            told = f"POST {rule.rule} with {token[:8]!r}: {answer.status_code}"
            assert answer.status_code == 400, told
        assert opened == [], rule.rule


def test_other_methods_change_nothing(app: Flask, people: dict[str, FlaskClient]) -> None:
    for rule in pages(app):
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            answer = people["administrator"].open(address(rule), method=method)
            assert answer.status_code in (400, 403, 405), f"{method} {rule.rule}"


def test_everything_that_can_be_posted_outside_has_a_guard(app: Flask) -> None:
    posts = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set())
        and (not rule.rule.startswith("/console/") or rule.rule in WITHOUT_SIGNING_IN)
    }
    assert posts - OPEN_POSTS.keys() == set()
    root = Path(__file__).parents[2]
    for guard in OPEN_POSTS.values():
        assert (root / guard.partition("; ")[2]).is_file()


def test_no_role_can_be_had_by_asking_for_it(app: Flask) -> None:
    """Roles come from the database at each request, not from the browser."""
    anna = enter(app, "agent")
    for name in ("roles", "role", "gaisma_roles"):
        anna.set_cookie(name, "administrator", path="/console")
    headers = {"X-Roles": "administrator", "X-Forwarded-User": "administrator"}
    answer = anna.get("/console/people?roles=administrator", headers=headers)
    assert answer.status_code == 403


def test_a_forged_session_is_none(app: Flask) -> None:
    thief = app.test_client()
    for token in ("", "x", "0" * 64, "' OR 1=1 --", sign_in._hashed("x"), "ä"):
        thief.set_cookie("gaisma_console", token, path="/console")
        assert thief.get("/console/account").status_code == 303


def test_the_form_at_the_door_has_a_token(app: Flask) -> None:
    page = app.test_client().get("/console/enter").get_data(as_text=True)
    assert token_of(page)
    answer = app.test_client().post("/console/enter", data={"name": "agent", "password": PASSWORD})
    assert answer.status_code == 400
