"""The network: reports become clusters, and clusters outages that are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.network.outages import Actor, store_changes
from bot.network.overview import street_of
from bot.service import Service
from bot.web.console import latvia
from storage import reports
from storage.outages import OutageChange
from tests.web.console import NOW, enter, post, token_of
from tests.web.network_world import NEW, make, network_of, only_outage, report, text_of
from tests.worlds import PHONE, add_outage, eic


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with network_of(tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def dainis(app: Flask) -> FlaskClient:
    return enter(app, "dainis")


# --- who may see it -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anna", "ilze"])
@pytest.mark.parametrize("path", ["network", "network/now", "network/new", "network/outages"])
def test_the_network_is_for_dispatchers(app: Flask, name: str, path: str) -> None:
    assert enter(app, name).get(f"/console/{path}").status_code == 403


def test_an_outage_that_is_not_there_is_not_found(dainis: FlaskClient) -> None:
    for path in ("", "/state", "/told"):
        assert dainis.get(f"/console/network/outages/nothing{path}").status_code == 404
    answer = post(
        dainis, "/console/network/outages/nothing/restore", page="/console/network/new", seen=1
    )
    assert answer.status_code == 404


# --- clusters -------------------------------------------------------------------------------


def test_reports_of_one_transformer_stand_together_with_their_counts(
    dainis: FlaskClient, service: Service
) -> None:
    service.database.run("UPDATE premises SET life_support = 1 WHERE eic = ?", [eic(9)])
    report(service, 1, minutes_ago=50)
    report(service, 4, minutes_ago=9, danger=True)
    report(service, 9)
    page = text_of(dainis.get("/console/network").get_data(as_text=True))
    assert "TP-100" in page
    assert "3 reports" in page
    assert "1 danger" in page
    assert "1 life support" in page
    assert "Rīga : Brīvības iela" in page
    assert "10:10 – 10:55" in page


def test_several_transformers_of_a_feeder_point_at_the_feeder(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    assert "Feeder F-1" not in dainis.get("/console/network").get_data(as_text=True)
    report(service, 2)
    page = text_of(dainis.get("/console/network").get_data(as_text=True))
    assert "Feeder F-1 2 transformers · 13 premises 2 reports" in page


def test_reports_older_than_the_window_are_counted_and_dangers_stay(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1, minutes_ago=500)
    page = dainis.get("/console/network").get_data(as_text=True)
    assert "TP-100" not in page
    assert "1 earlier open report" in page
    assert "TP-100" in dainis.get("/console/network?back=24").get_data(as_text=True)
    report(service, 2, minutes_ago=500, danger=True)
    assert "TP-200" in dainis.get("/console/network").get_data(as_text=True)


def test_a_page_that_has_the_latest_is_told_nothing_new(
    dainis: FlaskClient, service: Service, clock: time_machine.Traveller
) -> None:
    page = dainis.get("/console/network").get_data(as_text=True)
    found = re.search(r'data-version="([^"]+)"', page)
    assert found
    ask = f"/console/network/now?after={found[1]}"
    assert dainis.get(ask).status_code == 204
    report(service, 1)
    answer = dainis.get(ask)
    assert "TP-100" in answer.get_data(as_text=True)
    assert answer.headers["X-Gaisma-Version"] != found[1]


def test_what_a_customer_wrote_is_text_and_nothing_more(
    dainis: FlaskClient, service: Service
) -> None:
    service.database.transaction(
        lambda tx: reports.file_report(
            tx, PHONE, address="<script>x</script>", town="<b>Ogre</b>", eics=(), scope="whole",
            message_id="m", now=NOW,
        )
    )  # fmt: skip
    for path in ("/console/network", f"{NEW}?town=%3Cb%3EOgre%3C/b%3E"):
        page = dainis.get(path).get_data(as_text=True)
        assert "&lt;script&gt;x" in page
        assert "<script>x" not in page


def test_the_map_shows_what_has_a_place(dainis: FlaskClient, service: Service) -> None:
    service.database.run("UPDATE premises SET lat = 56.95, lon = 24.11 WHERE town = 'Rīga'")
    report(service, 1)
    add_outage(service.database, [12], NOW, None)
    page = dainis.get("/console/network").get_data(as_text=True)
    assert 'class="mark cluster"' in page
    assert 'class="mark unplanned"' in page
    assert 'aria-label="TP-100, Rīga: 1 report"' in page


@pytest.mark.parametrize(("lat", "lon"), [(56.95, 24.11), (55.87, 26.53), (57.75, 22.6)])
def test_places_in_latvia_are_on_the_map(lat: float, lon: float) -> None:
    x, y = latvia.position(lat, lon)
    assert 0 < x < latvia.WIDTH
    assert 0 < y < latvia.HEIGHT


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("Brīvības iela 105A-12", "Brīvības iela"), ('"Kalnāji"', '"Kalnāji"'), ("", ""),
        ("18. novembra iela 3/5 k-1", "18. novembra iela"), ("Kalna iela 7-3, Ogre", "Kalna iela"),
    ],
)  # fmt: skip
def test_a_street_is_its_address_without_the_house(address: str, street: str) -> None:
    assert street_of(address) == street


# --- an outage out of a cluster -------------------------------------------------------------


def test_before_it_is_made_one_sees_what_it_says_and_to_how_many(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    page = text_of(dainis.get(f"{NEW}?transformer=TP-100").get_data(as_text=True))
    assert "3 premises , 3 customers" in page
    assert "2 phones will get an SMS" in page
    assert "Sadales tikls: elektrotikla bojajums" in page
    assert "авария" in page
    assert "a power cut" in page
    look = dainis.get(
        "/console/network/look?where=feeder+F-1&reason=v%C4%93tra&ends=2026-11-23T15:00"
    ).get_data(as_text=True)
    assert "13 premises" in text_of(look)
    assert "15:00" in look
    assert service.database.all("SELECT id FROM outages") == []


def test_a_cluster_becomes_an_outage_and_its_people_are_told(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1, minutes_ago=30)
    answer = make(dainis, ends="2026-11-23T15:00", open="", reason="vētra",
                  starts="2026-11-23T10:30")  # fmt: skip
    row = only_outage(service)
    assert answer.headers["Location"] == f"/console/network/outages/{row['id']}"
    assert (row["kind"], row["state"], row["reason"]) == ("unplanned", "active", "vētra")
    assert row["starts_at"] == "2026-11-23T08:30:00.000Z"
    assert row["ends_at"] == "2026-11-23T13:00:00.000Z"
    page = text_of(dainis.get(answer.headers["Location"]).get_data(as_text=True))
    assert "The outage is made." in page
    assert "recipients are being told" in page
    assert (
        "TP-100"
        not in text_of(dainis.get("/console/network/now").get_data(as_text=True)).split(
            "Outages now"
        )[0]
    )
    found = service.database.all("SELECT actor, action FROM audit WHERE action = 'outage.add'")
    assert [tuple(each) for each in found] == [("dainis", "outage.add")]


def test_only_the_premises_that_were_reported_can_be_meant(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    report(service, 4)
    make(dainis, where="eics ")
    rows = service.database.all("SELECT eic FROM outage_premises ORDER BY eic")
    assert [row["eic"] for row in rows] == sorted((eic(1), eic(4)))


def test_a_second_dispatcher_hears_that_the_first_was_quicker(
    app: Flask, dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    zane = enter(app, "zane")
    token = token_of(zane.get(f"{NEW}?transformer=TP-100").get_data(as_text=True))
    make(dainis)
    form = {"transformer": "TP-100", "where": "transformer TP-100", "open": "1", "known": "",
            "csrf_token": token}  # fmt: skip
    answer = zane.post(NEW, data=form)
    assert answer.status_code == 409
    name = str(only_outage(service)["external_id"])
    assert f"an outage was made there: {name}" in answer.get_data(as_text=True)
    # Having seen it, they may say that theirs is another fault.
    assert zane.post(NEW, data=form | {"known": name}).status_code == 303


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ends": "2026-11-23T10:00", "open": ""}, "This time is over"),
        ({"starts": "2026-11-24T10:00"}, "cannot begin in the future"),
        ({"ends": "soon", "open": ""}, "could not be read"),
        ({"reason": "x" * 201}, "too long"),
        ({"where": "planet Earth"}, "Say where"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    dainis: FlaskClient, service: Service, fields: dict[str, object], sentence: str
) -> None:
    report(service, 1)
    answer = make(dainis, **fields)
    assert answer.status_code == 400
    assert sentence in answer.get_data(as_text=True)
    assert service.database.all("SELECT id FROM outages") == []


def test_a_transformer_that_nobody_has_is_refused(dainis: FlaskClient) -> None:
    answer = post(dainis, NEW, where="free", kind="transformer", name="TP-000", open="1")
    assert answer.status_code == 409
    assert "No premises is there" in answer.get_data(as_text=True)


def test_a_report_that_was_looked_at_leaves_the_list(dainis: FlaskClient, service: Service) -> None:
    key = report(service, 1)
    page = f"{NEW}?transformer=TP-100"
    answer = post(dainis, f"/console/network/reports/{key}/close", page=page, transformer="TP-100")
    assert answer.headers["Location"] == "/console/network"
    assert "No report is without" in dainis.get("/console/network").get_data(as_text=True)
    post(dainis, f"/console/network/reports/{key}/close", page="/console/network/new")
    assert "open no more" in dainis.get("/console/network").get_data(as_text=True)


def test_a_danger_stays_on_top_until_somebody_has_looked_at_it(
    service: Service, dainis: FlaskClient
) -> None:
    report(service, 1)
    danger = report(service, 2, danger=True)
    title = "Dangers that nobody has looked at"
    make(dainis, where="transformer TP-100")
    assert service.database.one("SELECT 1 FROM fault_reports WHERE outage_id IS NOT NULL")
    page = dainis.get("/console/network").get_data(as_text=True)
    assert title in page
    assert page.index(title) < page.index('id="clusters-h"')
    version = dainis.get("/console/network/now").headers["X-Gaisma-Version"]
    for _ in range(2):
        path = f"/console/network/reports/{danger}/look"
        assert post(dainis, path, page="/console/network/new").status_code == 303
    answer = dainis.get("/console/network/now")
    assert title not in answer.get_data(as_text=True)
    assert answer.headers["X-Gaisma-Version"] != version
    acts = service.database.all(
        "SELECT actor, subject FROM audit WHERE action = 'danger looked at'"
    )
    assert [tuple(row) for row in acts] == [("dainis", danger)]


def test_an_outage_of_which_nobody_was_told_yet_says_since_when(
    service: Service, dainis: FlaskClient, clock: time_machine.Traveller
) -> None:
    starts = NOW + timedelta(days=9)
    change = OutageChange(
        "W-1", 1, "planned", "scheduled", starts, starts + timedelta(hours=3), "", eics=(eic(1),)
    )
    store_changes(service.database, [change], Actor("ilze", NOW, service.policy))
    clock.shift(timedelta(minutes=12))
    told = "nobody told yet: waits for approval, 12 min"
    outages = "/console/network/outages"
    assert told in dainis.get(f"{outages}?show=planned").get_data(as_text=True)
    page = f"{outages}/{only_outage(service)['id']}"
    assert told in dainis.get(page).get_data(as_text=True)
    service.database.transaction(lambda tx: tx.run("UPDATE notices SET state = 'queued'"))
    assert told not in dainis.get(page).get_data(as_text=True)
