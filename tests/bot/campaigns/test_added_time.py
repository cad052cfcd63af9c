"""Works whose end moves: the later word is a notice of the added time, judged by the one rule at
the approval and in the report; works that only end sooner are no news the law sets a time for."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pypdf import PdfReader

from bot.campaigns import rules as campaigns
from bot.campaigns.rules import CampaignRefused
from bot.reports import deadlines
from bot.reports.deadlines import Line, Totals
from bot.reports.deadlines_csv import write_csv
from bot.reports.deadlines_pdf import COLUMNS, LEFT, RIGHT, Paper, widths, write_pdf
from bot.reports.months import bounds
from bot.service import Service
from bot.settings import read_settings
from locales.catalogue import LANGUAGES
from storage import Database, Row, figures
from tests.bot import grid, ways
from tests.bot.warned import Batch, add_batch

LATE = grid.STARTS - timedelta(days=2)
EARLY = grid.STARTS - timedelta(days=6)
AFTER = grid.STARTS + timedelta(days=1)
LONGER = replace(grid.WORKS, sequence=2, ends_at=grid.ENDS + 2 * grid.HOUR)
SHORTER = replace(grid.WORKS, sequence=2, ends_at=grid.ENDS - 2 * grid.HOUR)


@pytest.fixture
def known(database: Database) -> Database:
    """Two customers know of works in time."""
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    return database


def draft(database: Database) -> Row:
    (row,) = grid.drafts(database, "moved")
    return campaigns.find(database, row["id"])


def works(database: Database) -> list[Row]:
    return figures.planned_between(database, *bounds(date(2026, 12, 1)))


def lines(database: Database, now: datetime = AFTER) -> list[Line]:
    return list(deadlines.deadline_lines(database, works(database), grid.POLICY, now))


def lengthen(database: Database, now: datetime, *, reason: str = "") -> None:
    """The longer works are told to C1, and fail with C2."""
    grid.change(database, LONGER, now=now)
    grid.approve(database, "moved", now=now, reason=reason)
    grid.fan_out(database, now)
    grid.provider_says(database, "delivered", now=now, only=[grid.phone(1)])
    grid.provider_says(database, "failed", now=now)


def test_a_late_longer_end_needs_a_reason_and_stands_in_rows_of_its_own(known: Database) -> None:
    grid.change(known, LONGER, now=LATE)
    assert draft(known)["title"].endswith("(late)")
    with pytest.raises(CampaignRefused, match="--reason"):
        grid.approve(known, "moved", now=LATE)
    lengthen(known, LATE, reason="Vētra")
    told = [(e.customer_number, e.verdict, e.days, e.reason, e.added_from) for e in lines(known)]
    assert told == [
        ("C1", "legal", 10.0, "", None),
        ("C1", "late", 2.0, "Vētra", grid.ENDS),
        ("C2", "legal", 10.0, "", None),
        ("C2", "not_told", None, "Vētra", grid.ENDS),
    ]


def test_a_longer_end_told_in_time_keeps_the_law_in_both_rows(known: Database) -> None:
    lengthen(known, EARLY)
    told = [(line.verdict, line.days) for line in lines(known)]
    assert told == [("legal", 10.0), ("legal", 6.0), ("legal", 10.0), ("not_told", None)]


def test_an_added_time_of_which_no_word_was_made_is_seen(known: Database) -> None:
    grid.change(known, LONGER, now=EARLY)
    found = [line for line in lines(known, EARLY) if line.added_from]
    assert [(line.verdict, line.state) for line in found] == [("pending", "draft")] * 2


def test_who_first_hears_of_the_longer_works_has_one_row(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.change(database, LONGER)
    grid.tell(database, "planned_notice", now=grid.DUE)
    assert [(line.verdict, line.added_from) for line in lines(database)] == [("legal", None)]


def test_works_that_only_end_sooner_need_no_reason_and_no_row(known: Database) -> None:
    grid.change(known, SHORTER, now=LATE)
    row = draft(known)
    assert (row["title"], row["deadline_at"]) == ("Works moved: 1 outage, 12 Dec 2026", None)
    seen = campaigns.look(known, row, LATE, grid.POLICY)
    assert (seen.late, seen.deadlines) == (0, {})
    grid.tell(known, "moved", now=LATE)
    assert [(line.verdict, line.added_from) for line in lines(known)] == [("legal", None)] * 2


def test_shorter_works_are_not_held_up_by_late_ones_of_the_same_act(known: Database) -> None:
    grid.people(known, [3], transformer="T2")
    other = replace(grid.WORKS, external_id="W2", transformer="T2")
    grid.change(known, other, now=grid.DUE)
    grid.tell(known, "planned_notice", now=grid.DUE)
    grid.change(known, SHORTER, replace(other, sequence=2, ends_at=LONGER.ends_at), now=LATE)
    titles = sorted(row["title"] for row in grid.drafts(known, "moved"))
    assert titles == [
        "Works moved: 1 outage, 12 Dec 2026",
        "Works moved: 1 outage, 12 Dec 2026 (late)",
    ]


def test_a_letter_about_a_shorter_end_is_never_late(known: Database) -> None:
    ways.stop(known, 1)
    grid.change(known, SHORTER, now=LATE - timedelta(days=2))
    assert len(grid.drafts(known, "moved")) == 1


def test_the_counts_and_the_file_have_both_rows(known: Database) -> None:
    lengthen(known, LATE, reason="Vētra")
    made = Service(read_settings(), grid.POLICY, known)
    totals, breaches = deadlines.count_lines(made, works(known), AFTER, breaches=10)
    by_line = Totals()
    for line in lines(known):
        by_line.add(line)
    assert totals == by_line
    assert (totals.lines, totals.added, totals.premises, totals.breaches) == (4, 2, 2, 2)
    assert len(breaches) == 2
    file = io.StringIO()
    write_csv(file, made, works(known), AFTER)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [row["added_from"] for row in rows] == ["", "2026-12-12T15:00+02:00"] * 2


# --- the document ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_document_is_cut(database: Database, language: str) -> None:
    add_batch(database, Batch("a", 1, 2))
    add_batch(database, Batch("b", 3, 4, "letter", status="accepted", days=3))
    add_batch(database, Batch("c", 5, 6, "email", status="failed"))
    add_batch(database, Batch("d", 7, 7, ""))
    long = "Pulkveža Oskara Kalpaka bulvāris 125 korpuss 3-118, Lielvārdes novada Jumpravas pagasts"
    database.run("UPDATE premises SET address = ? WHERE eic LIKE '%1'", [long])
    later = datetime(2030, 1, 1, tzinfo=UTC)
    found = figures.planned_between(database, *bounds(date(2010, 1, 1)))
    file, totals = io.BytesIO(), Totals()
    paper = Paper(language, "2010", later, grid.POLICY)
    each = map(totals.add, deadlines.deadline_lines(database, found, grid.POLICY, later))
    write_pdf(file, each, totals, paper)
    text = " ".join(page.extract_text() for page in PdfReader(file).pages)
    assert "…" not in text
    flat = " ".join(text.split())
    for key in ("not_told", "days", "letter", "none", "customer"):
        assert paper.say(key) in flat
    assert "pagasts" in flat


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("off", ["", "Atcelti"])
def test_the_columns_fill_the_page_and_leave_room_for_addresses(language: str, off: str) -> None:
    paper = Paper(language, "2010", AFTER, grid.POLICY, off)
    wide = widths(paper)
    assert set(wide) == set(COLUMNS)
    assert sum(wide.values()) == pytest.approx(RIGHT - LEFT)
    assert wide["address"] > 100


def test_the_document_says_of_which_time_the_second_row_is(known: Database) -> None:
    lengthen(known, LATE, reason="Vētra")
    file, totals = io.BytesIO(), Totals()
    paper = Paper("en", "2026", AFTER, grid.POLICY)
    write_pdf(file, map(totals.add, lines(known)), totals, paper)
    text = " ".join(page.extract_text() for page in PdfReader(file).pages)
    assert text.count("Time added at the end: no electricity after 12.12.2026 15:00 either") == 2
