"""Migrations on PostgreSQL: the same steps as on SQLite, one host at a time."""

from __future__ import annotations

from typing import Any, cast

import psycopg

from storage.database import refuse_others
from storage.schema_postgres import STEPS

Connection = psycopg.Connection[Any]

# Any number will do, as long as all hosts take the same one.
_LOCK = 0x6761_6973_6D61


def migrate(conn: Connection) -> list[str]:
    """Apply what is missing in one transaction; the names. Others that come meanwhile wait."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        left = pending(conn)
        check_ours(conn, left)
        if not left:
            return []
        conn.execute(
            """CREATE TABLE IF NOT EXISTS gaisma_steps (
                   name TEXT PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT now())"""
        )
        for name in left:
            conn.execute(cast(Any, STEPS[name]()))
            conn.execute("INSERT INTO gaisma_steps (name) VALUES (%s)", (name,))
    return left


def pending(conn: Connection) -> list[str]:
    row = conn.execute("SELECT to_regclass('gaisma_steps') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return list(STEPS)
    applied = {each[0] for each in conn.execute("SELECT name FROM gaisma_steps").fetchall()}
    return [name for name in STEPS if name not in applied]


def check_ours(conn: Connection, left: list[str]) -> None:
    """Raise StorageError for a database of another program, or of a build between releases."""
    wanted = set() if left else _wanted()
    refuse_others("The database", shape(conn), wanted, is_new=len(left) == len(STEPS))


def shape(conn: Connection) -> set[tuple[str, str]]:
    """Every (table, column) in the schema that is looked into first, also of tables that our role
    may not read; without those that extensions keep there, which are nobody's program."""
    rows = conn.execute(
        """SELECT c.relname, a.attname
           FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema()))
             AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
             AND NOT EXISTS (SELECT 1 FROM pg_depend d
                             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                               AND d.deptype = 'e')"""
    ).fetchall()
    return {(str(row[0]), str(row[1])) for row in rows}


def _wanted() -> set[tuple[str, str]]:
    from storage.sqlite import wanted_shape

    return {(table, column) for table, column in wanted_shape() if "search_words" not in table}
