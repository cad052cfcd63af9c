"""What all tests share: a database of their own, a service on it, and a served process."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database, open_database
from tests import cheap, engines

# A machine that does much else takes long for an example now and then.
settings.register_profile("gaisma", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gaisma")
cheap.make_cheap()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-transcripts",
        action="store_true",
        help="Write what the bot answers now into tests/dialogues/; review the difference.",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skipped = pytest.mark.skip(reason="about SQLite's file or its plans, and this is PostgreSQL")
    for item in items:
        if engines.ENGINE != "sqlite" and item.get_closest_marker("sqlite"):
            item.add_marker(skipped)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `both`, and has a database, runs on PostgreSQL too, beside the rest: the
    short form of `./run test-postgres`."""
    marked = {mark.name for mark in metafunc.definition.iter_markers()}
    twice = engines.ENGINE == "sqlite" and "both" in marked and "sqlite" not in marked
    if twice and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", engines.BOTH, indirect=True, scope="module")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    yield
    if folder := getattr(item, "funcargs", {}).get("tmp_path"):
        engines.leave(folder)


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """The engine of this test's databases: that of GAISMA_TEST_ENGINE, or SQLite."""
    return str(getattr(request, "param", engines.ENGINE))


@pytest.fixture
def address(tmp_path: Path, engine: str) -> Iterator[str]:
    """The address of `database`."""
    made = engines.new_address(tmp_path, engine, migrated=True, file="gaisma.db")
    yield made
    engines.drop(made)


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """A database with all tables and no rows."""
    made = open_database(address)
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def service(database: Database) -> Service:
    return Service(Settings(), read_policy(), database)
