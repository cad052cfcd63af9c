"""The table that every measurement prints, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot.cli.shell import say_json, say_table


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: ours beside the floor, in `unit`; a figure that does not apply is None."""

    what: str
    ours: float | None = None
    floor: float | None = None
    ratio: float | None = None
    unit: str = ""
    p99_ms: float | None = None
    rss_mb: float | None = None


def compared(
    what: str, ours: float, floor: float, unit: str, p99_ms: float | None = None
) -> Measured:
    """A row with the ratio of ours to the floor."""
    ratio = round(ours / floor, 3) if floor else None
    return Measured(what, round(ours, 3), round(floor, 3), ratio, unit, _rounded(p99_ms))


def show(rows: Sequence[Measured], *, as_json: bool) -> None:
    if as_json:
        say_json([asdict(row) for row in rows])
        return
    say_table(
        ("what", "ours", "floor", "ratio", "unit", "p99 ms", "RSS MB"),
        [tuple(asdict(row).values()) for row in rows],
        empty="Nothing was measured.",
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
