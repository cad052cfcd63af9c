"""Many rows that come from outside, put where they are new or say something new.

On PostgreSQL they are copied into a table of the transaction and go from there in one statement;
on SQLite, and where they are few, each is compared here and written by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, cast

from storage.database import Params, Row, Tx, stamp
from storage.lists import by_place

Values = Mapping[str, Any]
Key = tuple[Any, ...]

# Of one transaction. On the engine with one writer texts wait for as long.
PIECE, COPIED_PIECE = 300, 2000
FEW = 50  # a table is made and copied into for no fewer


@dataclass(frozen=True)
class Loaded:
    """How many rows were new, changed or the same as before."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(self.new + other.new, self.changed + other.changed, self.same + other.same)


@dataclass(frozen=True)
class Target:
    """A table that rows are put into. `told` is what they say; `first` what only a new row gets,
    `at` when: with `renewed` also when it changed."""

    table: str
    key: tuple[str, ...]
    told: tuple[str, ...]
    at: str
    first: tuple[str, ...] = ()
    renewed: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.told + self.first

    @cached_property
    def put(self) -> str:
        """The statement for one row, with its columns and `now` by name."""
        return self._filled(_PUT)

    @cached_property
    def room(self) -> str:
        """The statements that make the table beside, empty; it goes with the transaction."""
        return self._filled(_ROOM)

    @cached_property
    def merge(self) -> str:
        """The statement for all rows of the table beside: how many it put, how many were new."""
        return self._filled(_MERGE)

    def key_of(self, row: Values | Row) -> Key:
        return tuple(row[name] for name in self.key)

    def _filled(self, sql: str) -> str:
        renewed = (*self.told, self.at) if self.renewed else self.told
        parts = {
            "over": ", ".join(f"{name} = excluded.{name}" for name in renewed),
            "table": self.table,
            "at": self.at,
            "key": ", ".join(self.key),
            "columns": ", ".join(self.columns),
            "values": ", ".join(f":{name}" for name in (*self.columns, "now")),
            "came": ", ".join(f"i.{name}" for name in self.columns),
            "says": ", ".join(f"i.{name}" for name in self.told),
            "said": ", ".join(f"t.{name}" for name in self.told),
            "known": " AND ".join(f"t.{name} = i.{name}" for name in self.key),
            "first_key": self.key[0],
        }
        for name, words in parts.items():
            sql = sql.replace(f"{{{name}}}", words)
        return sql


_OVER = "ON CONFLICT ({key}) DO UPDATE SET {over}"
_PUT = "INSERT INTO {table} ({columns}, {at}) VALUES ({values}) " + _OVER  # noqa: S608
# Each row is looked up: a walk over the whole table would meet everybody who writes into it.
_ROOM = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
CREATE TEMP TABLE IF NOT EXISTS incoming_{table} ON COMMIT DROP AS
    SELECT {columns} FROM {table} WITH NO DATA;
TRUNCATE incoming_{table}
"""
# Compared before it is written: a row that is written over with the same is written all the same.
# xmax: 0 in a row that was not there.
_MERGE = f"""
WITH put AS (
    INSERT INTO {{table}} ({{columns}}, {{at}})
    SELECT {{came}}, :now FROM incoming_{{table}} i LEFT JOIN {{table}} t ON {{known}}
    WHERE t.{{first_key}} IS NULL OR ({{said}}) IS DISTINCT FROM ({{says}})
    {_OVER} RETURNING xmax = 0 AS is_new)
SELECT count(*) AS put, count(CASE WHEN is_new THEN 1 END) AS new FROM put
"""  # noqa: S608 - names of our own tables


class _Copies(Protocol):
    """What a transaction on PostgreSQL can besides."""

    def copy(self, table: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> int: ...

    def plan_anew(self, sql: str, params: Params = ()) -> list[Row]: ...


def piece(tx: Tx) -> int:
    """How many rows to put in one transaction."""
    return PIECE if tx.engine == "sqlite" else COPIED_PIECE


def put_all(
    tx: Tx, target: Target, rows: Sequence[Values], now: datetime, find: Callable[[], list[Row]]
) -> Loaded:
    """Put rows with all columns of the target; `find`: those that may be there already."""
    many = tx.engine != "sqlite" and len(rows) >= FEW
    # One statement cannot put a row twice; nor does a file hold any twice.
    if many and len({target.key_of(row) for row in rows}) == len(rows):
        return _merge(tx, target, rows, now)
    return _put_each(tx, target, rows, now, find())


def _merge(tx: Tx, target: Target, rows: Sequence[Values], now: datetime) -> Loaded:
    own = cast(_Copies, tx)
    own.plan_anew(target.room)
    columns = target.columns
    own.copy(f"incoming_{target.table}", columns, ([row[name] for name in columns] for row in rows))
    # A kept plan would be that for the few rows which there were when it was made.
    (counted,) = own.plan_anew(target.merge, {"now": stamp(now)})
    new, put = int(counted["new"]), int(counted["put"])
    return Loaded(new, put - new, len(rows) - put)


def _put_each(
    tx: Tx, target: Target, rows: Sequence[Values], now: datetime, found: Iterable[Row]
) -> Loaded:
    before = {target.key_of(row): row for row in found}
    new, changed = [], []
    for row in rows:
        old = before.get(target.key_of(row))
        if old is None:
            new.append(row)
        elif any(old[name] != row[name] for name in target.told):
            changed.append(row)
    if new or changed:
        text, names = by_place(target.put)
        at = stamp(now)
        tx.many(text, [[at if n == "now" else row[n] for n in names] for row in new + changed])
    return Loaded(len(new), len(changed), len(rows) - len(new) - len(changed))
