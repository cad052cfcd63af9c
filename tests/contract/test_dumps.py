"""A copy of a PostgreSQL database, made and brought back as docs/operations.md says it: pg_dump,
pg_restore, `gaisma restore --adopt`."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import gaisma
from bot.people import privacy
from bot.settings import read_settings
from storage import Database, open_database, restored
from tests import engines
from tests.bot.outbox_world import queue
from tests.bot.people.whole_person import EMAIL, NUMBER, PHONE, WORDS, make, table_names

PAGE = Path(__file__).parents[2] / "docs/operations.md"


@pytest.fixture(params=["postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """SQLite copies its file itself: tests/cli/test_copies.py."""
    return str(request.param)


@dataclass
class House:
    """An installation on PostgreSQL, and the commands of the page that copy it."""

    database: Database
    address: str
    folder: Path

    def command(self, program: str) -> None:
        """The line of the page that begins with this program, at our database and folder."""
        (line,) = re.findall(rf"^{program} .+$", PAGE.read_text("utf-8"), re.MULTILINE)
        words = [word.replace("postgresql://gaisma@db.example/gaisma", self.address)
                 for word in shlex.split(line)]  # fmt: skip
        assert self.address in words
        done = subprocess.run(
            [str(engines.program(program)), *words[1:]], cwd=self.folder, capture_output=True,
            text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def gaisma(self, *words: str) -> str:
        result = CliRunner().invoke(gaisma, words)
        assert result.exit_code == 0, f"{result.output} {result.exception}"
        return result.stdout

    def everything(self) -> dict[str, list[str]]:
        """All rows of all tables."""
        return {
            name: sorted(str(tuple(row)) for row in self.database.all(f"SELECT * FROM {name}"))
            for name in table_names(self.database)
        }


@pytest.fixture
def house(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("GAISMA_DATABASE_URL", address)
    monkeypatch.setenv("GAISMA_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("GAISMA_ERASURES", str(tmp_path / "erasures"))
    monkeypatch.setenv("GAISMA_SPOOL", str(tmp_path / "spool"))
    made = open_database(address)
    made.migrate()
    yield House(made, address, tmp_path)
    made.close()


def now() -> datetime:
    return datetime.now(UTC)


def test_a_dump_brought_back_is_what_was_there_and_sends_nothing_by_itself(house: House) -> None:
    make(house.database)
    queue(house.database, now())
    before = house.everything()
    taken = now()
    house.command("pg_dump")
    house.gaisma("backup", "--made")
    queue(house.database, now())
    house.command("pg_restore")
    assert house.everything() == before
    assert house.database.pending_migrations() == []
    told = house.gaisma("restore", "--adopt", "--taken-at", f"{taken:%Y-%m-%dT%H:%M:%S%z}")
    assert f"the data of {taken:%Y-%m-%d %H:%M:%S} UTC" in told
    mark = restored.mark(house.database)
    assert mark is not None and mark.since == taken.replace(microsecond=0)
    assert json.loads(house.gaisma("restore", "--json"))["waiting"] > 0
    # And it is written to as before: numbers that the server hands out go on where they were.
    queue(house.database, now())
    assert json.loads(house.gaisma("audit", "verify", "--json"))


def test_who_was_erased_since_the_dump_is_erased_again(house: House) -> None:
    make(house.database)
    taken = now()
    house.command("pg_dump")
    privacy.erase(
        house.database, read_settings(), NUMBER, by="ilze", now=taken + timedelta(seconds=1)
    )
    house.command("pg_restore")
    assert NUMBER in str(house.everything())
    house.gaisma("restore", "--adopt", "--taken-at", f"{taken:%Y-%m-%dT%H:%M:%S%z}")
    left = str(house.everything()).lower()
    assert [word for word in (*WORDS, PHONE, EMAIL) if word in left] == []
