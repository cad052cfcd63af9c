"""The script of a step, taken apart as the engine reads it."""

from __future__ import annotations

import sqlite3

from storage.schema import FIRST, statements


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
