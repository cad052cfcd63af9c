"""Whoever makes or approves a campaign hears that nothing goes out, and what lets it go on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.outbox import pause_sending
from storage import Database
from tests.bot import grid
from tests.cli.conftest import Gaisma

WORKS = """external_id,sequence,kind,state,starts_at,ends_at,reason,transformer
W1,1,planned,scheduled,2030-12-12T09:00:00+02:00,2030-12-12T15:00:00+02:00,,T1
"""
STOPPED = "! All sending is stopped. To go on: gaisma campaign resume --all"
ANNOUNCE = ("campaign", "announce", "--all", "--lv", "Ziņa.", "--ru", "Весть.", "--en", "News.")


@pytest.fixture(autouse=True)
def homes(house: Database) -> None:
    grid.people(house, [1, 2])


def file_of(folder: Path, text: str) -> str:
    path = folder / "file.csv"
    path.write_text(text, "utf-8")
    return str(path)


def test_while_all_is_stopped_every_maker_of_a_campaign_says_so(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    due = date.today() - timedelta(days=20)
    owed = f"customer_number,reference,sum_eur,due_on\nC1,R-1,40.00,{due}\n"
    run("import", "debts", file_of(tmp_path, owed))
    run("campaign", "stop", "--all")
    assert STOPPED in run("import", "outages", file_of(tmp_path, WORKS)).stderr
    assert STOPPED in run("debt", "notice", "first").stderr
    assert STOPPED in run(*ANNOUNCE).stderr
    assert STOPPED in run("campaign", "list").stderr
    run("campaign", "resume", "--all")
    assert STOPPED not in run(*ANNOUNCE).stderr


def test_a_pause_for_wrong_settings_is_said_with_what_to_do(run: Gaisma, house: Database) -> None:
    now = datetime.now(UTC)
    house.transaction(lambda tx: pause_sending(tx, "The token is wrong.", now))
    told = run(*ANNOUNCE).stderr
    assert "! SMS are held: The token is wrong. Correct the settings" in told
    assert "gaisma doctor" in told


def test_a_program_reads_json_and_nothing_else(run: Gaisma, house: Database) -> None:
    run("campaign", "stop", "--all")
    assert run(*ANNOUNCE, "--json").stderr == ""
