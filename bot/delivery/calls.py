"""The list of calls that people make: life support at home, or nobody reached in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage import Database, Row, Tx, calls
from storage.calls import Outcome
from storage.database import audit
from storage.lists import in_chunks


class CallRefused(Exception):
    """There is no such call to finish; the sentence says why."""


def listed(database: Database, *, states: Sequence[str] = ("open",)) -> list[dict[str, Any]]:
    """The calls with the phone numbers to ring; for eyes, never for logs."""
    found = calls.list_calls(database, states=states)
    phones: dict[str, list[str]] = {}
    for some in in_chunks(sorted({str(row["customer_number"]) for row in found}), 500):
        phones |= calls.phones_of(database, some)
    return [_plain(row, phones) for row in found]


def _plain(row: Row, phones: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "reason": row["reason"],
        "before": row["before_at"],
        "customer_number": row["customer_number"],
        "name": row["name"],
        "customer_kind": row["customer_kind"],
        "language": row["language"],
        "phones": phones.get(str(row["customer_number"]), []),
        "eic": row["eic"],
        "address": ", ".join(filter(None, (row["address"], row["town"]))),
        "kind": row["notice_kind"],
        "outage": row["external_id"],
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "state": row["state"],
        "done_by": row["done_by"],
        "outcome": row["outcome"],
    }


def finish(
    database: Database, part: str, *, by: str, text: str, told: bool, now: datetime
) -> dict[str, Any]:
    """Record that a call was made. Raises CallRefused when there is no such open call."""
    return database.transaction(
        lambda tx: _finish(tx, part.strip().lower(), Outcome(by, text.strip(), told), now)
    )


def _finish(tx: Tx, part: str, outcome: Outcome, now: datetime) -> dict[str, Any]:
    found = calls.find_calls(tx, part) if len(part) >= 4 else []
    if len(found) > 1:
        raise CallRefused(f"{part!r} fits several calls; type more of the id.")
    if not found:
        raise CallRefused(f"there is no call {part!r}; see: gaisma call list")
    row = found[0]
    if not calls.finish_call(tx, str(row["id"]), outcome, now):
        raise CallRefused(f"this call is {row['state']}; there is nothing to do.")
    audit(tx, outcome.by, "call made", str(row["id"]), now=now)
    return {"id": row["id"], "state": "done", "told": outcome.told, "outcome": outcome.text}
