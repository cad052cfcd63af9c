"""Letters: working days by post, earlier than an SMS, at any hour, and late ones by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.campaigns import canary
from bot.campaigns import rules as campaigns
from bot.campaigns.rules import CampaignRefused
from bot.campaigns.when import days_after, days_before, deadline, letter_arrives, letter_deadline
from bot.debts import days as debt_days
from bot.delivery.escalation import limits_of
from storage import Database, Row
from storage.database import moment
from tests.bot import grid, ways

POLICY = grid.POLICY
NIGHT = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)  # 23:00 in Riga, a Tuesday


@pytest.mark.parametrize(
    ("posted", "comes"),
    [
        (date(2026, 12, 1), date(2026, 12, 4)),  # Tuesday, Friday
        (date(2026, 12, 3), date(2026, 12, 8)),  # over a weekend
        (date(2026, 12, 5), date(2026, 12, 9)),  # a Saturday counts from Monday
        (date(2026, 12, 22), date(2026, 12, 29)),  # Christmas, and a weekend
        (date(2026, 11, 17), date(2026, 11, 23)),  # 18 November is a holiday
    ],
)
def test_a_letter_travels_on_working_days(posted: date, comes: date) -> None:
    assert debt_days.after_post(posted, POLICY) == comes


@pytest.mark.parametrize("day", range(40))
def test_the_last_day_to_post_is_the_last_that_keeps_the_law(day: int) -> None:
    starts = datetime(2026, 12, 1, 7, 0, tzinfo=UTC) + timedelta(days=day)
    bound, last = deadline(starts, POLICY), letter_deadline(starts, POLICY)
    assert letter_arrives(last, POLICY) <= bound < letter_arrives(days_after(last, 1), POLICY)


def test_escalation_goes_by_the_same_days() -> None:
    for hours in range(0, 24 * 14, 5):
        now = datetime(2026, 12, 18, 8, 0, tzinfo=UTC) + timedelta(hours=hours)
        first = limits_of(now, POLICY).legal_by_post
        assert now <= letter_deadline(first, POLICY) <= days_after(now, 4)


def _mixed(database: Database, starts: datetime) -> None:
    """Works that the first is told of by SMS and the second by letter."""
    grid.people(database, [1, 2])
    ways.lose_phone(database, 2)
    works = replace(grid.WORKS, starts_at=starts, ends_at=starts + 4 * grid.HOUR)
    grid.change(database, works)


def _states(database: Database) -> list[tuple[str, str]]:
    return [
        (row["channel"], row["peer"])
        for row in database.all("SELECT channel, peer FROM messages ORDER BY channel")
    ]


def test_letters_leave_before_the_sms_about_the_same_works(database: Database) -> None:
    starts = grid.NOW + 25 * grid.DAY
    _mixed(database, starts)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.NOW)
    assert _states(database) == []
    grid.fan_out(database, days_before(starts, 21))
    assert _states(database) == [("letter", "C2")]
    grid.fan_out(database, days_before(starts, 10))
    assert _states(database) == [("letter", "C2"), ("sms", grid.phone(1))]


def test_a_letter_waits_for_no_morning(database: Database) -> None:
    _mixed(database, grid.STARTS + 7 * grid.DAY)
    (row,) = grid.drafts(database, "planned_notice")
    campaigns.approve(database, row["id"], by="zane", now=NIGHT, policy=POLICY)
    grid.fan_out(database, NIGHT)
    assert _states(database) == [("letter", "C2")]


def test_letters_are_no_canary_of_the_sms_that_follow(database: Database) -> None:
    starts = grid.NOW + 15 * grid.DAY
    grid.people(database, range(1, 61))
    for number in range(1, 31):
        ways.lose_phone(database, number)
    grid.change(database, replace(grid.WORKS, starts_at=starts, ends_at=starts + grid.HOUR))
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.NOW)
    assert len(_states(database)) == 30
    canary.watch(database, grid.NOW + grid.DAY, POLICY)
    grid.fan_out(database, days_before(starts, 10))
    (row,) = grid.drafts(database, "planned_notice", state="canary")
    sms = [each for each in _states(database) if each[0] == "sms"]
    assert (len(sms), row["canary_until"] is not None) == (20, True)


def _late_by_letter(database: Database) -> tuple[Row, Row]:
    """(draft of the SMS, draft of the letters) of works in seven days."""
    _mixed(database, grid.NOW + 7 * grid.DAY)
    in_time, late = grid.drafts(database, "planned_notice")
    return in_time, late


def test_letters_that_are_late_have_a_draft_of_their_own(database: Database) -> None:
    in_time, late = _late_by_letter(database)
    assert in_time["title"] == "Planned works: 1 outage, 8 Dec 2026"
    assert late["title"] == "Planned works by letter: 1 outage, 8 Dec 2026 (late)"
    campaigns.approve(database, in_time["id"], by="zane", now=grid.NOW, policy=POLICY)
    grid.fan_out(database, grid.NOW)
    assert _states(database) == [("sms", grid.phone(1))]
    with pytest.raises(CampaignRefused, match="say why"):
        campaigns.approve(database, late["id"], by="zane", now=grid.NOW, policy=POLICY)
    campaigns.approve(
        database, late["id"], by="zane", now=grid.NOW, policy=POLICY, reason="Avārija"
    )
    grid.fan_out(database, grid.NOW)
    assert _states(database) == [("letter", "C2"), ("sms", grid.phone(1))]


def test_the_preview_names_the_works_whose_letters_are_late(database: Database) -> None:
    in_time, late = _late_by_letter(database)
    row = campaigns.find(database, late["id"])
    seen = campaigns.look(database, row, grid.NOW, POLICY)
    assert seen.late_works == ["W1 on 8 Dec 2026 (letters)"]
    assert any("Late: W1 on 8 Dec 2026 (letters)." in each for each in seen.warnings)
    assert (seen.first_sms, seen.first_letter) == (None, grid.NOW)
    assert list(seen.deadlines) == ["letter"]
    row = campaigns.find(database, in_time["id"])
    assert campaigns.look(database, row, grid.NOW, POLICY).late_works == []


def test_a_cancellation_reaches_those_of_both_drafts(database: Database) -> None:
    in_time, late = _late_by_letter(database)
    for row in (in_time, late):
        campaigns.approve(
            database, row["id"], by="zane", now=grid.NOW, policy=POLICY, reason="Avārija"
        )
    grid.fan_out(database, grid.NOW)
    database.run("UPDATE messages SET status = 'accepted', sent_at = made_at")
    grid.change(database, replace(grid.OVER, starts_at=grid.NOW + 7 * grid.DAY))
    (row,) = grid.drafts(database, "cancelled")
    assert campaigns.find(database, row["id"])["recipients"] == 2


def test_works_moved_to_a_near_day_are_told_apart_too(database: Database) -> None:
    _mixed(database, grid.STARTS + 7 * grid.DAY)
    grid.approve(database, "planned_notice")
    for now in (grid.NOW, grid.STARTS - 3 * grid.DAY):
        grid.fan_out(database, now)
    database.run("UPDATE messages SET status = 'accepted', sent_at = made_at")
    now = grid.STARTS
    near = replace(grid.LATER, starts_at=now + 6 * grid.DAY, ends_at=now + 7 * grid.DAY)
    grid.change(database, near, now=now)
    titles = [row["title"] for row in grid.drafts(database, "moved")]
    assert titles == [
        "Works moved: 1 outage, 18 Dec 2026", "Works moved by letter: 1 outage, 18 Dec 2026 (late)",
    ]  # fmt: skip
    first = grid.drafts(database, "moved")[0]
    assert moment(first["deadline_at"]) == now + grid.DAY
