"""What who reported a fault is told of it: by alert, and when asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.service import Service
from bot.turn import Inbound, Turns
from bot.words import texts
from storage import Database, reports
from tests.bot import grid

STRANGER = "+37129999999"


def _report(database: Database, address: str, *eics: str) -> None:
    at = grid.NOW - timedelta(minutes=20)
    database.transaction(
        lambda tx: reports.file_report(
            tx, STRANGER, address=address, town="Rīga", eics=eics, scope="whole",
            message_id="m", now=at,
        )
    )  # fmt: skip


@pytest.mark.parametrize("numbers", [(1,), (1, 2)], ids=["flat", "house"])
def test_the_alert_to_who_reported_names_the_street(
    database: Database, numbers: tuple[int, ...]
) -> None:
    grid.people(database, [1, 2])
    _report(database, "Brīvības iela 105", *map(grid.code, numbers))
    grid.change(database, grid.FAULT)
    grid.fan_out(database, grid.NOW)
    (message,) = database.all("SELECT id FROM messages WHERE peer = ?", [STRANGER])
    text = texts.render_batch(database, [message["id"]], grid.POLICY)[message["id"]]
    assert "Brivibas 105" in text


def test_who_reported_and_asks_is_told_of_the_outage_that_explains_it(
    database: Database, service: Service
) -> None:
    grid.people(database, [1, 2])
    _report(database, "Brīvības iela 105", grid.code(1))
    grid.change(database, grid.FAULT)
    asked = Inbound("sandbox", "T1", STRANGER, "kad būs?")
    answer = Turns(service).take(asked, grid.NOW + timedelta(minutes=5)).text
    assert "Brīvības 105" in answer
    assert "Nākamā ziņa līdz plkst. 13.00" in answer
