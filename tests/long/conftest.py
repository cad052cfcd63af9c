"""A long life is looked at through SQLite's own steps and plans, whatever engine others test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path}/life.db?synchronous=OFF")
    made.migrate()
    yield made
    made.close()
