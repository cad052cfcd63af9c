"""Still dark after "power is back": counted by transformer, a part reopened, its own life."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.network import outages, reopening
from bot.network.outages import Actor, OutageRefused
from bot.service import Service
from bot.turn import Inbound, Turns
from storage import Database, conversations, still_dark
from tests.bot import grid
from tests.bot.network.test_outage_life import actor, at, send, tell, text_of

TIMED = replace(grid.FAULT, transformer="", feeder="F1", ends_at=at(120))


@pytest.fixture(autouse=True)
def over(database: Database) -> None:
    """Customers 1 and 2 on T1 and 3 on T2 were told that their power is back."""
    grid.people(database, [1, 2])
    grid.people(database, [3], transformer="T2")
    tell(database, TIMED, 0)
    outages.restore(database, ["U1"], actor(at(60)))
    assert len(send(database, at(60))) == 3


class Phones:
    """Texts from phones, in their order."""

    def __init__(self, service: Service) -> None:
        self._turns, self._count = Turns(service), 0

    def write(self, number: int | str, text: str, minutes: float = 65) -> str:
        self._count += 1
        peer = number if isinstance(number, str) else grid.phone(number)
        inbound = Inbound("sandbox", f"SM{self._count}", peer, text)
        return self._turns.take(inbound, at(minutes)).text


@pytest.fixture
def phones(service: Service) -> Phones:
    return Phones(service)


def dark(database: Database) -> list[tuple[str, str, int]]:
    return [(r["outage"], r["transformer"], r["answers"]) for r in still_dark.counts(database)]


@pytest.mark.parametrize("text", ["1", "nav", "нет", "no", "joprojām nav"])
def test_an_answer_that_it_is_dark_is_counted_at_its_transformer(
    database: Database, phones: Phones, text: str
) -> None:
    phones.write(3, text)
    assert dark(database) == [("U1", "T2", 1)]
    (report,) = database.all("SELECT * FROM fault_reports WHERE state = 'open'")
    assert (report["eic"], report["still_out"]) == (grid.code(3), 1)
    (talk,) = conversations.list_conversations(database, which="waiting", limit=9)
    assert talk["topic"] == "still_out"


def test_said_twice_it_is_one_report_and_two_homes_are_two(
    database: Database, phones: Phones
) -> None:
    phones.write(1, "1")
    phones.write(1, "nav")
    assert dark(database) == [("U1", "T1", 1)]
    phones.write(2, "1")
    assert dark(database) == [("U1", "T1", 2)]


def test_the_earlier_report_is_opened_again(database: Database, phones: Phones) -> None:
    database.run(
        "INSERT INTO fault_reports (id, phone, address, town, transformer, scope, outage_id, state,"
        " message_id, made_at) SELECT 'r1', ?, 'Ceļš 1', 'Rīga', 'T1', 'whole', id, 'closed', 'm',"
        " '2026-12-01T09:50:00.000Z' FROM outages",
        [grid.phone(1)],
    )
    phones.write(1, "1")
    (report,) = database.all("SELECT * FROM fault_reports")
    assert (report["state"], report["still_out"], report["closed_at"]) == ("open", 1, None)


def test_a_nested_outage_has_its_own_life(database: Database, phones: Phones) -> None:
    phones.write(1, "1")
    done = reopening.nest(database, "U1", actor(at(70)), transformer="T1")
    row = database.one("SELECT * FROM outages WHERE id = ?", [done.changes[0].outage_id])
    assert row is not None
    assert (row["external_id"], row["starts_at"]) == ("U1-N1", "2026-12-01T10:00:00.000Z")
    assert send(database, at(70)) == [("correction", grid.phone(1)), ("correction", grid.phone(2))]
    assert "elektribas vel nav" in text_of(database, "correction", at(70))
    assert dark(database) == []
    phones.write(1, "1", 75)
    assert dark(database) == []
    outages.set_crew(database, "U1-N1", "working", actor(at(80)))
    assert [kind for kind, _ in send(database, at(80))] == ["crew_working", "crew_working"]
    outages.restore(database, ["U1-N1"], actor(at(90)))
    assert send(database, at(90)) == [("restored", grid.phone(1)), ("restored", grid.phone(2))]
    assert not database.all("SELECT 1 FROM fault_reports WHERE state = 'open'")


def test_a_part_of_a_nested_outage_may_stay_dark_too(database: Database, phones: Phones) -> None:
    reopening.nest(database, "U1", actor(at(70)), transformer="T1")
    send(database, at(70))
    outages.restore(database, ["U1-N1"], actor(at(90)))
    send(database, at(90))
    phones.write(2, "1", 95)
    assert dark(database) == [("U1-N1", "T1", 1)]
    reopening.nest(database, "U1-N1", actor(at(96)), eics=[grid.code(2)])
    assert send(database, at(96)) == [("correction", grid.phone(2))]


def test_who_only_asked_and_read_that_it_is_over_gets_the_correction_too(
    database: Database, phones: Phones
) -> None:
    stranger = "+37129999999"
    reopening.reopen(database, "U1", actor(at(61)), ends_at=at(180))
    send(database, at(61))
    database.run(
        "INSERT INTO outage_subscribers SELECT id, ?, 'en', '2026-12-01T11:01:30.000Z', 1"
        " FROM outages",
        [stranger],
    )
    outages.restore(database, ["U1"], actor(at(62)))
    assert ("restored", stranger) in send(database, at(62))
    reopening.nest(database, "U1", actor(at(70)), transformer="T2")
    nested = "SELECT id FROM outages WHERE external_id = 'U1-N1'"
    database.run(
        f"INSERT INTO outage_subscribers VALUES (({nested}), ?, ?, ?, 0)",
        [stranger, "en", "2026-12-01T11:10:00.000Z"],
    )
    outages.tell_again(database, outages.find(database, "U1-N1"), actor(at(71)))
    told = [("correction", grid.phone(3)), ("correction", stranger)]
    assert send(database, at(71)) == sorted(told)
    outages.move(database, "U1-N1", actor(at(72)), ends_at=at(200))
    assert [kind for kind, _ in send(database, at(72))] == ["time_changed", "time_changed"]
    outages.cancel(database, ["U1-N1"], actor(at(75)))
    assert [kind for kind, _ in send(database, at(75))] == ["restored", "restored"]


def test_a_part_entered_by_mistake_ends_as_the_whole_did(database: Database) -> None:
    reopening.nest(database, "U1", actor(at(70)), transformer="T1")
    send(database, at(70))
    done = outages.cancel(database, ["U1-N1"], actor(at(75)))
    assert not done.notes
    (row,) = database.all("SELECT title FROM campaigns WHERE id = ?", done.campaigns)
    assert row["title"].startswith("Power restored")
    assert send(database, at(75)) == [("restored", grid.phone(1)), ("restored", grid.phone(2))]
    text = text_of(database, "restored", at(75))
    assert "elektriba atjaunota" in text and "kluda" not in text


def test_a_part_of_which_nobody_read_ends_in_silence(database: Database) -> None:
    reopening.nest(database, "U1", actor(at(70)), transformer="T1")
    done = outages.cancel(database, ["U1-N1"], actor(at(71)))
    assert (send(database, at(71)), done.campaigns) == ([], [])


def test_a_part_of_works_that_stayed_dark_is_a_correction_too(database: Database) -> None:
    grid.people(database, [5], transformer="T5", language="en")
    works = replace(grid.WORKS, transformer="T5", starts_at=at(10), ends_at=at(60))
    outages.store_changes(database, [works], actor(at(0)))
    grid.approve(database, "planned_notice", now=at(0), reason="avārija")
    send(database, at(0))
    outages.restore(database, ["W1"], actor(at(50)))
    assert send(database, at(50)) == [("restored", grid.phone(5))]
    reopening.nest(database, "W1", actor(at(70)), transformer="T5")
    assert send(database, at(70)) == [("correction", grid.phone(5))]
    assert "is not back yet" in text_of(database, "correction", at(70))


def test_all_of_it_is_put_right_when_it_was_closed_by_mistake(
    database: Database, phones: Phones
) -> None:
    phones.write(1, "1")
    reopening.reopen(database, "U1", actor(at(70)), ends_at=at(180))
    assert send(database, at(70)) == [("correction", grid.phone(n)) for n in (1, 2, 3)]
    assert dark(database) == []
    assert len(database.all("SELECT 1 FROM fault_reports WHERE state = 'open'")) == 1
    outages.restore(database, ["U1"], actor(at(100)))
    assert [kind for kind, _ in send(database, at(100))] == ["restored"] * 3
    assert not database.all("SELECT 1 FROM fault_reports WHERE state = 'open'")


def test_what_is_not_over_or_not_there_is_refused(database: Database) -> None:
    with pytest.raises(OutageRefused, match="no premises on T9"):
        reopening.nest(database, "U1", actor(at(70)), transformer="T9")
    reopening.reopen(database, "U1", actor(at(70)))
    with pytest.raises(OutageRefused, match="it is not over"):
        reopening.reopen(database, "U1", actor(at(71)))


def test_who_asks_hears_where_the_crew_is(database: Database, phones: Phones) -> None:
    reopening.reopen(database, "U1", Actor("anna", at(70), grid.POLICY))
    outages.set_crew(database, "U1", "on_way", actor(at(71)))
    assert "Brigade ir cela" in phones.write(1, "kad būs elektrība?", 72)
