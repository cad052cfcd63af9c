"""Outages beside others and outages nobody hears of: what somebody should look at. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Tx
from storage.lists import spell

# CROSS JOIN: from their premises to the others there. SQLite began with all outages of a state, and
# a file of 498 works took 10 s.
_OVERLAPS = """
SELECT DISTINCT a.external_id, b.external_id AS other, a.kind
FROM outages a
CROSS JOIN outage_premises pa
CROSS JOIN outage_premises pb
CROSS JOIN outages b
WHERE a.id IN ({ids}) AND pa.outage_id = a.id AND pa.until_revision IS NULL
  AND pb.eic = pa.eic AND pb.until_revision IS NULL AND pb.outage_id <> pa.outage_id
  AND b.id = pb.outage_id AND b.kind = a.kind AND b.state = a.state
  AND (a.state = 'active' AND a.kind = 'unplanned'
       OR a.state = 'scheduled' AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at)
ORDER BY a.external_id, b.external_id
"""


@dataclass(frozen=True)
class Overlap:
    """Two outages of a kind at the same premises and time, by external id."""

    external_id: str
    other: str
    kind: str


def overlaps(tx: Tx, outage_ids: Sequence[str]) -> list[Overlap]:
    """Planned works at the same premises and time as these, and active faults as these."""
    if not outage_ids:
        return []
    rows = tx.all(*spell(_OVERLAPS, ids=list(outage_ids)))
    return [Overlap(str(row["external_id"]), str(row["other"]), str(row["kind"])) for row in rows]


_UNREACHED = """
SELECT o.external_id FROM outages o
WHERE o.id IN ({ids}) AND o.state IN ('scheduled', 'active') AND NOT EXISTS (
    SELECT 1 FROM outage_premises op
    JOIN premises p ON p.eic = op.eic
    JOIN contacts c ON c.customer_number = p.customer_number AND c.kind = 'mobile'
        AND c.dead_at IS NULL
    WHERE op.outage_id = o.id AND op.until_revision IS NULL AND NOT EXISTS (
        SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = c.value))
"""


def unreached(tx: Tx, outage_ids: Sequence[str]) -> list[str]:
    """External ids of those of these coming or active outages that no customer can be texted of."""
    if not outage_ids:
        return []
    rows = tx.all(*spell(_UNREACHED, ids=list(outage_ids)))
    return [str(row["external_id"]) for row in rows]
