"""The command line as people use it, on a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import gaisma
from bot.demo.account import IBAN
from storage import Database, open_database
from tests import engines

Gaisma = Callable[..., Result]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> Iterator[Database]:
    """The database that the commands work on."""
    url = engines.new_address(tmp_path, engine, migrated=True, file="cli.db")
    monkeypatch.setenv("GAISMA_DATABASE_URL", url)
    made = open_database(url)
    made.migrate()
    yield made
    made.close()
    engines.drop(url)


@pytest.fixture
def run(house: Database) -> Gaisma:
    """Run a command: `run("campaign", "list")`."""

    def call(*words: str) -> Result:
        return CliRunner().invoke(gaisma, words)

    return call


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy that says where to pay: without, nothing about debts is approved."""
    path = tmp_path / "policy.toml"
    path.write_text(f'[payments]\nbeneficiary = "AS Tīkls"\niban = "{IBAN}"\n', "utf-8")
    monkeypatch.setenv("GAISMA_POLICY", str(path))
    return path
