"""`gaisma debt`, `complaint` and `moratorium` as people type them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.moratorium import _lifted as said_of
from bot.debts.moratorium import Lifted
from storage import Database
from storage.database import switch
from tests.bot import owing
from tests.cli.conftest import Gaisma


def draft_id(run: Gaisma) -> str:
    (row,) = json.loads(run("campaign", "list", "--json").stdout)
    return str(row["id"])


def days_ahead(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


pytestmark = [pytest.mark.usefixtures("account"), pytest.mark.both]


def test_a_first_notice_from_the_file_to_the_approval(run: Gaisma, house: Database) -> None:
    owing.owing(house, due_on="2026-01-15")
    assert "R-1        1000001   100.01" in run("debt", "list").stdout
    made = run("debt", "notice", "first", "--by", "anna").stdout
    assert "Draft of 3 notices, to pay by" in made
    assert "Next: gaisma campaign preview" in made
    own = draft_id(run)
    preview = run("campaign", "preview", own).stdout
    assert "nav apmaksats rekins Nr. R-1" in preview
    refused = run("campaign", "approve", own, "--by", "anna")
    assert refused.exit_code == 1
    assert "another person" in refused.stderr
    assert "Approved" in run("campaign", "approve", own, "--by", "marta").stdout
    assert "first" in run("debt", "list", "--stage", "first").stdout
    again = run("debt", "notice", "first")
    assert "no debt that this notice is next for" in again.stderr


def test_debts_are_listed_by_customer_and_as_json(run: Gaisma, house: Database) -> None:
    assert "Nothing is owed." in run("debt", "list").stdout
    owing.owing(house)
    rows = json.loads(run("debt", "list", "--customer", "1000002", "--json").stdout)
    assert [(row["reference"], row["sum_cents"]) for row in rows] == [("R-2", 10002)]
    assert "Nothing is owed." in run("debt", "list", "--stage", "paid").stdout


def test_a_plan_is_typed_as_days_and_sums(run: Gaisma, house: Database) -> None:
    owing.owing(house)
    one, two = f"{days_ahead(10)}=50.00", f"{days_ahead(40)}=50.01"
    assert "Draft of 1 notice." in run("debt", "plan", "R-1", one, two, "--by", "anna").stdout
    assert "is no payment" in run("debt", "plan", "R-1", "soon=1").stderr
    assert "the debt is 100.02 EUR" in run("debt", "plan", "R-2", one).stderr


def test_paid_reconnect_and_disconnected_say_what_is_wrong(run: Gaisma, house: Database) -> None:
    owing.owing(house)
    assert "2 debts paid." in run("debt", "paid", "R-1", "R-2").stdout
    assert "there is no debt 'R-9'" in run("debt", "paid", "R-9").stderr
    assert "nobody was disconnected" in run("debt", "reconnect", "R-3").stderr
    assert "no letter of disconnection" in run("debt", "disconnected", "R-3").stderr
    assert "only a notice of disconnection" in run(
        "debt", "notice", "first", "--on", days_ahead(30)
    ).stderr  # fmt: skip


def test_debts_are_imported(run: Gaisma, house: Database, tmp_path: Path) -> None:
    owing.owing(house)
    path = tmp_path / "debts.csv"
    path.write_text("customer_number,reference,sum_eur,due_on\n1000001,B-1,7.50,2026-01-01\n")
    assert "debts: 1 new" in run("import", "debts", str(path)).stdout


# --- moratorium -----------------------------------------------------------------------------


def test_a_moratorium_is_switched_on_shown_and_off(run: Gaisma, house: Database) -> None:
    assert run("moratorium", "status").stdout == "The moratorium is off.\n"
    last = days_ahead(30)
    told = run(
        "moratorium", "on", "--reason", "state of emergency", "--until", last,
        "--lv", "ārkārtējā situācija", "--by", "anna",
    )  # fmt: skip
    assert told.stdout == "No campaign about debts was under way. " + (
        f"The moratorium is on until {last}: state of emergency.\n"
    )
    shown = json.loads(run("moratorium", "status", "--json").stdout)
    assert (shown["until"], shown["texts"]) == (last, {"lv": "ārkārtējā situācija"})
    assert switch(house, "moratorium") == "on"
    off = run("moratorium", "off").stdout
    assert off == "It held no campaign. The moratorium is off.\n"
    assert "It was off already." in run("moratorium", "off").stdout


def test_a_moratorium_needs_a_reason_and_a_day_to_come(run: Gaisma) -> None:
    assert "--reason" in run("moratorium", "on").stderr
    assert "says nothing" in run("moratorium", "on", "--reason", "x").stderr
    assert "is over" in run("moratorium", "on", "--reason", "storm", "--until", "2020-01-01").stderr
    assert "characters" in run("moratorium", "on", "--reason", "storm", "--lv", "x" * 61).stderr


# --- complaints -----------------------------------------------------------------------------


def test_a_complaint_is_filed_shown_and_closed(run: Gaisma, house: Database) -> None:
    assert "No complaint is open." in run("complaint", "list").stdout
    owing.owing(house)
    assert "Filed as S1001" in run("complaint", "add", owing.PHONE, "--text", "Salauza sētu").stdout
    listed = run("complaint", "list").stdout
    assert "Salauza sētu" in listed
    assert owing.PHONE not in listed
    assert owing.PHONE in run("complaint", "show", "s1001").stdout
    both = run("complaint", "close", "S1001", "--outcome", "Labi.", "--upheld")
    assert "--rejected" in both.stderr
    closed = run("complaint", "close", "S1001", "--outcome", "Sētu salabosim.", "--by", "inga")
    assert "Closed. The answer goes by SMS" in closed.stdout
    assert "closed by inga" in run("complaint", "close", "S1001", "--upheld").stderr
    assert "by inga: Sētu salabosim." in run("complaint", "show", "S1001").stdout
    assert "S1001" in run("complaint", "list", "--closed").stdout
    assert "no complaint" in run("complaint", "show", "S9").stderr
    assert "no phone number" in run("complaint", "add", "x", "--text", "y").stderr


def test_without_an_account_no_notice_of_debt_is_approved(
    run: Gaisma, house: Database, account: Path
) -> None:
    account.write_text("", "utf-8")
    owing.owing(house)
    run("debt", "notice", "first", "--by", "anna")
    part = draft_id(run)[-8:]
    assert "! Cannot be approved: notices of debt must say where to pay" in (
        run("campaign", "preview", part).stdout
    )
    refused = run("campaign", "approve", part, "--by", "marta")
    assert refused.exit_code == 1
    assert "set beneficiary and iban of [payments]" in refused.stderr


@pytest.mark.parametrize(
    ("lifted", "said"),
    [
        (Lifted(1, 0), "Of what it held, 1 campaign goes on. "),
        (Lifted(2, 1, 1), "Of what it held, 2 campaigns go on and 1 was ended, to be approved with"
         " new days: gaisma debt notice makes them anew. 1 campaign that told of it was ended. "),
        (Lifted(0, 0, 0, 2), "It held no campaign. 2 debts need a new letter of disconnection. "),
        (Lifted(0, 0, 2), "It held no campaign. 2 campaigns that told of it were ended. "),
    ],
)  # fmt: skip
def test_the_end_of_a_moratorium_says_what_became_of_each(lifted: Lifted, said: str) -> None:
    assert said_of(lifted) == said


def _draft_notice(house: Database, campaign_id: str, reference: str) -> None:
    ids = [str(owing.debt(house, reference)["id"])]
    house.transaction(
        lambda tx: owing.rows.add_notices(tx, campaign_id, "debt_plan", ids, owing.NOW)
    )


def test_a_moratorium_says_how_many_campaigns_it_holds(run: Gaisma, house: Database) -> None:
    for place in range(2):
        house.run(
            "INSERT INTO campaigns (id, kind, state, title, made_by, made_at, updated_at)"
            " VALUES (?, 'debt', 'sending', '', 'anna', '', '')",
            [f"c{place}"],
        )
        owing.owing(house)
        _draft_notice(house, f"c{place}", f"R-{place + 1}")
    said = run("moratorium", "on", "--reason", "storm").stdout
    assert said.startswith("It holds 2 campaigns about debts that were under way. ")
    assert "Of what it held, 2 campaigns go on. " in run("moratorium", "off").stdout


def test_the_list_shows_the_days_that_were_told_or_agreed_on(run: Gaisma, house: Database) -> None:
    owing.owing(house)
    owing.told(house, "first", owing.NOW)
    house.run("UPDATE debts SET pay_by = '2027-02-02'")  # as a draft of the next notice does
    day = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    assert run("debt", "plan", "R-2", f"{day}=100.02").exit_code == 0
    shown = run("debt", "list").stdout
    assert "2027-02-02" not in shown
    assert shown.count("2026-11-12") == 2 and shown.count(day) == 1
