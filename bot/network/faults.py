"""Fault reports that a person deals with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage import Database, Tx, network, reports
from storage.database import audit


def close(database: Database, report_ids: Sequence[str], *, by: str, now: datetime) -> int:
    """Somebody has looked at these reports: they are done. How many were open until now."""

    def work(tx: Tx) -> int:
        closed = [each for each in report_ids if reports.close_report(tx, each, now)]
        for report_id in closed:
            network.look_at_danger(tx, report_id, by, now)
            audit(tx, by, "fault report closed", report_id, now=now)
        return len(closed)

    return database.transaction(work)


def look_at_danger(database: Database, report_id: str, *, by: str, now: datetime) -> bool:
    """Somebody has seen to a danger; the report stays as it is. False when somebody had already."""

    def work(tx: Tx) -> bool:
        first = network.look_at_danger(tx, report_id, by, now)
        if first:
            audit(tx, by, "danger looked at", report_id, now=now)
        return first

    return database.transaction(work)
