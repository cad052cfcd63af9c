# ruff: noqa: F811 - fixtures are found by their names
"""Who waits for a person: kept and missed promises, and whose it is."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from bot.service import Service
from bot.turn import Turns
from tests.web.console import enter
from tests.web.talks import (  # noqa: F401 - fixtures
    act,
    anna,
    clock,
    service,
    shown,
    talk,
    text,
    turns,
)


def test_who_waits_for_too_long_counts_as_not_answered_in_time(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    other = text(service, turns, "+37120000601", "operator please", 2)
    act(anna, other, "say", text="Hello", seen="")
    page = shown(anna, "/console/inbox")
    assert "Today 1 answer" in page
    assert "within 15 min: 50 %" in page


def test_who_waits_for_a_person_is_not_with_the_bot(talk: str, anna: FlaskClient) -> None:
    page = shown(anna, f"/console/inbox/{talk}")
    assert "nobody has it yet" in page
    assert "with the bot" not in page


def test_only_agents_are_shown_the_way_to_ready_answers(app: Flask, anna: FlaskClient) -> None:
    assert 'href="/console/ready"' in shown(anna, "/console/inbox")
    dainis = enter(app, "dainis")
    assert dainis.get("/console/ready").status_code == 403
    assert 'href="/console/ready"' not in shown(dainis, "/console/inbox")


def test_a_list_or_a_month_that_does_not_exist_is_not_found(app: Flask, anna: FlaskClient) -> None:
    assert anna.get("/console/inbox?which=bogus").status_code == 404
    ilze = enter(app, "ilze")
    for month in ("2026-13", "bogus", "1999-01"):
        answer = ilze.get(f"/console/reports/reach?month={month}")
        assert answer.status_code == 404
        assert "There is no report of this month" in answer.get_data(as_text=True)
    assert ilze.get("/console/reports/reach?month=2026-10").status_code == 200
