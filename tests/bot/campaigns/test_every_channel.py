"""By which channel a notice goes: SMS, else e-mail, else letter, else a call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.campaigns import rules as campaigns
from bot.campaigns.fanout import fan_out, validity_of
from bot.delivery.calls import finish
from storage import Database, contacts, fanout
from storage.database import stamp
from tests.bot import grid, ways


def told(database: Database) -> list[tuple[str, str]]:
    """Works announced to everybody, and what went out."""
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    return ways.sent(database)


def test_a_mobile_phone_comes_first(database: Database) -> None:
    grid.people(database, [1])
    ways.give_email(database, 1)
    assert told(database) == [("sms", grid.phone(1))]


def test_without_a_phone_it_goes_to_every_address_of_the_customer(database: Database) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    ways.give_email(database, 1)
    ways.give_email(database, 1, value="birojs@example.lv")
    assert told(database) == [("email", "birojs@example.lv"), ("email", ways.email(1))]


def test_without_phone_and_address_it_goes_by_letter(database: Database) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    assert told(database) == [("letter", "C1")]


def test_a_dead_number_is_no_phone(database: Database) -> None:
    grid.people(database, [1])
    database.run("UPDATE contacts SET dead_at = ?", [stamp(grid.NOW)])
    ways.give_email(database, 1)
    assert told(database) == [("email", ways.email(1))]


def test_where_no_e_mail_can_be_sent_a_letter_goes_instead(database: Database) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    ways.give_email(database, 1)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    fan_out(database, grid.DUE, policy=grid.POLICY, email=False)
    assert ways.sent(database) == [("letter", "C1")]


def test_who_wants_no_sms_gets_what_the_law_demands_by_e_mail(database: Database) -> None:
    grid.people(database, [1, 2])
    ways.stop(database, 1)
    ways.give_email(database, 1)
    ways.stop(database, 2)
    assert told(database) == [("letter", "C2"), ("email", ways.email(1))]


def test_who_wants_no_sms_and_no_e_mail_gets_a_letter(database: Database) -> None:
    grid.people(database, [1])
    ways.stop(database, 1)
    ways.give_email(database, 1)
    ways.stop_email(database, 1)
    assert told(database) == [("letter", "C1")]


@pytest.mark.parametrize("silenced", [True, False])
def test_a_reminder_goes_by_e_mail_only_to_who_has_no_phone(
    database: Database, silenced: bool
) -> None:
    grid.people(database, [1])
    ways.give_email(database, 1)
    if silenced:
        ways.stop(database, 1)
    else:
        ways.lose_phone(database, 1)
    told(database)
    grid.fan_out(database, grid.STARTS - timedelta(hours=20))
    assert ways.sent(database, "reminder") == ([] if silenced else [("email", ways.email(1))])


def test_a_fault_is_told_by_no_letter(database: Database) -> None:
    grid.people(database, [1, 2])
    ways.lose_phone(database, 1)
    ways.lose_phone(database, 2)
    ways.give_email(database, 2)
    grid.change(database, grid.FAULT)
    grid.fan_out(database)
    assert ways.sent(database, "unplanned") == [("email", ways.email(2))]
    assert len(grid.notices_of(database, "unplanned", state="unreachable")) == 1
    assert ways.calls(database) == []


def test_several_premises_of_one_work_are_one_letter(database: Database) -> None:
    grid.people(database, [1])
    grid.extra_premises(database, 2, owner=1)
    ways.lose_phone(database, 1)
    assert told(database) == [("letter", "C1")]
    assert len(database.all("SELECT 1 FROM notice_messages")) == 2


def test_two_customers_of_one_address_get_an_e_mail_each(database: Database) -> None:
    grid.people(database, [1, 2])
    for number in (1, 2):
        ways.lose_phone(database, number)
        ways.give_email(database, number, value="nams@example.lv")
    assert told(database) == [("email", "nams@example.lv")] * 2


def test_a_letter_that_would_come_too_late_becomes_a_call(database: Database) -> None:
    grid.people(database, [1, 2])
    ways.lose_phone(database, 1)
    late = replace(grid.WORKS, starts_at=grid.NOW + 2 * grid.DAY, ends_at=grid.NOW + 4 * grid.DAY)
    grid.change(database, late)
    grid.approve(database, "planned_notice", reason="Avārija")
    grid.fan_out(database)
    assert ways.sent(database) == [("sms", grid.phone(2))]
    assert ways.calls(database) == [("C1", "not_reached")]


def test_who_has_no_postal_address_is_called(database: Database) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    ways.lose_address(database, 1)
    assert told(database) == []
    assert ways.calls(database) == [("C1", "not_reached")]


# --- moved and cancelled --------------------------------------------------------------------


def test_a_cancellation_goes_the_way_of_what_was_told(database: Database) -> None:
    grid.people(database, [1, 2, 3])
    ways.lose_phone(database, 1)
    ways.lose_phone(database, 2)
    ways.give_email(database, 2)
    told(database)
    grid.provider_says(database, "accepted", now=grid.DUE)
    for number in (1, 2):  # phones that came later
        grid.extra_phone(database, f"+3712100000{number}", owner=number)
    grid.change(database, grid.OVER, now=grid.DUE + grid.HOUR)
    grid.approve(database, "cancelled", now=grid.DUE + grid.HOUR)
    grid.fan_out(database, grid.DUE + grid.HOUR)
    assert ways.sent(database, "cancelled") == [
        ("sms", grid.phone(3)), ("letter", "C1"), ("email", ways.email(2)),
    ]  # fmt: skip


def test_a_cancellation_by_letter_that_comes_too_late_takes_a_phone(database: Database) -> None:
    grid.people(database, [1, 2])
    ways.lose_phone(database, 1)
    ways.lose_phone(database, 2)
    told(database)
    grid.provider_says(database, "accepted", now=grid.DUE)
    grid.extra_phone(database, "+37121000001", owner=1)
    soon = grid.STARTS - 2 * grid.DAY
    grid.change(database, grid.OVER, now=soon)
    grid.approve(database, "cancelled", now=soon)
    grid.fan_out(database, soon)
    assert ways.sent(database, "cancelled") == [("sms", "+37121000001")]
    assert ways.calls(database) == [("C2", "not_reached")]


def test_several_cancelled_works_are_one_letter_and_one_e_mail(database: Database) -> None:
    grid.people(database, [1, 2])
    ways.lose_phone(database, 1)
    ways.lose_phone(database, 2)
    ways.give_email(database, 2)
    second = replace(
        grid.WORKS, external_id="W2", starts_at=grid.STARTS + grid.DAY, ends_at=grid.ENDS + grid.DAY
    )
    grid.change(database, grid.WORKS, second)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE + grid.DAY)
    grid.provider_says(database, "accepted", now=grid.DUE + grid.DAY)
    assert len(ways.sent(database)) == 4
    over = [replace(each, sequence=2, state="cancelled") for each in (grid.WORKS, second)]
    grid.change(database, *over, now=grid.DUE + 2 * grid.DAY)
    grid.approve(database, "cancelled", now=grid.DUE + 2 * grid.DAY)
    grid.fan_out(database, grid.DUE + 2 * grid.DAY)
    assert ways.sent(database, "cancelled") == [("letter", "C1"), ("email", ways.email(2))]


def test_a_stopped_campaign_takes_its_letters_back(database: Database) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    told(database)
    (row,) = grid.drafts(database, "planned_notice", state="sending")
    campaigns.stop(database, row["id"], by="anna", now=grid.DUE)
    assert ways.statuses(database) == {"letter": "withdrawn"}


# --- life support ---------------------------------------------------------------------------


def with_device(database: Database, number: int) -> None:
    database.transaction(lambda tx: contacts.flag_life_support(tx, (grid.code(number),)))


def test_life_support_goes_first_and_is_on_the_list_of_calls(database: Database) -> None:
    grid.people(database, range(1, 8))
    with_device(database, 6)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    assert ways.calls(database) == [("C6", "life_support")]
    (row,) = grid.drafts(database, "planned_notice", state="approved")
    validity = validity_of(grid.DUE, grid.POLICY)
    database.transaction(
        lambda tx: fanout.queue_chunk(tx, row["id"], grid.DUE, chunk=2, validity=validity)
    )
    assert ways.sent(database) == [("sms", grid.phone(6))]
    grid.fan_out(database, grid.DUE)
    assert len(ways.sent(database)) == 7


def test_a_call_moves_with_its_works(database: Database) -> None:
    grid.people(database, [1])
    with_device(database, 1)
    told(database)
    grid.provider_says(database, "delivered", now=grid.DUE)
    later = grid.DUE + grid.HOUR
    grid.change(database, grid.LATER, now=later)
    ways.follow(database, later)
    assert ways.calls(database, "withdrawn") == [("C1", "life_support")]
    grid.approve(database, "moved", now=later)
    (row,) = database.all("SELECT before_at FROM calls WHERE state = 'open'")
    assert row["before_at"] == stamp(grid.LATER.starts_at)


def test_a_call_about_cancelled_works_is_withdrawn(database: Database) -> None:
    grid.people(database, [1])
    with_device(database, 1)
    told(database)
    grid.change(database, grid.OVER, now=grid.DUE + grid.HOUR)
    ways.follow(database, grid.DUE + grid.HOUR)
    assert ways.calls(database) == []
    assert ways.calls(database, "withdrawn") == [("C1", "life_support")]


def test_who_was_rung_up_is_rung_up_again_when_the_works_are_cancelled(database: Database) -> None:
    grid.people(database, [1])
    with_device(database, 1)
    ways.lose_phone(database, 1)
    ways.lose_address(database, 1)
    told(database)
    (row,) = database.all("SELECT id FROM calls")
    finish(database, row["id"], by="anna", text="", told=True, now=grid.DUE)
    later = grid.DUE + grid.HOUR
    grid.change(database, grid.OVER, now=later)
    grid.approve(database, "cancelled", now=later)
    assert ways.calls(database) == [("C1", "life_support")]


def test_a_campaign_that_is_stopped_needs_no_calls(database: Database) -> None:
    grid.people(database, [1])
    with_device(database, 1)
    told(database)
    (row,) = grid.drafts(database, "planned_notice", state="sending")
    campaigns.stop(database, row["id"], by="anna", now=grid.DUE)
    ways.follow(database, grid.DUE)
    assert ways.calls(database) == []


def told_by_letter_and_sms(database: Database) -> None:
    """C1 was told of works by letter and then has the phone of C2, who was told by SMS."""
    grid.people(database, [1, 2])
    ways.lose_phone(database, 1)
    told(database)
    grid.provider_says(database, "delivered", now=grid.DUE)
    grid.extra_phone(database, grid.phone(2), owner=1)


def test_who_shares_a_phone_by_now_is_named_in_its_sms_and_gets_no_letter(
    database: Database,
) -> None:
    told_by_letter_and_sms(database)
    grid.change(database, grid.OVER, now=grid.DUE)
    (draft,) = grid.drafts(database, "cancelled")
    seen = campaigns.look(database, campaigns.find(database, draft["id"]), grid.DUE, grid.POLICY)
    assert (seen.messages, seen.reach.letters) == (1, 0)
    grid.tell(database, "cancelled", now=grid.DUE)
    assert ways.sent(database, "cancelled") == [("sms", grid.phone(2))]
    linked = database.all(
        "SELECT n.eic FROM notices n JOIN notice_messages nm ON nm.notice_id = n.id"
        " WHERE n.kind = 'cancelled'"
    )
    assert len(linked) == 2


def test_a_shared_phone_that_said_stop_takes_nobodys_letter(database: Database) -> None:
    told_by_letter_and_sms(database)
    ways.stop(database, 2)
    grid.change(database, grid.OVER, now=grid.DUE)
    grid.tell(database, "cancelled", now=grid.DUE)
    assert ways.sent(database, "cancelled") == [("letter", "C1"), ("letter", "C2")]
