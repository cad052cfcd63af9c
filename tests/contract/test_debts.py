"""Debts and complaints in storage, on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from storage import Database, campaigns, complaints, debts
from storage.customers import Loaded, load_customers
from storage.database import stamp

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 2)


def people(database: Database, numbers: Sequence[str] = ("1000001", "1000002")) -> None:
    rows = [
        {
            "customer_number": number, "name": "A", "kind": "household", "language": "lv",
            "postal_address": "", "postcode": "",
        }
        for number in numbers
    ]  # fmt: skip
    database.transaction(lambda tx: load_customers(tx, rows, NOW))


def load(
    database: Database, reference: str = "R-1", *, customer: str = "1000001", cents: int = 500,
    stage: str = "",
) -> Loaded:  # fmt: skip
    row = {
        "customer_number": customer, "reference": reference, "sum_cents": cents,
        "due_on": "2026-10-01", "stage": stage,
    }  # fmt: skip
    return database.transaction(lambda tx: debts.load(tx, [row], NOW))


def stage_of(database: Database, reference: str = "R-1") -> str:
    return str(debts.find(database, [reference])[reference]["stage"])


def draft(database: Database, kind: str, reference: str = "R-1") -> int:
    debt_id = str(debts.find(database, [reference])[reference]["id"])
    made = campaigns.NewCampaign("c1", "debt", "Debts", "anna")
    database.transaction(lambda tx: campaigns.add_drafts(tx, [made], NOW))
    return database.transaction(lambda tx: debts.add_notices(tx, "c1", kind, [debt_id], NOW))


def test_a_file_twice_changes_nothing_and_a_new_sum_does(database: Database) -> None:
    people(database)
    assert load(database) == Loaded(new=1)
    assert load(database) == Loaded(same=1)
    assert load(database, cents=700) == Loaded(changed=1)
    assert debts.find(database, ["R-1"])["R-1"]["sum_cents"] == 700


def test_a_file_moves_a_stage_forward_and_never_back(database: Database) -> None:
    people(database)
    load(database, stage="second")
    load(database, stage="first")
    assert stage_of(database) == "second"
    load(database, stage="")
    assert stage_of(database) == "second"
    load(database, stage="paid")
    assert stage_of(database) == "paid"
    load(database, stage="first")
    assert stage_of(database) == "first"


def test_the_debt_of_another_customer_is_not_touched(database: Database) -> None:
    people(database)
    load(database)
    load(database, customer="1000002", cents=9)
    found = debts.find(database, ["R-1"])["R-1"]
    assert (found["customer_number"], found["sum_cents"]) == ("1000001", 500)


def test_open_debts_leave_out_what_is_paid_and_what_is_others(database: Database) -> None:
    people(database)
    load(database, "R-1")
    load(database, "R-2", stage="paid")
    load(database, "R-3", customer="1000002")
    assert [row["reference"] for row in debts.open_debts(database, ["1000001"])] == ["R-1"]
    assert debts.open_debts(database, []) == []


def test_a_debt_with_a_live_notice_is_not_ready_for_the_same(database: Database) -> None:
    people(database)
    load(database, "R-1")
    load(database, "R-2")
    draft(database, "debt_first")
    ready = debts.ready_for(database, "debt_first", today=TODAY, told_before=NOW)
    assert [row["reference"] for row in ready] == ["R-2"]


def test_the_same_kind_can_be_told_again(database: Database) -> None:
    people(database)
    load(database)
    assert [draft(database, "debt_plan"), draft(database, "debt_plan")] == [1, 1]
    topics = [row["topic_id"][-2:] for row in database.all("SELECT topic_id FROM notices")]
    assert sorted(topics) == ["#0", "#1"]


def test_an_approved_campaign_moves_its_debts_on(database: Database) -> None:
    people(database)
    load(database)
    draft(database, "debt_first")
    database.run("UPDATE notices SET state = 'approved'")
    database.transaction(lambda tx: debts.advance(tx, "c1", NOW))
    assert stage_of(database) == "first"


def test_taking_back_leaves_other_debts_alone(database: Database) -> None:
    people(database)
    load(database, "R-1")
    load(database, "R-2")
    draft(database, "debt_first", "R-1")
    draft(database, "debt_first", "R-2")
    debt_id = str(debts.find(database, ["R-1"])["R-1"]["id"])
    assert database.transaction(lambda tx: debts.take_back(tx, [debt_id], NOW)) == 1
    states = database.all("SELECT topic_id, state FROM notices ORDER BY id")
    assert [(row["topic_id"][:36] == debt_id, row["state"]) for row in states] == [
        (True, "withdrawn"), (False, "draft"),
    ]  # fmt: skip


def test_the_days_of_a_campaign_are_the_first_of_its_debts(database: Database) -> None:
    people(database)
    load(database)
    draft(database, "debt_disconnection")
    ids = [str(debts.find(database, ["R-1"])["R-1"]["id"])]
    off = date(2026, 11, 20)
    database.transaction(
        lambda tx: debts.name_days(tx, ids, pay_by=date(2026, 11, 19), disconnect_on=off, now=NOW)
    )
    (row,) = debts.campaign_days(database, "c1")
    assert (row["kind"], row["pay_by"], row["disconnect_on"]) == (
        "debt_disconnection", "2026-11-19", "2026-11-20",
    )  # fmt: skip


# --- complaints -----------------------------------------------------------------------------


def file(database: Database, phone: str = "+37120000001") -> str:
    number = complaints.next_number(database)
    made = complaints.NewComplaint(number, phone, "lv", "slikti", NOW + timedelta(days=15))
    database.transaction(lambda tx: complaints.file(tx, made, NOW))
    return number


def test_numbers_count_up_and_are_found_in_either_case(database: Database) -> None:
    assert [file(database), file(database), file(database)] == ["S1001", "S1002", "S1003"]
    found = complaints.find(database, " s1002 ")
    assert found is not None
    assert found["answer_by"] == stamp(NOW + timedelta(days=15))


def test_words_are_added_only_by_their_writer_and_only_while_it_is_open(
    database: Database,
) -> None:
    number = file(database)
    add = complaints.add_words
    assert not database.transaction(lambda tx: add(tx, number, "+37120000009", "x"))
    assert database.transaction(lambda tx: add(tx, number, "+37120000001", "ļoti"))
    assert complaints.list_complaints(database)[0]["text"] == "slikti\nļoti"
    done = database.transaction(
        lambda tx: complaints.close(tx, number, outcome="Labi.", by="inga", now=NOW)
    )
    assert done
    assert not database.transaction(lambda tx: add(tx, number, "+37120000001", "vēl"))
    assert complaints.latest_open(database, "+37120000001") is None
    assert [row["number"] for row in complaints.list_complaints(database, closed=True)] == [number]
