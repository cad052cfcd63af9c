"""Files: what loads, what is refused, and with which sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.importing import FileRefused, ImportReport, load_file
from storage import Database
from tests.bot.grid import NOW, POLICY, STARTS, code, drafts, notices_of, people

CUSTOMERS = "customer_number,name,kind,language,postal_address,postcode"
PREMISES = (
    "eic,customer_number,address,town,postcode,meter_number,transformer,feeder,life_support,lat,lon"
)
CONTACTS = "customer_number,kind,value,language"
OUTAGES = "external_id,sequence,kind,state,starts_at,ends_at,reason,eics"
WHEN = "2026-12-12T09:00:00+02:00,2026-12-12T15:00:00+02:00"
DAY = timedelta(days=1)
ANNA = 'C1,"Anna, Bērziņa",household,lv,"Brīvības iela 105, Rīga",1010'


def load(database: Database, tmp_path: Path, kind: str, *lines: str) -> ImportReport:
    path = tmp_path / f"{kind}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_file(database, kind, path, by="anna", now=NOW, policy=POLICY)


def refused(database: Database, tmp_path: Path, data: bytes, kind: str = "customers") -> str:
    path = tmp_path / f"{kind}.csv"
    path.write_bytes(data)
    with pytest.raises(FileRefused) as caught:
        load_file(database, kind, path, by="anna", now=NOW, policy=POLICY)
    return str(caught.value)


def reasons(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.field, problem.reason) for problem in report.problems]


# --- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (CUSTOMERS.encode("utf-16"), "is in UTF-16"),
        (CUSTOMERS.encode() + b"\nC1,B\xe7rzi\xf2\xe0,household", "is not in UTF-8 (line 2)"),
        (CUSTOMERS.encode() + b"\nC1,A\0,household,lv,a,1010", "has a NUL byte in line 2"),
        (CUSTOMERS.replace(",", ";").encode(), "is separated by semicolons"),
        (CUSTOMERS.replace(",", "\t").encode(), "is separated by tabs"),
        (b"customer_number,name,kind,language,postcode\n", "lacks the column postal_address"),
        (CUSTOMERS.encode() + b",shoe_size\n", "has unknown columns: shoe_size"),
        (CUSTOMERS.encode() + b",name\n", "has a column twice"),
        (CUSTOMERS.encode() + b'\nC1,"A,household,lv,a,1010\n\n\n', "line 2: A quotation mark"),
        (CUSTOMERS.encode() + b'\nC1,"A"b,household,lv,a,1010\n', "line 2: a quotation mark"),
        (CUSTOMERS.encode() + b'\nC1,' + b"A" * 140_000, "line 2: a field has over 131072"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    database: Database, tmp_path: Path, data: bytes, sentence: str
) -> None:
    assert sentence in refused(database, tmp_path, data)


def test_a_file_that_is_not_there_is_named(database: Database, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"none\.csv cannot be read"):
        load_file(database, "customers", tmp_path / "none.csv", by="anna", now=NOW, policy=POLICY)


def test_a_byte_order_mark_and_any_order_of_columns_are_fine(
    database: Database, tmp_path: Path
) -> None:
    report = load(database, tmp_path, "contacts", "\ufefflanguage,value,kind,customer_number")
    assert report.summary() == "0 new, 0 changed, 0 same"


# --- customers, premises, contacts ----------------------------------------------------------


def test_right_rows_load_beside_wrong_ones(database: Database, tmp_path: Path) -> None:
    report = load(
        database, tmp_path, "customers", CUSTOMERS, ANNA,
        "C2,,household,lv,a,1010", "C3,Jānis,company,lv,a,1010", "C4,Jānis,household", "",
        "C5,Iļja,household,ru,a,LV 1010",
    )  # fmt: skip
    assert report.summary() == "2 new, 0 changed, 0 same, 3 wrong"
    assert reasons(report) == [
        (3, "name", "it is empty"),
        (4, "kind", "'company' is unknown"),
        (5, "row", "it has 3 fields instead of 6"),
    ]
    rows = database.all("SELECT customer_number, name, postcode FROM customers ORDER BY 1")
    assert [tuple(row) for row in rows] == [
        ("C1", "Anna, Bērziņa", "LV-1010"),
        ("C5", "Iļja", "LV-1010"),
    ]


def test_line_numbers_count_the_lines_inside_quotation_marks(
    database: Database, tmp_path: Path
) -> None:
    report = load(
        database, tmp_path, "customers", CUSTOMERS, 'C1,"Anna\nBērziņa",household,lv,a,1', "C2,x"
    )
    assert [problem.line for problem in report.problems] == [4]


def test_loading_twice_changes_nothing_and_says_so(database: Database, tmp_path: Path) -> None:
    rows = [f"C{n},Klients {n},household,lv,adrese,1010" for n in range(700)]
    assert load(database, tmp_path, "customers", CUSTOMERS, *rows).new == 700
    path = tmp_path / "customers.csv"
    later = NOW + timedelta(days=1)
    again = load_file(database, "customers", path, by="anna", now=later, policy=POLICY)
    assert again.summary() == "0 new, 0 changed, 700 same"
    (row,) = database.all("SELECT count(DISTINCT updated_at) AS n FROM customers")
    assert row["n"] == 1


def test_a_row_that_says_something_new_is_changed(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path, "customers", CUSTOMERS, ANNA)
    report = load(database, tmp_path, "customers", CUSTOMERS, ANNA.replace(",lv,", ",ru,"))
    assert report.summary() == "0 new, 1 changed, 0 same"


def test_a_row_twice_in_a_file_is_pointed_at(database: Database, tmp_path: Path) -> None:
    report = load(
        database, tmp_path, "customers", CUSTOMERS, ANNA, ANNA, ANNA.replace(",lv,", ",ru,")
    )
    assert report.summary() == "1 new, 0 changed, 1 same, 1 wrong"
    assert [problem.flagged for problem in report.problems] == [True, False]


def test_premises_need_a_right_eic_and_a_known_customer(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path, "customers", CUSTOMERS, ANNA)
    good = code(1)
    bad = good[:-1] + ("A" if good[-1] != "A" else "B")
    rest = "Brīvības iela 105-1,Rīga,1010,M1,T1,F1"
    report = load(
        database, tmp_path, "premises", PREMISES,
        f"{good},C1,{rest},1,56.95,24.1", f"{bad},C1,{rest},0,,", f"{code(2)},C9,{rest},0,,",
        f"{code(3)},C1,{rest},yes,,", f"{code(4)},C1,{rest},0,156.95,", f"123,C1,{rest},0,,",
    )  # fmt: skip
    assert report.new == 1
    assert [(line, field) for line, field, _ in reasons(report)] == [
        (3, "eic"), (4, "customer_number"), (5, "life_support"), (6, "lat"), (7, "eic"),
    ]  # fmt: skip
    assert "mistyped" in report.problems[0].reason


def test_phones_are_kept_in_one_form_and_landlines_are_refused(
    database: Database, tmp_path: Path
) -> None:
    load(database, tmp_path, "customers", CUSTOMERS, ANNA)
    report = load(
        database, tmp_path, "contacts", CONTACTS, "C1,mobile,20 000 001,lv",
        "C1,mobile,+371 67000000,lv", "C1,mobile,+3712000,lv", "C1,email,Anna@Example.lv,lv",
        "C1,email,anna(at)example.lv,lv", "C1,fax,20000001,lv", "C1,mobile,0037120000001,lv",
        "C1,mobile,20000001; 20000002,lv",
    )  # fmt: skip
    values = [row["value"] for row in database.all("SELECT value FROM contacts ORDER BY value")]
    assert values == ["+37120000001", "anna@example.lv"]
    assert [problem.line for problem in report.problems if not problem.flagged] == [3, 4, 6, 7, 9]
    assert all("67000000" not in str(problem) for problem in report.problems)


# --- outages --------------------------------------------------------------------------------


def test_outages_make_one_draft_a_kind(database: Database, tmp_path: Path) -> None:
    people(database, range(1, 5))
    report = load(
        database, tmp_path, "outages", OUTAGES,
        f"W1,1,planned,scheduled,{WHEN},remonts,{code(1)} {code(2)}",
        f"W2,1,planned,scheduled,{WHEN},remonts,{code(3)}",
        f"U1,1,unplanned,active,2026-12-01T11:00:00+02:00,,vētra,{code(4)}",
    )  # fmt: skip
    assert report.summary() == "3 new, 0 changed, 0 same"
    assert len(report.campaigns) == 3
    assert len(drafts(database, "planned_notice")) == len(drafts(database, "reminder")) == 1
    assert len(notices_of(database, "planned_notice")) == 3
    again = load_file(
        database, "outages", tmp_path / "outages.csv", by="anna", now=NOW, policy=POLICY
    )
    assert again.summary() == "0 new, 0 changed, 3 same"
    assert again.campaigns == []


@pytest.mark.parametrize("column", ["transformer", "feeder"])
def test_an_outage_may_name_a_transformer_or_a_feeder(
    database: Database, tmp_path: Path, column: str
) -> None:
    people(database, range(1, 4))
    name = "T1" if column == "transformer" else "F1"
    header = OUTAGES.replace("eics", column)
    report = load(
        database, tmp_path, "outages", header, f"W1,1,planned,scheduled,{WHEN},r,{name}",
        f"W2,1,planned,scheduled,{WHEN},r,X9",
    )  # fmt: skip
    assert report.new == 1
    assert reasons(report) == [(3, column, f"no premises has the {column} 'X9'")]
    assert len(notices_of(database, "planned_notice")) == 3


def test_sequences_decide_which_row_is_newer(database: Database, tmp_path: Path) -> None:
    people(database, [1])
    row = f"planned,scheduled,{WHEN},remonts,{code(1)}"
    report = load(
        database, tmp_path, "outages", OUTAGES, f"W1,2,{row}", f"W1,1,{row}",
        f"W1,3,{row.replace('remonts', 'cits')}",
    )  # fmt: skip
    assert report.summary() == "1 new, 1 changed, 0 same, 1 older"
    clash = load(database, tmp_path, "outages", OUTAGES, f"W1,3,{row}")
    assert reasons(clash) == [(2, "sequence", "sequence 3 of W1 came before with other content")]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("W1,1,planned,scheduled,2026-12-12T09:00:00,2026-12-12T15:00:00+02:00,r,", "starts_at"),
        ("W1,1,planned,scheduled,rīt,2026-12-12T15:00:00+02:00,r,", "starts_at"),
        ("W1,1,planned,scheduled,2026-12-12T09:00:00Z,2026-12-12T09:00:00Z,r,", "ends_at"),
        ("W1,1,planned,scheduled,2026-12-12T09:00:00Z,,r,", "ends_at"),
        (f"W1,x,planned,scheduled,{WHEN},r,", "sequence"),
        (f"W1,-1,planned,scheduled,{WHEN},r,", "sequence"),
        (f"W1,1,planned,gone,{WHEN},r,", "state"),
        (f"W1,1,unplanned,scheduled,{WHEN},r,", "state"),
        (f",1,planned,scheduled,{WHEN},r,", "external_id"),
        (f"W1,1,planned,scheduled,{WHEN},r,", "eics"),
    ],
)
def test_a_wrong_outage_names_its_field(
    database: Database, tmp_path: Path, row: str, field: str
) -> None:
    report = load(database, tmp_path, "outages", OUTAGES, row)
    assert [problem.field for problem in report.problems] == [field]
    assert report.wrong == 1


def test_an_unknown_eic_is_left_out_and_pointed_at(database: Database, tmp_path: Path) -> None:
    people(database, [1])
    report = load(
        database, tmp_path, "outages", OUTAGES,
        f"W1,1,planned,scheduled,{WHEN},r,{code(1)} {code(9)} 43ZWRONG",
        f"W2,1,planned,scheduled,{WHEN},r,{code(9)}",
    )  # fmt: skip
    assert report.summary() == "1 new, 0 changed, 0 same, 1 wrong"
    assert [(p.line, p.flagged) for p in report.problems] == [(2, True), (2, True), (3, False)]


def test_past_and_overlapping_works_are_pointed_at_and_loaded(
    database: Database, tmp_path: Path
) -> None:
    people(database, [1])
    past = "2026-11-12T09:00:00+02:00,2026-11-12T15:00:00+02:00"
    report = load(
        database, tmp_path, "outages", OUTAGES, f"W1,1,planned,scheduled,{WHEN},r,{code(1)}",
        f"W2,1,planned,scheduled,{WHEN},r,{code(1)}",
        f"W3,1,planned,scheduled,{past},r,{code(1)}",
    )  # fmt: skip
    assert report.new == 3
    said = {reason for _, _, reason in reasons(report)}
    assert "the works begin in the past" in said
    assert "it overlaps with W1 at the same premises" in said
    assert len(notices_of(database, "planned_notice")) == 2


def test_a_place_is_named_in_one_way_only(database: Database, tmp_path: Path) -> None:
    people(database, [1, 2])
    report = load(
        database, tmp_path, "outages", f"{OUTAGES},transformer,feeder",
        f"W1,1,planned,scheduled,{WHEN},r,{code(1)},T1,",
        f"W2,1,planned,scheduled,{WHEN},r,,T1,F1",
        f"W3,1,planned,scheduled,{WHEN},r,{code(2)},,",
    )  # fmt: skip
    assert report.summary() == "1 new, 0 changed, 0 same, 2 wrong"
    assert reasons(report) == [
        (2, "eics", "eics and transformer are filled in"),
        (3, "transformer", "transformer and feeder are filled in"),
    ]
    assert len(notices_of(database, "planned_notice")) == 1


def test_outages_that_share_premises_or_reach_nobody_are_pointed_at(
    database: Database, tmp_path: Path
) -> None:
    people(database, [1, 2])
    database.run("DELETE FROM contacts WHERE customer_number = 'C2'")
    report = load(
        database, tmp_path, "outages", OUTAGES,
        f"U1,1,unplanned,active,2026-12-01T11:00:00+02:00,,r,{code(1)}",
        f"U2,1,unplanned,active,2026-12-01T11:30:00+02:00,,r,{code(1)} {code(2)}",
        f"U3,1,unplanned,active,2026-12-01T10:00:00+02:00,2026-12-01T11:00:00+02:00,r,{code(2)}",
    )  # fmt: skip
    assert report.wrong == 0
    assert sorted(reasons(report)) == [
        (2, "eics", "U2 is active at the same premises"),
        (3, "eics", "U1, U3 are active at the same premises"),
        (4, "eics", "U2 is active at the same premises"),
        (4, "eics", "no customer there has a phone that may be written to"),
        (4, "ends_at", "the power should be back since then"),
    ]


def test_late_works_do_not_hold_up_the_others(database: Database, tmp_path: Path) -> None:
    people(database, [1, 2])
    soon = (NOW + timedelta(days=3)).isoformat()
    end = (NOW + timedelta(days=3, hours=2)).isoformat()
    report = load(
        database, tmp_path, "outages", OUTAGES, f"W1,1,planned,scheduled,{WHEN},r,{code(1)}",
        f"W2,1,planned,scheduled,{soon},{end},r,{code(2)}",
    )  # fmt: skip
    assert report.wrong == 0
    assert [row["title"].endswith("(late)") for row in drafts(database, "planned_notice")] in (
        [True, False],
        [False, True],
    )
    assert STARTS > NOW


def outcome(database: Database, tmp_path: Path, row: str) -> tuple[int, int, object]:
    """(new, wrong, what is said) of a file with this one row of an outage."""
    people(database, [1])
    report = load(database, tmp_path, "outages", OUTAGES, row)
    return report.new, report.wrong, reasons(report)


def outage_row(kind: str, state: str, starts: datetime, ends: datetime, reason: str = "r") -> str:
    return f"W1,1,{kind},{state},{starts.isoformat()},{ends.isoformat()},{reason},{code(1)}"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (outage_row("planned", "scheduled", STARTS, STARTS + 61 * DAY),
         (2, "ends_at", "the works would take 61 days, and 60 is the most")),
        (outage_row("unplanned", "active", NOW + DAY / 12, NOW + DAY),
         (2, "starts_at", "an unplanned outage cannot begin in the future")),
        (outage_row("planned", "active", STARTS, STARTS + DAY),
         (2, "state", "planned works that begin in the future are not active yet")),
        (outage_row("planned", "scheduled", STARTS, STARTS + DAY, "x" * 201),
         (2, "reason", "it has 201 characters")),
    ],
)  # fmt: skip
def test_an_outage_that_cannot_be_is_wrong(
    database: Database, tmp_path: Path, row: str, problem: tuple[int, str, str]
) -> None:
    assert outcome(database, tmp_path, row) == (0, 1, [problem])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (outage_row("planned", "scheduled", STARTS, STARTS + 4 * DAY),
         (2, "ends_at", "the works take 4 days")),
        (outage_row("planned", "scheduled", STARTS + 400 * DAY, STARTS + 401 * DAY),
         (2, "starts_at", "the works begin over a year from now")),
        (outage_row("planned", "active", NOW + timedelta(minutes=30), NOW + DAY),
         (2, "state", "the works are active before their start")),
    ],
)  # fmt: skip
def test_an_odd_outage_is_loaded_and_flagged(
    database: Database, tmp_path: Path, row: str, problem: tuple[int, str, str]
) -> None:
    assert outcome(database, tmp_path, row) == (1, 0, [problem])


@pytest.mark.parametrize("number", ["+37120000001", "C", "ABC", "C 1", "1234567890123", "=1+1"])
def test_a_customer_number_is_what_a_customer_can_type(
    database: Database, tmp_path: Path, number: str
) -> None:
    row = f"{number},Anna,household,lv,adrese,1010"
    report = load(database, tmp_path, "customers", CUSTOMERS, row)
    assert reasons(report) == [(2, "customer_number", f"{number!r} is no customer number")]


def test_a_reason_that_no_text_knows_is_noted_once(database: Database, tmp_path: Path) -> None:
    people(database, [1])
    rows = [
        f"W{number},1,planned,scheduled,{WHEN},{reason},{code(1)}"
        for number, reason in enumerate(["lidostas mezgls", "lidostas mezgls", "Koku zāģēšana", ""])
    ]
    report = load(database, tmp_path, "outages", OUTAGES, *rows)
    assert report.notes == [
        "the reason 'lidostas mezgls' is not known in ru, en: left out for those readers; "
        "known ones: gaisma outage reasons"
    ]
    again = load(database, tmp_path, "outages", OUTAGES, *rows)
    assert again.notes == []
