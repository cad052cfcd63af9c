"""One outage and the list of all: what a dispatcher sets, who was told, and who was quicker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.network import outages
from bot.network.outages import Actor
from bot.service import Service
from tests.web.console import NOW, enter
from tests.web.network_world import act, make, network_of, only_outage, report, text_of
from tests.worlds import OTHER_PHONE, PHONE, add_outage


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


# --- the life of an outage ------------------------------------------------------------------


def test_crew_time_cause_and_end_are_set_and_kept_with_their_maker(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    make(dainis)
    for crew in ("handed_over", "on_way", "working"):
        assert act(dainis, service, "crew", crew=crew).status_code == 303
        assert only_outage(service)["crew"] == crew
    act(dainis, service, "move", ends="2026-11-23T16:00", reason="nokritis koks")
    assert only_outage(service)["ends_at"] == "2026-11-23T14:00:00.000Z"
    act(dainis, service, "restore")
    row = only_outage(service)
    assert row["state"] == "restored"
    page = text_of(dainis.get(f"/console/network/outages/{row['id']}").get_data(as_text=True))
    for words in ("handed over", "on the way", "working", "fallen tree", "restored", "dainis"):
        assert words in page
    act(dainis, service, "reopen", open="1")
    assert only_outage(service)["state"] == "active"
    act(dainis, service, "cancel")
    assert only_outage(service)["state"] == "cancelled"


def test_a_reason_stands_in_the_readers_language_and_stays_as_it_was_written(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    make(dainis, reason="nokritis koks")
    page = dainis.get(f"/console/network/outages/{only_outage(service)['id']}")
    shown = page.get_data(as_text=True)
    assert "nokritis" not in shown
    assert 'value="fallen tree"' in shown
    act(dainis, service, "move", ends="2026-11-23T16:00", reason="fallen tree")
    assert only_outage(service)["reason"] == "nokritis koks"
    act(dainis, service, "move", ends="2026-11-23T16:00", reason="flooded cellar of Anna")
    page = dainis.get(f"/console/network/outages/{only_outage(service)['id']}")
    assert "flooded cellar of Anna" in page.get_data(as_text=True)


def test_what_the_state_allows_no_more_is_refused(dainis: FlaskClient, service: Service) -> None:
    report(service, 1)
    make(dainis)
    for name in ("reopen", "nest"):
        assert act(dainis, service, name, transformer="TP-100").status_code == 409
    act(dainis, service, "restore")
    for name in ("crew", "move", "restore", "cancel"):
        answer = act(dainis, service, name, crew="on_way", open="1")
        assert answer.status_code == 409
        assert "cannot be done any more" in answer.get_data(as_text=True)


def test_who_acts_on_what_somebody_else_has_changed_sees_it_first(
    app: Flask, dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    make(dainis)
    act(enter(app, "zane"), service, "crew", crew="on_way")
    answer = act(dainis, service, "restore", seen=1)
    assert answer.status_code == 409
    assert "zane changed this outage" in answer.get_data(as_text=True)
    assert only_outage(service)["state"] == "active"


def test_a_part_that_stayed_dark_becomes_an_outage_of_its_own(
    dainis: FlaskClient, service: Service
) -> None:
    add_outage(service.database, [1, 4, 12], NOW - timedelta(hours=1), None)
    act(dainis, service, "restore")
    whole = only_outage(service)
    answer = act(dainis, service, "nest", transformer="TP-700")
    page = text_of(dainis.get(answer.headers["Location"]).get_data(as_text=True))
    assert "O-unplanned-1-N1" in page
    assert "The outage and its parts O-unplanned-1 restored" in page
    below = dainis.get(f"/console/network/outages/{whole['id']}").get_data(as_text=True)
    assert "O-unplanned-1-N1" in below


def test_what_waits_for_approval_is_shown_with_the_way_to_it(
    app: Flask, dainis: FlaskClient, service: Service
) -> None:
    service.database.run("UPDATE premises SET transformer = 'TP-100'")
    report(service, 1)
    object.__setattr__(service.policy, "campaign_four_eyes_over", 1)
    page = make(dainis).headers["Location"]
    shown = dainis.get(page).get_data(as_text=True)
    assert "waits for approval" in text_of(shown)
    assert "alerts/" not in shown, "a dispatcher has no page of alerts"
    (campaign,) = service.database.all("SELECT id FROM campaigns")
    assert f"/console/alerts/campaign/{campaign['id']}" in enter(app, "zane").get(page).get_data(
        as_text=True
    )


def test_who_was_told_is_listed_without_whole_phone_numbers(
    dainis: FlaskClient, service: Service
) -> None:
    report(service, 1)
    make(dainis)
    page = dainis.get(f"/console/network/outages/{only_outage(service)['id']}/told")
    shown = page.get_data(as_text=True)
    assert "Brīvības iela 105-12" in shown
    assert PHONE not in shown
    assert OTHER_PHONE not in shown


def test_planned_works_are_not_for_the_dispatcher_to_move(
    dainis: FlaskClient, service: Service
) -> None:
    add_outage(
        service.database, [1], NOW + timedelta(days=9), NOW + timedelta(days=9, hours=2),
        kind="planned", state="scheduled",
    )  # fmt: skip
    page = dainis.get(f"/console/network/outages/{only_outage(service)['id']}")
    assert "moved and cancelled by operators" in page.get_data(as_text=True)
    assert act(dainis, service, "restore").status_code == 409


# --- the list -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["unplanned-1", "TP-100", "tp-100", "F-1", "Brivibas iela", "Brīvības iela 105", "Rīga"],
)
def test_outages_are_found_by_name_transformer_street_and_town(
    dainis: FlaskClient, service: Service, words: str
) -> None:
    add_outage(service.database, [1], NOW, None)
    add_outage(service.database, [8], NOW, None)
    page = dainis.get("/console/network/outages", query_string={"q": words})
    assert "O-unplanned-1<" in page.get_data(as_text=True)
    if words != "F-1":
        assert "O-unplanned-8<" not in page.get_data(as_text=True)


def test_outages_now_to_come_and_past_stand_apart(dainis: FlaskClient, service: Service) -> None:
    add_outage(service.database, [1], NOW, None)
    add_outage(
        service.database, [2], NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1),
        kind="planned", state="scheduled",
    )  # fmt: skip
    add_outage(
        service.database, [3], NOW - timedelta(days=1), NOW - timedelta(hours=20),
        kind="planned", state="scheduled",
    )  # fmt: skip
    shown = {
        show: dainis.get(f"/console/network/outages?show={show}").get_data(as_text=True)
        for show in ("now", "planned", "past")
    }
    names = {show: re.findall(r"O-\w+-\d(?=<)", page) for show, page in shown.items()}
    assert names == {"now": ["O-unplanned-1"], "planned": ["O-planned-2"], "past": ["O-planned-3"]}
    nothing = dainis.get("/console/network/outages?q=zzzz").get_data(as_text=True)
    assert "Nothing was found" in nothing


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_each_page_is_whole_in_each_language(app: Flask, service: Service, language: str) -> None:
    report(service, 1, danger=True)
    service.database.run("UPDATE agents SET language = ?", [language])
    client = enter(app, "zane")
    add_outage(service.database, [12], NOW, None)
    actor = Actor("zane", NOW, service.policy)
    outages.set_crew(service.database, "O-unplanned-12", "on_way", actor)
    row = only_outage(service)
    for path in ("", "/new?transformer=TP-100", "/outages", f"/outages/{row['id']}",
                 f"/outages/{row['id']}/told"):  # fmt: skip
        answer = client.get(f"/console/network{path}")
        assert answer.status_code == 200
        assert "console.network" not in answer.get_data(as_text=True)
