"""What tests of the network share: reports from a small world, and what a dispatcher presses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Row, open_database, reports
from tests import engines
from tests.web.console import NOW, let_in, post
from tests.worlds import OTHER_PHONE, add_phone, build_world, eic

STAFF = {"anna": "agent", "dainis": "dispatcher", "ilze": "operator", "zane": "dispatcher operator"}
NEW = "/console/network/new"


@contextmanager
def network_of(folder: Path, engine: str = engines.ENGINE) -> Iterator[Service]:
    """A service on a small network, with two phones on transformer TP-100."""
    database = open_database(engines.new_address(folder, engine, migrated=True))
    database.migrate()
    let_in(database, STAFF)
    build_world(database, "one_premises", NOW)
    add_phone(database, "1000004", OTHER_PHONE, "ru", NOW)
    yield Service(Settings(secret_keys=("x",)), read_policy(), database)
    database.close()


def report(service: Service, home: int, *, minutes_ago: int = 5, danger: bool = False) -> str:
    """Somebody at this home says that it is dark."""
    return service.database.transaction(
        lambda tx: reports.file_report(
            tx, f"+3712900{home:04d}", address="", town="", eics=(eic(home),), scope="whole",
            message_id=f"m{home}-{minutes_ago}", now=NOW - timedelta(minutes=minutes_ago),
            danger=danger,
        )
    )  # fmt: skip


def text_of(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def only_outage(service: Service) -> Row:
    """The one outage that there is."""
    (row,) = service.database.all("SELECT * FROM outages")
    return row


def make(client: FlaskClient, **fields: object) -> TestResponse:
    """Make an outage of the cluster at TP-100."""
    given = {"transformer": "TP-100", "where": "transformer TP-100", "open": "1", "known": ""}
    return post(client, NEW, page=f"{NEW}?transformer=TP-100", **(given | fields))


def act(client: FlaskClient, service: Service, name: str, **fields: object) -> TestResponse:
    """Press a button of the only outage's page as it is now."""
    row = only_outage(service)
    path = f"/console/network/outages/{row['id']}"
    return post(client, f"{path}/{name}", page=path, **({"seen": row["revision"]} | fields))
