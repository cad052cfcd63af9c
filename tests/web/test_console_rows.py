# ruff: noqa: F811 - fixtures are found by their names
"""Rows of the inbox say what is at stake, not what was said last."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.service import Service
from bot.turn import Turns
from tests.web.console import enter
from tests.web.talks import (  # noqa: F401 - fixtures
    STRANGER,
    anna,
    clock,
    service,
    shown,
    text,
    turns,
)
from tests.worlds import PHONE


def said(client: FlaskClient) -> str:
    """What the only row says was said."""
    page = shown(client, "/console/inbox")
    (found,) = re.findall(r'<span class="said"[^>]*>(.*?)</span>\n</a>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", found).split())


@pytest.mark.parametrize(
    ("phone", "report", "tag"),
    [
        (PHONE, "mājās bērns uz skābekļa aparāta, nav strāvas", "life support"),
        (STRANGER, "vads guļ uz zemes un dzirksteļo", "danger"),
    ],
)
def test_a_row_shows_what_was_reported_and_then_the_last_word(
    service: Service, turns: Turns, anna: FlaskClient, phone: str, report: str, tag: str
) -> None:
    text(service, turns, phone, report, 10)
    assert said(anna) == report
    assert tag in shown(anna, "/console/inbox").lower()
    text(service, turns, phone, "jā", 9)
    text(service, turns, phone, "lūdzu ātrāk", 8)
    assert said(anna) == f"{report} … lūdzu ātrāk"


def test_who_simply_waits_is_shown_by_the_last_word(
    service: Service, turns: Turns, anna: FlaskClient
) -> None:
    text(service, turns, PHONE, "gribu runāt ar cilvēku", 10)
    text(service, turns, PHONE, "par rēķinu", 9)
    assert said(anna) == "par rēķinu"


def test_a_dispatcher_reads_what_was_said_about_a_danger(
    app: Flask, service: Service, turns: Turns
) -> None:
    text(service, turns, STRANGER, "vads guļ uz zemes <b>un</b> dzirksteļo", 10)
    page = shown(enter(app, "dainis"), "/console/network")
    assert '<q class="block words" dir="auto">vads guļ uz zemes &lt;b&gt;un' in page
    assert "place not known" in page
    assert STRANGER in page
