# ruff: noqa: F811 - fixtures are found by their names
"""What the pages of alerts say of campaigns: how far they are, what lacks, whom to ring up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.campaigns import rules as campaigns
from bot.campaigns.course import stand_of
from bot.cli.campaigns import preview_lines
from bot.cli.watching import how_far
from bot.network import outages
from bot.network.calling_off import foresee
from bot.network.outages import Actor
from storage import Database, calls
from storage import campaigns as rows
from tests.bot import grid
from tests.web.console import enter, post
from tests.web.test_console_alerts import (  # noqa: F401 - fixtures among them
    LATE,
    app,
    clock,
    ilze,
    only,
    page_of,
    plan,
    text_of,
)


def forget_phone(database: Database, number: int) -> None:
    """A customer whom no SMS reaches, nor anything else."""
    database.run("DELETE FROM contacts WHERE customer_number = ?", [f"C{number}"])
    blank = "UPDATE customers SET postal_address = '' WHERE customer_number = ?"
    database.run(blank, [f"C{number}"])


def test_a_stopped_campaign_is_not_said_to_be_sent(ilze: FlaskClient, database: Database) -> None:
    plan(database, LATE)
    own = page_of(only(database, "planned_notice"))
    forget_phone(database, 3)
    post(ilze, f"{own}/approve", page=own, reason="Bojāts balsts")
    grid.fan_out(database, grid.NOW)
    sent = "UPDATE messages SET status = 'delivered' WHERE peer = ?"
    database.run(sent, [grid.phone(1)])
    post(ilze, f"{own}/stop", page=own)
    page = text_of(ilze.get(own))
    assert "Sent 1 of 2" in page
    assert "1 taken back" in page
    assert "1 customer cannot be reached" in page
    assert 'value="1" max="2"' in page
    stand = stand_of(database, str(only(database, "planned_notice")["id"]))
    assert how_far(stand) == "1 of 2 sent, 1 taken back, 1 cannot be reached"


def test_one_campaign_of_works_at_one_place_has_a_right_title(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, grid.WORKS)
    page = text_of(ilze.get(page_of(only(database, "planned_notice"))))
    assert "<h1>Planned works, 12.12.</h1>" in page
    plan(database, replace(LATE, external_id="W2"), replace(LATE, external_id="W3"))
    assert "Planned works at 2 places" in text_of(ilze.get("/console/alerts"))


def test_a_text_that_is_missing_is_no_language_that_nobody_reads(
    ilze: FlaskClient, database: Database
) -> None:
    post(ilze, "/console/alerts/announce", lv="Slēgts.", everybody="1")
    row = only(database, "announcement")
    page = text_of(ilze.get(page_of(row)))
    assert "The text is missing: 1 reader" in page
    assert "at least 3 parts" in page
    assert "Nobody reads this language." in page, "nobody reads English"
    seen = campaigns.look(database, row, grid.NOW, grid.POLICY)
    assert seen.unwritten == {"ru": 1}
    lines = "\n".join(preview_lines(seen, full=False))
    assert "Segments: at least 3" in lines
    assert "text missing: ru 1" in lines


def test_who_must_be_rung_up_is_told_with_the_reason(ilze: FlaskClient, database: Database) -> None:
    forget_phone(database, 3)
    database.run("UPDATE premises SET life_support = 1 WHERE customer_number = 'C1'")
    plan(database, LATE)
    page = text_of(ilze.get(page_of(only(database, "planned_notice"))))
    assert "2 customers must be rung up: 1 cannot be reached otherwise, 1 live by a device" in page


def test_a_stopped_campaign_says_that_its_works_still_stand(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    assert "The works still stand." not in text_of(ilze.get(own))
    post(ilze, f"{own}/stop", page=own)
    page = text_of(ilze.get(own))
    assert "The works still stand." in page
    work = outages.find(database, "W1")
    assert f'href="/console/alerts/works/{work["id"]}"' in page
    assert "/console/alerts/works/cancel?from=2026-12-12&amp;to=2026-12-12" in page
    outages.cancel(database, ["W1"], Actor("ilze", grid.NOW, grid.POLICY))
    database.run("UPDATE campaigns SET updated_at = '2026-12-01T10:00:01.000Z'")
    assert "The works still stand." not in text_of(ilze.get(own))


def test_whom_to_ring_up_is_listed_and_marked(app: Flask, database: Database) -> None:
    database.run("UPDATE premises SET life_support = 1 WHERE customer_number IN ('C1', 'C2')")
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    ilze, path = enter(app, "ilze"), "/console/alerts/calls"
    assert "Nobody has to be rung up." in text_of(ilze.get(path))
    assert f'href="{path}"' in text_of(ilze.get(own))
    post(ilze, f"{own}/approve", page=own)
    page = text_of(ilze.get(path))
    assert grid.phone(1) in page
    assert "life support" in page
    first, second = (str(row["id"]) for row in calls.list_calls(database))
    table = text_of(ilze.get(f"{path}.csv"))
    assert table.count("Klients") == 2
    assert f"'{grid.phone(1)}" in table, "no formula"
    post(ilze, f"{path}/{first}", page=path, told="1", outcome="dzird labi")
    post(ilze, f"{path}/{second}", page=path, told="0")
    done = {row["id"]: row["outcome"] for row in calls.list_calls(database, states=["done"])}
    assert done == {first: "dzird labi", second: ""}
    by_person = database.all("SELECT topic_id FROM messages WHERE provider = 'person'")
    assert [row["topic_id"] for row in by_person] == [first]
    post(ilze, f"{path}/{first}", page=own, told="1")
    assert "Something has changed meanwhile" in text_of(ilze.get(path))
    assert post(ilze, f"{path}/nothing", page=own).status_code == 404
    assert enter(app, "anna").get(path).status_code == 403


def test_what_calling_off_would_tell_is_shown_before_the_act(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, grid.WORKS, replace(grid.WORKS, external_id="W2", transformer="T2"))
    own = page_of(only(database, "planned_notice"))
    post(ilze, f"{own}/approve", page=own)
    grid.fan_out(database, grid.DUE)
    told = "UPDATE messages SET status = 'delivered' WHERE peer IN (?, ?)"
    database.run(told, [grid.phone(1), grid.phone(4)])
    path = "/console/alerts/works/cancel?from=2026-12-12&to=2026-12-12"
    page = text_of(ilze.get(f"{path}&reason=Sals"))
    assert "2 other customers are not written to" in page
    assert page.count('class="screen"') == 3
    assert "отмен" in page
    assert "The message waits for approval" in page
    assert 'name="reason" value="Sals"' in page
    assert outages.find(database, "W1")["state"] == "scheduled"
    assert [row["kind"] for row in rows.list_campaigns(database)].count("cancelled") == 0
    found = outages.to_cancel(database, ["W1", "W2"], None, None)
    (seen,) = foresee(database, found, Actor("ilze", grid.NOW, grid.POLICY), reason="Sals") or []
    assert (seen.messages, seen.campaign["recipients"]) == (2, 2)


def test_a_place_or_reason_that_fits_nothing_is_said_so_and_those_there_are_offered(
    ilze: FlaskClient, database: Database
) -> None:
    plan(database, grid.WORKS)
    path = "/console/alerts/works/cancel?from=2026-12-12&to=2026-12-12"
    page = text_of(ilze.get(path))
    assert '<option value="F1">' in page
    assert '<option value="transformatora remonts" label="' in page
    assert "Nobody was told, so nobody is written to." in page
    assert "There is no such feeder." in text_of(ilze.get(f"{path}&feeder=F9"))
    assert "have these words in their reason" in text_of(ilze.get(f"{path}&reason_was=koki"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0x0b", "The number is not valid"),
        ("0x51", "No such number, or it takes no SMS"),
        ("UNDELIV/034", "The carrier could not deliver it"),
        ("0x0f", "Our settings were refused"),
        ("0xff", "Another reason"),
    ],
)
def test_codes_of_kannel_are_told_in_words(
    ilze: FlaskClient, database: Database, code: str, words: str
) -> None:
    plan(database, grid.WORKS)
    own = page_of(only(database, "planned_notice"))
    post(ilze, f"{own}/approve", page=own)
    grid.fan_out(database, grid.DUE)
    sql = "UPDATE messages SET status = 'failed', provider = 'kannel', error_code = ?"
    database.run(sql, (code,))
    page = text_of(ilze.get(f"{own}/course"))
    assert words in page and f'<span class="soft">{code}</span>' in page
