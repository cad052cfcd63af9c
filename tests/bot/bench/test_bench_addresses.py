"""The measurement of the address index, on a small country."""

from bot.bench.addresses import measure


def test_nearly_every_place_is_found_at_first_however_it_is_spelt() -> None:
    rows = measure(20_000, 300)
    assert rows[0].unit == "s"
    assert rows[0].rss_mb is not None
    right = [row.ours or 0.0 for row in rows if row.what.endswith("right at first")]
    assert len(right) == 7
    assert min(right) >= 98.0
    assert all(row.p99_ms is not None for row in rows if row.unit == "ms")
