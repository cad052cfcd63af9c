"""Each class of data goes when its days are over, in pieces that nobody waits for."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import gaisma
from bot.policy import read_policy
from bot.running import retention
from storage import Database, audit
from storage import retention as steps
from storage.database import audit as note
from tests.bot.people.whole_person import PHONE, make, put

pytestmark = pytest.mark.both

POLICY = read_policy()
# Ids are made by the clock of this machine, and a day of slack covers what that may be off.
START = datetime.now(UTC)


def rows(database: Database, *names: str) -> list[int]:
    counts = (database.one(f"SELECT count(*) AS n FROM {name}") for name in names)
    return [int(row["n"]) for row in counts if row is not None]


def run(database: Database, days: float, **kept: int) -> dict[str, int]:
    policy = replace(POLICY, **{f"retention_{name}": many for name, many in kept.items()})
    return retention.run(database, policy, START + timedelta(days=days))


def test_nothing_goes_before_its_days_are_over(database: Database) -> None:
    make(database)
    database.run("DELETE FROM registration_tries")
    assert run(database, 29) == {}
    assert retention.last_done(database) == {}


def test_texts_go_first_then_the_talk_and_proof_stays(database: Database) -> None:
    make(database)
    done = run(database, POLICY.retention_conversations + 1)
    assert {name: done.get(name) for name in ("texts", "notes", "waits", "conversations")} == {
        "texts": 2, "notes": 1, "waits": 1, "conversations": 1,
    }  # fmt: skip
    assert rows(database, "turns", "candidates", "conversations", "receipts") == [0, 0, 0, 0]
    assert rows(database, "messages", "notices", "fault_reports") == [3, 2, 1]
    assert run(database, POLICY.retention_conversations + 1) == {}


def test_alerts_lose_whom_and_what_and_then_everything_goes(database: Database) -> None:
    make(database)
    database.run("UPDATE complaints SET state = 'closed', closed_at = made_at")
    database.run("UPDATE debts SET stage = 'paid'")
    database.run("UPDATE calls SET state = 'done'")
    run(database, POLICY.retention_messages + 1)
    left = database.all("SELECT peer, body, status FROM messages")
    assert len(left) == 3
    assert {(row["peer"][:5], row["body"], row["status"]) for row in left} == {
        ("kept-", "", "delivered")
    }
    assert rows(database, "fault_reports", "complaints", "debts", "notices") == [0, 0, 0, 2]
    run(database, POLICY.retention_notices + 1)
    assert rows(database, "messages", "notices", "notice_messages", "calls", "debt_days") == [0] * 5
    if database.engine == "sqlite":
        assert not database.all("PRAGMA foreign_key_check")


def test_what_is_open_stays(database: Database) -> None:
    make(database)
    database.run("UPDATE fault_reports SET state = 'open'")
    database.run("UPDATE conversations SET owner = 'agent'")
    run(database, 10_000)
    assert rows(database, "fault_reports", "complaints", "debts", "calls", "conversations") == [
        1, 1, 1, 1, 1,
    ]  # fmt: skip
    assert rows(database, "customers", "contacts", "opt_outs") == [1, 2, 2]


def test_the_last_word_on_consent_stays(database: Database) -> None:
    def work(tx: Any) -> None:
        for action in ("opted_out", "opted_in", "opted_out"):
            put(tx, "consents", kind="mobile", value=PHONE, action=action)

    database.transaction(work)
    assert run(database, POLICY.retention_consents + 1) == {"consents": 2}
    assert rows(database, "consents") == [1]


def test_the_audit_log_goes_in_order_and_still_verifies(database: Database) -> None:
    def work(tx: Any) -> None:
        for number in range(1500):
            note(tx, "anna", "agent.add", str(number), now=START)

    database.transaction(work)
    assert run(database, POLICY.retention_audit - 1) == {}
    assert run(database, POLICY.retention_audit + 1) == {"audit": 1500}
    verdict = audit.verify(database)
    assert (verdict.broken, verdict.rows) == (None, 2)  # the purges themselves
    assert run(database, POLICY.retention_audit + 2) == {}


def test_a_piece_holds_the_writer_for_a_moment_only(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(tx: Any) -> None:
        for number in range(1000):
            put(tx, "messages", direction="in", channel="sms", kind="text", status="received",
                peer=f"+3712{number:07d}", body="Nav gaismas " * 5)  # fmt: skip

    database.transaction(work)
    took = list[float]()
    taking = steps.take

    def timed(*args: Any) -> int:
        began = time.thread_time()
        done = taking(*args)
        took.append(time.thread_time() - began)
        return done

    monkeypatch.setattr(steps, "take", timed)
    assert run(database, POLICY.retention_conversations + 1) == {"texts": 1000}
    assert len(took) == 10
    assert sorted(took)[5] < 0.05  # seconds of the writer's own work, a piece of 100


def test_the_commands_tell_before_they_take(
    database: Database, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[retention]\nreceipts = 0\n", "utf-8")
    monkeypatch.setenv("GAISMA_DATABASE_URL", address)
    monkeypatch.setenv("GAISMA_POLICY", str(policy))
    make(database)
    database.run("DELETE FROM registration_tries")
    time.sleep(0.01)
    call = CliRunner().invoke
    assert call(gaisma, ["retention", "run", "--dry-run"]).output == "Would go: receipts 10\n"
    assert "Nothing was taken yet" in call(gaisma, ["retention", "status"]).output
    assert call(gaisma, ["retention", "run"]).output == "Gone: receipts 10\n"
    told = json.loads(call(gaisma, ["retention", "status", "--json"]).output)
    (receipts,) = (each for each in told["classes"] if each["what"] == "receipts")
    assert (receipts["days"], receipts["due"], told["last"]["rows"]) == (0, 0, {"receipts": 10})
