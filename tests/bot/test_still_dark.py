"""Still dark after "power is back": counted by transformer, a part reopened, its own life."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import outages, reopening
from bot.outages import Actor, OutageRefused
from bot.service import Service
from bot.turn import Inbound, Turns
from storage import Database, conversations, still_dark
from tests.bot import grid
from tests.bot.test_outage_life import actor, at, send, tell

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
    assert send(database, at(70)) == [("unplanned", grid.phone(1)), ("unplanned", grid.phone(2))]
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
    assert send(database, at(96)) == [("unplanned", grid.phone(2))]


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
