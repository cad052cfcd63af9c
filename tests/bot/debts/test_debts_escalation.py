"""A notice of debt that one channel did not bring goes to the next, while the debt still stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.debts import moratorium
from bot.debts.moratorium import Terms
from storage import Database, customers
from storage import debts as rows
from storage.messages import Progress, move_forward
from tests.bot import owing, ways

DAY = timedelta(days=1)


@pytest.fixture
def failed(database: Database) -> Database:
    """Three first notices; the SMS of the first customer, who also has an e-mail, has failed."""
    owing.owing(database)
    row = {"customer_number": "1000001", "kind": "email", "value": "j@example.lv", "language": "lv"}
    database.transaction(lambda tx: customers.load_contacts(tx, [row], owing.NOW, source="file"))
    owing.told(database, "first", owing.NOW)
    fail(database, "sms")
    return database


def fail(database: Database, channel: str) -> None:
    found = database.all(
        "SELECT id FROM messages WHERE channel = ? AND customer_number = '1000001'", [channel]
    )
    steps = [Progress(row["id"], "failed", "test") for row in found]
    database.transaction(lambda tx: move_forward(tx, steps, owing.NOW))


def channels(database: Database) -> dict[str, str]:
    found = database.all(
        "SELECT channel, status FROM messages WHERE customer_number = '1000001' ORDER BY id"
    )
    return {str(row["channel"]): str(row["status"]) for row in found}


def test_a_failed_sms_goes_on_by_e_mail_and_at_last_by_letter(failed: Database) -> None:
    ways.follow(failed, owing.NOW)
    assert channels(failed) == {"sms": "failed", "email": "queued"}
    owing.send(failed)
    fail(failed, "email")
    ways.follow(failed, owing.NOW)
    assert channels(failed) == {"sms": "failed", "email": "failed", "letter": "queued"}
    fail(failed, "letter")
    ways.follow(failed, owing.NOW)
    assert ways.calls(failed) == []


def test_while_another_channel_brings_it_the_notice_is_not_next_again(failed: Database) -> None:
    ways.follow(failed, owing.NOW)
    later = owing.NOW + DAY
    ready = rows.ready_for(failed, "debt_first", today=later.date(), told_before=later)
    assert "R-1" not in {row["reference"] for row in ready}


def test_a_silent_sms_goes_on_after_its_hours(database: Database) -> None:
    owing.owing(database)
    owing.told(database, "first", owing.NOW)
    ways.follow(database, owing.NOW + timedelta(hours=1))
    assert channels(database) == {"sms": "accepted"}
    ways.follow(database, owing.NOW + 2 * DAY)
    assert channels(database) == {"sms": "accepted", "letter": "queued"}


@pytest.mark.parametrize("stage", ["paid", "plan"])
def test_who_has_paid_or_pays_in_parts_is_told_nothing_more(failed: Database, stage: str) -> None:
    debt_id = owing.debt(failed)["id"]
    failed.transaction(lambda tx: rows.set_stage(tx, [debt_id], stage, owing.NOW))
    ways.follow(failed, owing.NOW)
    assert channels(failed) == {"sms": "failed"}


def test_a_moratorium_holds_the_next_channel_too(failed: Database) -> None:
    failed.transaction(
        lambda tx: moratorium.switch_on(tx, Terms("frost"), by="anna", now=owing.NOW)
    )
    ways.follow(failed, owing.NOW)
    assert channels(failed) == {"sms": "failed"}
