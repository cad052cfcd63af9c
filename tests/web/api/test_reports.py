"""Fault reports over the API: by the rules of texts, and once for each idempotency key."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.web.api import once
from storage import api_answers
from tests.web.api.conftest import NOW, Caller
from tests.worlds import add_outage, add_phone, eic

PHONE = "+37120000055"


def post(call: Caller, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return call("POST", "/fault-reports", {"phone": PHONE, **body}, headers)


def reports(call: Caller) -> list[Any]:
    return call("GET", "/fault-reports").json["items"]  # type: ignore[no-any-return]


def test_a_report_is_filed_at_the_premises(call: Caller) -> None:
    answer = post(call, eic=eic(5))
    assert (answer.status_code, answer.json["outcome"]) == (201, "filed")
    report = answer.json["report"]
    assert (report["address"], report["transformer"], report["eic"]) == (
        "Skolas iela 5", "TP-400", eic(5)
    )  # fmt: skip
    assert call("GET", f"/fault-reports/{report['id']}").json == report
    assert call("GET", f"/fault-reports/{uuid.uuid4()}").status_code == 404


@pytest.mark.parametrize(
    ("address", "town", "eic_"),
    [
        ("Skolas iela 5", "Jelgava", eic(5)),
        ("skolas 5", "Jelgavā", eic(5)),
        ("Brīvības iela 105-12", "Rīga", eic(1)),
        ("Nekāda iela 77", "Jelgava", ""),
    ],
)
def test_an_address_is_found_as_in_a_text_else_kept_as_written(
    call: Caller, address: str, town: str, eic_: str
) -> None:
    report = post(call, address=address, town=town).json["report"]
    assert report["eic"] == eic_
    assert report["address"] == (address if not eic_ else report["address"])


def test_premises_loaded_a_moment_ago_are_found_by_the_phone_of_their_customer(
    call: Caller,
) -> None:
    assert post(call, address="Skolas 5", town="Jelgava").json["report"]["eic"] == eic(5)
    call.database.run("UPDATE premises SET address = 'Jauna iela 9' WHERE eic = ?", [eic(5)])
    customer = call.database.one("SELECT customer_number FROM premises WHERE eic = ?", [eic(5)])
    assert customer is not None
    phone = "+37120000077"
    add_phone(call.database, str(customer["customer_number"]), phone, "lv", NOW)
    where = {"address": "jaunā ielā 9", "town": "Jelgava"}
    own = call("POST", "/fault-reports", {"phone": phone, **where}).json["report"]
    assert (own["eic"], own["address"]) == (eic(5), "Jauna iela 9")
    assert post(call, **where).json["report"]["eic"] == ""


def test_a_known_outage_is_told_and_the_phone_gets_its_news(call: Caller) -> None:
    add_outage(call.database, [5], NOW - timedelta(hours=1), NOW + timedelta(hours=2))
    answer = post(call, eic=eic(5), language="ru")
    assert (answer.status_code, answer.json["outcome"]) == (200, "known_outage")
    assert answer.json["outage"]["external_id"] == "O-unplanned-5"
    assert reports(call) == []
    [row] = call.database.all("SELECT phone, language FROM outage_subscribers")
    assert tuple(row) == (PHONE, "ru")  # type: ignore[arg-type]


def test_who_has_reported_it_has_reported_it(call: Caller) -> None:
    first = post(call, eic=eic(5)).json["report"]["id"]
    again = post(call, eic=eic(5))
    assert (again.status_code, again.json["outcome"]) == (200, "already_reported")
    assert again.json["report"]["id"] == first
    assert post(call, eic=eic(6)).json["outcome"] == "filed"


def test_a_danger_is_always_reported_and_calls_a_person(call: Caller) -> None:
    add_outage(call.database, [5], NOW - timedelta(hours=1), None)
    assert post(call, eic=eic(5), danger=True).json["report"]["danger"] is True
    [row] = call.database.all("SELECT phone, urgent, topic, waiting_since FROM conversations")
    assert (row["phone"], row["urgent"], row["topic"]) == (PHONE, 1, "danger")
    assert row["waiting_since"]


def test_without_a_place_or_with_an_unknown_one_nothing_is_filed(call: Caller) -> None:
    assert post(call).status_code == 409
    assert post(call, eic=eic(99)).status_code == 409
    assert post(call, eic=eic(5), phone="20000001").status_code == 422
    assert reports(call) == []


def test_numbers_are_masked_for_who_may_not_read_them(call: Caller) -> None:
    other = call.with_scopes("fault-reports:write", "fault-reports:read")
    assert post(other, eic=eic(5)).json["report"]["phone"] == "+371 20•••055"
    assert reports(other)[0]["phone"] == "+371 20•••055"
    assert reports(call)[0]["phone"] == PHONE


# --- idempotency keys -----------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer_and_files_nothing(call: Caller) -> None:
    key = str(uuid.uuid4())
    first = post(call, key, eic=eic(5))
    again = post(call, key, eic=eic(5))
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(reports(call)) == 1


def test_a_key_belongs_to_one_request_of_one_caller(call: Caller) -> None:
    key = str(uuid.uuid4())
    post(call, key, eic=eic(5))
    assert post(call, key, eic=eic(6)).status_code == 422
    other = call.with_scopes("fault-reports:write")
    assert post(other, key, eic=eic(6)).status_code == 201
    assert post(call, "no-uuid", eic=eic(6)).status_code == 422


def test_a_key_is_forgotten_after_a_day(call: Caller) -> None:
    key = str(uuid.uuid4())
    post(call, key, eic=eic(5))
    call.database.run("UPDATE api_answers SET at = '2020-01-01T00:00:00.000Z'")
    assert post(call, key, eic=eic(6)).json["outcome"] == "filed"
    later = NOW + timedelta(days=2)
    assert call.database.transaction(lambda tx: api_answers.purge(tx, later)) == 1


def test_many_at_once_with_one_key_file_one_report(call: Caller) -> None:
    key = str(uuid.uuid4())
    post(call, eic=eic(6))  # the API is loaded
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(call, key, eic=eic(5)), range(16)))
    assert {each.status_code for each in answers} <= {201, 409}
    assert any(each.status_code == 201 for each in answers)
    assert len(reports(call)) == 2


def test_a_request_that_is_worked_on_is_told_so(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = str(uuid.uuid4())
    inner: list[Any] = []
    alone = once.Once._alone

    @contextmanager
    def meanwhile(self: once.Once, asked: once.Asked) -> Iterator[None]:
        with alone(self, asked):
            if not inner:
                inner.append(None)
                inner.append(post(call, key, eic=eic(5)))
            yield

    monkeypatch.setattr(once.Once, "_alone", meanwhile)
    assert post(call, key, eic=eic(5)).status_code == 201
    assert inner[1].status_code == 409
    assert inner[1].headers["Retry-After"] == "1"
