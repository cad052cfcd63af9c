"""The proof of deadlines is sealed: a change of the file or of the seal is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage import Database
from tests.bot import grid
from tests.cli.conftest import Gaisma


@pytest.fixture
def sealed(
    house: Database, run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path]:
    """A document and its seal, of works that two customers were told of."""
    monkeypatch.setenv("GAISMA_SECRET_KEY", "a" * 20)
    grid.people(house, [1, 2])
    grid.change(house, grid.WORKS)
    grid.tell(house, "planned_notice", now=grid.DUE)
    file = tmp_path / "W1.csv"
    result = run("report", "deadlines", "--outage", "W1", "--csv", str(file), "--seal")
    assert result.exit_code == 0, result.output
    return file, file.with_name("W1.csv.seal.json")


def test_a_seal_tells_who_approved_and_what_became_of_it(sealed: tuple[Path, Path]) -> None:
    told = json.loads(sealed[1].read_text())
    (campaign,) = (each for each in told["campaigns"] if each["kind"] == "planned_notice")
    assert (campaign["made_by"], campaign["approved_by"]) == ("anna", "juris")
    (counted,) = campaign["messages"]
    assert (counted["channel"], counted["status"], counted["messages"]) == ("sms", "delivered", 2)
    assert counted["first_queued_at"] and counted["last_receipt_at"]
    assert told["works"] == ["W1"]


def test_what_was_not_changed_is_whole_also_under_a_new_key(
    sealed: tuple[Path, Path], run: Gaisma, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is as it was made" in run("report", "verify", str(sealed[0])).output
    monkeypatch.setenv("GAISMA_SECRET_KEY", f"{'b' * 20},{'a' * 20}")
    assert run("report", "verify", str(sealed[0]), "--json").exit_code == 0
    monkeypatch.setenv("GAISMA_SECRET_KEY", "b" * 20)
    refused = run("report", "verify", str(sealed[0]))
    assert (refused.exit_code, "does not have" in refused.output) == (1, True)


def test_a_change_of_either_file_is_found(sealed: tuple[Path, Path], run: Gaisma) -> None:
    file, seal = sealed
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"legal", b"late"))
    assert "was changed after it was sealed" in run("report", "verify", str(file)).output
    file.write_bytes(whole)
    kept = seal.read_text()
    seal.write_text(kept.replace("juris", "zigis"))
    assert "was changed after it was signed" in run("report", "verify", str(file)).output
    seal.write_text("[]")
    assert "is no seal" in run("report", "verify", str(file)).output
    seal.unlink()
    assert run("report", "verify", str(file)).exit_code == 1


def test_a_seal_needs_a_key_and_a_file(
    house: Database, run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GAISMA_SECRET_KEY", raising=False)
    path = str(tmp_path / "x.csv")
    assert "GAISMA_SECRET_KEY" in run("report", "deadlines", "--csv", path, "--seal").output
    monkeypatch.setenv("GAISMA_SECRET_KEY", "a" * 20)
    assert "needs a file" in run("report", "deadlines", "--seal").output
