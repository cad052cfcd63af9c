"""Operators and debts: who is at which step, what was told, the next notice, the moratorium."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.app import create_app
from bot.debts import moratorium
from bot.debts import rules as debts
from bot.debts.ready import next_for
from bot.policy import Policy
from bot.service import Service
from bot.settings import Settings
from bot.web.console import debts_ready
from locales.catalogue import LANGUAGES, has, say
from storage import Database, Row, Tx, agents
from storage import campaigns as campaign_rows
from storage import debts as rows
from tests.bot import owing
from tests.bot.owing import DAY, NOW, POLICY, debt, told
from tests.web.console import enter, let_in, post
from tests.web.network_world import text_of

PEOPLE = {"anna": "agent", "dainis": "dispatcher", "ilze": "operator", "marta": "operator"}
HALT = "/console/debts/moratorium"
REFUSED = Path(debts.__file__).read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(database: Database) -> Flask:
    let_in(database, PEOPLE)
    owing.owing(database)
    return create_app(Service(Settings(secret_keys=("x",)), POLICY, database))


@pytest.fixture
def ilze(app: Flask) -> FlaskClient:
    return enter(app, "ilze")


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return text_of(answer.get_data(as_text=True))


def page_of(row: Row) -> str:
    return f"/console/debts/{row['id']}"


def only_draft(database: Database) -> Row:
    (row,) = [
        row
        for row in campaign_rows.list_campaigns(database)
        if row["state"] == "draft" and row["parent_id"] is None
    ]
    return row


def test_the_list_says_who_is_at_which_step_and_what_is_next(
    ilze: FlaskClient, database: Database
) -> None:
    page = shown(ilze, "/console/debts")
    assert "Overdue 3 300.06 €" in page
    assert "Jānis Bērziņš 1000001 100.01" in page
    assert "the first notice" in page
    told(database, "first", NOW)
    page = shown(ilze, "/console/debts")
    assert "First notice 3 300.06 €" in page
    assert "pay by 12.11." in page
    assert "the last warning, if not paid by 12.11." in page
    assert "There are no such debts" in shown(ilze, "/console/debts?stage=second")
    assert "R-2" not in shown(ilze, "/console/debts?q=R-1")
    assert "R-2" in shown(ilze, "/console/debts?q=1000002")


def test_the_next_notice_becomes_a_draft_that_another_person_approves(
    app: Flask, ilze: FlaskClient, database: Database
) -> None:
    answer = post(ilze, "/console/debts/notice", "/console/debts", kind="first")
    row = only_draft(database)
    assert answer.headers["Location"].endswith(f"/campaign/{row['id']}")
    assert row["made_by"] == "ilze"
    assert "Debts: First notice" in shown(ilze, "/console/alerts")
    path = f"/console/alerts/campaign/{row['id']}"
    post(ilze, f"{path}/approve", path)
    assert debt(database)["stage"] == ""
    post(enter(app, "marta"), f"{path}/approve", path)
    assert debt(database)["stage"] == "first"
    answer = post(ilze, "/console/debts/notice", HALT, kind="first")
    assert "no debt that this notice is next for" in shown(ilze, answer.headers["Location"])


def test_one_debt_says_what_was_told_how_and_which_days_it_named(
    ilze: FlaskClient, database: Database, clock: time_machine.Traveller
) -> None:
    told(database, "first", NOW)
    clock.move_to(NOW + 11 * DAY)
    told(database, "second", NOW + 11 * DAY)
    ilze = _again(ilze)
    page = shown(ilze, page_of(debt(database)))
    assert "First notice SMS: sent pay by 12.11." in page
    assert "Last warning SMS: sent pay by 18.11." in page
    assert ilze.get("/console/debts/nobody").status_code == 404


def test_the_day_of_a_disconnection_is_checked(
    ilze: FlaskClient, database: Database, clock: time_machine.Traveller
) -> None:
    told(database, "first", NOW)
    clock.move_to(NOW + 11 * DAY)
    told(database, "second", NOW + 11 * DAY)
    clock.move_to(NOW + 17 * DAY)
    ilze = _again(ilze)
    answer = post(
        ilze, "/console/debts/notice", "/console/debts", kind="disconnection", on="2026-11-25"
    )
    assert "too near. The first one possible: " in shown(ilze, answer.headers["Location"])
    post(ilze, "/console/debts/notice", "/console/debts", kind="disconnection", on="2026-12-30")
    assert "30 Dec" in only_draft(database)["title"]


def _again(client: FlaskClient) -> FlaskClient:
    """The same person signed in anew: a session does not last for days."""
    post(client, "/console/enter", name="ilze", password="zils kalns un upe")
    return client


def test_a_payment_a_plan_and_what_does_not_make_one_are_recorded(
    ilze: FlaskClient, database: Database
) -> None:
    first, second = debt(database, "R-1"), debt(database, "R-2")
    post(ilze, f"{page_of(first)}/paid", page_of(first))
    assert debt(database, "R-1")["stage"] == "paid"
    days = ["2026-12-15", "2027-01-15", ""]
    answer = post(
        ilze, f"{page_of(second)}/plan", page_of(second), day=days, sum=["60", "30.00", ""]
    )
    assert "The parts make 90.00 EUR, and the debt is 100.02 EUR" in shown(
        ilze, answer.headers["Location"]
    )
    post(ilze, f"{page_of(second)}/plan", page_of(second), day=days, sum=["60,00", "40.02", ""])
    assert debt(database, "R-2")["stage"] == "plan"
    page = shown(ilze, page_of(second))
    assert "15.12.: 60.00 €" in page
    assert "60.00 EUR by 15.12." in page
    assert only_draft(database)["made_by"] == "ilze"


def test_a_disconnection_is_noted_on_its_day_and_not_in_a_moratorium(
    ilze: FlaskClient, database: Database
) -> None:
    row = debt(database)
    off = "UPDATE debts SET stage = 'disconnection', disconnect_on = '2026-11-02'"
    database.run(f"{off} WHERE id = ?", [row["id"]])
    assert "The supply was cut" in shown(ilze, page_of(row))
    post(ilze, f"{HALT}/on", HALT, reason="hard frost")
    assert "The supply was cut" not in shown(ilze, page_of(row))
    answer = post(ilze, f"{page_of(row)}/disconnected", page_of(row))
    assert "Not while the moratorium lasts" in shown(ilze, answer.headers["Location"])
    post(ilze, f"{HALT}/off", HALT)
    # Its end takes back the days of letters from before.
    database.run(f"{off} WHERE id = ?", [row["id"]])
    post(ilze, f"{page_of(row)}/disconnected", page_of(row))
    assert debt(database)["stage"] == "disconnected"
    post(ilze, f"{page_of(row)}/reconnect", page_of(row))
    assert rows.campaign_days(database, only_draft(database)["id"])[0]["kind"] == (
        "debt_reconnection"
    )


def test_the_moratorium_is_said_in_words_with_its_days(
    ilze: FlaskClient, database: Database
) -> None:
    assert "No moratorium is on" in shown(ilze, HALT)
    for wrong, why in (
        ({"reason": "x"}, "in words that others understand"),
        ({"reason": "hard frost", "until": "2026-11-01"}, "must not be over"),
        ({"reason": "hard frost", "lv": "x" * 61}, "at most 60 characters"),
    ):
        answer = post(ilze, f"{HALT}/on", HALT, **wrong)
        assert answer.status_code == 400
        assert why in answer.get_data(as_text=True)
        assert not moratorium.is_on(database)
    post(ilze, f"{HALT}/on", HALT, reason="hard frost", until="2026-12-31", lv="bargs sals")
    assert moratorium.terms(database).texts == {"lv": "bargs sals"}
    for path in (HALT, "/console/debts", page_of(debt(database))):
        assert "The moratorium is on" in shown(ilze, path)
    page = shown(ilze, HALT)
    for words in ("its last day: 31.12.", "hard frost", "bargs sals", "nobody can be recorded"):
        assert words in page
    assert "held by the moratorium" in shown(ilze, "/console/debts")
    post(ilze, f"{HALT}/off", HALT)
    assert not moratorium.is_on(database)


def test_the_file_has_all_of_the_list_and_no_formulas(
    ilze: FlaskClient, database: Database
) -> None:
    database.run("UPDATE customers SET name = '=1+1' WHERE customer_number = '1000001'")
    answer = ilze.get("/console/debts.csv")
    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert lines[0][:3] == ["Bill", "Customer", "Name"]
    assert lines[1][:6] == ["R-1", "1000001", "'=1+1", "100.01", "2026-10-15", "Overdue"]
    assert len(lines) == 4
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_audit_log_names_the_debt_that_was_looked_at_and_paid(
    app: Flask, ilze: FlaskClient, database: Database
) -> None:
    let_in(database, {"zane": "operator administrator"})
    row = debt(database)
    post(ilze, f"{page_of(row)}/paid", page_of(row))
    page = enter(app, "zane").get("/console/audit").get_data(as_text=True)
    assert page.count(f'href="{page_of(row)}"') == 2
    assert "looked at debts R-1" in text_of(page)


def test_only_operators_see_debts(app: Flask) -> None:
    for name in ("anna", "dainis"):
        client = enter(app, name)
        for path in ("/console/debts", "/console/debts.csv", HALT):
            assert client.get(path).status_code == 403
        assert not re.search('href="/console/debts"', client.get("/console/").text)


@pytest.mark.parametrize("language", ["lv", "ru"])
def test_the_pages_stand_in_the_persons_language(
    app: Flask, database: Database, language: str
) -> None:
    told(database, "first", NOW)
    let_in(database, {"jana": "operator"}, language)
    jana = enter(app, "jana")
    for path in ("/console/debts", HALT, page_of(debt(database))):
        assert jana.get(path).status_code == 200
    words = {"lv": "pēdējais brīdinājums, ja nesamaksā", "ru": "последнее предупреждение, если"}
    assert words[language] in shown(jana, "/console/debts")


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_what_forbids_an_approval_is_said_in_the_language_of_the_person(
    app: Flask, ilze: FlaskClient, database: Database, language: str
) -> None:
    post(ilze, "/console/debts/notice", "/console/debts", kind="first")
    path = f"/console/alerts/campaign/{only_draft(database)['id']}"
    database.transaction(lambda tx: agents.set_taste(tx, "marta", language=language, theme="auto"))
    marta = enter(app, "marta")
    key = "console.alerts.fact.debts."
    assert say(language, f"{key}moratorium") not in shown(marta, path)
    database.transaction(
        lambda tx: moratorium.switch_on(tx, moratorium.Terms("sals"), by="ilze", now=NOW)
    )
    assert say(language, f"{key}moratorium") in shown(marta, path)


def test_every_refusal_of_debts_has_a_sentence_in_three_languages() -> None:
    why = set(re.findall(r'DebtRefused\(.*?"(\w+)"[,)]', REFUSED, re.DOTALL))
    assert {"own", "unpayable", "late", "too_near"} <= why
    for key in why:
        pages = (f"console.alerts.fact.debts.{key}", f"console.debts.refused.{key}")
        assert all(any(has(name, page) for page in pages) for name in LANGUAGES), key


def test_sums_are_written_as_the_reader_writes_them(
    app: Flask, ilze: FlaskClient, database: Database
) -> None:
    for language, sum_of in (("lv", "100,01"), ("ru", "100,01"), ("en", "100.01")):
        database.transaction(
            lambda tx, language=language: agents.set_taste(  # type: ignore[misc]
                tx, "ilze", language=language, theme="auto"
            )
        )
        assert sum_of in shown(ilze, "/console/debts")
    assert "100.01" in ilze.get("/console/debts.csv").get_data(as_text=True)


def test_what_is_next_is_looked_for_once_until_something_changes(
    ilze: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def look(tx: Tx, kind: str, now: datetime, policy: Policy) -> list[Row]:
        looks.append(kind)
        return next_for(tx, kind, now, policy)

    monkeypatch.setattr(debts_ready, "next_for", look)
    for _ in range(3):
        assert "First notice for 3 debts" in shown(ilze, "/console/debts")
    assert len(looks) == 4, "one of five kinds is never true"
    post(ilze, "/console/debts/notice", "/console/debts", kind="first")
    assert "First notice for" not in shown(ilze, "/console/debts")
    assert len(looks) == 8
