"""Rows of outages.csv: checked, matched with the premises, loaded with the notices they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot import alerts
from bot.alerts import Act
from bot.importing import checks
from bot.importing.files import Columns, Line
from bot.importing.people import note_repetition
from bot.importing.report import ImportReport, RowRefused
from bot.importing.seen import Before
from bot.network import plausible
from bot.network.plausible import Doubt
from bot.policy import Policy
from bot.words import unsaid
from storage import Database, Tx, customers, locks
from storage.database import audit
from storage.lists import in_chunks
from storage.outages import Change, OutageChange

PLACES = ("eics", "transformer", "feeder")
COLUMNS = Columns(
    ("external_id", "sequence", "kind", "state", "starts_at", "ends_at", "reason"), one_of=PLACES
)
STATES = {
    "planned": ("scheduled", "active", "restored", "cancelled"),
    "unplanned": ("active", "restored", "cancelled"),
}
READ_AT_ONCE = 300
PREMISES_AT_ONCE = 300
Numbered = tuple[int, OutageChange]


def read_outage(fields: dict[str, str]) -> OutageChange:
    """A row of outages.csv. Raises RowRefused."""
    kind = checks.choice(fields, "kind", ("planned", "unplanned"))
    state = checks.choice(fields, "state", ("scheduled", "cancelled", "active", "restored"))
    if state not in STATES[kind]:
        raise RowRefused(
            "state", f"an {kind} outage is never {state}", f"Write {' or '.join(STATES[kind])}."
        )
    starts, ends = checks.time(fields, "starts_at"), checks.time(fields, "ends_at")
    if starts is None:
        raise RowRefused("starts_at", "it is empty", "Fill it in.")
    if ends is None and kind == "planned":
        raise RowRefused("ends_at", "planned works need an end", "Fill it in.")
    if ends is not None and ends <= starts:
        raise RowRefused("ends_at", "it is not after starts_at", "Correct one of the times.")
    _check_place(fields)
    return OutageChange(
        external_id=checks.text(fields, "external_id"),
        sequence=checks.whole_number(fields, "sequence"),
        kind=kind,
        state=state,
        starts_at=starts,
        ends_at=ends,
        reason=checks.text(fields, "reason", needed=False, longest=plausible.LONGEST_REASON),
        eics=tuple(dict.fromkeys(fields.get("eics", "").upper().split())),
        transformer=checks.text({"transformer": "", **fields}, "transformer", needed=False),
        feeder=checks.text({"feeder": "", **fields}, "feeder", needed=False),
    )


def _check_place(fields: dict[str, str]) -> None:
    """Which of two places is meant nobody can know: the wrong one would be told."""
    filled = [name for name in PLACES if fields.get(name)]
    if len(filled) > 1:
        raise RowRefused(
            filled[0], f"{' and '.join(filled)} are filled in", "Fill in one of them and no other."
        )


def load_rows(
    database: Database, lines: Iterable[Line], act: Act, now: datetime, *, policy: Policy
) -> Iterator[ImportReport]:
    """Load rows of outages and make their campaigns; the report so far after each step."""
    report = ImportReport("outages")
    seen: dict[tuple[str, int], Numbered] = {}
    for chunk in in_chunks(lines, READ_AT_ONCE):
        rows = _read_chunk(chunk, seen, report, now)
        checked, sizes = _match_premises(database, rows, report)
        for part in _parts(checked, sizes):
            _load_part(database, part, act, report, when=(now, policy))
            yield report
    report.campaigns = database.transaction(
        lambda tx: alerts.finish_act(tx, act, now, policy=policy), bulk=True
    )
    yield report


def _read_chunk(
    chunk: Sequence[Line],
    seen: dict[tuple[str, int], Numbered],
    report: ImportReport,
    now: datetime,
) -> list[Numbered]:
    rows = []
    for line in chunk:
        try:
            if line.refused is not None:
                raise line.refused
            change = read_outage(line.fields)
            if doubt := plausible.wrong(change, now):
                raise RowRefused(doubt.field, doubt.reason, doubt.advice)
            key = (change.external_id, change.sequence)
            first, row = seen.setdefault(key, (line.number, change))
            if row is change:
                rows.append((line.number, change))
            else:
                before = Before(first, row == change)
                note_repetition(report, line.number, "external_id", before)
        except RowRefused as refused:
            report.refuse(line.number, refused)
    return rows


# --- premises -------------------------------------------------------------------------------


def _match_premises(
    database: Database, rows: Sequence[Numbered], report: ImportReport
) -> tuple[list[Numbered], dict[str, int]]:
    """The rows with only the premises that are known, and how many each (external id) touches."""
    known = customers.known_premises(database, (eic for _, row in rows for eic in row.eics))
    named = {
        column: customers.count_on(
            database, column, (getattr(row, column) for _, row in rows if getattr(row, column))
        )
        for column in ("transformer", "feeder")
    }
    checked, sizes = [], {}
    for line, row in rows:
        try:
            kept, size = _match(row, known, named)
        except RowRefused as refused:
            report.refuse(line, refused)
            continue
        _flag_unknown(line, row, kept, report)
        checked.append((line, kept))
        sizes[row.external_id] = size
    return checked, sizes


def _match(
    row: OutageChange, known: set[str], named: dict[str, dict[str, int]]
) -> tuple[OutageChange, int]:
    if row.eics:
        kept = tuple(eic for eic in row.eics if eic in known)
        if not kept:
            wrong = plausible.eic_fault(row.eics[0]) or f"there is no premises {row.eics[0]!r}"
            wrong = wrong if len(row.eics) == 1 else "none of them is known"
            raise RowRefused("eics", wrong, "Correct it, or load premises.csv first.")
        return replace(row, eics=kept), len(kept)
    for column in ("transformer", "feeder"):
        name = getattr(row, column)
        if not name:
            continue
        if name not in named[column]:
            wrong = f"no premises has the {column} {name!r}"
            raise RowRefused(column, wrong, "Correct it, or load premises.csv first.")
        return row, named[column][name]
    return row, 1


def _flag_unknown(line: int, row: OutageChange, kept: OutageChange, report: ImportReport) -> None:
    for eic in row.eics:
        if eic not in kept.eics:
            why = plausible.eic_fault(eic) or f"there is no premises {eic!r}"
            report.flag(line, "eics", why, "It was left out; nobody there will be told.")


def _parts(rows: Sequence[Numbered], sizes: dict[str, int]) -> Iterator[list[Numbered]]:
    """Rows for one transaction: few premises, and no outage twice, as its revisions follow."""
    part: list[Numbered] = []
    premises = 0
    for line, row in rows:
        size = sizes[row.external_id]
        again = any(row.external_id == other.external_id for _, other in part)
        if part and (again or premises + size > PREMISES_AT_ONCE):
            yield part
            part, premises = [], 0
        part.append((line, row))
        premises += size
    if part:
        yield part


# --- loading --------------------------------------------------------------------------------


def _load_part(
    database: Database,
    part: Sequence[Numbered],
    act: Act,
    report: ImportReport,
    *,
    when: tuple[datetime, Policy],
) -> None:
    now, policy = when
    changes = [row for _, row in part]

    def work(tx: Tx) -> tuple[list[Change], list[tuple[str, Doubt]]]:
        done = alerts.change_outages(tx, changes, act, now, policy=policy)
        return done, list(plausible.doubts_of_places(tx, done))

    done, odd_places = database.transaction(work, bulk=True, alone=locks.NETWORK)
    line_of = {row.external_id: line for line, row in part}
    for numbered, change in zip(part, done, strict=True):
        _take_down(numbered, change, report, now)
    for external_id, doubt in odd_places:
        report.flag(line_of[external_id], doubt.field, doubt.reason, doubt.advice)


def _take_down(numbered: Numbered, change: Change, report: ImportReport, now: datetime) -> None:
    """What became of a row, and what is odd about it."""
    line, row = numbered
    _count(line, row, change, report)
    if change.outcome not in ("new", "changed"):
        return
    if row.reason not in report.unsaid and (without := unsaid.lacking(row.reason)):
        report.unsaid[row.reason] = ", ".join(without)
    for doubt in plausible.doubts(row, now):
        report.flag(line, doubt.field, doubt.reason, doubt.advice)


def load_one(
    database: Database, row: OutageChange, *, by: str, now: datetime, policy: Policy, doing: str
) -> tuple[Change, ImportReport]:
    """Load what another system says of one outage as a row of a file is, with its campaigns, in
    one transaction; what became of it, and what a file would have had reported.

    `doing` is the name of the act in the audit log. Raises RowRefused for what cannot be.
    """
    report, act = ImportReport("outages"), Act(by)
    if doubt := plausible.wrong(row, now):
        raise RowRefused(doubt.field, doubt.reason, doubt.advice)
    checked, _ = _match_premises(database, [(1, row)], report)
    if not checked:
        found = report.problems[0]
        raise RowRefused(found.field, found.reason, found.advice)
    [(_, kept)] = checked

    def work(tx: Tx) -> tuple[Change, list[str], list[tuple[str, Doubt]]]:
        [done] = alerts.change_outages(tx, [kept], act, now, policy=policy)
        if done.outcome in ("new", "changed"):
            audit(tx, by, doing, kept.external_id, now=now)
        made = alerts.finish_act(tx, act, now, policy=policy)
        return done, made, list(plausible.doubts_of_places(tx, [done]))

    change, report.campaigns, odd_places = database.transaction(
        work, bulk=True, alone=locks.NETWORK
    )
    _take_down((1, kept), change, report, now)
    for _, doubt in odd_places:
        report.flag(1, doubt.field, doubt.reason, doubt.advice)
    return change, report


def _count(line: int, row: OutageChange, change: Change, report: ImportReport) -> None:
    if change.outcome in ("new", "changed", "same", "older"):
        setattr(report, change.outcome, getattr(report, change.outcome) + 1)
        return
    field, wrong, advice = REFUSALS[change.outcome]
    report.refuse(line, RowRefused(field, wrong.format(row=row), advice))


REFUSALS = {
    "conflict": (
        "sequence",
        "sequence {row.sequence} of {row.external_id} came before with other content",
        "Raise the sequence if this row is the newer one.",
    ),
    "other_kind": (
        "kind",
        "{row.external_id} was loaded before as the other kind",
        "Give this outage an id of its own.",
    ),
    "nowhere": (
        "eics",
        "it names no premises",
        "Fill in eics, transformer or feeder.",
    ),
}
