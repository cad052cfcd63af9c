"""Texts that wait in files belong to a person too: shown, erased, tried again or dropped."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import gaisma
from bot.people import privacy
from bot.settings import Settings
from bot.spool.files import Spool
from storage import Database
from storage.database import stamp
from tests.worlds import OTHER_PHONE, PHONE

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT = stamp(NOW)


@pytest.fixture
def settings(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = {"GAISMA_DATABASE_URL": address, "GAISMA_SPOOL": str(tmp_path / "spool"),
             "GAISMA_ERASURES": str(tmp_path / "erased")}  # fmt: skip
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return Settings(
        database_url=address, spool=found["GAISMA_SPOOL"], erasures=found["GAISMA_ERASURES"],
        secret_keys=("k" * 20,),
    )  # fmt: skip


@pytest.fixture
def spool(settings: Settings) -> Spool:
    """A text of each of two phones waits, and one of the first is set aside."""
    made = Spool(Path(settings.spool), reserve=0)
    for phone, text in ((PHONE, "slepens viens"), (OTHER_PHONE, "cits"), (PHONE, "slepens divi")):
        made.put({"kind": "text", "at": AT, "phone": phone, "text": text})
    made.set_aside(made.names()[-1])
    (Path(settings.spool) / "aside-00000000000000000001-1.json").write_text("{broken")
    return made


def run(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(gaisma, words)
    return found.exit_code, found.output


def test_an_erasure_takes_the_texts_that_wait_in_files(
    database: Database, settings: Settings, spool: Spool
) -> None:
    done = privacy.erase(database, settings, PHONE, by="ilze", now=NOW)
    assert done.files == 2
    left = b"".join(path.read_bytes() for path in Path(settings.spool).iterdir())
    assert b"slepens" not in left and b"cits" in left
    with pytest.raises(privacy.Unknown):
        privacy.erase(database, settings, PHONE, by="ilze", now=NOW)


def test_an_export_holds_the_texts_that_wait_in_files(
    database: Database, settings: Settings, spool: Spool
) -> None:
    code, told = run("privacy", "export", PHONE, "--json")
    held = json.loads(told)["held"]["spool"]
    assert (code, sorted(each["text"] for each in held)) == (0, ["slepens divi", "slepens viens"])
    assert run("privacy", "export", PHONE)[0] == 0


def test_what_was_set_aside_is_listed_tried_again_or_dropped(
    database: Database, settings: Settings, spool: Spool
) -> None:
    code, told = run("spool", "list", "--json")
    rows = json.loads(told)
    assert (code, [row["state"] for row in rows]) == (0, ["aside", "aside", "waits", "waits"])
    assert rows[0]["kind"] == "broken" and rows[1]["text"] == "slepens divi"
    listed = run("spool", "list")[1]
    assert "aside" in listed and listed.endswith(f"In {settings.spool}.\n")
    assert run("spool", "retry", rows[1]["name"])[0] == 0
    assert len(spool.names()) == 3
    code, told = run("spool", "drop", rows[1]["name"], "--yes")
    assert code == 1 and f"is not set aside in {settings.spool};" in told
    assert run("spool", "drop", rows[0]["name"], "--yes", "--by", "anna")[0] == 0
    assert spool.aside() == 0
    (kept,) = database.all("SELECT actor, subject FROM audit WHERE action = 'spool.drop'")
    assert tuple(kept) == ("anna", rows[0]["name"])
    assert run("spool", "drop", "../gaisma.db", "--yes")[0] == 1


def test_nothing_that_waits_is_said(settings: Settings, database: Database) -> None:
    assert run("spool", "list") == (0, f"Nothing waits in {settings.spool}.\n")


@pytest.mark.parametrize("named", ["", "var/spool"])
def test_where_a_service_may_keep_its_texts_elsewhere_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAISMA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/gaisma")
    monkeypatch.setenv("GAISMA_SPOOL", named)
    told = CliRunner().invoke(gaisma, ["spool", "list", "--json"])
    assert (told.exit_code, told.stdout) == (0, "[]\n")  # a program reads what it did before
    assert f"looked in {tmp_path}/var/spool," in told.stderr
    assert "GAISMA_SPOOL=/its/spool gaisma spool list" in told.stderr
    for act in (["retry"], ["drop", "--yes"]):
        code, refused = run("spool", *act, "aside-1.json")
        assert code == 1 and f"not set aside in {tmp_path}/var/spool;" in refused
        assert "GAISMA_SPOOL=/its/spool" in refused
    monkeypatch.setenv("GAISMA_SPOOL", str(tmp_path / "mine"))
    assert run("spool", "list") == (0, f"Nothing waits in {tmp_path}/mine.\n")
