# ruff: noqa: F811 - fixtures are found by their names
"""Beside a conversation stands what its customer agreed to and withdrew, and how they said so."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.service import Service
from bot.turn import Turns
from locales.catalogue import LANGUAGES, has
from storage import contacts
from tests.web.console import NOW, enter
from tests.web.talks import (  # noqa: F401 - fixtures
    STRANGER,
    act,
    anna,
    clock,
    service,
    shown,
    talk,
    text,
    turns,
)
from tests.worlds import PHONE


def test_the_register_stands_beside_the_conversation(
    service: Service, turns: Turns, anna: FlaskClient, talk: str
) -> None:
    page = shown(anna, f"/console/inbox/{talk}")
    assert "Number from the file of customers" in page
    assert "Opted out" not in page
    text(service, turns, PHONE, "STOP")
    page = shown(anna, f"/console/inbox/{talk}")
    assert "Opted out of alerts" in page and "“<bdi>STOP</bdi>”" in page
    text(service, turns, PHONE, "START")
    page = shown(anna, f"/console/inbox/{talk}/card")
    assert page.index("Agreed to alerts again") < page.index("Opted out of alerts")


def test_what_an_agent_noted_has_their_name_and_what_a_provider_said_its_way(
    service: Service, anna: FlaskClient, talk: str
) -> None:
    act(anna, talk, "opt_out")
    service.database.transaction(
        lambda tx: contacts.opt_out(
            tx, PHONE, text="21610", message_id="", now=NOW, channel="provider"
        )
    )
    page = shown(anna, f"/console/inbox/{talk}")
    assert "noted by an agent · <bdi>anna</bdi>" in page
    assert "SMS provider" in page


def test_a_stranger_has_no_register(service: Service, turns: Turns, anna: FlaskClient) -> None:
    key = text(service, turns, STRANGER, "operator please")
    assert "Consents and opt-outs" not in shown(anna, f"/console/inbox/{key}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_act_way_and_source_has_words(app: Flask, service: Service, language: str) -> None:
    schema = Path("storage/schema.py").read_text()
    for name, kind in (("action TEXT NOT NULL,", "act"), ("source TEXT NOT NULL,", "from"),
                       ("DEFAULT 'sms',", "way")):  # fmt: skip
        words = schema[schema.index(name) :].splitlines()[0].partition("-- ")[2]
        for word in words.rpartition(": ")[2].split(", "):
            assert has(language, f"console.inbox.register.{kind}.{word}"), word  # type: ignore[arg-type]
    assert enter(app, "anna").get("/console/inbox").status_code == 200
