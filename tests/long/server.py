"""What a PostgreSQL server says of itself: the size of its tables, what it has read, its memory."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import psutil
import psycopg

from storage import Database

_TABLES = "FROM pg_stat_user_tables WHERE schemaname = 'public'"

# As storage.schema_postgres has it, but that time goes on by the sequence.
_IDS = """
CREATE SEQUENCE IF NOT EXISTS simulated_micros;
CREATE OR REPLACE FUNCTION new_id() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    micros bigint := nextval('simulated_micros');
    stamp text := lpad(to_hex(micros / 1000), 12, '0');
    noise text := gen_random_uuid()::text;
BEGIN
    RETURN substr(stamp, 1, 8) || '-' || substr(stamp, 9, 4) || '-7'
        || lpad(to_hex(micros % 1000 * 4096 / 1000), 3, '0') || substr(noise, 19);
END $$
"""


def simulate_ids(address: str) -> None:
    """Ids that are made in statements begin with the simulated moment: retention goes by them."""
    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute(_IDS)


def set_clock(database: Database, now: datetime) -> None:
    """Of these ids. They go on where the clock is set back, as they do in life."""
    database.one(
        "SELECT setval('simulated_micros', greatest(?, nextval('simulated_micros')))",
        (int(now.timestamp() * 1_000_000),),
    )


def tidy(address: str) -> None:
    """What autovacuum does in life, which is off in tests: room is used again, plans know sizes."""
    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE)")


def sizes_mb(database: Database) -> tuple[float, float]:
    """(tables with their indexes, the whole database)."""
    row = database.one(
        f"SELECT sum(pg_total_relation_size(relid)), pg_database_size(current_database()) {_TABLES}"
    )
    assert row is not None
    return tuple(round(int(each) / 1e6, 2) for each in row)  # type: ignore[return-value]


def memory_mb(database: Database) -> float:
    """Of the processes that serve this database, without what they share."""
    rows = database.all(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend'"
    )
    used = sum(psutil.Process(int(row["pid"])).memory_full_info().uss for row in rows)
    return round(used / 1e6, 1)


def rows_read(database: Database) -> Counter[str]:
    """Rows read so far of each table, by walks and by indexes."""
    database.one("SELECT pg_stat_force_next_flush()")
    rows = database.all(f"SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) AS n {_TABLES}")
    return Counter({str(row["relname"]): int(row["n"]) for row in rows})
