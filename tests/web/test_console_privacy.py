"""The console erases a person's data, or hands them out, only when two administrators want it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.people import asked
from bot.people.asked import AskRefused
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Row, audit, open_database, privacy_requests
from tests import engines
from tests.bot.people.test_privacy import everything
from tests.bot.people.whole_person import NUMBER, PHONE, WORDS, make
from tests.web.console import NOW, enter, let_in, post

pytestmark = pytest.mark.both

PAGE = "/console/privacy"
STAFF = {"marta": "administrator", "rita": "administrator", "anna": "agent"}
REASON = "vēstule 2026/114"


@pytest.fixture
def service(tmp_path: Path, engine: str) -> Iterator[Service]:
    database = open_database(engines.new_address(tmp_path, engine, migrated=True))
    database.migrate()
    let_in(database, STAFF)
    make(database)
    database.run("DELETE FROM privacy_requests")
    settings = Settings(secret_keys=("x" * 20,), erasures=str(tmp_path / "erasures"))
    yield Service(settings, read_policy(), database)
    database.close()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def marta(app: Flask) -> FlaskClient:
    return enter(app, "marta")


@pytest.fixture
def rita(app: Flask) -> FlaskClient:
    return enter(app, "rita")


def ask(client: FlaskClient, kind: str, who: str, reason: str = REASON) -> str:
    """Ask for it; the words of the page that comes."""
    answer = post(client, PAGE, kind=kind, who=who, reason=reason)
    return client.get(PAGE).text if answer.status_code == 303 else answer.text


def waiting(service: Service) -> Row:
    (row,) = privacy_requests.waiting(service.database)
    return row


def acts(service: Service) -> list[tuple[str, str]]:
    rows = service.database.all(
        """SELECT actor, action FROM audit WHERE action LIKE 'privacy.%' ORDER BY seq"""
    )
    return [(row["actor"], row["action"]) for row in rows]


def test_an_erasure_needs_a_second_administrator(
    service: Service, marta: FlaskClient, rita: FlaskClient
) -> None:
    assert "waits for another" in ask(marta, "erase", NUMBER)
    row = waiting(service)
    own = marta.get(PAGE).text
    assert "another administrator must approve" in own and "Approve and erase" not in own
    refused = post(marta, f"{PAGE}/{row['id']}/approve", PAGE)
    assert refused.status_code == 303 and "You asked for it" in marta.get(PAGE).text
    shown = rita.get(PAGE).text
    assert NUMBER in shown and REASON in shown and "messages: 5" in shown and "Marta" in shown
    assert post(rita, f"{PAGE}/{row['id']}/approve", PAGE).status_code == 303
    assert "The data are erased." in rita.get(PAGE).text
    left = everything(service.database)
    assert [word for word in WORDS if word in left] == []
    assert REASON not in left
    assert acts(service) == [
        ("marta", "privacy.erase_asked"), ("rita", "privacy.erase_approved"),
        ("rita", "privacy.erase"),
    ]  # fmt: skip
    assert audit.verify(service.database).broken is None
    assert "asked to erase" in rita.get("/console/audit?kind=privacy").text


def test_data_are_handed_out_once(service: Service, marta: FlaskClient, rita: FlaskClient) -> None:
    ask(marta, "export", "29 123 456")
    key = waiting(service)["id"]
    assert post(marta, f"{PAGE}/{key}/save", PAGE).status_code == 303, "not approved yet"
    post(rita, f"{PAGE}/{key}/approve", PAGE)
    saved = post(marta, f"{PAGE}/{key}/save", PAGE)
    assert saved.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(saved.data)) as file:
        assert PHONE in file.read("data.json").decode()
        assert json.loads(file.read("data.json"))["held"]["messages"]
        assert "Jūsu personas dati" in file.read("letter.txt").decode()
    assert post(marta, f"{PAGE}/{key}/save", PAGE).status_code == 303
    assert "decided already" in marta.get(PAGE).text
    row = privacy_requests.get(service.database, key)
    assert row is not None and (row["state"], row["who"], row["reason"]) == ("done", "", "")
    assert acts(service)[-1] == ("marta", "privacy.export")


def test_what_waits_can_be_turned_down_and_taken_back(
    service: Service, marta: FlaskClient, rita: FlaskClient
) -> None:
    for client in (rita, marta):
        ask(marta, "erase", PHONE)
        post(client, f"{PAGE}/{waiting(service)['id']}/drop", PAGE)
        assert "The request is dropped." in client.get(PAGE).text
    assert PHONE in everything(service.database)
    assert acts(service)[1::2] == [
        ("rita", "privacy.erase_dropped"), ("marta", "privacy.erase_dropped")
    ]  # fmt: skip
    kept = privacy_requests.over(service.database, limit=9)
    assert {(row["who"], row["reason"]) for row in kept} == {("", "")}


@pytest.mark.parametrize(
    ("who", "reason", "told"),
    [
        ("nobody", REASON, "neither a phone number"),
        ("+37126999999", REASON, "nothing is stored"),
        (PHONE, "  ", "Write the reason"),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    service: Service, marta: FlaskClient, who: str, reason: str, told: str
) -> None:
    assert told in ask(marta, "erase", who, reason)
    assert privacy_requests.waiting(service.database) == []


def test_the_same_is_not_asked_for_twice(service: Service, marta: FlaskClient) -> None:
    ask(marta, "erase", PHONE)
    assert "asked for already" in ask(marta, "erase", "+371 29-123-456")
    assert "waits for another" in ask(marta, "export", PHONE)


def test_an_erasure_waits_for_what_is_on_its_way(
    service: Service, marta: FlaskClient, rita: FlaskClient
) -> None:
    service.database.run("UPDATE messages SET status = 'unknown' WHERE body = 'Zelma, slepens'")
    ask(marta, "erase", PHONE)
    key = waiting(service)["id"]
    post(rita, f"{PAGE}/{key}/approve", PAGE)
    page = rita.get(PAGE).text
    assert "on their way" in page and "Erase now" in page
    service.database.run("UPDATE messages SET status = 'sent' WHERE status = 'unknown'")
    post(marta, f"{PAGE}/{key}/erase", PAGE)
    assert "The data are erased." in marta.get(PAGE).text


def test_a_request_a_month_old_is_late(
    service: Service, app: Flask, clock: time_machine.Traveller
) -> None:
    asked.ask(service.database, "export", PHONE, REASON, by="rita", now=NOW - timedelta(days=31))
    assert "late" in enter(app, "marta").get(PAGE).text


def test_one_person_is_no_second_one_however_they_are_spelled(service: Service) -> None:
    key = asked.ask(service.database, "erase", PHONE, REASON, by="Marta", now=NOW)
    with pytest.raises(AskRefused, match="same"):
        asked.approve(service.database, key, by="mārta ", now=NOW)
    with pytest.raises(AskRefused, match="waits"):
        asked.erase(service, key, by="rita", now=NOW)
    with pytest.raises(AskRefused, match="over"):
        asked.approve(service.database, "nothing", by="rita", now=NOW)


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_the_page_is_whole_in_each_language(service: Service, app: Flask, language: str) -> None:
    service.database.run("UPDATE agents SET language = ?", (language,))
    asked.ask(service.database, "erase", NUMBER, REASON, by="rita", now=NOW)
    page = enter(app, "marta").get(PAGE).text
    assert "console.privacy" not in page and "80077777" in page
