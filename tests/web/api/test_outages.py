"""Outages over the API: what is put is what a file would have loaded; repeating changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.importing import load_file
from bot.policy import read_policy
from storage import Database
from tests.web.api.conftest import NOW, Caller, caller_of, open_world
from tests.worlds import add_phone, eic

pytestmark = pytest.mark.both

START = (NOW + timedelta(days=8)).replace(microsecond=0)
WORKS: dict[str, Any] = {
    "sequence": 1,
    "kind": "planned",
    "state": "scheduled",
    "starts_at": START.isoformat(),
    "ends_at": (START + timedelta(hours=5)).isoformat(),
    "reason": "līnijas remonts",
    "eics": [eic(1), eic(4)],
}
FAULT: dict[str, Any] = {
    "sequence": 1,
    "kind": "unplanned",
    "state": "active",
    "starts_at": (NOW - timedelta(hours=1)).isoformat(),
    "eics": [eic(1)],
}
TABLES = {
    "customers": "customer_number, name, kind, language, postal_address, postcode",
    "premises": "eic, customer_number, address, town, postcode, meter_number, transformer, feeder,"
    " life_support, lat, lon",
    "contacts": "customer_number, kind, value, language",
    "outages": "external_id, kind, state, sequence, revision, starts_at, ends_at, reason, crew",
    "outage_premises": "eic, until_revision",
    "notices": "kind, customer_number, eic, state, revision",
    "campaigns": "kind, state, title, works, parent_id IS NULL AS parent",
}


def rows(database: Database, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that matters of these tables, without ids and moments of loading."""
    return {
        table: sorted(
            (tuple(row) for row in database.all(f"SELECT {TABLES[table]} FROM {table}")), key=str
        )
        for table in tables or TABLES
    }


def test_outages_put_and_loaded_from_a_file_give_the_same_rows(
    call: Caller, tmp_path: Path
) -> None:
    moved = {**WORKS, "sequence": 4, "starts_at": (START + timedelta(hours=1)).isoformat()}
    steps = [
        ("W-1", WORKS), ("W-1", WORKS), ("F-1", FAULT), ("W-1", moved), ("W-1", WORKS),
        ("F-2", {**FAULT, "eics": None, "transformer": "TP-400"}),
        ("W-2", {**WORKS, "eics": None, "feeder": "F-1", "reason": ""}),
        ("F-1", {**FAULT, "sequence": 2, "state": "restored", "ends_at": NOW.isoformat()}),
        ("W-2", {**WORKS, "eics": None, "feeder": "F-1", "reason": "", "state": "cancelled",
                 "sequence": 2}),
    ]  # fmt: skip
    for external_id, body in steps:
        answer = call("PUT", f"/outages/{external_id}", body)
        assert answer.status_code in (200, 201), answer.text
    (tmp_path / "file").mkdir()
    other = open_world(tmp_path / "file")
    for number, (external_id, body) in enumerate(steps):
        path = tmp_path / f"{number}.csv"
        path.write_text(as_csv(external_id, body), "utf-8")
        load_file(other.database, "outages", path, by="f", now=NOW, policy=read_policy())
    assert rows(call.database) == rows(other.database)
    assert len(rows(call.database)["campaigns"]) > 4
    other.close()


def as_csv(external_id: str, body: dict[str, Any]) -> str:
    columns = (
        "external_id", "sequence", "kind", "state", "starts_at", "ends_at", "reason", "eics",
        "transformer", "feeder",
    )  # fmt: skip
    fields = {**body, "external_id": external_id, "eics": " ".join(body.get("eics") or ())}
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(columns)
    out.writerow([fields.get(name) or "" for name in columns])
    return text.getvalue()


def test_an_outage_is_put_read_and_changed(call: Caller) -> None:
    first = call("PUT", "/outages/W-1", WORKS)
    assert (first.status_code, first.json["outcome"]) == (201, "new")
    again = call("PUT", "/outages/W-1", WORKS)
    assert (again.status_code, again.json["outcome"]) == (200, "same")
    assert {each["state"] for each in first.json["campaigns"]} == {"draft"}
    other = call("PUT", "/outages/W-1", {**WORKS, "reason": "cits"})
    assert other.status_code == 409 and "sequence 1" in other.json["detail"]
    later = call("PUT", "/outages/W-1", {**WORKS, "sequence": 3, "reason": "cits"})
    assert later.json["outcome"] == "changed"
    assert call("PUT", "/outages/W-1", WORKS).json["outcome"] == "older"
    found = call("GET", "/outages/W-1").json
    assert (found["reason"], found["sequence"], found["eics"]) == ("cits", 3, [eic(1), eic(4)])
    assert call("GET", "/outages/W-2").status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"eics": ["43Z0000000000000"]}, "/eics"),
        ({"eics": [eic(99)]}, "/eics"),
        ({"ends_at": WORKS["starts_at"]}, "/ends_at"),
        ({"ends_at": None}, "/ends_at"),
        ({"transformer": "TP-100"}, "/eics"),
        ({"eics": None, "transformer": "TP-9"}, "/transformer"),
        ({"eics": None}, "/eics"),
        ({"state": "active"}, "/state"),
        ({"kind": "unplanned"}, "/state"),
        ({"starts_at": "2026-02-30T00:00:00Z"}, "/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+02:00"}, "/starts_at"),
    ],
)
def test_what_cannot_be_is_refused_as_in_a_file(
    call: Caller, change: dict[str, Any], pointer: str
) -> None:
    answer = call("PUT", "/outages/W-1", {**WORKS, **change})
    assert answer.status_code == 409, answer.text
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]
    assert call.database.all("SELECT * FROM outages") == []


def test_what_is_odd_is_stored_and_pointed_at(call: Caller) -> None:
    answer = call("PUT", "/outages/W-1", {**WORKS, "eics": [eic(1), eic(99)]})
    assert answer.status_code == 201
    assert {each["field"] for each in answer.json["notes"]} == {"eics"}
    assert call("GET", "/outages/W-1").json["eics"] == [eic(1)]


def test_who_did_it_is_in_the_audit(call: Caller) -> None:
    call("PUT", "/outages/W-1", WORKS)
    call("PUT", "/outages/W-1", WORKS)
    call("POST", "/outages/W-1/events", {"sequence": 2, "cause": "koki"})
    found = call.database.all(
        "SELECT actor, action FROM audit WHERE subject = 'W-1' ORDER BY id"
    )  # fmt: skip
    assert [tuple(row) for row in found] == [
        ("api:all", "outage.put"), ("api:all", "outage.event")
    ]  # fmt: skip


# --- events ---------------------------------------------------------------------------------


def event(call: Caller, external_id: str, **body: Any) -> Any:
    answer = call("POST", f"/outages/{external_id}/events", body)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_events_change_what_they_name_and_nothing_else(call: Caller) -> None:
    call("PUT", "/outages/F-1", FAULT)
    until = (NOW + timedelta(hours=2)).replace(microsecond=0)
    told = event(call, "F-1", sequence=2, estimated_restoration=until.isoformat())["outage"]
    assert told["ends_at"] == f"{until:%Y-%m-%dT%H:%M:%S}.000Z"
    assert event(call, "F-1", sequence=3, cause="koks uz līnijas")["outage"]["reason"]
    told = event(call, "F-1", sequence=4, crew="on_way")["outage"]
    assert (told["crew"], told["reason"]) == ("on_way", "koks uz līnijas")
    assert event(call, "F-1", sequence=5, estimated_restoration=None)["outage"]["ends_at"] is None
    assert event(call, "F-1", sequence=3, cause="cits")["outcome"] == "older"
    told = event(call, "F-1", sequence=6, state="restored")
    assert told["outage"]["state"] == "restored" and told["outage"]["ends_at"]
    assert event(call, "F-1", sequence=6, state="restored")["outcome"] == "same"


def test_a_discarded_outage_was_a_mistake(call: Caller) -> None:
    add_phone(call.database, "1000001", "+37120000001", "lv", NOW)
    call("PUT", "/outages/F-1", FAULT)
    assert event(call, "F-1", sequence=2, discarded=True)["outage"]["state"] == "cancelled"


@pytest.mark.parametrize(
    "body",
    [
        {"sequence": 2, "state": "scheduled"},
        {"sequence": 2, "estimated_restoration": (NOW - timedelta(days=3)).isoformat()},
    ],
)
def test_events_that_cannot_be_are_refused(call: Caller, body: dict[str, Any]) -> None:
    call("PUT", "/outages/F-1", FAULT)
    assert call("POST", "/outages/F-1/events", body).status_code == 409
    assert call("POST", "/outages/F-9/events", body).status_code == 404


# --- twice is once --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    service = open_world(tmp_path_factory.mktemp("twice"))
    found = caller_of(service)
    yield found
    found.app.extensions["gaisma.places"].stop()
    service.close()


times = st.integers(-48, 480).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat())
bodies = st.fixed_dictionaries(
    {
        "sequence": st.integers(0, 4),
        "kind": st.just("planned"),
        "state": st.sampled_from(["scheduled", "active", "restored", "cancelled"]),
        "starts_at": times,
        "ends_at": times,
        "reason": st.sampled_from(["", "līnijas remonts", "koki"]),
        "eics": st.lists(st.sampled_from([eic(n) for n in range(1, 8)]), min_size=1, max_size=4),
    }
)


@given(st.lists(bodies, min_size=1, max_size=4), st.integers(0, 10**9))
@settings(
    max_examples=25, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_putting_twice_is_putting_once(
    shared: Caller, sent: list[dict[str, Any]], number: int
) -> None:
    path = f"/outages/P-{number}"
    tables = ("outages", "outage_premises", "notices", "campaigns")
    for body in sent:
        first = shared("PUT", path, body)
        before = rows(shared.database, *tables)
        second = shared("PUT", path, body)
        assert rows(shared.database, *tables) == before
        if first.status_code in (200, 201):
            assert second.status_code == 200
            assert second.json["outcome"] in ("same", "older")
        else:
            assert (second.status_code, second.json) == (first.status_code, first.json)


def test_moments_of_the_answers_are_in_utc(call: Caller) -> None:
    call("PUT", "/outages/W-1", WORKS)
    found = call("GET", "/outages/W-1").json
    assert datetime.fromisoformat(found["starts_at"]).tzinfo == UTC
    assert datetime.fromisoformat(found["starts_at"]) == START
