"""Rows of debts.csv: what the billing system says that customers owe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.importing import checks
from bot.importing.checks import Values
from bot.importing.files import Columns
from bot.importing.people import Format
from bot.importing.report import ImportReport, RowRefused
from storage import Tx, debts

MOST_CENTS = 100_000_000_00  # a sum above it is a slip of the file
LONGEST_REFERENCE = 24  # characters; more takes the SMS apart

_EUROS = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")

Numbered = tuple[int, Values]


def read_debt(fields: dict[str, str]) -> Values:
    """A row of debts.csv."""
    return {
        "customer_number": checks.customer_number(fields),
        "reference": checks.text(fields, "reference", longest=LONGEST_REFERENCE),
        "sum_cents": _cents(fields),
        "due_on": _day(fields, "due_on").isoformat(),
        "stage": _stage(fields),
    }


def _stage(fields: dict[str, str]) -> str:
    if not fields.get("stage"):
        return ""
    # A plan has its payments, which no row can hold.
    stages = tuple(stage for stage in debts.STAGES if stage not in ("", "plan"))
    return checks.choice(fields, "stage", stages)


def _cents(fields: dict[str, str]) -> int:
    given = [name for name in ("sum_eur", "sum_cents") if fields.get(name)]
    if len(given) != 1:
        raise RowRefused("sum_eur", "there must be one sum", "Fill in sum_eur or sum_cents.")
    if given == ["sum_cents"]:
        cents = checks.whole_number(fields, "sum_cents")
    else:
        cents = euros(fields["sum_eur"])
    if not 0 < cents <= MOST_CENTS:
        raise RowRefused(given[0], f"{fields[given[0]]!r} is no sum owed", "Write it as 12.50.")
    return cents


def euros(text: str) -> int:
    """'12.50' or '12,50' as cents. Raises RowRefused for anything else, also parts of a cent."""
    found = _EUROS.fullmatch(text)
    if found is None:
        raise RowRefused("sum_eur", f"{text!r} is no sum", "Write it as 12.50.")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _day(fields: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(fields[name])
    except ValueError as error:
        raise RowRefused(name, f"{fields[name]!r} is no date", "Write it as 2026-12-01.") from error


def check(tx: Tx, rows: Sequence[Numbered], report: ImportReport) -> list[Numbered]:
    """The rows that may be loaded: a reference belongs to one customer for good."""
    known = debts.find(tx, [row["reference"] for _, row in rows])
    kept = []
    for line, row in rows:
        old = known.get(row["reference"])
        if old is not None and old["customer_number"] != row["customer_number"]:
            wrong = f"{row['reference']!r} was loaded before for another customer"
            report.refuse(line, RowRefused("reference", wrong, "Compare it with the bill."))
            continue
        if old is not None and row["stage"] and debts.is_behind(row["stage"], str(old["stage"])):
            wrong = f"the debt has come to {old['stage']!r} already"
            report.flag(line, "stage", wrong, "It stays there.")
        kept.append((line, row))
    return kept


FORM = Format(
    Columns(
        ("customer_number", "reference", "due_on"), ("stage",), one_of=("sum_eur", "sum_cents")
    ),
    read_debt,
    ("reference",),
    debts.load,
    check=check,
)
