"""What is held about a person can be handed out, and erased from everywhere."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import gaisma
from bot.desk import finding
from bot.people import disclosure, erasures, privacy
from bot.policy import read_policy
from bot.service import open_service
from bot.settings import Settings
from storage import Database, audit, contacts, open_database, personal, persons
from tests.bot.people import whole_person
from tests.bot.people.whole_person import EMAIL, LOCAL, NOW, NUMBER, PHONE, WORDS, make, put

pytestmark = pytest.mark.both

INSIDE = ("sqlite", "_sqlite", "search_words_", "gaisma_steps")  # tables of the engine itself


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=address, erasures=str(tmp_path / "erasures"), secret_keys=("a" * 20, "b" * 20)
    )


def tables(database: Database) -> dict[str, set[str]]:
    names = [name for name in whole_person.table_names(database) if not name.startswith(INSIDE)]
    return {name: {each[0] for each in whole_person.columns(database, name)} for name in names}


def everything(database: Database) -> str:
    """All that stands in any table, in small letters."""
    rows = (tuple(r) for name in tables(database) for r in database.all(f"SELECT * FROM {name}"))
    return "\n".join(" ".join(map(str, row)) for row in rows).lower()


def test_every_column_of_every_table_is_said_to_hold_something_of_a_person_or_not(
    database: Database,
) -> None:
    there = tables(database)
    there["search_words"] &= {"people", "texts"}  # on PostgreSQL there are the words as well
    assert {name: set(columns) for name, columns in personal.COLUMNS.items()} == there
    kinds = {kind for columns in personal.COLUMNS.values() for kind in columns.values()}
    assert kinds == {"-", *personal.KINDS}


def test_every_table_with_something_of_a_person_is_exported_or_it_is_said_why_not() -> None:
    about = {"phone", "customer", "name", "place", "health"}
    held = {name for name, columns in personal.COLUMNS.items() if about & {*columns.values()}}
    # Which premises an outage touches is of the network; its premises are in the export.
    assert held - {*persons.HELD} == {"outage_premises"}


def test_an_export_has_every_table_and_every_word(database: Database) -> None:
    make(database)
    found = privacy.export(database, NUMBER, by="ilze", now=NOW)
    assert found.held.keys() == persons.HELD.keys()
    text = json.dumps(disclosure.plain(found, NOW), ensure_ascii=False).lower()
    assert [word for word in WORDS if word not in text] == []
    told = disclosure.letter(found, read_policy(), NOW)
    for words in ("Jūsu personas dati", "no Jums · sms · delivered · slepens teksts, Zelma",
                  "Vārnu iela 7", "opted_out · alerts · sms", "8403"):  # fmt: skip
        assert words in told, words
    (kept,) = database.all("SELECT * FROM audit WHERE action = 'privacy.export'")
    assert kept["subject"] == NUMBER


def test_an_export_by_phone_has_no_data_of_others_at_that_customer(database: Database) -> None:
    make(database)

    def other(tx: object) -> None:
        put(tx, "contacts", id="x", customer_number=NUMBER, kind="mobile",  # type: ignore[arg-type]
            value="+37126000001", language="lv", source="sms", consent_at="2026")  # fmt: skip

    database.transaction(other)
    found = privacy.export(database, "29 123 456", by="ilze", now=NOW)
    text = json.dumps(found.held, ensure_ascii=False)
    assert PHONE in text
    assert "Zelma Zaļkalne" in text
    assert "37126000001" not in text
    assert EMAIL not in text
    assert "debts" not in found.held


@pytest.mark.parametrize("asked", ["", "nothing", "+37126999999", "80099999"])
def test_who_is_not_known_is_told_so(database: Database, settings: Settings, asked: str) -> None:
    with pytest.raises(privacy.Unknown):
        privacy.export(database, asked, by="ilze", now=NOW)
    with pytest.raises(privacy.Unknown):
        privacy.erase(database, settings, asked, by="ilze", now=NOW)
    assert not erasures.path_of(settings).exists()


def test_an_erased_customer_is_nowhere_and_proof_stays(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    make(database)
    finding.catch_up(database, NOW)
    done = privacy.erase(database, settings, NUMBER, by="ilze", now=NOW)
    assert (done.addresses, done.customers, done.messages) == (2, 1, 4)
    left = everything(database)
    assert [word for word in (*WORDS, PHONE, EMAIL) if word in left] == []
    kept = database.all(
        """SELECT n.customer_number, n.eic, m.sent_at, m.status, m.body FROM notices n
           JOIN notice_messages l ON l.notice_id = n.id JOIN messages m ON m.id = l.message_id"""
    )
    assert [(row["eic"], row["status"], row["body"]) for row in kept] == [
        ("43X-VARNU-7", "delivered", "")
    ]
    assert kept[0]["customer_number"].startswith("erased-")
    verdict = audit.verify(database)
    assert (verdict.broken, verdict.erased) == (None, 1)
    if database.engine == "sqlite":
        assert not database.all("PRAGMA foreign_key_check")
    database.close()
    for file in tmp_path.glob("gaisma.db*"):
        bytes_ = file.read_bytes().lower()
        assert [word for word in WORDS if word.encode() in bytes_] == [], file


def test_an_erased_phone_leaves_the_customer(database: Database, settings: Settings) -> None:
    make(database)
    privacy.erase(database, settings, PHONE, by="ilze", now=NOW)
    left = everything(database)
    assert LOCAL not in left
    assert "zelma zaļkalne" in left
    assert EMAIL in left
    row = database.one("SELECT state FROM notices WHERE phone <> ''")
    assert row is not None and row["state"] == "withdrawn"


def test_what_waits_is_taken_back_and_what_is_on_its_way_is_awaited(
    database: Database, settings: Settings
) -> None:
    make(database)
    database.run("UPDATE messages SET status = 'queued' WHERE body LIKE 'V%'")
    database.run("UPDATE messages SET status = 'unknown' WHERE body = 'Zelma, slepens'")
    with pytest.raises(privacy.NotNow):
        privacy.erase(database, settings, PHONE, by="ilze", now=NOW)
    row = database.one("SELECT status, error_code FROM messages WHERE body LIKE 'V%'")
    assert row is not None and tuple(row) == ("withdrawn", "erased")
    assert not erasures.path_of(settings).exists()
    database.run("UPDATE messages SET status = 'sent' WHERE status = 'unknown'")
    assert privacy.erase(database, settings, PHONE, by="ilze", now=NOW).messages == 3


def test_an_open_report_keeps_its_place_until_it_is_closed(
    database: Database, settings: Settings
) -> None:
    make(database)
    database.run("UPDATE fault_reports SET state = 'open'")
    privacy.erase(database, settings, PHONE, by="ilze", now=NOW)
    row = database.one("SELECT phone, address FROM fault_reports")
    assert row is not None
    assert row["phone"].startswith("erased-")
    assert row["address"] == "Vārnu iela 7"


def test_the_register_is_kept_without_the_person(database: Database, settings: Settings) -> None:
    make(database)
    assert len(contacts.register_of(database, [PHONE, EMAIL])) == 2
    privacy.erase(database, settings, NUMBER, by="ilze", now=NOW)
    rows = database.all("SELECT action, channel, purpose, text FROM consents")
    assert [tuple(row) for row in rows] == [("opted_out", "sms", "alerts", "")] * 2


@pytest.mark.sqlite
def test_a_backup_put_back_erases_again(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(database)
    copy = tmp_path / "copy.db"
    database.backup(str(copy), NOW)
    privacy.erase(database, settings, NUMBER, by="ilze", now=NOW + timedelta(hours=1))
    listed = erasures.path_of(settings).read_text("utf-8")
    assert PHONE not in listed
    assert NUMBER not in listed
    database.close()
    monkeypatch.setenv("GAISMA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("GAISMA_ERASURES", settings.erasures)
    monkeypatch.setenv("GAISMA_SECRET_KEY", ",".join(["c" * 20, *settings.secret_keys]))
    result = CliRunner().invoke(gaisma, ["restore", str(copy)])
    assert result.exit_code == 0, result.output
    again = open_database(settings.database_url)
    left = everything(again)
    again.close()
    assert [word for word in (*WORDS, PHONE, EMAIL) if word in left] == []


@pytest.mark.sqlite
def test_a_copy_put_in_place_by_hand_is_erased_at_the_start(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    make(database)
    other = tmp_path / "other.db"
    database.backup(str(other), NOW)
    privacy.erase(database, settings, NUMBER, by="ilze", now=NOW + timedelta(hours=1))
    moved = Settings(
        database_url=f"sqlite:///{other}", secret_keys=settings.secret_keys,
        erasures=str(erasures.path_of(settings)),
    )  # fmt: skip
    service = open_service(moved, migrate=True)
    left = everything(service.database)
    service.close()
    assert [word for word in (*WORDS, PHONE) if word in left] == []


def test_a_later_backup_brings_back_who_came_again(database: Database, settings: Settings) -> None:
    make(database)
    erasures.add(settings, erasures.CUSTOMER, [NUMBER], NOW - timedelta(days=2))
    done = privacy.erase_again(database, settings, NOW, now=NOW)
    assert (done.customers, done.addresses) == (0, 0)


def test_the_commands_hand_out_and_erase(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(database)
    monkeypatch.setenv("GAISMA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("GAISMA_ERASURES", settings.erasures)
    run = CliRunner().invoke
    out = tmp_path / "zelma.zip"
    assert "Jūsu personas dati" in run(gaisma, ["privacy", "export", PHONE]).output
    assert run(gaisma, ["privacy", "export", NUMBER, "--out", str(out)]).exit_code == 0
    with zipfile.ZipFile(out) as kept:
        assert json.loads(kept.read("data.json"))["held"]["customers"]
        assert "Vārnu iela 7" in kept.read("letter.txt").decode()
    assert out.stat().st_mode & 0o077 == 0
    again = run(gaisma, ["privacy", "export", NUMBER, "--out", str(out)])
    assert (again.exit_code, "cannot be written" in again.output) == (1, True)
    assert "opted_out" in run(gaisma, ["privacy", "consents", PHONE]).output
    assert run(gaisma, ["privacy", "erase", PHONE], input="n\n").exit_code == 1
    assert PHONE in everything(database)
    done = run(gaisma, ["privacy", "erase", PHONE, "--yes", "--json"])
    assert json.loads(done.output)["addresses"] == 1
    gone = run(gaisma, ["privacy", "export", PHONE])
    assert (gone.exit_code, gone.output) == (1, "gaisma: nothing is held about that number.\n")
