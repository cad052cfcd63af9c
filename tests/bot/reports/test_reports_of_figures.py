"""The figures: deadlines kept, customers reached by each channel, deliveries."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.letters.batch import safe_cell
from bot.reports import chart, deadlines, delivery, parts, reach
from bot.reports.deadlines import Line, Totals
from bot.reports.deadlines_csv import cell, write_csv
from bot.reports.deadlines_pdf import Paper, write_pdf
from bot.reports.months import bounds, days_before, last_months
from bot.service import Service
from bot.settings import read_settings
from storage import Database, figures, open_database
from tests import engines
from tests.bot import grid
from tests.bot.warned import Batch, add_batch

JANUARY, MAY = datetime(2010, 1, 12, 8, tzinfo=UTC), datetime(2010, 5, 11, 8, tzinfo=UTC)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def lines(database: Database, month: date, now: datetime = LATER) -> list[Line]:
    works = figures.planned_between(database, *bounds(month))
    return list(deadlines.deadline_lines(database, works, grid.POLICY, now))


# --- months ---------------------------------------------------------------------------------


def test_months_begin_and_end_in_latvia() -> None:
    first, before = bounds(date(2026, 10, 15))
    assert (first.isoformat(), before.isoformat()) == (
        "2026-09-30T21:00:00+00:00", "2026-10-31T22:00:00+00:00",
    )  # fmt: skip
    assert last_months(date(2026, 2, 9), 3) == [
        date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1),
    ]  # fmt: skip


def test_a_day_over_a_change_of_the_clocks_is_a_day() -> None:
    starts = datetime(2026, 10, 26, 7, tzinfo=UTC)  # 9:00 in winter time
    assert days_before(starts, datetime(2026, 10, 24, 6, tzinfo=UTC)) == 2  # 9:00 in summer time


# --- reach: the figures of the distributor, January to May 2010 -----------------------------


@pytest.fixture
def source(database: Database) -> list[reach.Month]:
    """36 % by SMS and 4 % by e-mail in January; 40 % and 6 % in May; the others by post."""
    for at, label, sms, email in ((JANUARY, "J", 360, 40), (MAY, "M", 400, 60)):
        add_batch(database, Batch(f"{label}s", 1, sms, sent_at=at))
        add_batch(database, Batch(f"{label}e", sms + 1, sms + email, "email", sent_at=at))
        post = Batch(f"{label}p", sms + email + 1, 1000, "letter", "business", sent_at=at, days=12)
        add_batch(database, replace(post, status="accepted"))
    return [
        reach.month_of_reach(database, day, grid.POLICY)
        for day in (date(2010, 1, 1), date(2010, 5, 1))
    ]


def test_the_shares_of_the_source_come_out(source: list[reach.Month]) -> None:
    assert [month.warned() for month in source] == [1000, 1000]
    shares = [{name: month.share(name) for name in reach.CHANNELS} for month in source]
    assert shares == [
        {"sms": 36, "email": 4, "letter": 60, "voice": 0},
        {"sms": 40, "email": 6, "letter": 54, "voice": 0},
    ]


def test_households_and_businesses_are_counted_apart(source: list[reach.Month]) -> None:
    assert source[0].share("sms", ["household"]) == 90
    assert source[0].share("letter", ["business"]) == 100


def test_costs_deliveries_and_days_ahead_are_counted(source: list[reach.Month]) -> None:
    month = source[0].plain()
    assert month["alerts"]["sms"] == {
        "sent": 360, "delivered": 360, "reached": 360, "failed": 0, "cost_cents": 360 * 2 * 5,
    }  # fmt: skip
    assert month["days_before"] == {"8": 400, "9": 600}  # letters: 12 days less 3 in the post


def test_a_customer_counts_once_by_the_channel_that_reached_them(database: Database) -> None:
    add_batch(database, Batch("a", 1, 10, status="failed"))
    add_batch(database, Batch("b", 1, 8, "email", status="accepted"))
    add_batch(database, Batch("c", 1, 4))
    add_batch(database, Batch("d", 5, 6, "letter", status="accepted"))
    add_batch(database, Batch("e", 11, 13, ""))
    month = reach.month_of_reach(database, date(2010, 1, 1), grid.POLICY)
    assert {name: month.by(name) for name in (*reach.CHANNELS, "none")} == {
        "sms": 4, "email": 4, "letter": 0, "voice": 0, "none": 5,
    }  # fmt: skip
    assert month.warned() == 8
    assert month.plain()["alerts"]["sms"]["failed"] == 10


def test_an_empty_month_has_no_shares(database: Database) -> None:
    month = reach.month_of_reach(database, date(2010, 1, 1), grid.POLICY)
    assert (month.warned(), month.share("sms"), month.reach_rate("sms")) == (0, 0, None)


def test_the_drawing_shows_every_month_and_share(source: list[reach.Month]) -> None:
    drawing = chart.reach_svg(source, "ru")
    root = ET.fromstring(drawing)
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"2010-01", "2010-05", "36", "40", "4", "6", "60", "54", "SMS"} <= set(texts)
    assert "1 000" in texts


def test_a_channel_that_nobody_was_reached_by_has_no_bar_and_no_figure(
    source: list[reach.Month],
) -> None:
    def bars(drawing: str) -> int:
        return drawing.count("<title>20")

    empty = reach.Month(date(2010, 2, 1), {})
    assert bars(chart.reach_svg(source[:1], "lv")) == 3
    assert bars(chart.reach_svg([source[0], empty], "lv")) == 3
    assert bars(chart.reach_svg([empty], "lv")) == 0


def test_a_drawing_of_many_months_stays_narrow_and_names_some_of_them(
    source: list[reach.Month],
) -> None:
    drawing = ET.fromstring(chart.reach_svg(source * 30, "en"))
    named = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert int(drawing.attrib["width"]) < 2000
    assert 10 < sum((text or "").startswith("2010-") for text in named) < 40


# --- deadlines ------------------------------------------------------------------------------


def test_days_before_the_start_decide_and_a_letter_takes_three_working_days(
    database: Database,
) -> None:
    january = date(2010, 1, 1)
    # Approved late because of a letter, this one came in time.
    add_batch(database, Batch("a", 1, 1, days=5, reason="Avārija"))
    add_batch(database, Batch("b", 2, 2, days=4.9, reason="Avārija"))
    add_batch(database, Batch("c", 3, 3, "letter", status="accepted", days=8))
    add_batch(database, Batch("d", 4, 4, "letter", status="accepted", days=7.9))
    add_batch(database, Batch("e", 5, 5, status="failed"))
    add_batch(database, Batch("f", 6, 6, ""))
    found = {line.customer_number[-1]: line for line in lines(database, january)}
    told = {name: (line.verdict, line.days, line.state) for name, line in found.items()}
    assert told == {
        "1": ("legal", 5.0, "delivered"),
        "2": ("late", 4.9, "delivered"),
        "3": ("legal", 5.0, "accepted"),
        "4": ("late", 4.9, "accepted"),
        "5": ("not_told", None, "failed"),
        "6": ("not_told", None, "unreachable"),
    }
    assert {name: line.reason for name, line in found.items() if line.reason} == {"2": "Avārija"}
    early = lines(database, january, JANUARY)
    assert {line.verdict for line in early if line.told_at is None} == {"pending"}


def test_a_second_channel_counts_when_the_first_failed(database: Database) -> None:
    add_batch(database, Batch("a", 1, 1, status="failed", days=9))
    database.run(
        "INSERT INTO messages (id, direction, channel, kind, lane, peer, status, made_at, sent_at)"
        " VALUES ('x', 'out', 'email', 'planned_notice', 'alert', 'a@b.lv', 'accepted',"
        " '2010-01-13T08:00:00.000Z', '2010-01-13T08:00:00.000Z')"
    )
    database.run("INSERT INTO notice_messages SELECT id, 'x' FROM notices")
    (line,) = lines(database, date(2010, 1, 1))
    assert (line.channel, line.days, line.verdict) == ("email", 8.0, "legal")


def test_moved_works_are_judged_by_the_notice_of_the_new_time(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    moved = replace(grid.WORKS, sequence=2, starts_at=grid.STARTS + timedelta(hours=2))
    late = grid.STARTS - timedelta(days=2)
    grid.change(database, moved, now=late)
    grid.approve(database, "moved", now=late, reason="Vētra")
    grid.fan_out(database, late)
    grid.provider_says(database, "delivered", now=late, only=[grid.phone(1)])
    one, two = lines(database, date(2026, 12, 1), late + grid.HOUR)
    assert (one.verdict, one.days, one.reason) == ("late", 2.0, "Vētra")
    assert (two.verdict, two.state, two.days) == ("not_told", "queued", None)


def test_cancelled_works_are_left_out(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.change(database, grid.OVER)
    assert lines(database, date(2026, 12, 1)) == []


def test_of_cancelled_works_it_is_said_who_was_told_so(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.tell(database, "planned_notice", now=grid.DUE)
    grid.change(database, replace(grid.OVER, reason="Sals"), now=grid.DUE + grid.HOUR, by="ilze")
    grid.approve(database, "cancelled", now=grid.DUE + grid.HOUR)
    grid.fan_out(database, grid.DUE + grid.HOUR)
    grid.provider_says(database, "delivered", only=[grid.phone(1)], now=grid.DUE + grid.HOUR)
    grid.provider_says(database, "failed", now=grid.DUE + grid.HOUR)
    works = database.all("SELECT * FROM outages")
    totals = Totals()
    found = [*deadlines.deadline_lines(database, works, grid.POLICY, LATER)]
    first, second = map(totals.add, found)
    assert (first.verdict, first.channel, first.told_at) == (
        "cancelled", "sms", grid.DUE + grid.HOUR,
    )  # fmt: skip
    assert (second.verdict, second.channel, second.state) == ("cancelled_not_told", "", "failed")
    assert list(totals.shown()) == [("cancelled", 1), ("cancelled_not_told", 1)]
    assert totals.breaches == 0
    last = figures.cancellation_of(database, works[0]["id"])
    assert last is not None
    assert (last["made_by"], last["reason"]) == ("ilze", "Sals")


def test_of_works_cancelled_before_anybody_knew_nobody_had_to_be_told(database: Database) -> None:
    grid.people(database, [1])
    grid.change(database, grid.WORKS)
    grid.change(database, grid.OVER)
    works = database.all("SELECT * FROM outages")
    (line,) = deadlines.deadline_lines(database, works, grid.POLICY, LATER)
    assert (line.verdict, line.state) == ("cancelled_unknown", "no_notice")
    last = figures.cancellation_of(database, works[0]["id"])
    assert last is not None and last["reason"] == ""


def test_the_file_is_safe_from_formulas_and_whole(database: Database) -> None:
    add_batch(database, Batch("a", 1, 3))
    database.run("UPDATE customers SET name = '=HYPERLINK(1)' WHERE customer_number = 'C0000002'")
    file = io.StringIO()
    works = figures.planned_between(database, *bounds(date(2010, 1, 1)))
    write_csv(file, Service(read_settings(), grid.POLICY, database), works, LATER)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [row["name"] for row in rows] == ["Klients 1", "'=HYPERLINK(1)", "Klients 3"]
    assert (rows[0]["sent_at"], rows[0]["days_before"]) == ("2010-01-12T10:00+02:00", "8.0")


@given(st.text(max_size=20))
def test_every_cell_is_read_back_as_it_was_or_with_an_apostrophe(text: str) -> None:
    read = next(csv.reader(io.StringIO(f"{cell(text)},1\r\n", newline="")))
    assert read == [safe_cell(text), "1"]


def test_many_works_are_shared_between_processes_and_come_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = engines.new_address(tmp_path, migrated=True)
    database = open_database(url)
    database.migrate()
    for number in range(6):
        add_batch(database, Batch(f"w{number}-", number * 9, number * 9 + 8, days=3 + number))
    settings = replace(read_settings(), database_url=url)
    made = Service(settings, grid.POLICY, database)
    works = figures.planned_between(database, *bounds(date(2010, 1, 1)))

    def all_of_it() -> tuple[str, object]:
        file = io.StringIO()
        write_csv(file, made, works, LATER)
        return file.getvalue(), deadlines.count_lines(made, works, LATER, breaches=10)

    alone = all_of_it()
    monkeypatch.setattr(parts, "FEWEST", 2)
    monkeypatch.setattr(parts, "AT_ONCE", 2)
    assert all_of_it() == alone
    assert alone[0].count("\r\n") == 55
    database.close()


@pytest.mark.parametrize(
    ("language", "word"), [("lv", "ievērots"), ("ru", "соблюдён"), ("en", "kept")]
)
def test_the_document_has_every_line_on_numbered_pages_and_totals(
    database: Database, language: str, word: str
) -> None:
    add_batch(database, Batch("a", 1, 150))
    add_batch(database, Batch("b", 151, 200, days=3, reason="Vētra"))
    file, totals = io.BytesIO(), Totals()
    paper = Paper(language, "2010", LATER, grid.POLICY)
    counted = map(totals.add, lines(database, date(2010, 1, 1)))
    pages = write_pdf(file, counted, totals, paper)
    texts = [page.extract_text() for page in PdfReader(file).pages]
    assert len(texts) == pages > 2
    whole = "\n".join(texts)
    assert whole.count("C0000") == 200
    assert whole.count("Vētra") == 50
    assert whole.count(word) == 151  # with the totals
    assert "75.0 %" in texts[-1]
    assert "a0" in texts[1]  # the outage is named again on its next page


# --- reached --------------------------------------------------------------------------------


def test_reach_and_delivery_mean_one_thing_by_reached(database: Database) -> None:
    add_batch(database, Batch("a", 1, 4))
    add_batch(database, Batch("b", 5, 7, status="accepted"))  # an SMS without a receipt
    add_batch(database, Batch("c", 8, 10, "email", status="accepted"))
    add_batch(database, Batch("d", 11, 12, "email", status="failed"))  # it came back
    add_batch(database, Batch("e", 13, 13, "letter", status="accepted"))
    month = reach.month_of_reach(database, date(2010, 1, 1), grid.POLICY)
    assert [month.by(channel) for channel in (*reach.CHANNELS, "none")] == [4, 3, 1, 0, 5]
    assert (month.sent, month.reached) == (
        {"sms": 7, "email": 5, "letter": 1}, {"sms": 4, "email": 3, "letter": 1},
    )  # fmt: skip
    found = delivery.delivery_between(database, *bounds(date(2010, 1, 1))).reached()
    assert found == {name: (month.reached[name], month.sent[name]) for name in month.sent}
    assert month.reach_rate("email") == 60


# --- deliveries -----------------------------------------------------------------------------


def test_deliveries_are_counted_with_the_time_of_receipts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MESSAGES_AT_ONCE", 7)
    for second in range(1, 21):
        add_batch(database, Batch(f"a{second}-", second, second, receipt_seconds=second))
    add_batch(database, Batch("b", 21, 23, status="failed"))
    found = delivery.delivery_between(database, *bounds(date(2010, 1, 1)))
    assert [(row["status"], row["error_code"], row["messages"]) for row in found.counts] == [
        ("delivered", "", 20), ("failed", "30005", 3),
    ]  # fmt: skip
    (latency,) = found.latencies
    assert (latency.messages, latency.p50, latency.p95) == (20, 10, 19)


def test_what_failed_before_and_after_sending_is_one_row(database: Database) -> None:
    add_batch(database, Batch("a", 1, 5, status="failed"))
    add_batch(database, Batch("b", 6, 6, status="failed"))
    database.run("UPDATE messages SET done_at = sent_at, sent_at = NULL WHERE id LIKE 'mb%'")
    found = delivery.delivery_between(database, *bounds(date(2010, 1, 1)))
    assert [(row["status"], row["messages"]) for row in found.counts] == [("failed", 6)]
    assert found.reached() == {"sms": (0, 6)}
