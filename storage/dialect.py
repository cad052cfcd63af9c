"""One SQL text for both engines: what PostgreSQL wants written differently, done to the text.

Parameters (`?`, `:name`), per cent signs, a function that has another name, and hints to SQLite's
planner that mean nothing there.
Each text is worked on once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from storage.database import Tx

_TOKEN = re.compile(
    r"""(?P<kept>'(?:[^']|'')*'|"[^"]*"|::)   # texts, names, casts
      | (?P<comment>--[^\n]*)
      | (?P<hint>\bNOT\s+INDEXED\b|\bINDEXED\s+BY\s+\w+|(?<=[\w)])\s*\|\|\s*''(?!')
          |\bCROSS(?=\s+JOIN\s+\w+(?:\s+(?:AS\s+)?\w+)?\s+ON\b))
      | (?P<joined>\bgroup_concat\b)
      | (?P<place>\?)
      | :(?P<name>[A-Za-z_]\w*)
      | (?P<percent>%)""",
    re.VERBOSE,
)


@lru_cache(maxsize=4096)
def spoken(sql: str) -> Any:
    """The text as psycopg wants it.

    >>> spoken("SELECT a FROM t INDEXED BY i WHERE b || '' = :b AND c LIKE '50%' AND d = ?::text")
    "SELECT a FROM t  WHERE b = %(b)s AND c LIKE '50%%' AND d = %s::text"
    """
    return cast(Any, _TOKEN.sub(_say, sql))


def _say(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"].replace("%", "%%")
    if found["name"]:
        return f"%({found['name']})s"
    if found["place"]:
        return "%s"
    if found["joined"]:
        return "string_agg"
    return "%%" if found["percent"] else ""


def skip_locked(tx: Tx, alias: str) -> str:
    """The end of a SELECT that takes rows for its transaction and passes over those of others.

    Nothing on SQLite, where nobody else writes meanwhile.
    """
    return "" if tx.engine == "sqlite" else f" FOR UPDATE OF {alias} SKIP LOCKED"


def locked(tx: Tx) -> str:
    """The end of a SELECT that has its row for itself until the transaction ends."""
    return "" if tx.engine == "sqlite" else " FOR UPDATE"


def with_rows(
    tx: Tx, sql: str, name: str, columns: Mapping[str, Sequence[str | None]]
) -> tuple[str, list[Any]]:
    """`WITH {name} ...`: the statement over rows of texts, given column by column; and its values.

    The columns are as long as each other, and not empty. PostgreSQL gets an array a column: one
    text, however many rows, which is planned once.
    """
    values: list[Any]
    if tx.engine == "sqlite":
        rows = list(zip(*columns.values(), strict=True))
        row = f"({', '.join('?' * len(columns))})"
        made = f"VALUES {', '.join([row] * len(rows))}"
        values = [each for row in rows for each in row]
    else:
        made = f"SELECT * FROM unnest({', '.join(['?::text[]'] * len(columns))})"  # noqa: S608 - no values
        values = [list(each) for each in columns.values()]
    return sql.replace(f"{{{name}}}", f"{name} ({', '.join(columns)}) AS ({made})", 1), values
