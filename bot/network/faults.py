"""Fault reports that a person deals with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage import Database, Tx, reports
from storage.database import audit


def close(database: Database, report_ids: Sequence[str], *, by: str, now: datetime) -> int:
    """Somebody has looked at these reports: they are done. How many were open until now."""

    def work(tx: Tx) -> int:
        closed = [each for each in report_ids if reports.close_report(tx, each, now)]
        for report_id in closed:
            audit(tx, by, "fault report closed", report_id, now=now)
        return len(closed)

    return database.transaction(work)
