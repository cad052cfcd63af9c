"""An SMS names the town to whoever has premises in several; a street alone could be the other's."""

from __future__ import annotations

from bot.words import texts
from storage import Database, customers
from tests.bot import grid


def told(database: Database) -> dict[str, str]:
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    rows = database.all("SELECT id, peer FROM messages WHERE kind = 'planned_notice'")
    written = texts.render_batch(database, [row["id"] for row in rows], grid.POLICY)
    return {str(row["peer"]): written[row["id"]] for row in rows}


def test_who_has_premises_in_two_towns_reads_which_is_meant(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.people(database, [3], transformer="T9")
    database.run("UPDATE premises SET customer_number = 'C1', town = 'Ogre' WHERE eic = ?",
                 [grid.code(3)])  # fmt: skip
    written = told(database)
    assert "Brivibas 105-1, Riga." in written[grid.phone(1)]
    assert "Brivibas 105-2." in written[grid.phone(2)]


def test_premises_in_one_town_are_no_several(database: Database) -> None:
    grid.people(database, [1, 2])
    database.run("UPDATE premises SET customer_number = 'C1'")
    assert customers.in_several_towns(database, ["C1", "C9"]) == set()
    assert customers.in_several_towns(database, []) == set()
