"""A file that an operator loads: first what would become of each line, then the right ones."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import unquote

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.app import MAX_REQUEST_BYTES, create_app
from bot.importing.files import REMARKS
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database, outages
from storage import campaigns as rows
from tests.bot import grid
from tests.web.console import enter, let_in, token_of
from tests.web.test_console_alerts import HEADER, PEOPLE, check, row_of, text_of, upload

LOAD = "/console/alerts/import/load"
MIXED = "\n".join([HEADER, row_of("W-1"), row_of("W-2", place="NAV"), row_of("W-3", day="13")])


@pytest.fixture(autouse=True)
def clock(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[time_machine.Traveller]:  # fmt: skip
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with time_machine.travel(grid.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(database: Database, clock: time_machine.Traveller) -> Flask:
    let_in(database, PEOPLE)
    grid.people(database, range(1, 4))
    return create_app(Service(Settings(secret_keys=("x",)), read_policy(), database))


@pytest.fixture
def ilze(app: Flask) -> FlaskClient:
    return enter(app, "ilze")


def pending_in(page: str) -> str:
    found = re.search(r'name="pending" value="([^"]+)"', page)
    assert found
    return found[1]


def load(client: FlaskClient, page: str) -> str:
    fields = {"csrf_token": token_of(page), "kind": "outages", "pending": pending_in(page)}
    return text_of(client.post(LOAD, data=fields | {"name": "darbi.csv"}))


def test_nothing_is_stored_before_somebody_has_seen_the_lines(
    ilze: FlaskClient, database: Database
) -> None:
    page = text_of(check(ilze, MIXED))
    assert "checked, nothing is loaded yet" in page
    assert "Load the 2 right lines" in page
    assert outages.outage_by_external_id(database, "W-1") is None
    assert rows.list_campaigns(database) == []
    refused = re.search(r'<td class="figure">3</td><td><bdi>W-2</bdi></td>', page)
    assert refused, "the wrong line is named"
    assert "<bdi>W-1</bdi>" in page, "and the right ones"
    page = load(ilze, page)
    assert outages.outage_by_external_id(database, "W-3") is not None
    assert "2 loaded lines" in page


def test_a_checked_file_is_loaded_once_and_by_who_sent_it(
    app: Flask, database: Database, clock: time_machine.Traveller
) -> None:
    ilze, marta = enter(app, "ilze"), enter(app, "marta")
    page = text_of(check(ilze, MIXED))
    own = text_of(marta.get("/console/alerts/import"))
    fields = {"csrf_token": token_of(own), "kind": "outages", "pending": pending_in(page)}
    assert "The checked file is no longer here" in text_of(marta.post(LOAD, data=fields))
    load(ilze, page)
    assert "The checked file is no longer here" in load(ilze, page)
    late = text_of(check(ilze, MIXED))
    clock.shift(timedelta(minutes=31))
    assert "The checked file is no longer here" in load(ilze, late)


def test_the_list_of_wrong_lines_is_mended_and_loaded_as_it_is(
    ilze: FlaskClient, database: Database
) -> None:
    page = text_of(check(ilze, MIXED))
    found = re.search(r'href="data:text/csv;charset=utf-8,([^"]+)"', page)
    assert found
    text = unquote(found[1]).lstrip("\ufeff")
    line = next(csv.DictReader(io.StringIO(text)))
    assert [line[name] for name in REMARKS[:3]] == ["3", "0", "transformer"]
    assert line["external_id"] == "W-2"
    upload(ilze, text.replace(",NAV", ",T1"))
    assert outages.outage_by_external_id(database, "W-2") is not None


def test_a_phone_kept_from_being_a_formula_is_a_phone_again(
    ilze: FlaskClient, database: Database
) -> None:
    row = "C1,mobile,'+37129999999,lv"
    upload(ilze, f"customer_number,kind,value,language\n{row}\n", kind="contacts")
    sql = "SELECT value FROM contacts WHERE value = '+37129999999'"
    assert database.one(sql) is not None


def test_a_file_may_be_larger_than_other_requests(ilze: FlaskClient) -> None:
    text = f"{HEADER}\n" + "\n".join(row_of(f"W-{n}", reason="s" * 150) for n in range(400))
    assert len(text) > MAX_REQUEST_BYTES
    assert "<dd>400</dd>" in text_of(upload(ilze, text))
    other = ilze.post("/console/alerts/announce", data={"lv": "x" * MAX_REQUEST_BYTES})
    assert other.status_code == 413


def test_who_is_no_operator_cannot_send_a_large_file(app: Flask) -> None:
    anna = enter(app, "anna")
    token = token_of(text_of(anna.get("/console/account")))
    file = (io.BytesIO(b"x" * (MAX_REQUEST_BYTES + 1)), "a.csv")
    answer = anna.post("/console/alerts/import", data={"csrf_token": token, "file": file})
    assert answer.status_code in (403, 413)
