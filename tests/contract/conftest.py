"""The engines that keep the contract of storage: each test here runs on every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import Database, open_database

ENGINES = ["sqlite"]


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of this engine."""
    return f"sqlite:///{tmp_path}/contract.db"


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = open_database(address)
    made.migrate()
    yield made
    made.close()
