"""The head of the audit log is told once a day, signed, and a log of that is compared."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import jobs
from bot.cli import gaisma
from bot.policy import read_policy
from bot.running import audited, checks_data
from bot.service import Service
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


def test_who_replaced_the_key_is_told_what_to_do(
    database: Database, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(database, 10)
    audited.tell_daily(database, NOW, KEY)
    monkeypatch.setenv("GAISMA_SECRET_KEY", "another" * 3)
    other = Settings(database_url=url, secret_keys=("another" * 3,))
    (check,) = (each for each in checks_data.database(other) if each.what == "audit")
    said = CliRunner().invoke(gaisma, ["audit", "verify"])
    assert (check.state, said.exit_code) == ("mend", 1)
    for sentences in (check.says, said.output):
        assert "row 10 was not signed with our key" in sentences
        assert "GAISMA_SECRET_KEY=new,old" in sentences
        assert "The worker signs with the new one within a day" in sentences
        assert "Change or delete nothing in the database." in sentences
    both = Settings(database_url=url, secret_keys=("another" * 3, KEY))
    (check,) = (each for each in checks_data.database(both) if each.what == "audit")
    assert (check.state, check.says) == ("ok", "whole: rows 1 to 10")
    # Where the old key is lost, what is said comes true.
    assert audited.tell_daily(database, NOW + timedelta(days=1), "another" * 3)
    assert audited.look(database, other.secret_keys).broken is None


def test_without_a_key_of_its_own_the_service_signs_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="gaisma")
    act(database)
    policy = read_policy()
    for keys, lines in (((), 0), ((KEY,), 1)):
        service = Service(Settings(secret_keys=keys), policy, database)
        jobs._let_go(service, NOW)
        assert sum("audit head" in line for line in caplog.messages) == lines
