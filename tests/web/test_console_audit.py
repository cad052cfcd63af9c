# ruff: noqa: F811 - fixtures are found by their names
"""The audit log tells who saw and did what, in words and in the order of time."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.people.acts import ACTS, DRAFTED, KINDS
from bot.service import Service
from bot.web.console.frame import POLL
from locales.catalogue import LANGUAGES, has
from storage import Row, Tx
from storage.database import audit, stamp
from storage.threads import last_act
from tests.web.console import NOW, enter, let_in, post
from tests.web.talks import (  # noqa: F401 - fixtures
    anna,
    clock,
    service,
    shown,
    talk,
    turns,
)
from tests.worlds import PHONE


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


def written_acts() -> set[str]:
    """What the code writes into the log; parts that are only known later are left out."""
    found: set[str] = set()
    for path in [*Path("bot").rglob("*.py"), *Path("storage").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            if call.func.id not in WRITERS or len(call.args) <= WRITERS[call.func.id]:
                continue
            told = call.args[WRITERS[call.func.id]]
            for node in told.values if isinstance(told, ast.JoinedStr) else [told]:
                if isinstance(node, ast.Constant):
                    found.add(str(node.value))
    return found


# The place of the act among the arguments.
WRITERS = {"audit": 2, "sees": 0, "_end": 1, "load": 1}


def test_each_act_that_the_code_writes_has_words_in_three_languages() -> None:
    acts = written_acts()
    assert {"conversation.seen", "campaign approved", "outage.", "outage.put"} <= acts
    missing = {
        act for act in acts
        if act not in ACTS and not act.endswith((".", DRAFTED)) and act not in ("crew.", "message.")
    }  # fmt: skip
    assert not missing
    for language in LANGUAGES:
        for act in ACTS:
            if not act.endswith(DRAFTED):
                assert has(language, f"console.audit.act.{act.replace(' ', '_')}"), (language, act)
        assert all(has(language, f"console.audit.kind.{kind}") for kind in KINDS)


def test_acts_on_outages_have_words_for_all_that_may_be_done() -> None:
    source = "".join(path.read_text() for path in Path("bot/network").glob("*.py"))
    doings = set(re.findall(r'actor, "([a-z]+)"\)', source))
    assert {"add", "cancel", "nest"} <= doings
    assert {f"outage.{each}" for each in doings} <= ACTS


def test_the_log_is_in_the_order_of_time_with_the_day_and_words(
    service: Service, app: Flask, talk: str
) -> None:
    let_in(service.database, {"marta": "administrator"})
    days = (NOW - timedelta(days=2), NOW, NOW - timedelta(days=1))
    for at in days:
        service.database.transaction(
            lambda tx, at=at: audit(tx, "anna", "conversation.close", talk, now=at)
        )
    marta = enter(app, "marta")
    page = shown(marta, "/console/audit?actor=anna")
    assert re.findall(r'colspan="5">([^<]+)<', page) == [
        "23 November",
        "22 November",
        "21 November",
    ]
    assert page.count("closed the conversation") == 3
    assert "•••" in page
    assert PHONE not in page
    assert f"/console/inbox/{talk}" not in page
    assert "closed the conversation" not in shown(marta, "/console/audit?kind=people")
    assert page.count("Anna") > 3


def test_the_log_goes_back_page_by_page(service: Service, app: Flask) -> None:
    let_in(service.database, {"marta": "administrator"})

    def work(tx: Tx) -> None:
        for number in range(130):
            at = NOW - timedelta(seconds=number // 2)
            audit(tx, "anna", "token.add", f"system{number}.", now=at)

    service.database.transaction(work)
    marta, shown_acts = enter(app, "marta"), list[str]()
    address = "/console/audit?kind=system"
    while address:
        page = shown(marta, address)
        shown_acts += re.findall(r"system\d+\.", page)
        found = re.search(r'href="(/console/audit[^"]*before=[^"]+)"', page)
        address = unescape(found[1]) if found else ""
    assert len(shown_acts) == len(set(shown_acts)) == 130


def test_a_dispatcher_who_administers_opens_the_conversation_from_the_log(
    service: Service, app: Flask, talk: str
) -> None:
    let_in(service.database, {"zane": "administrator dispatcher"})
    zane = enter(app, "zane")
    shown(zane, f"/console/inbox/{talk}")
    page = shown(zane, "/console/audit")
    assert f'href="/console/inbox/{talk}"' in page
    assert PHONE in page
