"""`gaisma import`."""

from __future__ import annotations

import json
from pathlib import Path

from storage import Database
from tests.bot.grid import code, people, write
from tests.cli.conftest import Gaisma

CUSTOMERS = "customer_number,name,kind,language,postal_address,postcode"
OUTAGES = "external_id,sequence,kind,state,starts_at,ends_at,reason,eics"


def test_a_good_file_says_what_happened(run: Gaisma, tmp_path: Path) -> None:
    path = write(tmp_path, "c.csv", CUSTOMERS, "C1,Anna,household,lv,adrese,1010")
    result = run("import", "customers", str(path))
    assert (result.exit_code, result.stdout) == (0, "customers: 1 new, 0 changed, 0 same\n")
    assert "0 new, 0 changed, 1 same" in run("import", "customers", str(path)).stdout


def test_wrong_rows_are_named_and_the_status_is_1(run: Gaisma, tmp_path: Path) -> None:
    path = write(tmp_path, "c.csv", CUSTOMERS, "C1,Anna,household,de,adrese,1010")
    result = run("import", "customers", str(path))
    assert result.exit_code == 1
    assert "wrong: line 2, language: 'de' is unknown. Write lv or ru or en." in result.stderr


def test_a_file_of_no_use_is_refused_with_status_2(run: Gaisma, tmp_path: Path) -> None:
    path = write(tmp_path, "c.csv", CUSTOMERS.replace(",", ";"))
    result = run("import", "customers", str(path))
    assert result.exit_code == 2
    assert result.stderr.startswith("gaisma: c.csv is separated by semicolons")


def test_outages_say_which_campaigns_to_look_at(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    people(house, [1])
    when = "2030-12-12T09:00:00+02:00,2030-12-12T15:00:00+02:00"
    path = write(tmp_path, "o.csv", OUTAGES, f"W1,1,planned,scheduled,{when},r,{code(1)}")
    result = run("import", "outages", str(path), "--by", "anna")
    assert "2 campaigns made. Next: gaisma campaign list" in result.stdout
    again = json.loads(run("import", "outages", str(path), "--json").stdout)
    assert (again["same"], again["campaigns"]) == (1, [])


def test_a_file_is_only_checked_when_asked_so(run: Gaisma, house: Database, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(
        "customer_number,name,kind,language,postal_address,postcode\n"
        "C77,Anna,household,lv,,\nC78,Jānis,nobody,lv,,\n",
        "utf-8",
    )
    done = run("import", "customers", str(file), "--check")
    assert done.exit_code == 1
    assert "wrong: line 3, kind" in done.stderr
    assert done.stdout == "customers would be: 1 new, 0 changed, 0 same, 1 wrong. " + (
        "Nothing was loaded.\n"
    )
    assert house.one("SELECT 1 AS n FROM customers WHERE customer_number = 'C77'") is None
