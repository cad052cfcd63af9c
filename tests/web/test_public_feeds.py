"""The outages for other programs: each feed is read by what others would read it with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from icalendar import Calendar

from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database
from tests.web.public_world import HOUR, Visitor, outage, people, until, works

ATOM = "{http://www.w3.org/2005/Atom}"
PUBLIC = "https://sms.example.lv"


@pytest.fixture
def service(database: Database) -> Service:
    people(database)
    return Service(Settings(public_url=PUBLIC), read_policy(), database)


@pytest.fixture
def visitor(service: Service) -> Visitor:
    return Visitor(service)


def events(visitor: Visitor, path: str = "/outages.ics?lang=en") -> list[Any]:
    return list(Calendar.from_ical(visitor.read(path)).walk("VEVENT"))


@pytest.mark.parametrize("path", ["/outages.json", "/outages.geojson", "/outages.atom",
                                  "/outages.ics"])  # fmt: skip
def test_any_page_may_read_a_feed(visitor: Visitor, path: str) -> None:
    answer = visitor.client.get(path, headers={"Origin": "https://pasvaldiba.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept-Language" not in answer.headers["Vary"]


def test_json_tells_all_that_the_page_does(service: Service, visitor: Visitor) -> None:
    fault = outage(service.database, "TP-1", crew="on_way")
    later = works(service.database, "TP-6")
    told = json.loads(visitor.read("/outages.json"))
    first, second = told["outages"]
    assert (first["id"], second["id"]) == (fault, later)
    assert first["url"] == f"{PUBLIC}/outages/{fault}"
    assert (first["kind"], first["state"], first["crew"]) == ("unplanned", "active", "on_way")
    assert first["cause"] == {
        "code": "cable_damage", "lv": "kabeļa bojājums", "ru": "повреждение кабеля",
        "en": "cable damage",
    }  # fmt: skip
    assert first["where"] == [{"town": "Cēsis", "streets": ["Ozolu iela"], "premises": 10}]
    assert second["where"] == [{"town": "Raunas pag.", "streets": [], "premises": 10}]
    assert second["state"] == "scheduled"


def test_geojson_is_valid_and_shows_squares(service: Service, visitor: Visitor) -> None:
    for transformer in ("TP-1", "TP-4", "TP-5"):
        outage(service.database, transformer)
    told = json.loads(visitor.read("/outages.geojson"))
    assert told["type"] == "FeatureCollection"
    spots = []
    for feature in told["features"]:
        assert feature["type"] == "Feature"
        assert feature["geometry"]["type"] == "Point"
        lon, lat = feature["geometry"]["coordinates"]
        assert 20 < lon < 29
        assert 55 < lat < 59
        spots.append((feature["properties"]["accuracy_km"], lon, lat))
    assert sorted(spots) == [(1, 25.275, 57.315), (10, 24.65, 56.85), (10, 25.65, 57.35)]
    answer = visitor.client.get("/outages.geojson")
    assert answer.headers["Content-Type"] == "application/geo+json"


def test_homes_without_coordinates_have_no_place_on_the_map(
    service: Service, visitor: Visitor
) -> None:
    service.database.run("UPDATE premises SET lat = NULL, lon = NULL")
    outage(service.database, "TP-1")
    (feature,) = json.loads(visitor.read("/outages.geojson"))["features"]
    assert feature["geometry"] is None
    assert feature["properties"]["accuracy_km"] is None


def test_atom_is_well_formed_and_names_the_latest_first(
    service: Service, visitor: Visitor
) -> None:  # fmt: skip
    outage(service.database, "TP-1", reason="koks & <vējš> uzkrita līnijai")
    works(service.database, "TP-2")
    feed = ElementTree.fromstring(visitor.read("/outages.atom?lang=en"))
    assert feed.tag == f"{ATOM}feed"
    assert feed.find(f"{ATOM}id") is not None
    titles = [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")]
    assert titles == ["Planned: Skolas iela, Ogre", "Fault: Ozolu iela, Cēsis"]
    for entry in feed.iter(f"{ATOM}entry"):
        assert (entry.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        assert entry.findtext(f"{ATOM}updated")
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert link.attrib["href"].startswith(f"{PUBLIC}/outages/")


def test_a_calendar_keeps_its_events_as_they_change(service: Service, visitor: Visitor) -> None:
    works(service.database, "TP-1")
    (first,) = events(visitor)
    assert (first["sequence"], first["status"]) == (1, "CONFIRMED")
    outage(
        service.database, "TP-1", sequence=2, kind="planned", starts=until(2, 9), ends=until(2, 10)
    )
    (moved,) = events(visitor)
    assert moved["uid"] == first["uid"]
    assert moved["sequence"] == 2
    assert moved["dtstart"].dt - first["dtstart"].dt > 5 * HOUR
    outage(
        service.database, "TP-1", sequence=3, kind="planned", starts=until(2, 9), ends=until(2, 10),
        state="cancelled",
    )  # fmt: skip
    (off,) = events(visitor)
    assert (off["uid"], off["sequence"], off["status"]) == (first["uid"], 3, "CANCELLED")
    assert "today" not in off["description"]
    assert off["url"].startswith(f"{PUBLIC}/outages/")


def test_a_calendar_says_how_often_to_ask_and_what_it_is(visitor: Visitor) -> None:
    calendar = Calendar.from_ical(visitor.read("/outages.ics?lang=lv"))
    assert calendar["method"] == "PUBLISH"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT15M" in visitor.read("/outages.ics")
    assert calendar["refresh-interval"].dt == timedelta(minutes=15)
    assert "elektrības pārtraukumi" in calendar["x-wr-calname"]
    answer = visitor.client.get("/outages.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))


def summaries(found: Iterable[Any]) -> list[str]:
    return sorted(str(each["summary"]) for each in found)


def test_one_subscribes_to_a_street_or_a_town_in_any_spelling(
    service: Service, visitor: Visitor
) -> None:
    outage(service.database, "TP-1")
    outage(service.database, "TP-2")
    works(service.database, "TP-3")
    for path in ("street=Ozolu+iela&town=C%C4%93sis", "street=ozolu&town=cesis",
                 "street=озолу&town=Цесис", "town=cesis"):  # fmt: skip
        found = events(visitor, f"/outages.ics?lang=en&{path}")
        assert summaries(found) == ["Power is off: Ozolu iela, Cēsis"], path
    assert events(visitor, "/outages.ics?street=Skolas&town=Dobele&lang=en")[0]["summary"] == (
        "Power off: Skolas iela, Dobele"
    )


def test_a_street_with_nothing_is_an_empty_calendar_and_an_unknown_one_is_none(
    visitor: Visitor,
) -> None:
    assert events(visitor, "/outages.ics?street=Skolas&town=Ogre") == []
    for path in ("street=Skolas", "street=Nonesuch&town=Ogre", "town=Nonesuch"):
        assert visitor.client.get(f"/outages.ics?{path}").status_code == 404, path


def test_a_week_after_it_was_over_an_outage_is_forgotten(
    service: Service, visitor: Visitor
) -> None:  # fmt: skip
    id_ = outage(service.database, "TP-1", state="restored")
    assert json.loads(visitor.read("/outages.json"))["outages"][0]["state"] == "restored"
    service.database.run("UPDATE outages SET updated_at = '2020-01-01T00:00:00.000Z'")
    assert json.loads(visitor.read("/outages.json"))["outages"] == []
    assert visitor.client.get(f"/outages/{id_}").status_code == 404
