"""The life of a fault: promises kept by the clock, crews, long ones, mistakes put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.network import outages, plausible, promises
from bot.network.outages import Actor, OutageRefused
from bot.words import texts
from storage import Database
from storage.outages import OutageChange
from tests.bot import grid

MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return grid.NOW + minutes * MINUTE


def actor(now: datetime) -> Actor:
    return Actor("anna", now, grid.POLICY)


def send(database: Database, now: datetime) -> list[tuple[str, str]]:
    """(kind, phone) of what goes out now, delivered at once."""
    before = {row["id"] for row in database.all("SELECT id FROM messages")}
    grid.fan_out(database, now)
    grid.provider_says(database, "delivered", now=now)
    rows = database.all("SELECT id, kind, peer FROM messages ORDER BY id")
    return sorted((row["kind"], row["peer"]) for row in rows if row["id"] not in before)


def tell(database: Database, change: OutageChange, minutes: float) -> list[tuple[str, str]]:
    grid.change(database, change, now=at(minutes))
    return send(database, at(minutes))


def clock(database: Database, minutes: float) -> list[tuple[str, str]]:
    """What the worker's look at the clock sends at this moment; it looks twice, as after a
    restart."""
    for _ in range(2):
        database.transaction(lambda tx: promises.keep_promises(tx, at(minutes), grid.POLICY))
        database.transaction(lambda tx: promises.tell_long_outages(tx, at(minutes), grid.POLICY))
    return send(database, at(minutes))


def text_of(database: Database, kind: str, now: datetime) -> str:
    """The text of the latest message of a kind."""
    (row,) = database.all("SELECT id FROM messages WHERE kind = ? ORDER BY id DESC LIMIT 1", [kind])
    return texts.render_batch(database, [row["id"]], grid.POLICY, now=now)[row["id"]]


@pytest.fixture
def one(database: Database) -> str:
    grid.people(database, [1], language="en")
    return grid.phone(1)


# --- promises -------------------------------------------------------------------------------


def test_each_promise_makes_the_next_until_power_is_back(database: Database, one: str) -> None:
    assert tell(database, grid.FAULT, 0) == [("unplanned", one)]
    assert clock(database, 59) == []
    assert clock(database, 60) == [("no_news", one)]
    assert "still not known" in text_of(database, "no_news", at(60))
    assert "next message today by 14:00" in text_of(database, "no_news", at(60))
    assert clock(database, 61) == clock(database, 119) == []
    assert clock(database, 120) == [("no_news", one)]
    over = replace(grid.FAULT, sequence=2, state="restored", ends_at=at(150))
    assert tell(database, over, 150) == [("restored", one)]
    assert clock(database, 180) == clock(database, 999) == []


def test_a_known_time_ends_the_promises(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    known = replace(grid.FAULT, sequence=2, ends_at=at(240))
    assert tell(database, known, 30) == [("time_changed", one)]
    assert clock(database, 60) == clock(database, 120) == []


def test_a_late_promise_is_kept_after_a_long_stop(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    assert clock(database, 300) == [("no_news", one)]
    assert clock(database, 301) == []


def test_promises_are_kept_at_night(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 13 * 60)
    assert clock(database, 14 * 60) == [("no_news", one)]


def test_a_promise_to_many_needs_no_second_approval(database: Database) -> None:
    grid.people(database, range(1, 61))
    grid.change(database, grid.FAULT)
    assert clock(database, 60) == []
    grid.approve(database, "unplanned", now=at(70))
    assert len(send(database, at(70))) == 60
    assert len(clock(database, 130)) == 60


def test_who_was_just_told_is_not_told_again_with_the_others(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    grid.people(database, [2], language="en")
    wider = replace(
        grid.FAULT, sequence=2, transformer="", eics=(grid.code(1), grid.code(2)), reason="cits"
    )
    assert tell(database, wider, 50) == [("unplanned", grid.phone(2))]
    assert clock(database, 60) == [("no_news", one)]
    assert ("no_news", grid.phone(2)) in clock(database, 110)


def test_a_subscriber_who_asked_is_promised_the_same_word(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    stranger = "+37129999999"
    database.run(
        "INSERT INTO outage_subscribers SELECT id, ?, 'ru', ?, 1 FROM outages",
        [stranger, (at(55)).isoformat(timespec="milliseconds").replace("+00:00", "Z")],
    )
    assert clock(database, 60) == [("no_news", one), ("no_news", stranger)]


def test_an_unreachable_reader_makes_no_rounds(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    database.run("INSERT INTO opt_outs VALUES ('mobile', ?, '2026-12-01T10:00:00.000Z')", [one])
    for minutes in range(60, 400, 10):
        assert clock(database, minutes) == []
    (row,) = database.all("SELECT revision FROM outages")
    assert row["revision"] == 2


# --- the time told has passed ---------------------------------------------------------------


def test_a_time_that_has_passed_is_taken_back_with_a_new_promise(
    database: Database, one: str
) -> None:
    timed = replace(grid.FAULT, ends_at=at(120))
    tell(database, timed, 0)
    assert clock(database, 120) == clock(database, 134) == []
    assert clock(database, 135) == [("no_news", one)]
    assert "next message today by 15:15" in text_of(database, "no_news", at(135))
    assert clock(database, 194) == []
    assert clock(database, 195) == [("no_news", one)]


def test_the_same_row_of_a_file_is_no_conflict_after_its_time_has_passed(
    database: Database, one: str
) -> None:
    timed = replace(grid.FAULT, ends_at=at(120))
    tell(database, timed, 0)
    clock(database, 135)
    (same,) = grid.change(database, timed, now=at(140))
    assert same.outcome == "same"
    (conflict,) = grid.change(database, replace(timed, reason="x"), now=at(140))
    assert conflict.outcome == "conflict"


def test_a_time_in_the_past_is_not_told(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    assert tell(database, replace(grid.FAULT, sequence=2, ends_at=at(10)), 20) == []


# --- crews ----------------------------------------------------------------------------------


def test_a_crew_on_its_way_and_at_work_is_told_once_each(database: Database, one: str) -> None:
    tell(database, replace(grid.FAULT, ends_at=at(120)), 0)
    outages.set_crew(database, "U1", "on_way", actor(at(5)))
    assert send(database, at(5)) == [("crew_on_way", one)]
    assert "crew is on its way" in text_of(database, "crew_on_way", at(5))
    outages.set_crew(database, "U1", "on_way", actor(at(6)))
    assert send(database, at(6)) == []
    outages.set_crew(database, "U1", "working", actor(at(30)))
    assert send(database, at(30)) == [("crew_working", one)]


def test_that_a_fault_was_handed_over_holds_back_no_other_news(
    database: Database, one: str
) -> None:
    tell(database, replace(grid.FAULT, ends_at=at(120)), 0)
    outages.set_crew(database, "U1", "handed_over", actor(at(5)))
    assert send(database, at(5)) == []
    outages.move(database, "U1", actor(at(6)), ends_at=at(240), reason="vētra")
    assert send(database, at(6)) == [("time_changed", one)]
    outages.set_crew(database, "U1", "on_way", actor(at(7)))
    assert send(database, at(7)) == [("crew_on_way", one)]
    acts = [row["action"] for row in database.all("SELECT action FROM audit ORDER BY id")]
    assert [each for each in acts if each.startswith("outage.")] == [
        "outage.crew.handed_over", "outage.move", "outage.crew.on_way",
    ]  # fmt: skip


def test_a_crew_is_told_to_the_told_and_to_subscribers_only(database: Database, one: str) -> None:
    grid.people(database, [2])
    grid.change(database, grid.FAULT)
    grid.fan_out(database)
    grid.provider_says(database, "delivered", only=[one])
    grid.provider_says(database, "failed")
    database.run(
        "INSERT INTO outage_subscribers SELECT id, '+37129999999', 'lv',"
        " '2026-12-01T10:01:00.000Z', 1 FROM outages"
    )
    outages.set_crew(database, "U1", "on_way", actor(at(5)))
    kinds = send(database, at(5))
    assert [each for each in kinds if each[0] == "crew_on_way"] == [
        ("crew_on_way", one), ("crew_on_way", "+37129999999"),
    ]  # fmt: skip


def test_news_of_a_crew_names_the_new_time_and_takes_its_place(
    database: Database, one: str
) -> None:
    tell(database, replace(grid.FAULT, ends_at=at(120)), 0)
    moved = replace(grid.FAULT, sequence=2, ends_at=at(240), crew="on_way")
    assert tell(database, moved, 5) == [("crew_on_way", one)]
    assert "by 16:00" in text_of(database, "crew_on_way", at(5))


def test_a_promise_is_kept_though_a_crew_is_at_work(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    outages.set_crew(database, "U1", "working", actor(at(40)))
    assert send(database, at(40)) == [("crew_working", one)]
    assert "we will write within 1 hour" in text_of(database, "crew_working", at(40))
    assert clock(database, 60) == clock(database, 99) == []
    assert clock(database, 100) == [("no_news", one)]


def test_a_crew_leaves_with_the_fault(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    outages.set_crew(database, "U1", "working", actor(at(5)))
    send(database, at(5))
    outages.restore(database, ["U1"], actor(at(30)))
    (row,) = database.all("SELECT crew FROM outages")
    assert row["crew"] == ""
    with pytest.raises(OutageRefused, match="restored"):
        outages.set_crew(database, "U1", "working", actor(at(31)))


# --- a day in the dark ----------------------------------------------------------------------


def test_after_a_day_an_apology_is_told_once(database: Database, one: str) -> None:
    tell(database, replace(grid.FAULT, ends_at=at(26 * 60)), 0)
    assert clock(database, 24 * 60 - 1) == []
    assert clock(database, 24 * 60) == [("long_outage", one)]
    assert "more than 24 hours" in text_of(database, "long_outage", at(24 * 60))
    assert clock(database, 25 * 60) == []
    later = replace(grid.FAULT, sequence=2, ends_at=at(30 * 60))
    assert tell(database, later, 25 * 60) == [("time_changed", one)]
    assert clock(database, 27 * 60) == []


def test_the_apology_does_not_come_with_another_message(database: Database, one: str) -> None:
    tell(database, grid.FAULT, 0)
    clock(database, 24 * 60 - 5)
    assert clock(database, 24 * 60) == []
    assert clock(database, 24 * 60 + 25) == [("long_outage", one)]


def test_who_has_power_again_gets_no_apology_for_a_day(database: Database, one: str) -> None:
    tell(database, replace(grid.FAULT, ends_at=at(600)), 0)
    over = replace(grid.FAULT, sequence=2, state="restored", ends_at=at(590))
    assert tell(database, over, 590) == [("restored", one)]
    assert clock(database, 25 * 60) == []


# --- mistakes -------------------------------------------------------------------------------


def test_a_fault_restored_by_mistake_is_put_right_once(database: Database, one: str) -> None:
    tell(database, replace(grid.FAULT, ends_at=at(300)), 0)
    over = replace(grid.FAULT, sequence=2, state="restored", ends_at=at(60))
    assert tell(database, over, 60) == [("restored", one)]
    again = replace(grid.FAULT, sequence=3, ends_at=at(300))
    assert tell(database, again, 70) == [("correction", one)]
    told = text_of(database, "correction", at(70))
    assert "our last message was wrong: the power is not back yet" in told
    assert "We plan to restore electricity" in told
    assert f"Fault line: {grid.POLICY.contact_fault_phone}." in told
    assert tell(database, replace(again, sequence=4, reason="cits"), 80) == []
    ended = replace(over, sequence=5, ends_at=at(290))
    assert tell(database, ended, 290) == [("restored", one)]


def test_a_mistake_that_nobody_read_is_not_put_right(database: Database, one: str) -> None:
    tell(database, replace(grid.FAULT, ends_at=at(300)), 0)
    grid.change(database, replace(grid.FAULT, sequence=2, state="restored", ends_at=at(60)))
    assert tell(database, replace(grid.FAULT, sequence=3, ends_at=at(300)), 61) == []


def test_works_cancelled_by_mistake_are_told_again(database: Database, one: str) -> None:
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    grid.change(database, grid.OVER, now=grid.DUE)
    grid.tell(database, "cancelled", now=grid.DUE)
    grid.change(database, replace(grid.WORKS, sequence=3), now=grid.DUE + grid.HOUR)
    grid.tell(database, "planned_notice", now=grid.DUE + grid.HOUR)
    assert len(grid.told(database, "planned_notice")) == 2
    grid.change(database, replace(grid.WORKS, sequence=4, reason="x"), now=grid.DUE + grid.DAY)
    grid.tell(database, "planned_notice", now=grid.DUE + grid.DAY)
    assert len(grid.told(database, "planned_notice")) == 2


def test_works_that_have_not_begun_cannot_be_restored(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    with pytest.raises(OutageRefused, match=r"has not begun.*gaisma outage cancel"):
        outages.restore(database, [grid.WORKS.external_id], actor(grid.NOW))
    over = replace(grid.WORKS, sequence=2, state="restored")
    doubt = plausible.wrong(over, grid.NOW)
    assert doubt is not None and "cannot be restored" in str(doubt)
    assert plausible.wrong(over, grid.WORKS.starts_at + grid.HOUR) is None
