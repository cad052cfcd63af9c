# ruff: noqa: F811 - fixtures are found by their names
"""The audit log tells who saw and did what, in words and in the order of time."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.service import Service
from bot.web.console.frame import POLL
from storage import Row
from storage.database import stamp
from storage.threads import last_act
from tests.web.console import NOW, enter, post
from tests.web.talks import (  # noqa: F401 - fixtures
    anna,
    clock,
    service,
    shown,
    talk,
    turns,
)


def rows(service: Service, action: str) -> list[Row]:
    return service.database.all("SELECT * FROM audit WHERE action = ? ORDER BY id", (action,))


def test_who_opened_a_conversation_stands_in_the_log_once_an_hour(
    service: Service, app: Flask, anna: FlaskClient, talk: str, clock: time_machine.Traveller
) -> None:
    act = last_act(service.database, talk)
    for _ in range(3):
        shown(anna, f"/console/inbox/{talk}")
    anna.get(f"/console/inbox/{talk}/thread", headers={POLL: "1"})
    assert [(row["actor"], row["subject"]) for row in rows(service, "conversation.seen")] == [
        ("anna", talk)
    ]
    assert last_act(service.database, talk) == act, "a look is nothing new to others"
    shown(enter(app, "dainis"), f"/console/inbox/{talk}")
    clock.move_to(NOW.replace(hour=NOW.hour + 1))
    shown(enter(app, "anna"), f"/console/inbox/{talk}")
    assert [row["actor"] for row in rows(service, "conversation.seen")] == [
        "anna", "dainis", "anna",
    ]  # fmt: skip


def test_fault_reports_and_files_that_somebody_took_stand_in_the_log(
    service: Service, app: Flask
) -> None:
    shown(enter(app, "dainis"), "/console/network")
    ilze = enter(app, "ilze")
    shown(ilze, "/console/reports/waits.csv")
    shown(ilze, "/console/alerts/calls.csv")
    shown(ilze, "/console/alerts/calls")
    assert ilze.get("/console/reports/nothing.csv").status_code == 404
    for action, person, what in (
        ("reports.seen", "dainis", "network"),
        ("report.saved", "ilze", "waits"),
        ("calls.saved", "ilze", ""),
        ("calls.seen", "ilze", ""),
    ):
        assert [(r["actor"], r["subject"]) for r in rows(service, action)] == [(person, what)]


def test_every_file_that_can_be_taken_is_noted(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and rule.rule.endswith((".csv", ".pdf")):
            assert hasattr(app.view_functions[rule.endpoint], "sees_what"), rule.rule


def test_refused_tries_say_who_from_where_and_until_when_it_is_locked(
    service: Service, app: Flask, clock: time_machine.Traveller
) -> None:
    for name in ("anna", "nobody here"):
        for _ in range(8):
            post(app.test_client(), "/console/enter", name=name, password="x")
    refused = [(row["subject"], row["detail"]) for row in rows(service, "console.refused")]
    assert refused == [("anna", "127.0.0.1")] * 5 + [("?", "127.0.0.1")] * 5
    locked = [(row["subject"], row["detail"]) for row in rows(service, "console.locked")]
    until = stamp(NOW + timedelta(minutes=15))
    assert locked == [("anna", until), ("?", until)]
    assert [row["subject"] for row in rows(service, "console.refused_locked")] == ["anna", "?"]
    clock.shift(timedelta(minutes=1, seconds=1))
    post(app.test_client(), "/console/enter", name="anna", password="x")
    assert len(rows(service, "console.refused_locked")) == 3
