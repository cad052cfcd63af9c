"""The script of a step, taken apart as the engine reads it; databases of before a step."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from storage import open_database, receipts, schema_postgres, steps
from storage.schema import FIRST, MIGRATIONS, statements
from tests.worlds import NOW


def test_every_statement_is_whole_and_none_is_lost() -> None:
    parts = list(statements(FIRST))
    assert "".join(parts).strip() == FIRST.strip()
    assert all(sqlite3.complete_statement(part) for part in parts)


def test_a_trigger_is_one_statement() -> None:
    script = (
        "CREATE TABLE a (b);\n"
        "CREATE TRIGGER c AFTER INSERT ON a BEGIN\n  DELETE FROM a;\n  SELECT 1;\nEND;\n"
    )
    assert len(list(statements(script))) == 2


def test_a_last_one_without_its_end_is_kept() -> None:
    assert list(statements("SELECT 1;\nSELECT 2")) == ["SELECT 1;\n", "SELECT 2"]


def test_a_word_kept_twice_is_kept_once_afterwards(
    empty_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of before the step, with what could be in it."""
    with monkeypatch.context() as before:
        _stop_before(before, "m002_receipts_once")
        with closing(open_database(empty_address)) as old:
            assert old.migrate() == ["m001_first"]
            old.many(
                "INSERT INTO receipts VALUES (?, ?, ?, ?, NULL, ?)",
                [
                    (f"r{n}", message, provider_id, word, f"2026-12-01T10:00:0{n}.000Z")
                    for n, (message, provider_id, word) in enumerate(
                        [("m1", "P1", "sent"), ("m1", "P1", "sent"), ("m1", "P1", "delivered"),
                         ("m1", "P2", "sent"), ("m2", "P1", "sent"), ("m1", "P1", "sent")]
                    )
                ],
            )  # fmt: skip
    with closing(open_database(empty_address)) as made:
        assert made.pending_migrations() == ["m002_receipts_once"]
        assert made.migrate() == ["m002_receipts_once"]
        kept = [row["id"] for row in made.all("SELECT id FROM receipts ORDER BY id")]
        assert kept == ["r0", "r2", "r3", "r4"]
        assert not made.transaction(
            lambda tx: receipts.add(tx, "m1", "P1", "sent", error_code="", now=NOW)
        )


def _stop_before(patch: pytest.MonkeyPatch, name: str) -> None:
    """Both engines know no steps from this one on."""
    at = list(schema_postgres.STEPS).index(name)
    patch.setattr(MIGRATIONS, "_migrations", MIGRATIONS._migrations[:at])
    patch.setattr(steps, "STEPS", dict(list(schema_postgres.STEPS.items())[:at]))


def test_both_engines_have_the_same_steps() -> None:
    assert list(schema_postgres.STEPS) == [step.name for step in MIGRATIONS._migrations]
