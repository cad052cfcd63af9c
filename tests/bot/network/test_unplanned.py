"""Unplanned outages: told at once, changed times, promised words, power back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import alerts
from bot.channels.base import Cause, NotFound, NotSent, Unknown
from bot.words import texts
from storage import Database, reports
from storage.database import stamp
from storage.outages import OutageChange
from tests.bot import grid
from tests.bot.outbox_world import outbox


def test_an_unplanned_outage_is_told_at_once_by_the_policy(database: Database) -> None:
    grid.people(database, [1, 2])
    night = datetime(2026, 12, 1, 23, 0, tzinfo=UTC)
    grid.change(database, grid.FAULT, now=night)
    (row,) = grid.drafts(database, "unplanned", state="approved")
    assert row["approved_by"] == "policy"
    assert grid.fan_out(database, night) == 2


def test_a_large_unplanned_outage_waits_for_a_second_person(database: Database) -> None:
    grid.people(database, range(1, 52))
    grid.change(database, grid.FAULT)
    assert grid.fan_out(database) == 0
    grid.approve(database, "unplanned")
    assert grid.fan_out(database) == 51


def _told_fault(database: Database, ends: datetime) -> None:
    grid.change(database, replace(grid.FAULT, ends_at=ends))
    grid.fan_out(database)
    grid.provider_says(database, "delivered")


@pytest.mark.parametrize(("minutes", "many"), [(-31, 1), (-30, 0), (30, 0), (31, 1)])
def test_a_new_restoration_time_is_told_when_it_moved_by_more_than_half_an_hour(
    database: Database, minutes: int, many: int
) -> None:
    grid.people(database, [1])
    ends = grid.NOW + 3 * grid.HOUR
    _told_fault(database, ends)
    moved = replace(grid.FAULT, sequence=2, ends_at=ends + timedelta(minutes=minutes))
    grid.change(database, moved, now=grid.NOW + timedelta(minutes=10))
    assert len(grid.notices_of(database, "time_changed")) == many


def test_small_moves_add_up(database: Database) -> None:
    grid.people(database, [1])
    ends = grid.NOW + 3 * grid.HOUR
    _told_fault(database, ends)
    for step in (2, 3):
        later = ends + timedelta(minutes=20 * (step - 1))
        grid.change(database, replace(grid.FAULT, sequence=step, ends_at=later))
    assert [row["revision"] for row in grid.notices_of(database, "time_changed")] == [3]


def test_a_time_that_becomes_known_or_unknown_is_told(database: Database) -> None:
    grid.people(database, [1])
    _told_fault(database, grid.NOW + grid.HOUR)
    grid.change(database, replace(grid.FAULT, sequence=2, ends_at=None))
    grid.fan_out(database)
    grid.provider_says(database, "delivered")
    grid.change(database, replace(grid.FAULT, sequence=3, ends_at=grid.NOW + grid.HOUR))
    assert [row["revision"] for row in grid.notices_of(database, "time_changed")] == [2, 3]


def test_a_time_that_moves_before_the_first_word_is_told_in_the_first_word(
    database: Database,
) -> None:
    grid.people(database, [1])
    grid.change(database, replace(grid.FAULT, ends_at=grid.NOW + grid.HOUR))
    grid.fan_out(database)
    grid.change(database, replace(grid.FAULT, sequence=2, ends_at=grid.NOW + 5 * grid.HOUR))
    grid.fan_out(database)
    assert grid.told(database, "unplanned") == [
        (grid.phone(1), "withdrawn"),
        (grid.phone(1), "queued"),
    ]
    assert grid.notices_of(database, "time_changed") == []


def test_power_back_is_told_to_the_told_and_only_once(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.FAULT)
    grid.fan_out(database)
    grid.provider_says(database, "delivered", only=[grid.phone(1)])
    over = replace(grid.FAULT, sequence=2, state="restored", ends_at=grid.NOW + grid.HOUR)
    grid.change(database, over, now=grid.NOW + grid.HOUR)
    grid.fan_out(database, grid.NOW + grid.HOUR)
    grid.provider_says(database, "delivered", now=grid.NOW + grid.HOUR)
    grid.change(database, replace(over, sequence=3, reason="cits"), now=grid.NOW + 2 * grid.HOUR)
    assert grid.told(database, "restored") == [(grid.phone(1), "delivered")]


def test_a_subscriber_hears_of_a_changed_time_and_of_the_end(database: Database) -> None:
    grid.people(database, [1])
    stranger = "+37129999999"
    _told_fault(database, grid.NOW + grid.HOUR)
    (outage,) = database.all("SELECT id FROM outages")
    database.run(
        "INSERT INTO outage_subscribers VALUES (?, ?, 'ru', ?, 1)",
        [outage["id"], stranger, stamp(grid.NOW + timedelta(minutes=5))],
    )
    later = grid.NOW + timedelta(minutes=20)
    grid.change(
        database, replace(grid.FAULT, sequence=2, ends_at=grid.NOW + 4 * grid.HOUR), now=later
    )
    grid.fan_out(database, later)
    grid.provider_says(database, "delivered", now=later)
    over = replace(grid.FAULT, sequence=3, state="restored", ends_at=grid.NOW + grid.HOUR)
    grid.change(database, over, now=grid.NOW + grid.HOUR)
    assert grid.fan_out(database, grid.NOW + grid.HOUR) == 2
    assert [peer for peer, _ in grid.told(database, "time_changed")] == [grid.phone(1), stranger]
    (message,) = database.all(
        "SELECT * FROM messages WHERE kind = 'restored' AND peer = ?", [stranger]
    )
    assert message["language"] == "ru"
    assert "Rīga" in texts.render_batch(database, [message["id"]], grid.POLICY)[message["id"]]


def test_a_subscriber_who_is_a_customer_there_gets_one_message(database: Database) -> None:
    grid.people(database, [1])
    _told_fault(database, grid.NOW + grid.HOUR)
    (outage,) = database.all("SELECT id FROM outages")
    database.run(
        "INSERT INTO outage_subscribers VALUES (?, ?, 'lv', ?, 1)",
        [outage["id"], grid.phone(1), stamp(grid.NOW)],
    )
    grid.change(
        database, replace(grid.FAULT, sequence=2, state="restored", ends_at=grid.NOW + grid.HOUR)
    )
    assert grid.fan_out(database) == 1


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("lv", "bija kluda, elektriba nav atslegta. Atvainojamies."),
        ("ru", "было ошибкой"),
        ("en", "was a mistake: there is none. We apologise."),
    ],
)
def test_a_false_alarm_is_taken_back_from_those_who_were_told(
    database: Database, language: str, sentence: str
) -> None:
    grid.people(database, [1, 2], language=language)
    grid.change(database, replace(grid.FAULT, ends_at=grid.NOW + grid.HOUR))
    grid.fan_out(database)
    grid.provider_says(database, "delivered", only=[grid.phone(1)])
    over = replace(grid.FAULT, sequence=2, state="cancelled", ends_at=grid.NOW + grid.HOUR)
    grid.change(database, over)
    assert grid.fan_out(database) == 1
    (message,) = database.all("SELECT * FROM messages WHERE kind = 'restored'")
    text = texts.render_batch(database, [message["id"]], grid.POLICY)[message["id"]]
    assert sentence in text
    assert message["peer"] == grid.phone(1)
    (row,) = grid.drafts(database, "restored", state="sending")
    assert row["title"].startswith("Unplanned outage taken back: 1 outage")


def _report(database: Database, number: str, eic: str, at: datetime) -> None:
    database.transaction(
        lambda tx: reports.file_report(
            tx, number, address="", town="", eics=(eic,), scope="whole", message_id="m", now=at
        )
    )


def test_who_reported_the_fault_hears_of_the_outage_as_promised(database: Database) -> None:
    grid.people(database, [1, 2])
    stranger = "+37129999999"
    _report(database, stranger, grid.code(1), grid.NOW - timedelta(minutes=20))
    _report(database, grid.phone(2), grid.code(2), grid.NOW - timedelta(minutes=10))
    grid.change(database, grid.FAULT)
    assert grid.fan_out(database, grid.NOW) == 3  # two customers, once each, and the stranger
    grid.provider_says(database, "delivered", now=grid.NOW)
    linked = database.all("SELECT state FROM fault_reports WHERE outage_id IS NOT NULL")
    assert [row["state"] for row in linked] == ["open", "open"]
    over = replace(grid.FAULT, sequence=2, state="restored", ends_at=grid.NOW + grid.HOUR)
    grid.change(database, over, now=grid.NOW + grid.HOUR)
    assert grid.fan_out(database, grid.NOW + grid.HOUR) == 3
    assert {peer for peer, _ in grid.told(database, "unplanned")} == {
        grid.phone(1),
        grid.phone(2),
        stranger,
    }
    assert not database.all("SELECT 1 FROM fault_reports WHERE state = 'open'")


ONE_FLAT = replace(grid.FAULT, external_id="V4", eics=(grid.code(1),), transformer="")
BOTH_FLATS = replace(ONE_FLAT, eics=(grid.code(1), grid.code(2)))


@pytest.mark.parametrize(
    ("outage", "flats", "danger", "explained"),
    [
        (ONE_FLAT, [1], False, True),
        (
            ONE_FLAT,
            [2],
            False,
            False,
        ),  # a neighbour on the same transformer has a fault of their own
        (ONE_FLAT, [1, 2], False, False),  # the house, but not this flat alone
        (BOTH_FLATS, [1, 2], False, True),  # the whole house, though not the whole transformer
        (grid.FAULT, [1, 2], False, True),
        (grid.FAULT, [1, 2], True, False),  # a wire on the ground is no part of what is dark
    ],
)
def test_a_report_is_explained_only_by_an_outage_where_it_is(
    database: Database, outage: OutageChange, flats: list[int], danger: bool, explained: bool
) -> None:
    grid.people(database, [1, 2])
    grid.people(database, [9])  # elsewhere on the transformer
    database.transaction(
        lambda tx: tx.run(
            "UPDATE premises SET address = 'Kalna iela 3' WHERE eic = ?", (grid.code(9),)
        )
    )
    eics = tuple(map(grid.code, flats))
    address = "Brīvības iela 105" if len(flats) > 1 else ""
    database.transaction(
        lambda tx: reports.file_report(
            tx, "+37129999999", address=address, town="Rīga" if address else "", eics=eics,
            scope="whole", message_id="m", now=grid.NOW, danger=danger,
        )
    )  # fmt: skip
    now = grid.NOW + timedelta(minutes=5)
    grid.change(database, outage, now=now)
    grid.change(database, _over(outage, 60), now=now + grid.HOUR)
    (row,) = database.all("SELECT * FROM fault_reports")
    assert (row["outage_id"] is not None) is explained
    assert row["state"] == ("closed" if explained else "open")


def test_an_old_report_is_not_explained_by_a_new_outage(database: Database) -> None:
    grid.people(database, [1])
    _report(database, "+37129999999", grid.code(1), grid.NOW - timedelta(days=1))
    grid.change(database, grid.FAULT)
    assert grid.fan_out(database, grid.NOW) == 1


# --- several faults at one premises ---------------------------------------------------------

SECOND = replace(grid.FAULT, external_id="U2", reason="cits")


def _hear(database: Database, minutes: int, *changes: OutageChange) -> list[tuple[str, str]]:
    """Changes so many minutes after NOW; (kind, phone) of the messages that they caused."""
    now = grid.NOW + timedelta(minutes=minutes)
    before = {row["id"] for row in database.all("SELECT id FROM messages")}
    grid.change(database, *changes, now=now)
    grid.fan_out(database, now)
    grid.provider_says(database, "delivered", now=now)
    rows = database.all("SELECT id, kind, peer FROM messages ORDER BY id")
    return sorted((row["kind"], row["peer"]) for row in rows if row["id"] not in before)


def _over(change: OutageChange, minutes: int, state: str = "restored") -> OutageChange:
    ends = grid.NOW + timedelta(minutes=minutes)
    return replace(change, sequence=change.sequence + 1, state=state, ends_at=ends)


def test_a_second_fault_at_the_same_premises_is_not_told_again(database: Database) -> None:
    grid.people(database, [1])
    grid.people(database, [2], transformer="T2")
    one, two = grid.phone(1), grid.phone(2)
    both = replace(SECOND, transformer="", feeder="F1")
    assert _hear(database, 0, grid.FAULT) == [("unplanned", one)]
    assert _hear(database, 5, both) == [("unplanned", two)]
    later = replace(both, sequence=2, ends_at=grid.NOW + 4 * grid.HOUR)
    assert _hear(database, 10, later) == [("time_changed", two)]
    assert _hear(database, 20, _over(later, 20)) == [("restored", two)]
    assert _hear(database, 30, _over(grid.FAULT, 30)) == [("restored", one)]


def test_two_faults_of_one_file_are_told_once(database: Database) -> None:
    grid.people(database, [1])
    assert _hear(database, 0, grid.FAULT, SECOND) == [("unplanned", grid.phone(1))]


def test_while_the_second_fault_lasts_nobody_hears_that_power_is_back(database: Database) -> None:
    grid.people(database, [1])
    first = replace(grid.FAULT, ends_at=grid.NOW + grid.HOUR)
    second = replace(SECOND, ends_at=grid.NOW + 5 * grid.HOUR)
    assert _hear(database, 0, first) == [("unplanned", grid.phone(1))]
    assert _hear(database, 5, second) == []
    assert _hear(database, 30, _over(first, 30)) == [("time_changed", grid.phone(1))]
    over = _over(second, 90)
    assert _hear(database, 90, over) == [("restored", grid.phone(1))]
    assert _hear(database, 95, replace(_over(first, 30), sequence=3, reason="x")) == []


def test_a_fault_entered_twice_and_cancelled_once_tells_nothing(database: Database) -> None:
    grid.people(database, [1])
    _hear(database, 0, grid.FAULT, SECOND)
    assert _hear(database, 5, _over(SECOND, 5, "cancelled")) == []
    assert _hear(database, 30, _over(grid.FAULT, 30)) == [("restored", grid.phone(1))]


def test_of_two_faults_the_mistaken_one_may_end_last(database: Database) -> None:
    grid.people(database, [1])
    _hear(database, 0, grid.FAULT, SECOND)
    assert _hear(database, 5, _over(grid.FAULT, 5)) == []
    assert _hear(database, 9, _over(SECOND, 9, "cancelled")) == [("restored", grid.phone(1))]
    (message,) = database.all("SELECT id FROM messages WHERE kind = 'restored'")
    text = texts.render_batch(database, [message["id"]], grid.POLICY)[message["id"]]
    assert "elektriba atjaunota" in text


def test_power_back_that_is_not_sent_yet_is_taken_back_by_a_new_fault(database: Database) -> None:
    grid.people(database, [1])
    _hear(database, 0, grid.FAULT)
    grid.change(database, _over(grid.FAULT, 30), now=grid.NOW + grid.HOUR / 2)
    heard = _hear(database, 31, replace(SECOND, starts_at=grid.NOW + timedelta(minutes=20)))
    assert heard == []
    assert [row["state"] for row in grid.notices_of(database, "restored")] == ["withdrawn"]
    assert _hear(database, 60, _over(SECOND, 60)) == [("restored", grid.phone(1))]


def test_a_fault_after_another_is_told_anew(database: Database) -> None:
    grid.people(database, [1])
    _hear(database, 0, grid.FAULT)
    _hear(database, 30, _over(grid.FAULT, 30))
    next_one = replace(SECOND, starts_at=grid.NOW + grid.HOUR)
    assert _hear(database, 60, next_one) == [("unplanned", grid.phone(1))]
    assert _hear(database, 90, _over(next_one, 90)) == [("restored", grid.phone(1))]


# --- what was on its way when the power came back ------------------------------------------


def test_a_fault_in_doubt_that_was_not_sent_ends_when_the_power_is_back(
    database: Database,
) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.FAULT)
    assert grid.fan_out(database) == 2
    box = outbox(database, render=lambda tx, ids: dict.fromkeys(ids, "No power."))
    one, two = box.claim(grid.NOW, 5)
    box.record([(one, Unknown("No answer."))], grid.NOW)
    restored = replace(grid.FAULT, sequence=2, state="restored", ends_at=grid.NOW)
    grid.change(database, restored)
    box.record([(two, NotSent(Cause.BUSY, "Later."))], grid.NOW)
    later = grid.NOW + grid.HOUR
    for hours in (1, 2):
        for message in box.take_doubts(grid.NOW + hours * grid.HOUR, 5):
            box.settle(message, NotFound(), grid.NOW + hours * grid.HOUR)
    assert box.claim(later + 2 * grid.HOUR, 5) == []
    found = database.all("SELECT status FROM messages")
    assert [row["status"] for row in found] == ["withdrawn", "withdrawn"]
    database.transaction(lambda tx: alerts.catch_up(tx, later, grid.POLICY))
    assert grid.told(database, "restored") == []
