"""Operators in the console: files, works, campaigns, words of their own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.campaigns import rules as campaigns
from bot.importing.files import REMARKS
from bot.network import outages
from bot.network.outages import Actor
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database, Row
from storage import campaigns as rows
from storage import works as work_rows
from storage.database import switch
from storage.outages import OutageChange
from tests.bot import grid
from tests.web.console import enter, let_in, post, token_of

PEOPLE = {"anna": "agent", "ilze": "operator", "marta": "operator administrator"}
HEADER = "external_id,sequence,kind,state,starts_at,ends_at,reason,transformer"
LATE = replace(grid.WORKS, starts_at=grid.NOW + 2 * grid.DAY, ends_at=grid.NOW + 3 * grid.DAY)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(grid.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(database: Database) -> Flask:
    let_in(database, PEOPLE)
    grid.people(database, range(1, 4))
    grid.people(database, [4], language="ru", transformer="T2")
    return create_app(Service(Settings(secret_keys=("x",)), read_policy(), database))


@pytest.fixture
def ilze(app: Flask) -> FlaskClient:
    return enter(app, "ilze")


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def only(database: Database, kind: str) -> Row:
    (row,) = [row for row in rows.list_campaigns(database) if row["kind"] == kind]
    return row


def page_of(row: Row) -> str:
    return f"/console/alerts/campaign/{row['id']}"


def check(client: FlaskClient, text: str, kind: str = "outages") -> TestResponse:
    """What the page says of a file before any of it is loaded."""
    token = token_of(text_of(client.get("/console/alerts/import")))
    file = (io.BytesIO(text.encode()), "darbi.csv")
    fields = {"csrf_token": token, "kind": kind, "file": file}
    return client.post("/console/alerts/import", data=fields)


def upload(client: FlaskClient, text: str, kind: str = "outages") -> TestResponse:
    """Have a file checked and load what is right of it, if anything is."""
    checked = check(client, text, kind)
    page = text_of(checked)
    found = re.search(r'name="pending" value="([^"]+)"', page)
    if found is None:
        return checked
    fields = {"csrf_token": token_of(page), "kind": kind, "pending": found[1], "name": "darbi.csv"}
    return client.post("/console/alerts/import/load", data=fields)


def row_of(name: str, day: str = "12", place: str = "T1", reason: str = "Sals") -> str:
    times = f"2026-12-{day}T09:00:00+02:00,2026-12-{day}T13:00:00+02:00"
    return f"{name},1,planned,scheduled,{times},{reason},{place}"


def plan(database: Database, *changes: OutageChange, by: str = "zane") -> None:
    """Works that somebody has planned, with what is told about them."""
    outages.store_changes(database, changes, Actor(by, grid.NOW, grid.POLICY))


# --- who ------------------------------------------------------------------------------------


def test_only_operators_have_these_pages(app: Flask, database: Database) -> None:
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    anna, ilze = enter(app, "anna"), enter(app, "ilze")
    for path in ("/console/alerts", own, "/console/alerts/works", "/console/alerts/import"):
        assert anna.get(path).status_code == 403
        assert ilze.get(path).status_code == 200
    token = token_of(text_of(anna.get("/console/account")))
    for act in ("approve", "stop", "pause"):
        assert anna.post(f"{own}/{act}", data={"csrf_token": token}).status_code == 403
    assert only(database, "planned_notice")["state"] == "draft"


def test_what_is_not_there_is_not_found(ilze: FlaskClient) -> None:
    for path in ("campaign/nothing", "works/nothing", "campaign/nothing/correct"):
        assert ilze.get(f"/console/alerts/{path}").status_code == 404


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_each_page_speaks_each_language(app: Flask, database: Database, language: str) -> None:
    let_in(database, {"olga": "operator"}, language)
    plan(database, grid.WORKS, replace(LATE, external_id="W2"))
    olga = enter(app, "olga")
    work = str(outages.find(database, "W1")["id"])
    paths = ["", "/works", f"/works/{work}", "/works/cancel?from=2026-12-01&to=2026-12-30"]
    paths += ["/import", "/announce", "/announce?ready=storm_warning"]
    paths += [f"/campaign/{row['id']}" for row in rows.list_campaigns(database)]
    for path in paths:
        page = text_of(olga.get(f"/console/alerts{path}"))
        assert f'<html lang="{language}"' in page
        assert "console.alerts" not in page


# --- files ----------------------------------------------------------------------------------


def test_a_file_is_loaded_and_each_wrong_line_is_told(
    ilze: FlaskClient, database: Database
) -> None:
    lines = [HEADER, row_of("W-1"), row_of("W-2", place="NAV"), row_of("W-3").replace("+02", "")]
    lines[-1] = "W-3,1,planned,scheduled,2026-12-12T09:00:00,2026-12-12T13:00:00+02:00,Sals,T1"
    page = text_of(upload(ilze, "\n".join(lines)))
    assert "No premises hangs on &#39;NAV&#39;" in page
    assert "has no time zone" in page
    made = only(database, "planned_notice")
    assert (made["made_by"], made["recipients"]) == ("ilze", 3)
    assert page_of(made) in page


def test_the_lines_to_look_at_can_be_downloaded_safe_from_formulas(ilze: FlaskClient) -> None:
    page = text_of(upload(ilze, f"{HEADER}\n{row_of('W-1', place='=1+1')}\n,,,,,,,\n"))
    found = re.search(r'href="data:text/csv;charset=utf-8,([^"]+)"', page)
    assert found
    header, line = csv.reader(io.StringIO(unquote(found[1]).lstrip("\ufeff")))
    assert header[:5] == [*REMARKS, "external_id"]
    assert line[:3] == ["2", "0", "transformer"]
    assert (line[4], line[header.index("transformer")]) == ("W-1", "'=1+1")
    assert all(not cell.startswith(("=", "+", "-", "@")) for cell in line)


def test_a_file_that_is_none_is_refused_as_a_whole(ilze: FlaskClient) -> None:
    assert "Nothing of this file was loaded" in text_of(upload(ilze, "a;b\n1;2\n"))
    assert "Choose a file" in text_of(upload(ilze, HEADER, kind="debts"))


def test_hostile_texts_of_a_file_are_only_shown(ilze: FlaskClient, database: Database) -> None:
    upload(ilze, f"{HEADER}\n{row_of('<b>W', reason='<script>alert(1)</script>')}")
    work = str(outages.find(database, "<b>W")["id"])
    for path in (f"/console/alerts/works/{work}", "/console/alerts/works?month=2026-12"):
        page = text_of(ilze.get(path))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


# --- approving ------------------------------------------------------------------------------


def test_one_approves_not_what_one_has_made_for_many(app: Flask, database: Database) -> None:
    grid.people(database, range(10, 70))
    plan(database, grid.WORKS, by="Ilze")
    own = page_of(only(database, "planned_notice"))
    ilze, marta = enter(app, "ilze"), enter(app, "marta")
    page = text_of(ilze.get(own))
    assert "You made it; with 63 recipients another person must approve it." in page
    assert re.search(r'btn-primary" disabled data-off', page)
    post(ilze, f"{own}/approve", page=own)
    assert only(database, "planned_notice")["state"] == "draft"
    assert "Not approved. You made it" in text_of(ilze.get(own))
    post(marta, f"{own}/approve", page=own)
    row = only(database, "planned_notice")
    assert (row["state"], row["approved_by"]) == ("approved", "marta")


def test_what_is_late_by_law_needs_a_reason_which_is_kept(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, LATE)
    own = page_of(only(database, "planned_notice"))
    page = text_of(ilze.get(own))
    assert "The legal 5 days ended at" in page
    assert "Late: W1" in page
    post(ilze, f"{own}/approve", page=own, reason="  ")
    assert only(database, "planned_notice")["state"] == "draft"
    post(ilze, f"{own}/approve", page=own, reason="Bojāts balsts")
    row = only(database, "planned_notice")
    assert (row["state"], row["late_reason"]) == ("approved", "Bojāts balsts")
    assert "Bojāts balsts" in text_of(ilze.get(own))


def test_the_preview_shows_three_phones_with_parts_and_price(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, replace(grid.WORKS, transformer="", feeder="F1"))
    page = text_of(ilze.get(page_of(only(database, "planned_notice"))))
    assert page.count('class="screen"') == 3
    assert "планов" in page
    assert "Nobody reads this language." in page, "nobody reads English"
    assert "kept if it is approved by" in page


def test_approving_what_somebody_else_has_approved_changes_nothing(
    app: Flask, database: Database
) -> None:
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    ilze, marta = enter(app, "ilze"), enter(app, "marta")
    token = token_of(text_of(ilze.get(own)))
    post(marta, f"{own}/approve", page=own)
    ilze.post(f"{own}/approve", data={"csrf_token": token})
    assert only(database, "planned_notice")["approved_by"] == "marta"
    assert "Something has changed meanwhile" in text_of(ilze.get(own))


# --- its course -----------------------------------------------------------------------------


def test_a_campaign_is_paused_goes_on_is_stopped_and_made_again(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    states = []
    for act in ("approve", "pause", "resume", "stop"):
        post(ilze, f"{own}/{act}", page=own)
        states.append(only(database, "planned_notice")["state"])
    assert states == ["approved", "paused", "approved", "stopped"]
    assert "Stopped by ilze." in text_of(ilze.get(own))
    answer = post(ilze, f"{own}/redo", page=own)
    assert answer.headers["Location"] != own
    newest = rows.list_campaigns(database)[0]
    assert (newest["state"], newest["made_by"]) == ("draft", "ilze")
    post(ilze, f"{own}/pause", page="/console/alerts/import")
    assert "Something has changed meanwhile" in text_of(ilze.get(own))


def test_the_list_answers_nothing_new_until_something_is(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, grid.WORKS)
    page = text_of(ilze.get("/console/alerts"))
    version = re.search(r'data-version="([^"]+)"', page)
    assert version
    asked = f"/console/alerts/list?after={version[1]}"
    assert ilze.get(asked).status_code == 204
    own = page_of(only(database, "planned_notice"))
    post(ilze, f"{own}/stop", page=own)
    assert ilze.get(asked).status_code == 200


def test_everything_is_stopped_and_let_go_again(ilze: FlaskClient, database: Database) -> None:
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    post(ilze, f"{own}/approve", page=own)
    page = text_of(ilze.get("/console/alerts"))
    assert page.index("Stop all sending") < page.index('class="group"'), "on top"
    post(ilze, "/console/alerts/stop", page="/console/alerts")
    assert switch(database, "sending_stopped") == "on"
    assert only(database, "planned_notice")["state"] == "stopped"
    assert "All sending is stopped" in text_of(ilze.get("/console/alerts"))
    post(ilze, "/console/alerts/redo", page="/console/alerts")
    post(ilze, "/console/alerts/go", page="/console/alerts")
    assert switch(database, "sending_stopped") == ""
    assert rows.list_campaigns(database)[0]["state"] == "draft"


def test_failures_are_told_in_words(ilze: FlaskClient, database: Database) -> None:
    plan(database, grid.WORKS)
    row = only(database, "planned_notice")
    own = page_of(row)
    post(ilze, f"{own}/approve", page=own)
    grid.fan_out(database, grid.DUE)
    database.run("UPDATE messages SET status = 'failed', error_code = '30003'")
    page = text_of(ilze.get(f"{own}/course"))
    assert "The phone is off or out of reach" in page
    assert '<span class="soft">30003</span>' in page


# --- works ----------------------------------------------------------------------------------


def test_works_are_counted_by_day_and_listed(ilze: FlaskClient, database: Database) -> None:
    plan(database, grid.WORKS, replace(grid.WORKS, external_id="W2", transformer="T2"))
    page = text_of(ilze.get("/console/alerts/works?month=2026-12"))
    assert re.search(r'day=2026-12-12">.*?<b>2</b>', page, re.DOTALL)
    day = text_of(ilze.get("/console/alerts/works?day=2026-12-13"))
    assert "No works are planned then." in day


def test_works_are_moved_and_cancelled(ilze: FlaskClient, database: Database) -> None:
    plan(database, grid.WORKS)
    work = outages.find(database, "W1")
    path = f"/console/alerts/works/{work['id']}"
    post(ilze, f"{path}/move", page=path, starts="2026-12-14T10:00", ends="2026-12-14T09:00")
    assert "The end must come after the start." in text_of(ilze.get(path))
    post(ilze, f"{path}/move", page=path, starts="2026-12-14T10:00", ends="2026-12-14T12:00")
    assert outages.find(database, "W1")["starts_at"] == "2026-12-14T08:00:00.000Z"
    post(ilze, f"{path}/cancel", page=path, reason="Sals")
    now = outages.find(database, "W1")
    assert (now["state"], now["reason"]) == ("cancelled", "Sals")
    assert [row["made_by"] for row in work_rows.revisions(database, work["id"])][:2] == ["ilze"] * 2
    assert 'action="' + path not in text_of(ilze.get(path))


def test_many_works_are_called_off_after_they_were_counted(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, grid.WORKS, replace(grid.WORKS, external_id="W2", transformer="T2"))
    path = "/console/alerts/works/cancel"
    asked = f"{path}?from=2026-12-12&to=2026-12-12"
    page = text_of(ilze.get(asked))
    assert [int(n) for n in re.findall(r"<dd>(\d+)</dd>", page)] == [2, 4, 0]
    days = {"from": "2026-12-12", "to": "2026-12-12"}
    post(ilze, path, page=asked, **days, seen=3, reason="Sals")
    assert "The number of works has changed" in text_of(ilze.get(asked))
    assert outages.find(database, "W1")["state"] == "scheduled"
    post(ilze, path, page=asked, **days, seen=2, reason="Sals")
    assert {outages.find(database, name)["state"] for name in ("W1", "W2")} == {"cancelled"}
    assert "No works are planned there and then." in text_of(ilze.get(asked))
    assert "There is no such feeder." in text_of(ilze.get(f"{asked}&feeder=F9"))
    assert "No premises is in such a town." in text_of(ilze.get(f"{asked}&town=Nekur"))


# --- words of one's own ---------------------------------------------------------------------


def test_an_announcement_is_measured_counted_and_drafted(
    ilze: FlaskClient, database: Database
) -> None:
    path = "/console/alerts/announce"
    measured = post(ilze, f"{path}/measure", page=path, lv="Rīt slēgts.", ru="Закрыто. " * 20)
    found = measured.get_json()
    assert found["lv"]["text"].startswith("Sadales tikls: Rit slegts.")
    assert (found["lv"]["segments"], found["ru"]["too_long"]) == (1, True)
    reach = ilze.get(f"{path}/audience?town=Rīga").get_json()
    assert reach["sms"] == {"lv": 3, "ru": 1}
    assert "4 customers" in reach["told"]
    assert ilze.get(f"{path}/audience?town=Nekur").get_json()["wrong"] is True
    answer = post(ilze, path, lv="Slēgts.")
    assert answer.status_code == 409
    assert "Say whom it is for" in text_of(answer)
    post(ilze, path, lv="Rīt slēgts.", town="Rīga")
    row = only(database, "announcement")
    assert (row["made_by"], row["recipients"], row["state"]) == ("ilze", 4, "draft")


def test_a_language_that_lacks_is_told_and_added(ilze: FlaskClient, database: Database) -> None:
    post(ilze, "/console/alerts/announce", lv="Slēgts.", everybody="1")
    own = page_of(only(database, "announcement"))
    assert "The text is missing in Russian, in English" in text_of(ilze.get(own))
    post(ilze, f"{own}/text", page=own, ru="Закрыто.", en="Closed.")
    assert "The text is missing" not in text_of(ilze.get(own))
    post(ilze, f"{own}/approve", page=own)
    assert only(database, "announcement")["state"] == "approved"


def test_a_correction_goes_to_those_reached_and_another_person_approves_it(
    app: Flask, database: Database
) -> None:
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    ilze, marta = enter(app, "ilze"), enter(app, "marta")
    post(marta, f"{own}/approve", page=own)
    grid.fan_out(database, grid.DUE)
    told = "UPDATE messages SET status = 'sent' WHERE peer IN (?, ?)"
    database.run(told, [grid.phone(1), grid.phone(2)])
    assert "Correct it for 2 readers" in text_of(ilze.get(own))
    assert "2 phones or addresses" in text_of(ilze.get(f"{own}/correct"))
    post(ilze, f"{own}/correct", lv="Kļūda.", ru="Ошибка.", en="A mistake.")
    assert only(database, "planned_notice")["state"] == "paused"
    page = text_of(ilze.get(own))
    assert "Its text is wrong" in page
    assert 'id="resume"' not in page
    correction = only(database, "correction")
    assert correction["recipients"] == 2
    fix = page_of(correction)
    assert "You made it" in text_of(ilze.get(fix))
    post(marta, f"{fix}/approve", page=fix)
    assert campaigns.find(database, str(correction["id"]))["state"] == "approved"
