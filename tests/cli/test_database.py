"""`gaisma doctor`, `migrate` and `backup`: what is wrong with a file is said in a sentence."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from storage import Database, StorageError
from tests.cli.conftest import Gaisma


@pytest.mark.sqlite
def test_a_backup_says_that_the_folder_is_missing(run: Gaisma, tmp_path: Path) -> None:
    result = run("backup", str(tmp_path / "nowhere" / "copy.db"))
    assert isinstance(result.exception, StorageError)
    assert "Is its folder there" in str(result.exception)
    assert run("backup", str(tmp_path / "copy.db")).exit_code == 0


@pytest.mark.sqlite
@pytest.mark.parametrize("command", ["migrate", "doctor"])
def test_a_file_of_another_kind_is_no_database(
    run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear customer, " * 100)
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{path}")
    result = run(command)
    assert "is no SQLite database" in f"{result.output} {result.exception}".replace("\n", " ")
    assert path.read_text().startswith("Dear customer")


@pytest.mark.sqlite
@pytest.mark.parametrize("command", ["migrate", "doctor"])
def test_a_database_of_another_program_is_left_alone(
    run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{path}")
    result = run(command)
    assert result.exit_code != 0
    assert "holds tables of another program" in f"{result.output} {result.exception}"


@pytest.mark.sqlite
def test_doctor_sees_a_column_that_is_missing(run: Gaisma, house: Database) -> None:
    assert "up to date" in run("doctor").stdout
    house.run("ALTER TABLE fault_reports DROP COLUMN closed_at")
    result = run("doctor")
    assert result.exit_code == 1
    assert "it lacks fault_reports.closed_at" in result.stdout


def test_a_place_where_no_file_can_be_is_said_so(
    run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{tmp_path}/file/x.db")
    result = run("migrate")
    assert isinstance(result.exception, StorageError)
    assert "cannot be opened" in str(result.exception)
