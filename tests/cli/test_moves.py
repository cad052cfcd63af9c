"""`gaisma outage move`."""

from __future__ import annotations

from storage import Database
from tests.bot.grid import people
from tests.cli.conftest import Gaisma

ADD = ("outage", "add", "--kind", "planned", "--id", "W1", "--transformer", "T1",
       "--starts", "2030-12-12 09:00", "--ends", "2030-12-12 15:00")  # fmt: skip


def test_moving_to_the_times_it_has_says_that_nothing_changed(run: Gaisma, house: Database) -> None:
    people(house, [1])
    assert run(*ADD).exit_code == 0
    assert "Moved W1." in run("outage", "move", "W1", "--ends", "2030-12-12 16:00").stdout
    again = run("outage", "move", "W1", "--ends", "2030-12-12 16:00").stdout
    assert "Nothing changed: W1 has these times already." in again
    assert "Moved" not in again
