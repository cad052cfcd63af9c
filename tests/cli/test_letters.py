"""`gaisma letters` and `gaisma call`."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from bot.campaigns.fanout import fan_out
from bot.letters.page import spoken
from storage import Database, contacts
from tests.bot import grid, ways
from tests.cli.conftest import Gaisma
from tests.cli.test_campaigns import ADD, listed

pytestmark = pytest.mark.both


@pytest.fixture
def approved(run: Gaisma, house: Database) -> Database:
    """One customer with a phone and a device they live by, one who gets a letter."""
    grid.people(house, [1, 2])
    house.run("DELETE FROM contacts WHERE customer_number = 'C2'")
    house.transaction(lambda tx: contacts.flag_life_support(tx, (grid.code(1),)))
    run(*ADD)
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")
    preview = run("campaign", "preview", part)
    assert "E-mails: 0 (none); letters: 1 (lv 1)" in preview.stdout
    assert "Legal deadline: 2030-12-03 09:00 (letters; SMS and e-mail: 2030-12-07 09:00), kept" in (
        preview.stdout
    )
    assert "1.55 EUR (sms 0.05, email 0.00, letter 1.50)" in preview.stdout
    assert "! 1 customer must be rung up, about 1 set of premises; once" in preview.stdout
    seen = json.loads(run("campaign", "preview", part, "--json").stdout)
    assert seen["channels"] == {"sms": 1, "email": 0, "letter": 1, "none": 0}
    assert [each["channel"] for each in seen["documents"]] == ["letter"]
    done = run("campaign", "approve", part, "--by", "juris")
    assert "Approved: 1 SMS, 1 letter to 2 recipients." in done.stdout
    fan_out(house, datetime(2030, 12, 2, 10, 0, tzinfo=UTC), policy=grid.POLICY)
    house.run("UPDATE messages SET due_at = '2020-01-01T00:00:00.000Z'")
    return house


def test_a_cancellation_promises_no_call_that_the_list_will_not_have(
    run: Gaisma, approved: Database
) -> None:
    approved.run("UPDATE messages SET status = 'delivered', sent_at = made_at, done_at = made_at")
    (works,) = json.loads(run("outage", "list", "--json").stdout)
    run("outage", "cancel", works["external_id"], "--reason", "sals")
    part = next(row["id"] for row in listed(run) if row["kind"] == "cancelled")
    preview = run("campaign", "preview", part).stdout
    assert "Recipients: 2" in preview
    assert "must be rung up" not in preview


def test_works_that_no_letter_tells_of_set_no_deadline_of_letters(
    run: Gaisma, house: Database, tmp_path: Path
) -> None:
    grid.people(house, [1])
    grid.people(house, [2], transformer="T2")
    house.run("DELETE FROM contacts WHERE customer_number = 'C2'")
    row = "{0},1,planned,scheduled,2030-12-{1}T09:00:00+02:00,2030-12-{1}T15:00:00+02:00,,{2}"
    lines = ["external_id,sequence,kind,state,starts_at,ends_at,reason,transformer"]
    lines += [row.format("W1", 12, "T1"), row.format("W2", 23, "T2")]
    file = tmp_path / "outages.csv"
    file.write_text("\n".join(lines))
    assert run("import", "outages", str(file)).exit_code == 0
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")
    told = run("campaign", "preview", part).stdout
    assert "2030-12-07 09:00 (SMS and e-mail; letters: 2030-12-15 09:00), kept" in told


def test_letters_need_a_folder(run: Gaisma) -> None:
    result = run("letters")
    assert result.exit_code == 1
    assert "gaisma letters --out DIR" in result.stderr


def test_without_letters_nothing_is_written(run: Gaisma, tmp_path: Path) -> None:
    assert run("letters", "--out", str(tmp_path / "post")).stdout == "No letters are due.\n"
    assert not (tmp_path / "post").exists()
    assert "No letters have been written" in run("letters", "list").stdout


def test_letters_are_written_and_listed(run: Gaisma, approved: Database, tmp_path: Path) -> None:
    assert "1 letter is due." in run("letters", "list").stdout
    result = run("letters", "--out", str(tmp_path / "post"), "--by", "anna")
    assert "1 letter, 1 page, postage 1.20 EUR, with printing 1.50 EUR" in result.stdout
    (pdf,) = (tmp_path / "post").glob("*.pdf")
    assert str(pdf) in result.stdout
    kept = json.loads(run("letters", "list", "--json").stdout)
    assert kept["waiting"] == 0
    (batch,) = kept["batches"]
    assert (batch["letters"], batch["made_by"], batch["file"]) == (1, "anna", str(pdf))
    again = json.loads(run("letters", "--out", str(tmp_path / "post"), "--json").stdout)
    assert again == {"letters": 0}


def test_the_list_of_calls_shows_phones_and_says_when_it_is_done(
    run: Gaisma, approved: Database
) -> None:
    (row,) = json.loads(run("call", "list", "--json").stdout)
    assert (row["reason"], row["phones"]) == ("life_support", [grid.phone(1)])
    assert grid.phone(1) in run("call", "list").stdout
    short = row["id"][-8:]
    assert "is done: told" in run("call", "done", short, "--by", "anna").stdout
    assert run("call", "list").stdout.startswith("No calls to make.")
    assert "done" in run("call", "list", "--all").stdout
    again = run("call", "done", short, "--by", "anna")
    assert again.exit_code == 1
    assert "this call is done; there is nothing to do." in again.stderr


def test_a_call_that_nobody_answered_is_not_told(run: Gaisma, approved: Database) -> None:
    (row,) = json.loads(run("call", "list", "--json").stdout)
    done = run("call", "done", row["id"], "--by", "anna", "--not-reached", "--json")
    assert json.loads(done.stdout)["told"] is False
    assert approved.all("SELECT 1 FROM messages WHERE channel = 'voice'") == []


def test_an_unknown_call_is_named(run: Gaisma) -> None:
    result = run("call", "done", "abcdef12", "--by", "anna")
    assert result.exit_code == 1
    assert "there is no call 'abcdef12'; see: gaisma call list" in result.stderr


def test_the_list_of_calls_says_what_a_call_is_about_in_words(
    run: Gaisma, approved: Database
) -> None:
    told = run("call", "list").stdout
    assert "about" in told and "planned works" in told
    assert "planned_notice" not in told


def test_the_preview_shows_what_a_letter_and_an_email_say(run: Gaisma, house: Database) -> None:
    grid.people(house, [1, 2, 3])
    house.run("DELETE FROM contacts WHERE customer_number IN ('C2', 'C3')")
    ways.give_email(house, 3, language="ru")
    run(*ADD)
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")
    brief = run("campaign", "preview", part).stdout
    assert "Letter in lv, as customer C2 gets it:\n    Plānoti darbi: elektrības nebūs" in brief
    assert f"The whole texts: gaisma campaign preview {part[-8:]} --full" in brief
    assert "Ar cieņu" not in brief
    full = run("campaign", "preview", part, "--full").stdout
    assert "    Ar cieņu\n" in full
    assert "The whole texts" not in full
    seen = json.loads(run("campaign", "preview", part, "--json").stdout)["documents"]
    assert [(each["channel"], each["language"]) for each in seen] == [("letter", "lv")]
    assert seen[0]["text"].startswith("Labdien!")


def test_what_a_letter_said_is_shown_and_printed_again(
    run: Gaisma, approved: Database, tmp_path: Path
) -> None:
    (row,) = approved.all("SELECT id, body FROM messages WHERE channel = 'letter'")
    before = run("message", "show", row["id"]).stdout
    assert "It is not written yet. If it went now, it would say:\n\nPlānoti darbi" in before
    assert "only a letter that was given to the post" in (
        run("message", "show", row["id"], "--pdf", str(tmp_path / "a.pdf")).stderr
    )
    run("letters", "--out", str(tmp_path), "--by", "Marta")
    printed = spoken(row["id"]).split()
    shown = run("message", "show", *printed, "--pdf", str(tmp_path / "a.pdf")).stdout
    assert "address   Klients 2, Brīvības iela 105, Rīga" in shown
    assert "Plānoti darbi: elektrības nebūs" in shown and "Ar cieņu" in shown
    assert stat.S_IMODE((tmp_path / "a.pdf").stat().st_mode) == 0o600
    (tmp_path / "b.pdf").write_bytes(b"%" * 1_000_000)
    (tmp_path / "b.pdf").chmod(0o644)  # a name that others may read already
    run("message", "show", *printed, "--pdf", str(tmp_path / "b.pdf"))
    assert stat.S_IMODE((tmp_path / "b.pdf").stat().st_mode) == 0o600
    assert (tmp_path / "b.pdf").read_bytes() == (tmp_path / "a.pdf").read_bytes()
    (page,) = PdfReader(tmp_path / "a.pdf").pages
    assert "KOPIJA" in page.extract_text() and "Klients 2" in page.extract_text()
    (works,) = json.loads(run("outage", "list", "--json").stdout)
    told = run("outage", "told", works["external_id"], "--customer", "C2").stdout
    assert f"\nletter {row['id'][-8:]}, " in told and "    Ar cieņu" in told
    seen = json.loads(run("outage", "told", works["external_id"], "--json").stdout)
    said = {each["channel"]: each["text"] for each in seen}
    assert said["letter"].startswith("Labdien!")


def test_a_conversation_shows_the_letters_to_its_customer(
    run: Gaisma, approved: Database, tmp_path: Path
) -> None:
    run("letters", "--out", str(tmp_path), "--by", "Marta")
    approved.run(
        "INSERT INTO contacts (id, customer_number, kind, value, language, source, consent_at)"
        " VALUES ('K', 'C2', 'mobile', '+37120000099', 'lv', 'sms', '2030-01-01T00:00:00.000Z')"
    )
    run("chat", "--from", "+37120000099", "--text", "Kad būs strāva?")
    (row,) = approved.all("SELECT id FROM messages WHERE channel = 'letter'")
    shown = run("conversation", "show", "+37120000099").stdout
    assert f"all of it: gaisma message show {row['id'][-8:]}" in shown
    seen = json.loads(run("conversation", "show", "+37120000099", "--json").stdout)
    assert seen["papers"][0]["heading"].startswith("Plānoti darbi")
