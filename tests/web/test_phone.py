"""The simulated phones: what they show, and whom they let write."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.demo import build, phones
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.web.phone import SCRIPT_TEXTS
from locales.catalogue import LANGUAGES, gaps, keys, say
from storage import demo, messages, open_database
from tests import engines

ANNA, JANIS, SVETLANA, STRANGER = (
    "+37120000001",
    "+37120000002",
    "+37120000003",
    "+37120000555",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    address = engines.new_address(tmp_path_factory.mktemp("phones"), migrated=True)
    database = open_database(address)
    database.migrate()
    build(database, datetime.now(UTC))
    settings = Settings(secret_keys=("x",), database_url=address)
    yield Service(settings, read_policy(), database)
    database.close()


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    return create_app(service, demo=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(client: FlaskClient, phone: str, text: str, **changes: Any) -> TestResponse:
    body = {"id": str(uuid.uuid4()), "text": text} | changes
    return client.post(f"/phone/{phone}/send", json=body, headers={"X-Gaisma-Phone": "1"})


# --- the list -------------------------------------------------------------------------------


def test_the_list_shows_the_cast_with_what_is_special_about_each(client: FlaskClient) -> None:
    page = client.get("/phone/").text
    entries = re.findall(r'<a class="person".*?</a>', page, re.DOTALL)
    anna = next(entry for entry in entries if ANNA in entry)
    janis = next(entry for entry in entries if JANIS in entry)
    assert "Anna Bērziņa" in anna
    assert "outage now" in anna
    assert "2 premises" in janis
    assert entries.index(anna) == 0


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("berzina anna dzelzavas", "Anna Bērziņa"),
        ("светлана", "Svetlana Ivanova"),
        ("russian valkas", "Svetlana Ivanova"),
        (JANIS, "Jānis Kalniņš"),
        ("MAIZES", "Maizes kalns"),
    ],
)
def test_a_phone_is_found_by_any_letters(client: FlaskClient, search: str, found: str) -> None:
    page = client.get("/phone/list", query_string={"q": search}).text
    assert found in page
    assert "Velta" not in page


def test_a_search_that_finds_nobody_says_so(client: FlaskClient) -> None:
    assert "Nobody matches" in client.get("/phone/list?q=zebra7").text


def test_the_list_is_asked_for_in_vain_until_a_text_arrives(client: FlaskClient) -> None:
    page = client.get("/phone/list").text
    version = re.search(r'data-version="([^"]+)"', page)
    assert version
    assert client.get("/phone/list", query_string={"after": version[1]}).status_code == 204
    send(client, SVETLANA, "Спасибо")
    changed = client.get("/phone/list", query_string={"after": version[1]})
    assert changed.status_code == 200


# --- one phone ------------------------------------------------------------------------------


def test_a_text_is_answered_and_the_answer_is_delivered(client: FlaskClient) -> None:
    told = send(client, ANNA, "Labdien! Nav gaismas").json
    assert told
    mine, answer = told["texts"][-2:]
    assert (mine["mine"], mine["text"]) == (True, "Labdien! Nav gaismas")
    assert (answer["mine"], answer["from"], answer["status"]) == (False, "answer", "delivered")
    assert "Dzelzavas" in answer["text"]


def test_the_same_text_sent_twice_is_taken_once(client: FlaskClient) -> None:
    once = str(uuid.uuid4())
    first = send(client, JANIS, "Paldies", id=once).json
    assert send(client, JANIS, "Paldies", id=once).json == first


def test_messages_are_asked_for_in_vain_while_there_is_nothing_new(client: FlaskClient) -> None:
    told = send(client, ANNA, "Paldies").json
    assert told
    again = client.get(f"/phone/{ANNA}/messages", query_string={"after": told["version"]})
    assert (again.status_code, again.data) == (204, b"")


def test_an_alert_is_on_the_phone_once_it_is_handed_over_and_its_ticks_move(
    client: FlaskClient, service: Service
) -> None:
    assert texts(client, STRANGER) == []
    alert = messages.NewMessage("sms", "unplanned", "alert", STRANGER, body="Avārija")
    message_id = hand_over(service, alert)
    for status in ("accepted", "sent", "delivered"):
        move(service, message_id, status)
        (seen,) = texts(client, STRANGER)
        assert (seen["from"], seen["status"], seen["text"]) == ("alert", status, "Avārija")


def test_an_alert_that_waits_is_not_on_the_phone(client: FlaskClient, service: Service) -> None:
    alert = messages.NewMessage("sms", "unplanned", "alert", "+37120000777", body="Avārija")
    service.database.transaction(lambda tx: messages.enqueue(tx, [alert], datetime.now(UTC)))
    assert texts(client, "+37120000777") == []


def test_a_phone_that_is_switched_off_gets_nothing_delivered(client: FlaskClient) -> None:
    told = send(client, "+37120000099", "Спасибо").json
    assert told
    assert told["texts"][-1]["status"] == "failed"
    assert told["texts"][-1]["code"] == "30003"


def texts(client: FlaskClient, phone: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get(f"/phone/{phone}/messages").json["texts"]  # type: ignore[index]
    return listed


def test_a_text_of_markup_stays_a_text(client: FlaskClient, service: Service) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e\"'&"
    alert = messages.NewMessage("sms", "unplanned", "alert", "+37120000666", body=hostile)
    hand_over(service, alert)
    page = client.get("/phone/").text
    assert "<img" not in page
    assert "<bdi>&lt;img src=x onerror=alert(1)&gt;\u202e&#34;&#39;&amp;</bdi>" in page
    (seen,) = texts(client, "+37120000666")
    assert seen["text"] == hostile


def hand_over(service: Service, message: messages.NewMessage) -> str:
    now, database = datetime.now(UTC), service.database
    (message_id,) = database.transaction(lambda tx: messages.enqueue(tx, [message], now))
    move(service, message_id, "accepted")
    return message_id


def move(service: Service, message_id: str, status: str) -> None:
    step = messages.Progress(message_id, status, "sandbox", f"sandbox-{message_id}")
    now = datetime.now(UTC)
    service.database.transaction(lambda tx: messages.move_forward(tx, [step], now))


# --- whose phone ----------------------------------------------------------------------------


def test_the_card_has_what_one_needs_to_register(client: FlaskClient, service: Service) -> None:
    card = client.get(f"/phone/{STRANGER}/card").text
    now = datetime.now(UTC)
    candidate = phones.read_card(service.database, STRANGER, "en", now).candidate
    assert candidate
    assert f'data-fill="{candidate.number}"' in card
    assert f'data-fill="{candidate.homes[0].meter}"' in card
    assert demo.customers_of_phone(service.database, STRANGER) == []


def test_a_new_phone_is_nobodys(client: FlaskClient, service: Service) -> None:
    where = client.get("/phone/new").headers["Location"]
    number = where.rpartition("/")[2]
    assert demo.customers_of_phone(service.database, number) == []
    assert "A stranger" in client.get(where).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_chosen(client: FlaskClient, language: str) -> None:
    assert client.get(f"/phone/?language={language}").headers["Location"] == "/phone/"
    page = client.get(f"/phone/{ANNA}").text
    assert f'<html lang="{language}">' in page
    assert say(language, "demo.card.customer_number") in page
    assert "Nav gaismas" in page  # the examples are in Anna's language


def test_every_text_of_the_page_is_in_every_language() -> None:
    named = [f"demo.{key}" for key in SCRIPT_TEXTS]
    named += [f"demo.hint.{key}" for key in (*phones.HINTS, *phones.STRANGER_HINTS)]
    assert not [gap for gap in gaps() if gap.startswith("demo.")]
    values: dict[str, Any] = dict.fromkeys(
        ("used", "room", "parts", "code", "number", "street", "town"), "x"
    )
    assert all(say(name, key, address="x", **values) for name in LANGUAGES for key in named)


def test_every_text_that_the_templates_and_the_script_name_is_there(app: Flask) -> None:
    root = Path(app.root_path)
    sources = [path.read_text("utf-8") for path in (root / "templates/phone").glob("*.html")]
    named = {key for text in sources for key in re.findall(r"\bt\('([a-z_.]+)'[,)]", text)}
    assert named
    assert not [key for key in named if f"demo.{key}" not in keys("demo.")]


# --- who may write --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Gaisma-Phone": "1", "Origin": "https://elsewhere.example"}],
    ids=["without the header", "from another origin"],
)
def test_another_sites_page_cannot_write(client: FlaskClient, headers: dict[str, str]) -> None:
    body = {"id": str(uuid.uuid4()), "text": "STOP"}
    assert client.post(f"/phone/{ANNA}/send", json=body, headers=headers).status_code == 403


AN_ID = "5b1f9c1e-7a44-4d0c-9e52-0f6f6c2f3a10"  # tests that run side by side need the same names


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        json.dumps({"id": "1", "text": "a"}),
        json.dumps({"id": AN_ID, "text": " "}),
        json.dumps({"id": AN_ID, "text": 7}),
        json.dumps({"id": AN_ID, "text": "a" * 1601}),
    ],
)
def test_a_body_that_is_no_text_is_refused(client: FlaskClient, body: str) -> None:
    headers = {"X-Gaisma-Phone": "1", "Content-Type": "application/json"}
    answer = client.post(f"/phone/{ANNA}/send", data=body, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("number", ["1880", "+0", "+371<b>", "37120000001"])
def test_what_is_no_phone_number_has_no_page(client: FlaskClient, number: str) -> None:
    assert client.get(f"/phone/{number}").status_code == 404
    assert client.get(f"/phone/{number}/messages").status_code == 404


def test_nothing_but_our_own_files_may_run(client: FlaskClient) -> None:
    page = client.get(f"/phone/{ANNA}")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|<style|<[^>]*\s(style|on\w+)=", page.text)


def test_the_phones_are_only_in_the_demo(service: Service) -> None:
    client = create_app(service).test_client()
    assert client.get("/phone/").status_code == 404
