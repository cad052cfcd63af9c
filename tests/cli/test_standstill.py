"""Whoever makes or approves a campaign hears that nothing goes out, and what lets it go on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.outbox import pause_sending
from bot.policy import RIGA
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


# --- what holds one campaign ----------------------------------------------------------------


@pytest.fixture
def part(run: Gaisma, house: Database, tmp_path: Path) -> str:
    """The notices of works, approved."""
    run("import", "outages", file_of(tmp_path, WORKS))
    (row,) = grid.drafts(house, "planned_notice")
    found = str(row["id"])[-8:]
    run("campaign", "approve", found, "--by", "juris")
    return found


def held(run: Gaisma, part: str) -> list[str]:
    lines = run("campaign", "report", part).stdout.splitlines()
    return [line for line in lines if line.startswith("Held")]


def test_the_report_says_what_holds_a_campaign(run: Gaisma, part: str) -> None:
    run("campaign", "pause", part, "--by", "anna")
    assert held(run, part) == [f"Held: Paused by anna. To go on: gaisma campaign resume {part}"]
    assert run("campaign", "report", part).stdout.count("Paused by") == 1
    run("campaign", "resume", part)
    run("campaign", "stop", "--all")
    assert held(run, part) == []  # it is stopped: nothing of it waits


def test_the_report_of_a_draft_says_that_all_is_stopped(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    run("import", "outages", file_of(tmp_path, WORKS))
    (row,) = grid.drafts(house, "planned_notice")
    part = str(row["id"])[-8:]
    assert held(run, part) == [f"Held: it is a draft; next: gaisma campaign preview {part}"]
    run("campaign", "stop", "--all")
    assert held(run, part) == [f"Held: {STOPPED[2:]}"]


def test_the_report_says_that_quiet_hours_last(
    run: Gaisma, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(RIGA)
    start, end = now - timedelta(hours=1), now + timedelta(hours=1)
    policy = tmp_path / "policy.toml"
    policy.write_text(f'[quiet_hours]\nstart = "{start:%H:%M}"\nend = "{end:%H:%M}"\n', "utf-8")
    monkeypatch.setenv("GAISMA_POLICY", str(policy))
    assert held(run, part) == [
        f"Held: the quiet hours last until {end:%H:%M}; it goes on by itself then."
    ]


def test_the_report_says_that_no_provider_is_set(
    run: Gaisma, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[quiet_hours]\nstart = "08:00"\nend = "08:00"\n', "utf-8")
    monkeypatch.setenv("GAISMA_POLICY", str(policy))
    (line,) = held(run, part)
    assert "simulated phones only; to send them: GAISMA_SMS_PROVIDER" in line


def test_the_report_of_a_debt_says_that_a_moratorium_holds_it(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    due = date.today() - timedelta(days=20)
    owed = f"customer_number,reference,sum_eur,due_on\nC1,R-1,40.00,{due}\n"
    run("import", "debts", file_of(tmp_path, owed))
    run("debt", "notice", "first", "--by", "anna")
    (row,) = grid.drafts(house, "debt")
    run("campaign", "approve", row["id"], "--by", "juris")
    run("moratorium", "on", "--reason", "storm", "--until", "2030-12-31")
    (line,) = held(run, row["id"])
    assert line.startswith("Held: a moratorium holds all messages about debts until 2030-12-31")


def test_the_report_says_when_one_login_made_and_approved(run: Gaisma, part: str) -> None:
    (line,) = [x for x in run("campaign", "report", part).stdout.splitlines() if "login" in x]
    assert line.startswith("! Made by") and "approved by juris from one login:" in line
