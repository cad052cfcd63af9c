"""A database of its own for each: a long life also changes what its server takes for the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import engines


@pytest.fixture
def address(tmp_path: Path, engine: str) -> Iterator[str]:
    made = engines.new_address(tmp_path, engine, file="life.db")
    yield made
    engines.drop(made)
