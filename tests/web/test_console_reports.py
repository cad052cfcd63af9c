"""The reports of the console: who may see them, what they count, what a person teaches by them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from bot.desk import handoff
from bot.policy import read_policy
from bot.reports import tables
from bot.reports.costs import Cost, Costs
from bot.reports.talked import month_of_texts
from bot.reports.waits import middle_and_p90, month_of_waits
from bot.service import Service
from bot.settings import Settings
from bot.turn import Inbound, Turns
from bot.web.console.charts import Chart, Series, columns, lines, rows
from storage import candidates, conversations, open_database
from tests import engines
from tests.bot.warned import Batch, add_batch
from tests.web.console import enter, let_in, post

PHONE = "+37120000777"
UNCLEAR = "nu tad kā ar to lietu"
SHEETS = ("reach", "delivery", "texts", "waits", "costs")
ALL = (*SHEETS, "deadlines", "understanding")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    database = open_database(engines.new_address(tmp_path, migrated=True))
    database.migrate()
    let_in(database)
    yield Service(Settings(secret_keys=("x",)), read_policy(), database)
    database.close()


@pytest.fixture
def ilze(app: Flask) -> FlaskClient:
    return enter(app, "ilze")


def now() -> datetime:
    return datetime.now(UTC)


def this_month() -> str:
    return f"{now():%Y-%m}"


def write(service: Service, *texts: str, phone: str = PHONE) -> None:
    turns = Turns(service)
    for place, text in enumerate(texts):
        turns.take(Inbound("sandbox", f"{phone}-{place}-{now().timestamp()}", phone, text), now())


def cells(answer: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.removeprefix("\ufeff"))))


@pytest.mark.parametrize("name", ALL)
def test_operators_and_administrators_see_every_report_and_agents_none(
    app: Flask, name: str
) -> None:
    assert enter(app, "ilze").get(f"/console/reports/{name}").status_code == 200
    assert enter(app, "marta").get(f"/console/reports/{name}.csv").status_code == 200
    for person in ("anna", "dainis"):
        assert enter(app, person).get(f"/console/reports/{name}").status_code == 403
        assert enter(app, person).get(f"/console/reports/{name}.csv").status_code == 403


def test_an_unknown_report_and_a_month_that_is_none(ilze: FlaskClient) -> None:
    assert ilze.get("/console/reports/nothing").status_code == 404
    assert ilze.get("/console/reports/nothing.csv").status_code == 404
    for month in ("2026-13", "x", "1999-01", "'; DROP"):
        answer = ilze.get("/console/reports/texts", query_string={"month": month})
        assert answer.status_code == 404


def test_texts_are_counted_by_meaning_hour_and_who_answered(
    service: Service, ilze: FlaskClient
) -> None:
    write(service, "Paldies!")
    write(service, "Gribu runāt ar cilvēku", phone="+37120000778")
    month = month_of_texts(service.database, now().date(), now())
    assert (month.texts, month.talks, month.alone, month.share_alone) == (2, 2, 1, 50)
    assert month.intents == {"thanks": 1, "agent": 1}
    assert sum(month.hours.values()) == 2
    page = ilze.get("/console/reports/texts").get_data(as_text=True)
    assert "<svg" in page
    assert "50 %" in page
    rows_ = cells(ilze.get("/console/reports/texts.csv").get_data(as_text=True))
    assert [this_month(), "intent", "agent", "1", ""] in rows_


def test_a_wait_lasts_from_the_first_call_to_the_first_word_of_an_agent(service: Service) -> None:
    write(service, "Gribu runāt ar cilvēku", "Nu kad būs cilvēks?")
    write(service, "Gribu runāt ar cilvēku", phone="+37120000778")
    (row,) = conversations.find_conversations(service.database, PHONE)
    later = now() + timedelta(minutes=12)
    handoff.say(service, row["id"], agent="anna", text="Labdien!", now=later)
    found = month_of_waits(
        service.database, now().date(), later + timedelta(minutes=1), promised=15
    )
    assert (found.asked, found.unanswered) == (2, 1)
    assert [round(each) for each in found.minutes] == [12]
    assert middle_and_p90(found.minutes) == (found.minutes[0],) * 2
    assert middle_and_p90([]) is None
    assert found.in_time == 100, "the other one may still be answered in time"
    much_later = later + timedelta(minutes=10)
    found = month_of_waits(service.database, now().date(), much_later, promised=15)
    assert (found.overdue, found.in_time) == (1, 50)


def test_costs_are_those_of_alerts_answers_and_agents(service: Service, ilze: FlaskClient) -> None:
    add_batch(service.database, replace(Batch("a", 1, 10), sent_at=now()))
    write(service, "Paldies!")
    rows_ = cells(ilze.get("/console/reports/costs.csv?span=3").get_data(as_text=True))
    kinds = {row[1]: row for row in rows_[1:]}
    assert kinds["planned_notice"][2:] == ["sms", "10", "20", "1.0"]
    assert kinds["answer"][3] == "1"
    page = ilze.get("/console/reports/costs?span=3").get_data(as_text=True)
    assert "1.00 EUR" in page


def test_what_was_not_understood_is_shown_without_who_wrote_and_can_be_taught(
    service: Service, ilze: FlaskClient
) -> None:
    write(service, f"{UNCLEAR} 30001234 +37129123456")
    page = ilze.get("/console/reports/understanding").get_data(as_text=True)
    assert UNCLEAR in page
    assert "30001234" not in page
    assert "29123456" not in page
    (teach,) = set(re.findall(r'action="(/console/reports/understanding/texts/[^"]+)"', page))
    here = "/console/reports/understanding"
    assert post(ilze, teach, here, intent="").status_code == 303
    assert candidates.waiting(service.database) == []
    assert post(ilze, teach, here, intent="planned_outages").status_code == 303
    (waiting,) = candidates.waiting(service.database)
    assert (waiting["text"], waiting["intent"]) == (UNCLEAR, "planned_outages")
    page = ilze.get(here).get_data(as_text=True)
    assert "Waits for review" in page
    answer = post(ilze, f"{here}/{waiting['id']}/accept", here, intent="outage_status",
                  text=f"{UNCLEAR} beidzot")  # fmt: skip
    assert answer.status_code == 303
    (phrase,) = candidates.phrases(service.database)
    assert (phrase["text"], phrase["intent"]) == (f"{UNCLEAR} beidzot", "outage_status")
    assert phrase["accepted_by"] == "ilze"
    assert "means from now on: When power is back" in ilze.get(here).get_data(as_text=True)
    post(ilze, f"{here}/{phrase['id']}/reject", here)
    assert candidates.phrases(service.database) == []


def test_what_contradicts_a_phrase_is_refused_in_the_persons_words(
    service: Service, ilze: FlaskClient
) -> None:
    write(service, UNCLEAR)
    here = "/console/reports/understanding"
    page = ilze.get(here).get_data(as_text=True)
    teach = re.findall(r'action="(/console/reports/understanding/texts/[^"]+)"', page)[0]
    post(ilze, teach, here, intent="billing")
    (waiting,) = candidates.waiting(service.database)
    accept = f"{here}/{waiting['id']}/accept"
    post(ilze, accept, here, intent="billing", text="nav elektrības")
    page = ilze.get(here).get_data(as_text=True)
    assert "contradicts the example" in page
    assert "--intent" not in page
    post(ilze, accept, here, intent="billing", text="dzirksteļo vads")
    assert "can only be accepted as" in ilze.get(here).get_data(as_text=True)
    post(ilze, f"{here}/00000000-none/accept", here, intent="billing")
    assert "decided on it already" in ilze.get(here).get_data(as_text=True)


def test_deadlines_of_a_month_of_works_and_of_a_customer(
    service: Service, ilze: FlaskClient
) -> None:
    sent = now() - timedelta(days=8)
    add_batch(service.database, replace(Batch("w", 1, 5), sent_at=sent, days=4))
    starts = service.database.one("SELECT external_id, starts_at FROM outages")
    assert starts is not None
    month, name = starts["starts_at"][:7], starts["external_id"]
    address = "/console/reports/deadlines"
    page = ilze.get(address, query_string={"month": month}).get_data(as_text=True)
    assert "told late" in page
    for of, many in ((name, 5), ("C0000003", 1)):
        page = ilze.get(address, query_string={"of": of}).get_data(as_text=True)
        assert of in page
        rows_ = cells(ilze.get(f"{address}.csv", query_string={"of": of}).get_data(as_text=True))
        assert len(rows_) == many + 1
        answer = ilze.get(f"{address}.pdf", query_string={"of": of})
        assert answer.mimetype == "application/pdf"
        assert "C0000003" in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
        answer.close()
    page = ilze.get(address, query_string={"of": "<b>"}).get_data(as_text=True)
    assert "<b>" not in page
    assert ilze.get(f"{address}.pdf", query_string={"of": "none"}).status_code == 404


def test_a_file_for_spreadsheets_holds_no_formula() -> None:
    file = io.StringIO()
    tables.write(file, tables.costs([Costs(now().date(), [Cost("=1+1", "@x", 1, 1, 5)])]))
    assert "'=1+1,'@x" in file.getvalue()


@pytest.mark.parametrize("draw", [columns, lines, rows])
def test_a_chart_escapes_its_words_and_has_room_for_any_figure(draw) -> None:  # type: ignore[no-untyped-def]
    for values in ([], [0.0], [None, 3.0], [0.001], [5e9, 1], [1.0] * 300):
        chart = Chart("<t>", ["<b>"] * len(values), [Series("<s>", values)])
        drawn = str(draw(chart))
        assert "<b>" not in drawn
        assert "<t>" not in drawn
        assert "nan" not in drawn
        assert not re.search(r'(?:width|height)="-', drawn)
