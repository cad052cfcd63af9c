"""What anybody may know of outages: no phone, name, customer number, EIC or house is read here.

All statements are bounded by a window of time, so that none grows with the years.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.database import Row, Tx, stamp
from storage.lists import spell

LASTING = timedelta(days=31)  # what began longer ago and was never closed is shown no more
OVER = timedelta(days=7)  # for so long an outage that is over has its page
MOST = 20_000  # outages at a time
_MARGIN = timedelta(minutes=10)  # a long import stores under the moment at which it began


def version(tx: Tx, since: datetime) -> str:
    """Another text whenever an outage was changed after `since`; read by the index of changes."""
    row = tx.one(
        """SELECT count(*) AS n, COALESCE(sum(revision), 0) AS said,
                  COALESCE(max(updated_at), '') AS at
           FROM outages WHERE updated_at >= ?""",
        [stamp(since - _MARGIN)],
    )
    return "" if row is None else f"{row['n']}/{row['said']}/{row['at']}"


_COLUMNS = "id, kind, state, revision, starts_at, ends_at, reason, crew, updated_at"
# Each branch by an index of its own: (state, starts_at) twice, then (updated_at). By the column
# alone, SQLite would read all outages that were ever over.
_LISTED = """
SELECT {columns} FROM outages WHERE state = 'active' AND starts_at > :lasting
UNION ALL
SELECT {columns} FROM outages
WHERE state = 'scheduled' AND starts_at > :lasting AND (ends_at IS NULL OR ends_at > :over)
UNION ALL
SELECT {columns} FROM outages
WHERE updated_at > :over AND state || '' IN ('restored', 'cancelled')
LIMIT :most
""".replace("{columns}", _COLUMNS)


def listed(tx: Tx, now: datetime) -> list[Row]:
    """Outages that last, are to come, or were over not long ago; in no order."""
    values = {"lasting": stamp(now - LASTING), "over": stamp(now - OVER), "most": MOST}
    return tx.all(*spell(_LISTED, **values))


# Grouped by what stands before house and flat, as far as SQL can tell: one row for a dozen.
_PARTS = """
SELECT op.outage_id, p.town, p.transformer, min(p.address) AS address, count(*) AS premises,
       avg(p.lat) AS lat, avg(p.lon) AS lon
FROM outage_premises op CROSS JOIN premises p
WHERE op.outage_id IN ({ids}) AND op.until_revision IS NULL AND p.eic = op.eic
GROUP BY op.outage_id, p.town, p.transformer, rtrim(p.address, '0123456789-')
"""


def parts(tx: Tx, outage_ids: Sequence[str]) -> list[Row]:
    """Where outages are: `premises` of one `town`, `transformer` and street, one `address` of them
    (its street is for all to know, its house is not), and their middle (`lat`, `lon`)."""
    return tx.all(*spell(_PARTS, ids=list(outage_ids)))


def revisions(tx: Tx, outage_ids: Sequence[str]) -> list[Row]:
    """What was said of outages and when, the first first; not by whom."""
    sql = """
    SELECT outage_id, state, starts_at, ends_at, reason, crew, at FROM outage_revisions
    WHERE outage_id IN ({ids}) ORDER BY outage_id, revision
    """
    return tx.all(*spell(sql, ids=list(outage_ids)))


_STREET = """
SELECT count(*) AS n FROM (SELECT eic FROM premises
                           WHERE town = ? AND address >= ? AND address < ? LIMIT ?) AS a_few
"""


def premises_on(tx: Tx, street: str, town: str, most: int) -> int:
    """How many premises a street has; counts no further than `most`."""
    row = tx.one(_STREET, [town, f"{street} ", f"{street}!", most])
    return 0 if row is None else int(row["n"])


def touching(tx: Tx, eics: Sequence[str]) -> set[str]:
    """Ids of the outages at these premises (a house, at most some hundreds)."""
    if not eics:
        return set()
    sql = """
    SELECT DISTINCT outage_id FROM outage_premises
    WHERE eic IN ({eics}) AND until_revision IS NULL
    """
    return {str(row["outage_id"]) for row in tx.all(*spell(sql, eics=list(eics)))}
