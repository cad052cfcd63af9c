"""The head of the audit log is told once a day, signed, and a log of that is compared."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import gaisma
from bot.running import audited, checks_data
from bot.settings import Settings
from storage import Database
from storage.database import audit

NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
KEY = "k" * 20


def act(database: Database, count: int = 1) -> None:
    for _ in range(count):
        database.transaction(lambda tx: audit(tx, "anna", "agent.add", "juris", now=NOW))


def cut(database: Database, last: int) -> None:
    """What somebody does who may write the database and knows the chain."""
    row = database.one("SELECT hash FROM audit WHERE seq = ?", (last,))
    assert row is not None
    database.run("DELETE FROM audit WHERE seq > ?", (last,))
    database.run("UPDATE audit_chain SET seq = ?, hash = ?", (last, row["hash"]))


def test_the_head_is_told_once_a_day(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="gaisma")
    told = [audited.tell_daily(database, NOW, KEY)]
    act(database)
    for hours in (0, 1, 23, 24, 30, 48):
        told.append(audited.tell_daily(database, NOW + timedelta(hours=hours), KEY))
    assert told == [False, True, False, False, True, False, True]
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 3
    assert audited.heads(lines, ["other", KEY]).keys() == {1}
    with pytest.raises(audited.Forged):
        audited.heads(lines, ["other"])


def test_an_end_cut_off_is_found_by_what_was_told_last(database: Database) -> None:
    act(database, 10)
    audited.tell_daily(database, NOW, KEY)
    assert audited.look(database, [KEY]).broken is None
    cut(database, 6)
    assert "last 4 row(s) are missing" in audited.words(audited.look(database, [KEY]))


@pytest.fixture
def url(database: Database, address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GAISMA_DATABASE_URL", address)
    monkeypatch.setenv("GAISMA_SECRET_KEY", KEY)
    return address


def test_the_command_compares_a_log_that_was_kept(
    database: Database, url: str, tmp_path: Path
) -> None:
    run = CliRunner().invoke
    assert "empty" in run(gaisma, ["audit", "verify"]).output
    act(database, 10)
    kept = tmp_path / "service.log"
    line = run(gaisma, ["audit", "head"]).output
    kept.write_text(f"2026-11-03 10:00:00 WARNING gaisma.audit {line}and more\n", "utf-8")
    good = run(gaisma, ["audit", "verify", "--log", str(kept)])
    assert (good.exit_code, good.output) == (0, "The audit log is whole: rows 1 to 10.\n")
    cut(database, 6)
    assert run(gaisma, ["audit", "verify"]).exit_code == 0
    bad = run(gaisma, ["audit", "verify", "--log", str(kept)])
    assert bad.exit_code == 1
    assert "broken at row 7: the last 4 row(s) are missing" in bad.output
    kept.write_text(line.replace("head 10", "head 9"), "utf-8")
    forged = run(gaisma, ["audit", "verify", "--log", str(kept)])
    assert forged.exit_code == 1
    assert "not signed with our key" in forged.output


def test_the_doctor_says_that_somebody_changed_the_log(database: Database, url: str) -> None:
    act(database, 10)
    settings = Settings(database_url=url, secret_keys=(KEY,))

    def says() -> tuple[str, str]:
        (check,) = (each for each in checks_data.database(settings) if each.what == "audit")
        return check.state, check.says

    assert says() == ("ok", "whole: rows 1 to 10")
    database.run("UPDATE audit SET actor = 'zane' WHERE seq = 4")
    state, words = says()
    assert state == "mend"
    assert words.startswith("broken at row 4: it was changed")
