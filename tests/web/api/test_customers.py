"""Customers over the API: the same rows as from files, all or none, numbers masked."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from bot.importing import load_file
from bot.policy import read_policy
from tests.web.api.conftest import NOW, Caller, open_world
from tests.web.api.test_outages import rows
from tests.worlds import eic

pytestmark = pytest.mark.both

PREMISES = {
    "eic": eic(70),
    "address": "Liepu iela 3",
    "town": "Ogre",
    "postcode": "LV-5001",
    "meter_number": "10700001",
    "transformer": "TP-201",
    "feeder": "F-2",
    "life_support": True,
    "lat": 56.81,
    "lon": 24.6,
}
CUSTOMER = {
    "name": "Līga Kalniņa",
    "kind": "household",
    "language": "lv",
    "postal_address": "Liepu iela 3, Ogre",
    "postcode": "LV-5001",
    "premises": [PREMISES, {**PREMISES, "eic": eic(71), "life_support": False, "lat": None}],
    "contacts": [
        {"kind": "mobile", "value": "20000070", "language": "lv"},
        {"kind": "email", "value": "Liga@example.lv", "language": "ru"},
    ],
}
PATH = "/customers/2000070"


def write(folder: Path, kind: str, found: list[dict[str, Any]]) -> Path:
    path = folder / f"{kind}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(found[0]))
        writer.writeheader()
        writer.writerows(
            {k: int(v) if isinstance(v, bool) else v for k, v in row.items()} for row in found
        )
    return path


def test_a_customer_put_and_loaded_from_files_gives_the_same_rows(
    call: Caller, tmp_path: Path
) -> None:
    assert call("PUT", PATH, CUSTOMER).status_code == 201
    (tmp_path / "file").mkdir()
    other = open_world(tmp_path / "file")
    nested = {"premises", "contacts"}
    plain = {k: v for k, v in CUSTOMER.items() if k not in nested}
    for kind, found in (
        ("customers", [plain]),
        ("premises", CUSTOMER["premises"]),
        ("contacts", CUSTOMER["contacts"]),
    ):
        with_number = [{"customer_number": "2000070", **each} for each in found]  # type: ignore[dict-item]
        path = write(tmp_path, kind, with_number)
        report = load_file(other.database, kind, path, by="f", now=NOW, policy=read_policy())
        assert report.problems == []
    tables = ("customers", "premises", "contacts")
    assert rows(call.database, *tables) == rows(other.database, *tables)
    other.close()


def test_put_twice_is_once_and_a_change_says_so(call: Caller) -> None:
    first = call("PUT", PATH, CUSTOMER)
    assert first.json["outcome"] == "new"
    assert first.json["premises"] == {"new": 2, "changed": 0, "same": 0}
    again = call("PUT", PATH, CUSTOMER)
    assert (again.status_code, again.json["outcome"]) == (200, "same")
    other = call("PUT", PATH, {**CUSTOMER, "name": "Līga Ozola", "premises": None})
    assert other.json["outcome"] == "changed"
    assert len(other.json["customer"]["premises"]) == 2
    assert call("GET", PATH).json["name"] == "Līga Ozola"


def test_one_wrong_row_stores_nothing(call: Caller) -> None:
    wrong = {**CUSTOMER, "contacts": [{"kind": "mobile", "value": "67000000", "language": "lv"}]}
    answer = call("PUT", PATH, wrong)
    assert answer.status_code == 409
    assert answer.json["errors"][0]["pointer"] == "/contacts/0/value"
    assert "67000000" not in answer.text
    assert call("GET", PATH).status_code == 404


def test_premises_and_contacts_are_put_alone(call: Caller) -> None:
    one = {k: v for k, v in PREMISES.items() if k != "eic"}
    assert call("PUT", f"{PATH}/premises/{eic(72)}", one).status_code == 404
    call("PUT", PATH, {**CUSTOMER, "premises": [], "contacts": []})
    done = call("PUT", f"{PATH}/premises/{eic(72)}", one)
    assert done.json["premises"] == {"new": 1, "changed": 0, "same": 0}
    contact = {"kind": "mobile", "value": "+37120000072", "language": "en"}
    done = call("PUT", f"{PATH}/contacts", contact)
    assert done.json["contacts"]["new"] == 1
    assert done.json["customer"]["contacts"][0]["source"] == "api"
    mistyped = eic(72)[:-1] + ("0" if eic(72)[-1] != "0" else "1")
    assert call("PUT", f"{PATH}/premises/{mistyped}", one).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"name": " "}, {"name": "a\x00b"}, {"name": "\ud800"}, {"kind": "other"},
        {"language": "de"}, {"extra": 1}, {"premises": [{**PREMISES, "lat": 91}]},
        {"premises": [{**PREMISES, "life_support": 1}]}, {"premises": {}}, {"name": None},
    ],
)  # fmt: skip
def test_what_does_not_fit_the_schema_is_refused(call: Caller, change: dict[str, Any]) -> None:
    answer = call("PUT", PATH, {**CUSTOMER, **change})
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["errors"]


def test_numbers_are_masked_for_who_may_not_read_them(call: Caller) -> None:
    call("PUT", PATH, CUSTOMER)
    values = [each["value"] for each in call("GET", PATH).json["contacts"]]
    assert values == ["+37120000070", "liga@example.lv"]
    other = call.with_scopes("customers:read")
    values = [each["value"] for each in other("GET", PATH).json["contacts"]]
    assert values == ["+371 20•••070", "l•••@example.lv"]
