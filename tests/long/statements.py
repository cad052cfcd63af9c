"""What the service asks its database: each statement, how often, how long, by which plan."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from storage import Database
from storage.writer import SQLiteTx
from tests.long.counting import Act, through

# What grows with every text, notice or act. The rest is as large as the network and its customers.
GROWING = (
    "messages", "notices", "notice_messages", "turns", "audit", "receipts", "conversations",
    "fault_reports", "outage_revisions", "campaigns", "outages",
)  # fmt: skip
_SCAN = re.compile(r"SCAN (\w+)(?! USING (?:COVERING )?INDEX)")


@dataclass
class Statement:
    """One text of SQL: its first values, how often it ran, and the seconds it took in all."""

    params: Any
    runs: int = 0
    seconds: float = 0.0


@dataclass
class Statements:
    """All that ran since the last `begin`."""

    seen: dict[str, Statement] = field(default_factory=dict)

    def begin(self) -> None:
        self.seen.clear()

    @property
    def seconds(self) -> float:
        return sum(each.seconds for each in self.seen.values())

    def scans(self, database: Database) -> dict[str, list[str]]:
        """Statements that walk over a whole growing table, and which."""
        found: dict[str, list[str]] = {}
        for sql, each in list(self.seen.items()):
            if (
                not sql.lstrip()
                .upper()
                .startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT"))
            ):
                continue
            plan = database.all(f"EXPLAIN QUERY PLAN {sql}", each.params)
            names = _aliases(sql)
            walked = [_SCAN.search(str(row["detail"])) for row in plan]
            tables = {names.get(hit[1], hit[1]) for hit in walked if hit}
            # A plan also names who refers to a row that is put in; nobody looks there.
            asked = {table for table in tables & set(GROWING) if table in sql}
            if asked:
                found[sql] = sorted(asked)
        return found


def _aliases(sql: str) -> dict[str, str]:
    """Short names of tables: `FROM messages m`."""
    return {
        alias: table for table, alias in re.findall(r"(?:FROM|JOIN)\s+(\w+)\s+(?:AS )?(\w+)", sql)
    }


@contextmanager
def listening() -> Iterator[Statements]:
    """Everything that runs through storage while this is open."""
    kept = Statements()

    def time_it(act: Act, tx: SQLiteTx, sql: str, params: Any) -> Any:
        began = time.perf_counter()
        try:
            return act(tx, sql, params)
        finally:
            each = kept.seen.setdefault(sql, Statement(params))
            each.runs += 1
            each.seconds += time.perf_counter() - began

    with through(time_it):
        yield kept
