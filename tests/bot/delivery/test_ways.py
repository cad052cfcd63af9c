"""How the ways to a reader are found: by keys, never by a walk over everybody."""

from __future__ import annotations

import pytest

from storage import Database
from storage.ways import NOT_SILENCED


def test_whether_a_reader_silenced_sms_is_looked_up_among_their_own_phones(
    database: Database,
) -> None:
    if database.engine != "sqlite":
        pytest.skip("SQLite's plan, in its words")
    rows = database.all(f"EXPLAIN QUERY PLAN SELECT n.id FROM notices n WHERE {NOT_SILENCED}")
    plan = "\n".join(str(row["detail"]) for row in rows)
    assert "contacts_by_customer (customer_number=?)" in plan
