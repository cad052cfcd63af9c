"""Many rows at once: on PostgreSQL copied and merged, on SQLite one by one, with one outcome."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.importing import load_file
from bot.policy import read_policy
from storage import Database, Tx, customers, merging
from storage.customers import load_contacts, load_customers, load_premises
from storage.merging import Loaded
from tests.worlds import NOW, eic

MANY = merging.FEW + 30
LATER = NOW + timedelta(days=1)
# What a format with tabs, lines and escapes might take for something else.
ODD = ("", "\\N", "\\.", "a\tb", "line\nline", "\\", '"q"', "Ķ'ē;--", "NULL", " ")


def customer(number: int, **fields: Any) -> dict[str, Any]:
    name = ODD[number % len(ODD)] + f" {number}"
    return {
        "customer_number": f"C{number:05d}", "name": name, "kind": "household", "language": "lv",
        "postal_address": ODD[number % len(ODD)], "postcode": "LV-1001", **fields,
    }  # fmt: skip


def premises(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "eic": f"E{number:05d}", "customer_number": f"C{number:05d}",
        "address": f"Garā iela {number}", "town": "Rīga", "postcode": "LV-1001",
        "meter_number": "", "transformer": "T1", "feeder": "F1",
        "life_support": number % 7 == 0, "lat": None if number % 2 else 56.5,
        "lon": None if number % 2 else 24.125, **fields,
    }  # fmt: skip


def contact(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "customer_number": f"C{number:05d}", "kind": "mobile", "value": f"+3712{number:07d}",
        "language": "lv", **fields,
    }  # fmt: skip


def put_customers(database: Database, rows: list[dict[str, Any]], now: Any = NOW) -> Loaded:
    return database.transaction(lambda tx: load_customers(tx, rows, now))


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, engine: str) -> list[int]:
    """How many rows each copy had; PostgreSQL has one wherever there are many."""
    found: list[int] = []
    if engine == "postgresql":
        from storage.postgres_tx import PostgresTx

        plain = PostgresTx.copy

        def counting(self: Any, table: str, columns: Any, rows: Any) -> int:
            found.append(plain(self, table, columns, rows))
            return found[-1]

        monkeypatch.setattr(PostgresTx, "copy", counting)
    return found


def test_new_changed_and_same_rows_are_told_apart(
    database: Database, engine: str, copied: list[int]
) -> None:
    rows = [customer(n) for n in range(MANY)]
    assert put_customers(database, rows) == Loaded(MANY, 0, 0)
    assert put_customers(database, rows, LATER) == Loaded(0, 0, MANY)
    rows[3]["name"], rows[5]["language"] = "Cits", "ru"
    more = [*rows, customer(MANY)]
    assert put_customers(database, more, LATER) == Loaded(1, 2, MANY - 2)
    found = database.all("SELECT * FROM customers ORDER BY customer_number")
    assert [{name: row[name] for name in customers.CUSTOMER} for row in found] == more
    changed = {
        row["customer_number"] for row in found if row["updated_at"] > found[0]["updated_at"]
    }
    assert changed == {"C00003", "C00005", f"C{MANY:05d}"}
    assert copied == ([MANY, MANY, MANY + 1] if engine == "postgresql" else [])


def test_what_is_not_known_stays_unknown(database: Database) -> None:
    put_customers(database, [customer(n) for n in range(MANY)])
    rows = [premises(n) for n in range(MANY)]

    def load(now: Any) -> Loaded:
        return database.transaction(lambda tx: load_premises(tx, rows, now))

    assert load(NOW) == Loaded(MANY, 0, 0)
    assert load(LATER) == Loaded(0, 0, MANY)
    rows[2]["lat"] = None
    rows[3]["lat"], rows[4]["life_support"] = 57.0, True
    assert load(LATER) == Loaded(0, 3, MANY - 3)
    found = database.all("SELECT * FROM premises ORDER BY eic")
    assert [{name: row[name] for name in customers.PREMISES} for row in found] == rows


def test_a_file_corrects_the_language_of_a_contact_and_nothing_else(database: Database) -> None:
    put_customers(database, [customer(n) for n in range(MANY)])
    rows = [contact(n) for n in range(MANY)]

    def load(source: str, now: Any) -> Loaded:
        return database.transaction(lambda tx: load_contacts(tx, rows, now, source=source))

    assert load("sms", NOW) == Loaded(MANY, 0, 0)
    before = database.all("SELECT * FROM contacts ORDER BY value")
    for row in rows[:4]:
        row["language"] = "en"
    assert load("file", LATER) == Loaded(0, 4, MANY - 4)
    after = database.all("SELECT * FROM contacts ORDER BY value")
    assert [row["language"] for row in after[:5]] == ["en"] * 4 + ["lv"]
    for name in ("id", "source", "consent_at", "dead_at"):
        assert [row[name] for row in after] == [row[name] for row in before]


def test_a_row_twice_is_put_as_the_last_of_them_says(database: Database) -> None:
    rows = [*(customer(n) for n in range(MANY)), customer(0, name="Pēdējais")]
    put_customers(database, rows)
    (row,) = database.all("SELECT name FROM customers WHERE customer_number = 'C00000'")
    assert row["name"] == "Pēdējais"


def test_what_fails_leaves_nothing(database: Database) -> None:
    rows = [customer(n) for n in range(MANY)]
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        put_customers(database, [*rows, customer(MANY, kind="castle")])
    assert database.all("SELECT * FROM customers") == []
    assert put_customers(database, rows) == Loaded(MANY, 0, 0)

    def twice(tx: Tx) -> Loaded:
        few = merging.FEW
        homes = [premises(n) for n in range(few)]
        people = [load_customers(tx, some, LATER) for some in (rows[:few], rows[-few:])]
        return people[0] + people[1] + load_premises(tx, homes, LATER)

    # Two tables in one transaction, and one of them twice.
    assert database.transaction(twice) == Loaded(merging.FEW, 0, 2 * merging.FEW)


def test_a_great_file_with_wrong_rows_is_told_the_same_on_both_engines(
    database: Database, tmp_path: Path
) -> None:
    many = merging.PIECE * 2 + 40
    people, homes = tmp_path / "customers.csv", tmp_path / "premises.csv"
    with people.open("w", newline="") as file:
        out = csv.DictWriter(file, customers.CUSTOMER)
        out.writeheader()
        for n in range(many):
            out.writerow(customer(
                1_000_000 + n, customer_number=str(1_000_000 + n), name=f"Uzvārds {n}",
                postal_address="", kind="castle" if n % 100 == 50 else "household",
            ))  # fmt: skip
    with homes.open("w", newline="") as file:
        out = csv.DictWriter(file, customers.PREMISES)
        out.writeheader()
        for n in range(1, 14):
            out.writerow(premises(
                n, eic=eic(n), customer_number=str(1_000_000 + n), life_support=0,
            ))  # fmt: skip
        out.writerow(premises(1, eic=eic(1), customer_number="1000001", life_support=0))
        out.writerow(premises(2, eic=eic(2), customer_number="1000001", life_support=0))
        out.writerow(premises(1, eic=eic(20), customer_number="9999999", life_support=0))

    def load(kind: str, path: Path) -> Any:
        return load_file(database, kind, path, by="m", now=NOW, policy=read_policy())

    first, again = load("customers", people), load("customers", people)
    wrong = [n for n in range(many) if n % 100 == 50]
    assert (first.new, first.wrong, again.new, again.same) == (
        many - len(wrong), len(wrong), 0, many - len(wrong),
    )  # fmt: skip
    assert [problem.line for problem in first.problems] == [n + 2 for n in wrong]
    report = load("premises", homes)
    assert (report.new, report.same, report.wrong) == (13, 1, 2)
    assert [(problem.line, problem.field) for problem in report.problems] == [
        (15, "eic"), (16, "eic"), (17, "customer_number"),
    ]  # fmt: skip


def test_each_row_is_looked_up_however_few_the_table_has(database: Database, engine: str) -> None:
    if engine == "sqlite":
        pytest.skip("rows are compared one by one")
    from storage.postgres_tx import PostgresTx

    put_customers(database, [customer(n) for n in range(MANY)])

    def explain(tx: Any) -> str:
        assert isinstance(tx, PostgresTx)
        target = customers._CUSTOMERS
        tx.plan_anew(target.room)
        tx.copy(
            "incoming_customers", target.columns, [list(customer(n).values()) for n in range(MANY)]
        )
        plan = tx.plan_anew(f"EXPLAIN {target.merge}", {"now": "x"})
        return "\n".join(str(row["QUERY PLAN"]) for row in plan)

    plan = database.transaction(explain)
    assert "Nested Loop" in plan
    assert "Seq Scan on customers" not in plan, plan
