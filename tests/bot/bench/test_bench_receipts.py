"""The measurement of receipts, small: every side takes all of them, on both engines."""

from __future__ import annotations

from bot.bench.receipts import measure
from tests import engines


def test_each_engine_has_its_rows() -> None:
    rows = measure(40, 8, 1, postgres=engines.server_address())
    assert [row.what for row in rows] == [
        name + what
        for name in ("", "PostgreSQL: ")
        for what in ("receipts a second, 8 at once", "beside each by itself",
                     "p99 beside each by itself")
    ]  # fmt: skip
    assert all(row.ours and row.floor and row.ratio for row in rows)
