"""`gaisma report deadlines|reach|delivery` and `gaisma outage told`."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from storage import Database
from tests.bot.grid import people
from tests.bot.warned import Batch, add_batch
from tests.cli.conftest import Gaisma

JANUARY, MAY = datetime(2010, 1, 12, 8, tzinfo=UTC), datetime(2010, 5, 11, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def months(house: Database) -> None:
    """January and May 2010 by the shares that the distributor published, of 100 customers."""
    for label, at, sms, email in (("j", JANUARY, 35, 39), ("m", MAY, 39, 45)):
        add_batch(house, Batch(f"{label}s", 0, sms, sent_at=at))
        add_batch(house, Batch(f"{label}e", sms + 1, email, "email", sent_at=at))
        letters = Batch(f"{label}p", email + 1, 99, "letter", status="accepted", sent_at=at, days=7)
        add_batch(house, letters)


def test_the_shares_of_the_source_are_printed(run: Gaisma) -> None:
    said = run("report", "reach", "--month", "2010-05", "--months", "5").stdout.splitlines()
    bars = [line for line in said if "█" in line]
    totals = [line.split() for line in said if " all " in line]
    assert totals[0][2:9] == ["100", "36", "%", "4", "%", "60", "%"]
    assert totals[4][2:9] == ["100", "40", "%", "6", "%", "54", "%"]
    assert any(bar.endswith(" 36") for bar in bars)


def test_reach_goes_to_programs_and_files(run: Gaisma, tmp_path: Path) -> None:
    words = ("report", "reach", "--month", "2010-05", "--months", "5")
    told = json.loads(run(*words, "--json").stdout)
    assert [each["shares"]["sms"] for each in told] == [36, 0, 0, 0, 40]
    table, drawing = tmp_path / "reach.csv", tmp_path / "reach.svg"
    assert run(*words, "--csv", str(table), "--svg", str(drawing)).exit_code == 0
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert (rows[0]["sms_percent"], rows[0]["email_percent"]) == ("36.0", "4.0")
    assert drawing.read_text("utf-8").startswith("<svg")


def test_deadlines_are_told_counted_and_written(run: Gaisma, tmp_path: Path) -> None:
    words = ("report", "deadlines", "--month", "2010-05")
    said = run(*words).stdout
    assert "Outages: 3, premises: 100" in said
    assert "Days before the start:" in said
    told = json.loads(run(*words, "--json").stdout)
    assert told["verdicts"] == {"legal": 46, "late": 54, "not_told": 0, "pending": 0}
    assert (len(told["breaches"]), told["breaches_left_out"]) == (54, 0)
    table, paper = tmp_path / "d.csv", tmp_path / "d.pdf"
    done = run(*words, "--csv", str(table), "--pdf", str(paper), "--language", "en")
    assert "100 premises" in done.stderr
    assert len(table.read_text("utf-8").splitlines()) == 101
    assert "Notices of planned works" in PdfReader(paper).pages[0].extract_text()


def test_one_outage_has_deadlines_of_its_own(run: Gaisma) -> None:
    assert "premises: 54" in run("report", "deadlines", "--outage", "mp0").stdout
    assert "there is no outage" in run("report", "deadlines", "--outage", "X9").stderr
    assert "No planned works" in run("report", "deadlines", "--month", "2011-05").stdout
    assert "is no month" in run("report", "deadlines", "--month", "May").stderr


def test_deliveries_are_listed(run: Gaisma) -> None:
    said = run("report", "delivery", "--month", "2010-05").stdout
    assert "95 % within" in said
    told = json.loads(run("report", "delivery", "--month", "2010-05", "--json").stdout)
    assert {"channel": "sms", "provider": "sandbox", "messages": 40,
            "p50_seconds": 4.0, "p95_seconds": 4.0} in told["latencies"]  # fmt: skip
    assert "No alerts" in run("report", "delivery", "--month", "2011-05").stdout


def test_who_was_told_of_an_outage_is_listed_with_numbers_hidden(run: Gaisma) -> None:
    said = run("outage", "told", "ms0").stdout
    assert said.count("planned_notice") == 40
    assert "+371 20•••001" in said
    assert "8.0" in said
    whole = run("outage", "told", "ms0", "--customer", "c0000007", "--json").stdout
    (line,) = json.loads(whole)
    assert (line["peer"], line["status"], line["days_before"]) == ("+37120000007", "delivered", 8)
    assert "and more" in run("outage", "told", "ms0", "--limit", "5").stdout


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("lv", ["Darbi ir atcelti", "atcēla: ilze", "Iemesls: Sals", "nezināja"]),
        ("ru", ["Работы отменены", "отменил: ilze", "не знал"]),
        ("en", ["The works were cancelled on", "by ilze", "never knew"]),
    ],
)
def test_a_document_on_cancelled_works_judges_nobody(
    run: Gaisma, house: Database, tmp_path: Path, language: str, words: list[str]
) -> None:
    people(house, [1])
    run("outage", "add", "--kind", "planned", "--transformer", "T1", "--id", "W9", "--starts",
        "2030-12-12 09:00", "--ends", "2030-12-12 15:00")  # fmt: skip
    run("outage", "cancel", "W9", "--reason", "Sals", "--by", "ilze")
    pdf = tmp_path / "w9.pdf"
    told = run("report", "deadlines", "--outage", "W9", "--pdf", str(pdf), "--language", language)
    assert told.exit_code == 0
    text = " ".join(PdfReader(pdf).pages[0].extract_text().split())
    assert all(word in text for word in words)
    assert not any(word in text for word in ("nokavēts", "просрочен", "late"))
    shown = run("report", "deadlines", "--outage", "W9").stdout
    assert "The works were cancelled on" in shown
    assert "never told of them, so nothing to tell" in shown
    assert "late" not in shown
