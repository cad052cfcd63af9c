"""What tests of the API share: a small world, a token that may do all, and a client with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from bot.app import create_app
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.web.api import tokens
from bot.web.api.tokens import SCOPES
from storage import Database, open_database
from tests import engines
from tests.worlds import build_world

NOW = datetime.now(UTC)


@dataclass
class Caller:
    """A system that calls the API with its token."""

    app: Flask
    database: Database
    token: str

    def __call__(
        self, method: str, path: str, json: Any = None, headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> Any:  # fmt: skip
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if json is not None:
            rest["json"] = json
        return Client(self.app).open(f"/api/v1{path}", method=method, headers=sent, **rest)

    def with_scopes(self, *scopes: str, name: str = "other") -> Caller:
        """Another system, which may do only this."""
        given = tokens.add(self.database, name, scopes, by="test", now=NOW)
        return Caller(self.app, self.database, given)


def open_world(folder: Path, world: str = "one_premises", engine: str = engines.ENGINE) -> Service:
    """A service on a new database with this world."""
    database = open_database(engines.new_address(folder, engine, migrated=True))
    database.migrate()
    build_world(database, world, NOW)
    return Service(Settings(), read_policy(), database)


def caller_of(service: Service) -> Caller:
    """A system that may do everything."""
    given = tokens.add(service.database, "all", tuple(SCOPES), by="test", now=NOW)
    return Caller(create_app(service), service.database, given)


@pytest.fixture
def call(tmp_path: Path, engine: str) -> Iterator[Caller]:
    service = open_world(tmp_path, engine=engine)
    found = caller_of(service)
    yield found
    found.app.extensions["gaisma.places"].stop()
    service.close()
