"""Statements over lists: what each hole becomes, and that engines read it."""

from __future__ import annotations

import pytest

from storage import Database
from storage.lists import by_place, in_chunks, spell


def test_names_become_places_in_the_order_of_the_text() -> None:
    sql = "SELECT :b FROM t WHERE a = :a AND id IN ({ids}) AND c = :b"
    assert spell(sql, ids=["x", "y"], a=1, b=2) == (
        "SELECT ? FROM t WHERE a = ? AND id IN (?, ?) AND c = ?", [2, 1, "x", "y", 2],
    )  # fmt: skip


def test_tuples_become_rows() -> None:
    assert spell("VALUES {rows}", rows=[(1, "a"), (2, "b")]) == (
        "VALUES (?, ?), (?, ?)", [1, "a", 2, "b"],
    )  # fmt: skip


def test_texts_and_casts_are_no_names() -> None:
    sql = "SELECT '10:30', x::text, ':a', :a"
    assert spell(sql, a=1) == ("SELECT '10:30', x::text, ':a', ?", [1])


def test_the_rows_of_many_have_their_values_by_place() -> None:
    assert by_place("UPDATE t SET a = :a, b = ':x' WHERE id = :id AND a <> :a") == (
        "UPDATE t SET a = ?, b = ':x' WHERE id = ? AND a <> ?", ("a", "id", "a"),
    )  # fmt: skip


def test_an_empty_list_and_a_name_without_value_are_refused() -> None:
    with pytest.raises(ValueError, match="ids is empty"):
        spell("SELECT 1 WHERE 1 IN ({ids})", ids=[])
    with pytest.raises(LookupError):
        spell("SELECT :a")


def test_the_engine_reads_what_was_spelled(database: Database) -> None:
    sql = "WITH t (n, word) AS (VALUES {rows}) SELECT word FROM t WHERE n IN ({ids}) AND n < :most"
    rows = [(n, f"w{n}") for n in range(3000)]
    found = database.all(*spell(sql, rows=rows, ids=[1, 5, 2999], most=100))
    assert sorted(row["word"] for row in found) == ["w1", "w5"]


def test_chunks_keep_the_order_and_lose_nothing() -> None:
    assert list(in_chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(in_chunks([], 2)) == []
