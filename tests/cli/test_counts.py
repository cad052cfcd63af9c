"""Counts that say what they count: persons, premises, channels, towns; and one word for one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.campaigns.fanout import fan_out
from storage import Database, contacts
from tests.bot import grid, ways
from tests.cli.conftest import Gaisma
from tests.cli.test_campaigns import ADD, listed

pytestmark = pytest.mark.both

DUE = datetime(2030, 12, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def part(run: Gaisma, house: Database) -> str:
    """The draft of works at four premises of two customers who live by a device, and of a third
    who gets a letter."""
    grid.people(house, [1, 2, 3])
    grid.extra_premises(house, 4, owner=1)
    grid.extra_premises(house, 5, owner=2)
    ways.lose_phone(house, 3)
    codes = [grid.code(number) for number in (1, 2, 4, 5)]
    house.transaction(lambda tx: contacts.flag_life_support(tx, codes))
    assert run(*ADD).exit_code == 0
    return next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")


def test_calls_are_counted_by_persons_and_premises_alike(run: Gaisma, part: str) -> None:
    warning = "2 customers must be rung up, about 4 premises; once it is approved"
    assert warning in run("campaign", "preview", part).stdout
    seen = json.loads(run("campaign", "preview", part, "--json").stdout)
    assert (seen["calls"], seen["call_premises"]) == (2, 4)
    run("campaign", "approve", part, "--by", "juris")
    assert "To ring up: 2 customers, about 4 premises." in run("call", "list").stdout


def test_letters_for_a_later_day_are_said_with_the_day(run: Gaisma, part: str) -> None:
    later = "1 letter waits for a later day (2030-1"
    assert later in run("campaign", "approve", part, "--by", "juris").stdout
    assert later in run("letters", "list").stdout


def test_the_report_of_a_campaign_tells_the_channels_apart(
    run: Gaisma, house: Database, part: str
) -> None:
    run("campaign", "approve", part, "--by", "juris")
    fan_out(house, DUE, policy=grid.POLICY)
    assert "waits for a later day" not in run("letters", "list").stdout
    shown = " ".join(run("campaign", "report", part).stdout.split())
    assert "SMS queued 2" in shown
    assert "letter queued, for: gaisma letters --out DIR 1" in shown
    read = json.loads(run("campaign", "report", part, "--json").stdout)
    assert read["channels"] == {"letter": {"queued": 1}, "sms": {"queued": 2}}
    assert read["messages"] == {"queued": 3}


def test_works_in_several_towns_say_in_how_many(run: Gaisma, house: Database, part: str) -> None:
    assert "Rīga +" not in run("outage", "list").stdout
    for number, town in ((1, "Ogre"), (2, "Cēsis")):
        house.run("UPDATE premises SET town = ? WHERE eic = ?", [town, grid.code(number)])
    assert "Cēsis +2" in run("outage", "list").stdout
    (row,) = json.loads(run("outage", "list", "--json").stdout)
    assert (row["town"], row["towns"]) == ("Cēsis", 3)


def test_of_one_customer_it_is_said_that_this_one_was_not_told(run: Gaisma, part: str) -> None:
    (row,) = json.loads(run("outage", "list", "--json").stdout)
    shown = run("outage", "told", row["external_id"], "--customer", "c99").stdout
    assert shown == "C99 was not told of it, and is not to be.\n"


def test_alerts_that_were_taken_back_unwritten_are_one_line(
    run: Gaisma, house: Database, part: str
) -> None:
    run("campaign", "approve", part, "--by", "juris")
    fan_out(house, DUE, policy=grid.POLICY)
    (message,) = house.all("SELECT * FROM messages WHERE peer = ?", [grid.phone(1)])
    names = ", ".join(name for name in message.keys() if name not in ("id", "topic_id"))  # noqa: SIM118
    house.run(
        f"INSERT INTO messages (id, topic_id, {names})"
        f" SELECT 'twin', 'other', {names} FROM messages WHERE id = ?",
        [message["id"]],
    )
    house.run("UPDATE messages SET status = 'withdrawn'")
    house.run(
        "INSERT INTO conversations (id, phone, made_at) VALUES ('talk-1', ?, ?)",
        [grid.phone(1), message["made_at"]],
    )
    shown = run("conversation", "show", grid.phone(1)).stdout
    assert shown.count("(never written: withdrawn)") == 1
    assert "  (2 times)" in shown
    assert "(withdrawn)" not in shown
