"""What an import says of a file as a whole."""

from __future__ import annotations

from pathlib import Path

from storage import Database
from tests.bot.importing.test_importing import CUSTOMERS, load


def test_customers_without_postal_address_are_counted_in_one_note(
    database: Database, tmp_path: Path
) -> None:
    report = load(
        database, tmp_path, "customers", CUSTOMERS,
        "1000001,Anna,household,lv,,", "1000002,Jānis,household,lv,,",
        '1000003,Ilze,household,lv,"Kalna iela 1, Ogre",LV-5001',
    )  # fmt: skip
    assert report.notes == ["2 customers without postal address: letters go to their premises"]
    assert report.as_json()["notes"] == report.notes
