"""Unplanned outages: told at once, changed times, promised words, power back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import alerts, texts
from storage import Database, reports
from storage.database import stamp
from tests.bot.grid import (
    ENDS,
    FAULT,
    NOW,
    POLICY,
    STARTS,
    WORKS,
    approve,
    change,
    code,
    drafts,
    fan_out,
    notices_of,
    people,
    phone,
    provider_says,
    told,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DUE = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)  # ten days before the works
LATER = replace(WORKS, sequence=2, starts_at=STARTS + DAY, ends_at=ENDS + DAY)
OVER = replace(WORKS, sequence=2, state="cancelled")


def test_an_unplanned_outage_is_told_at_once_by_the_policy(database: Database) -> None:
    people(database, [1, 2])
    night = datetime(2026, 12, 1, 23, 0, tzinfo=UTC)
    change(database, FAULT, now=night)
    (row,) = drafts(database, "unplanned", state="approved")
    assert row["approved_by"] == "policy"
    assert fan_out(database, night) == 2


def test_a_large_unplanned_outage_waits_for_a_second_person(database: Database) -> None:
    people(database, range(1, 52))
    change(database, FAULT)
    assert fan_out(database) == 0
    approve(database, "unplanned")
    assert fan_out(database) == 51


def _told_fault(database: Database, ends: datetime) -> None:
    change(database, replace(FAULT, ends_at=ends))
    fan_out(database)
    provider_says(database, "delivered")


@pytest.mark.parametrize(("minutes", "many"), [(-31, 1), (-30, 0), (30, 0), (31, 1)])
def test_a_new_restoration_time_is_told_when_it_moved_by_more_than_half_an_hour(
    database: Database, minutes: int, many: int
) -> None:
    people(database, [1])
    ends = NOW + 3 * HOUR
    _told_fault(database, ends)
    moved = replace(FAULT, sequence=2, ends_at=ends + timedelta(minutes=minutes))
    change(database, moved, now=NOW + timedelta(minutes=10))
    assert len(notices_of(database, "time_changed")) == many


def test_small_moves_add_up(database: Database) -> None:
    people(database, [1])
    ends = NOW + 3 * HOUR
    _told_fault(database, ends)
    for step in (2, 3):
        later = ends + timedelta(minutes=20 * (step - 1))
        change(database, replace(FAULT, sequence=step, ends_at=later))
    assert [row["revision"] for row in notices_of(database, "time_changed")] == [3]


def test_a_time_that_becomes_known_or_unknown_is_told(database: Database) -> None:
    people(database, [1])
    _told_fault(database, NOW + HOUR)
    change(database, replace(FAULT, sequence=2, ends_at=None))
    fan_out(database)
    provider_says(database, "delivered")
    change(database, replace(FAULT, sequence=3, ends_at=NOW + HOUR))
    assert [row["revision"] for row in notices_of(database, "time_changed")] == [2, 3]


def test_a_time_that_moves_before_the_first_word_is_told_in_the_first_word(
    database: Database,
) -> None:
    people(database, [1])
    change(database, replace(FAULT, ends_at=NOW + HOUR))
    fan_out(database)
    change(database, replace(FAULT, sequence=2, ends_at=NOW + 5 * HOUR))
    fan_out(database)
    assert told(database, "unplanned") == [(phone(1), "withdrawn"), (phone(1), "queued")]
    assert notices_of(database, "time_changed") == []


def test_power_back_is_told_to_the_told_and_only_once(database: Database) -> None:
    people(database, [1, 2])
    change(database, FAULT)
    fan_out(database)
    provider_says(database, "delivered", only=[phone(1)])
    over = replace(FAULT, sequence=2, state="restored", ends_at=NOW + HOUR)
    change(database, over, now=NOW + HOUR)
    fan_out(database, NOW + HOUR)
    provider_says(database, "delivered", now=NOW + HOUR)
    change(database, replace(over, sequence=3, reason="cits"), now=NOW + 2 * HOUR)
    assert told(database, "restored") == [(phone(1), "delivered")]


def test_a_subscriber_hears_of_a_changed_time_and_of_the_end(database: Database) -> None:
    people(database, [1])
    stranger = "+37129999999"
    _told_fault(database, NOW + HOUR)
    (outage,) = database.all("SELECT id FROM outages")
    database.run(
        "INSERT INTO outage_subscribers VALUES (?, ?, 'ru', ?, 1)",
        [outage["id"], stranger, stamp(NOW + timedelta(minutes=5))],
    )
    later = NOW + timedelta(minutes=20)
    change(database, replace(FAULT, sequence=2, ends_at=NOW + 4 * HOUR), now=later)
    fan_out(database, later)
    provider_says(database, "delivered", now=later)
    over = replace(FAULT, sequence=3, state="restored", ends_at=NOW + HOUR)
    change(database, over, now=NOW + HOUR)
    assert fan_out(database, NOW + HOUR) == 2
    assert [peer for peer, _ in told(database, "time_changed")] == [phone(1), stranger]
    (message,) = database.all(
        "SELECT * FROM messages WHERE kind = 'restored' AND peer = ?", [stranger]
    )
    assert message["language"] == "ru"
    assert "Rīga" in texts.render_batch(database, [message["id"]], POLICY)[message["id"]]


def test_a_subscriber_who_is_a_customer_there_gets_one_message(database: Database) -> None:
    people(database, [1])
    _told_fault(database, NOW + HOUR)
    (outage,) = database.all("SELECT id FROM outages")
    database.run(
        "INSERT INTO outage_subscribers VALUES (?, ?, 'lv', ?, 1)",
        [outage["id"], phone(1), stamp(NOW)],
    )
    change(database, replace(FAULT, sequence=2, state="restored", ends_at=NOW + HOUR))
    assert fan_out(database) == 1


def test_the_promised_next_word_is_kept_once(database: Database) -> None:
    people(database, [1])
    change(database, FAULT)
    fan_out(database)
    provider_says(database, "delivered")
    early, late = NOW + timedelta(minutes=59), NOW + timedelta(minutes=61)
    assert database.transaction(lambda tx: alerts.catch_up(tx, early, POLICY)) == 0
    assert database.transaction(lambda tx: alerts.catch_up(tx, late, POLICY)) == 1
    assert database.transaction(lambda tx: alerts.catch_up(tx, late, POLICY)) == 0
    assert fan_out(database, late) == 1
    provider_says(database, "delivered", now=late)
    assert database.transaction(lambda tx: alerts.catch_up(tx, late + HOUR, POLICY)) == 0


def test_a_false_alarm_is_told_as_power_back(database: Database) -> None:
    people(database, [1])
    _told_fault(database, NOW + HOUR)
    change(database, replace(FAULT, sequence=2, state="cancelled", ends_at=NOW + HOUR))
    assert len(notices_of(database, "restored")) == 1


def _report(database: Database, number: str, eic: str, at: datetime) -> None:
    database.transaction(
        lambda tx: reports.file_report(
            tx, number, address="", town="", eics=(eic,), scope="whole", message_id="m", now=at
        )
    )


def test_who_reported_the_fault_hears_of_the_outage_as_promised(database: Database) -> None:
    people(database, [1, 2])
    stranger = "+37129999999"
    _report(database, stranger, code(1), NOW - timedelta(minutes=20))
    _report(database, phone(2), code(2), NOW - timedelta(minutes=10))
    change(database, FAULT)
    assert fan_out(database, NOW) == 3  # two customers, once each, and the stranger
    provider_says(database, "delivered", now=NOW)
    linked = database.all("SELECT state FROM fault_reports WHERE outage_id IS NOT NULL")
    assert [row["state"] for row in linked] == ["open", "open"]
    over = replace(FAULT, sequence=2, state="restored", ends_at=NOW + HOUR)
    change(database, over, now=NOW + HOUR)
    assert fan_out(database, NOW + HOUR) == 3
    assert {peer for peer, _ in told(database, "unplanned")} == {phone(1), phone(2), stranger}
    assert not database.all("SELECT 1 FROM fault_reports WHERE state = 'open'")


def test_an_old_report_is_not_explained_by_a_new_outage(database: Database) -> None:
    people(database, [1])
    _report(database, "+37129999999", code(1), NOW - timedelta(days=1))
    change(database, FAULT)
    assert fan_out(database, NOW) == 1
