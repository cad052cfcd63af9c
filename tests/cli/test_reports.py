"""`gaisma report`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import Database, reports
from tests.bot.grid import code, people, phone
from tests.cli.conftest import Gaisma

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def homes(house: Database) -> None:
    people(house, [1, 2, 3])


def dark(house: Database, number: int, *, minutes: int = 5, danger: bool = False) -> str:
    """A report of customer `number`, so many minutes ago."""
    return house.transaction(
        lambda tx: reports.file_report(
            tx, phone(number), address="", town="", eics=(code(number),), scope="whole",
            message_id=f"m{number}", danger=danger, now=NOW - timedelta(minutes=minutes),
        )
    )  # fmt: skip


def listed(run: Gaisma, *words: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run("report", "list", "--json", *words).stdout)
    return told


def test_no_reports_are_said_so(run: Gaisma) -> None:
    assert "No fault report is open" in run("report", "list").stdout
    assert listed(run)["reports"] == []


def test_a_danger_comes_before_newer_reports(run: Gaisma, house: Database) -> None:
    dark(house, 1, minutes=30)
    dark(house, 2, minutes=20, danger=True)
    dark(house, 3, minutes=10)
    found = listed(run)["reports"]
    assert [row["phone"] for row in found] == [phone(2), phone(3), phone(1)]
    assert [row["danger"] for row in found] == [True, False, False]
    assert found[0]["transformer"] == "T1"


def test_reports_on_one_transformer_are_a_cluster(run: Gaisma, house: Database) -> None:
    dark(house, 1)
    assert listed(run)["clusters"] == []
    dark(house, 2)
    dark(house, 3, minutes=500)
    (cluster,) = listed(run)["clusters"]
    assert (cluster["transformer"], cluster["reports"], cluster["phones"]) == ("T1", 2, 2)
    assert "outage add --kind unplanned --transformer T1" in run("report", "list").stdout


def test_an_outage_that_explains_them_is_named(run: Gaisma, house: Database) -> None:
    dark(house, 1)
    dark(house, 2)
    run("outage", "add", "--kind", "unplanned", "--transformer", "T1", "--id", "U1")
    told = listed(run)
    assert {row["outage"] for row in told["reports"]} == {"U1"}
    assert told["clusters"] == []
    assert "U1" in run("report", "list").stdout


def test_reports_taken_back_are_only_in_all(run: Gaisma, house: Database) -> None:
    own = dark(house, 1)
    house.transaction(lambda tx: reports.cancel_report(tx, own, phone(1), NOW))
    assert listed(run)["reports"] == []
    assert [row["state"] for row in listed(run, "--all")["reports"]] == ["cancelled"]
