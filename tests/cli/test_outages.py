"""`gaisma outage`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.campaigns.fanout import fan_out
from bot.network import promises
from storage import Database, still_dark
from storage.database import stamp
from tests.bot.grid import POLICY, code, people
from tests.cli.conftest import Gaisma

HOUR = timedelta(hours=1)
STARTS, ENDS = "2030-12-12 09:00", "2030-12-12 15:00"


@pytest.fixture(autouse=True)
def homes(house: Database) -> None:
    people(house, [1, 2])
    people(house, [3], transformer="T2")


def listed(run: Gaisma, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("outage", "list", "--json", *words).stdout)
    return rows


def add(run: Gaisma, name: str = "W1", *words: str) -> None:
    place = words or ("--transformer", "T1")
    when = ("--starts", STARTS, "--ends", ENDS)
    result = run("outage", "add", "--kind", "planned", "--id", name, *when, *place)
    assert result.exit_code == 0, result.output


def test_times_are_those_of_latvia(run: Gaisma) -> None:
    add(run)
    (row,) = listed(run)
    assert (row["starts_at"], row["ends_at"]) == (
        "2030-12-12T07:00:00.000Z",
        "2030-12-12T13:00:00.000Z",
    )
    assert (row["premises"], row["town"]) == (2, "Rīga")


def test_adding_says_what_comes_next(run: Gaisma) -> None:
    result = run(
        "outage", "add", "--kind", "planned", "--starts", STARTS, "--ends", ENDS, "--eics", code(1)
    )
    assert "planned_notice: 1 recipient, draft. Next: gaisma campaign preview " in result.stdout


def test_an_unplanned_outage_begins_now_and_needs_no_approval(run: Gaisma) -> None:
    result = run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--json")
    (campaign,) = json.loads(result.stdout)["campaigns"]
    assert (campaign["kind"], campaign["state"], campaign["recipients"]) == (
        "unplanned",
        "approved",
        2,
    )


def test_while_all_sending_is_stopped_a_new_outage_says_so(run: Gaisma) -> None:
    fault = ("outage", "add", "--kind", "unplanned", "--transformer", "T1")
    assert "stopped" not in run(*fault, "--id", "U1").stderr
    run("campaign", "stop", "--all")
    run("outage", "cancel", "U1")
    result = run(*fault, "--id", "U2")
    assert "All sending is stopped. To go on: gaisma campaign resume --all" in result.stderr


def test_moving_keeps_the_premises(run: Gaisma) -> None:
    add(run)
    result = run(
        "outage", "move", "W1", "--starts", "2030-12-13 09:00", "--ends", "2030-12-13 15:00"
    )
    assert result.exit_code == 0, result.output
    (row,) = listed(run)
    assert (row["sequence"], row["revision"], row["premises"]) == (2, 2, 2)


def test_an_end_may_become_unknown_again(run: Gaisma) -> None:
    run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--id", "U1",
        "--ends", ENDS)  # fmt: skip
    assert run("outage", "move", "U1", "--ends", "unknown").exit_code == 0
    assert listed(run)[0]["ends_at"] is None


def test_works_of_some_days_are_cancelled_in_one_act(run: Gaisma) -> None:
    add(run, "W1")
    add(run, "W2", "--transformer", "T2")
    result = run("outage", "cancel", "--from", "2030-12-12", "--to", "2030-12-12", "--town", "rīga")
    assert "Cancelled 2 outages." in result.stdout
    assert [row["external_id"] for row in listed(run, "--state", "cancelled")] == ["W1", "W2"]


def test_power_back_closes_the_outage(run: Gaisma) -> None:
    run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--id", "U1")
    assert "Restored 1 outage." in run("outage", "restore", "U1").stdout
    assert [row["external_id"] for row in listed(run, "--state", "restored")] == ["U1"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("move", "W9", "--starts", STARTS), "there is no outage 'W9'"),
        (("move", "W1"), "give --starts, --ends or both"),
        (("move", "W1", "--ends", "2030-12-12 08:00"), "the end must be after the start"),
        (("cancel",), "name the outages, or give both"),
        (("cancel", "--from", "2030-12-12"), "name the outages, or give both"),
        (("cancel", "--from", "2031-01-01", "--to", "2031-01-02"), "no planned works"),
        (("cancel", "--from", "2030-12-12", "--to", "2030-12-12", "--town", "X"), "no premises"),
        (("add", "--kind", "planned", "--transformer", "T1"), "need --starts and --ends"),
        (("add", "--kind", "unplanned"), "no premises is there"),
        (("add", "--kind", "unplanned", "--eics", "43ZX"), "'43ZX' has 4 characters"),
        (("add", "--kind", "unplanned", "--id", "W1", "--feeder", "F1"), "already"),
        (("add", "--kind", "planned", "--starts", "rīt"), "is no time"),
        (("add", "--kind", "planned", "--starts", "2026-03-29 03:30"), "does not exist in Latvia"),
        (("add", "--kind", "unplanned", "--feeder", "F1", "--id", " "), "an outage needs an id"),
        (("add", "--kind", "unplanned", "--feeder", "F1", "--eics", code(1)), "not several"),
        (("add", "--kind", "unplanned", "--feeder", "F1", "--reason", "x" * 201), "at most 200"),
        (("add", "--kind", "unplanned", "--feeder", "F1", "--starts", STARTS), "in the future"),
        (("move", "W1", "--ends", "2031-03-12 15:00"), "would take 91 days, and 60 is the most"),
        (("cancel", "W1", "--by", " "), "is no name"),
        (
            (
                "add",
                "--kind",
                "planned",
                "--feeder",
                "F1",
                "--starts",
                "2020-12-12 09:00",
                "--ends",
                "2020-12-12 15:00",
            ),
            "the works are over by then",
        ),
        (("move", "W1", "--starts", "2020-12-12 09:00", "--ends", "2020-12-12 15:00"), "are over"),
        (
            (
                "add",
                "--kind",
                "unplanned",
                "--feeder",
                "F1",
                "--starts",
                "2020-12-12 09:00",
                "--ends",
                "2020-12-12 15:00",
            ),
            "the power should be back since then",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Gaisma, words: tuple[str, ...], sentence: str
) -> None:
    add(run)
    result = run("outage", *words)
    assert result.exit_code != 0
    assert sentence in result.stderr


def test_an_outage_named_twice_is_one(run: Gaisma) -> None:
    add(run)
    assert "Cancelled 1 outage." in run("outage", "cancel", "W1", "W1").stdout


def test_an_outage_is_not_cancelled_twice(run: Gaisma) -> None:
    add(run)
    run("outage", "cancel", "W1")
    assert "cancelled already" in run("outage", "cancel", "W1").stderr


def test_an_empty_list_says_what_to_do(run: Gaisma) -> None:
    assert "Add one: gaisma outage add" in run("outage", "list").stdout


def test_odd_times_are_pointed_at(run: Gaisma) -> None:
    words = ("outage", "add", "--kind", "planned", "--transformer", "T1")
    long = run(*words, "--starts", STARTS, "--ends", "2030-12-17 15:00")
    assert "note: ends_at: the works take 6 days. Check the two dates." in long.stderr
    now = datetime.now(UTC)
    hours = ("--starts", (now - HOUR).isoformat(), "--ends", (now + HOUR).isoformat())
    past = run(*words, *hours, "--json")
    assert "begin in the past" in json.loads(past.stdout)["notes"][0]


def test_overlapping_works_are_pointed_at(run: Gaisma) -> None:
    add(run, "W1")
    add(run, "W2", "--transformer", "T2")
    words = ("outage", "add", "--kind", "planned", "--starts", STARTS, "--ends", ENDS)
    third = run(*words, "--id", "W3", "--eics", code(1))
    assert "note: W3: starts_at: it overlaps with W1 at the same premises. All are" in third.stderr
    run("outage", "move", "W3", "--starts", "2030-12-13 09:00", "--ends", "2030-12-13 15:00")
    assert "overlaps" not in run("outage", "move", "W2", "--ends", "2030-12-12 16:00").stderr
    assert "overlaps with W1" in run("outage", "move", "W3", "--starts", STARTS).stderr


def test_a_second_fault_at_the_same_premises_is_pointed_at(run: Gaisma) -> None:
    words = ("outage", "add", "--kind", "unplanned", "--transformer", "T1")
    assert "note" not in run(*words, "--id", "U1").stderr
    second = run(*words, "--id", "U2")
    assert "note: U2: eics: U1 is active at the same premises." in second.stderr
    assert "Nobody has to be told." in second.stdout


def test_works_that_nobody_can_be_texted_of_are_pointed_at(run: Gaisma, house: Database) -> None:
    house.run("DELETE FROM contacts")
    words = ("outage", "add", "--kind", "planned", "--starts", STARTS, "--ends", ENDS)
    result = run(*words, "--transformer", "T1")
    assert "no customer there has a phone that may be written to" in result.stderr


def test_cancelling_a_fault_says_what_customers_are_told(run: Gaisma, house: Database) -> None:
    run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--id", "U1")
    assert "note" not in run("outage", "cancel", "U1").stderr
    run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--id", "U2")
    fan_out(house, datetime.now(UTC), policy=POLICY)
    house.run("UPDATE messages SET status = 'sent'")
    assert "told that it was a mistake" in run("outage", "cancel", "U2").stderr


def test_a_crew_a_passed_time_and_homes_that_stayed_dark_are_shown(
    house: Database, run: Gaisma
) -> None:
    added = run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--id", "U9")
    assert added.exit_code == 0, added.stderr
    assert "say --handed-over, --on-way or --working" in run("outage", "crew", "U9").stderr
    assert run("outage", "crew", "U9", "--on-way").exit_code == 0
    assert "on its way" in run("outage", "list").stdout
    house.run("UPDATE outages SET ends_at = '2026-01-01T00:00:00.000Z', crew = ''")
    house.run("UPDATE outage_revisions SET ends_at = '2026-01-01T00:00:00.000Z'")
    now = datetime.now(UTC)
    house.transaction(lambda tx: promises.keep_promises(tx, now, POLICY))
    assert "U9: its time, 2026-01-01 02:00, has passed" in run("outage", "list").stdout
    assert run("outage", "restore", "U9").exit_code == 0
    (row,) = house.all("SELECT id FROM outages WHERE external_id = 'U9'")
    for each in ("+37120000001", "+37120000002"):
        eic = house.all("SELECT eic FROM premises WHERE transformer = 'T1' ORDER BY eic")[0]["eic"]
        house.transaction(
            lambda tx, each=each, eic=eic: still_dark.note(  # type: ignore[misc]
                tx, each, row["id"], eics=(eic,), message_id="m", now=now
            )
        )
    for words in (("outage", "list"), ("report", "list")):
        assert "SEND SOMEBODY" in run(*words).stdout
    told = json.loads(run("report", "list", "--json").stdout)
    assert [(each["outage"], each["answers"], each["flagged"]) for each in told["still_dark"]] == [
        ("U9", 2, True)
    ]
    assert "U9-N1, nested in U9" in run("outage", "reopen", "U9", "--transformer", "T1").stdout
    again = run("outage", "reopen", "U9", "--ends", "2030-01-01 10:00")
    assert "Reopened U9." in again.stdout
    report = told["reports"][0]["id"][-8:]
    assert "Closed 1." in run("report", "close", report).stdout
    assert "no single open report" in run("report", "close", report).stderr


def test_reasons_are_listed_in_every_language(run: Gaisma) -> None:
    rows = json.loads(run("outage", "reasons", "--json").stdout)
    cutting = {"code": "tree_cutting", "lv": "koku zāģēšana", "ru": "обрезка деревьев"}
    assert {**cutting, "en": "tree cutting"} in rows
    assert "tree_cutting" in run("outage", "reasons").stdout


def test_what_lasts_now_is_listed_first_and_works_that_are_over_with_past(
    run: Gaisma, house: Database
) -> None:
    now = datetime.now(UTC)
    for name, first, last in (("P", -30, -20), ("A", 48, 50), ("N", -1, 2)):
        house.run(
            "INSERT INTO outages (id, external_id, kind, state, sequence, revision, starts_at,"
            " ends_at, reason, updated_at)"
            " VALUES (?, ?, 'planned', 'scheduled', 1, 1, ?, ?, '', '')",
            [name, name, stamp(now + timedelta(hours=first)), stamp(now + timedelta(hours=last))],
        )
    run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--id", "U")
    assert [row["external_id"] for row in listed(run)] == ["U", "N", "A"]
    assert [row["standing"] for row in listed(run)] == ["active", "under way", "scheduled"]
    said = run("outage", "list").stdout
    assert "1 planned outage has ended: gaisma outage list --past" in said
    assert [(row["external_id"], row["standing"]) for row in listed(run, "--past")] == [
        ("P", "ended")
    ]
    run("outage", "restore", "U")
    assert [row["external_id"] for row in listed(run, "--past")] == ["U", "P"]
    assert "has ended" not in run("outage", "list", "--past").stdout


def test_a_reason_that_no_text_knows_is_noted_when_it_is_given(run: Gaisma) -> None:
    add = ("outage", "add", "--kind", "planned", "--starts", STARTS, "--ends", ENDS, "--id", "W1",
           "--transformer", "T1", "--reason", "lidostas mezgls")  # fmt: skip
    assert "the reason 'lidostas mezgls' is not known in ru, en: left out" in run(*add).stderr
    moved = run("outage", "move", "W1", "--ends", "2030-12-12 16:00")
    assert "not known" not in moved.stderr
    assert "'mezgls' is not known" in run("outage", "cancel", "W1", "--reason", "mezgls").stderr


def test_a_dry_run_says_what_a_cancellation_would_tell_and_changes_nothing(
    run: Gaisma, house: Database
) -> None:
    add(run, "W1")
    done = run("outage", "cancel", "W1", "--dry-run", "--reason", "Sals")
    assert "Would cancel 1 outage of 2 customers; told of them: 0." in done.stdout
    assert "Nobody would have to be told." in done.stdout
    assert json.loads(run("outage", "cancel", "W1", "--dry-run", "--json").stdout) == {
        "dry_run": True, "outages": ["W1"], "customers": 2, "told": 0, "campaigns": [],
    }  # fmt: skip
    row = house.one("SELECT state FROM outages WHERE external_id = 'W1'")
    assert row is not None
    assert row["state"] == "scheduled"
