"""The engines that keep the contract of storage: each test here runs on every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import Database, open_database
from tests import engines


@pytest.fixture(params=engines.BOTH)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(engine: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this engine with all tables and no rows."""
    made = engines.new_address(tmp_path, engine, migrated=True)
    yield made
    engines.drop(made)


@pytest.fixture
def empty_address(engine: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this engine that has nothing in it."""
    made = engines.new_address(tmp_path, engine)
    yield made
    engines.drop(made)


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = open_database(address)
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def other(address: str) -> Iterator[Database]:
    """The same database, opened by another process."""
    made = open_database(address)
    yield made
    made.close()
