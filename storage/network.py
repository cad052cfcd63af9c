"""What a dispatcher sees of the network: open fault reports, outages that last, where they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import in_chunks, spell

AT_ONCE = 500  # names in one statement
_ON_TOWN_MAP = 100  # premises of a town that are enough to say where it is


def version(tx: Tx) -> str:
    """Another text whenever a report or an outage has changed; read off two indexes alone.

    Every report was made after '': said so, SQLite takes the index that holds all that is asked.
    """
    reports = tx.one(
        """SELECT count(*) AS n, COALESCE(sum(still_out), 0) AS dark, count(outage_id) AS told,
                  COALESCE(max(made_at), '') AS at
           FROM fault_reports WHERE state = 'open' AND made_at > ''"""
    )
    outages = tx.one("SELECT COALESCE(max(updated_at), '') AS at FROM outages")
    looks = tx.one("SELECT count(*) AS n, COALESCE(max(at), '') AS at FROM danger_looks")
    assert reports is not None
    assert outages is not None
    assert looks is not None
    told = "/".join(str(reports[k]) for k in ("n", "dark", "told", "at"))
    return f"{told}/{outages['at']}/{looks['n']}/{looks['at']}"


# --- reports --------------------------------------------------------------------------------

_REPORTS = """
SELECT f.id, f.eic, f.address, f.town, f.transformer, f.feeder, f.scope, f.danger,
       f.still_out, f.outage_id, f.made_at, o.external_id AS outage, t.id AS talk_id,
       CASE f.danger WHEN 1 THEN (SELECT m.body FROM messages m WHERE m.id = f.message_id) END
           AS words,
       CASE WHEN EXISTS (SELECT 1 FROM premises p WHERE p.eic = f.eic AND p.life_support = 1)
            THEN 1 ELSE 0 END AS life_support
FROM fault_reports f
LEFT JOIN outages o ON o.id = f.outage_id
LEFT JOIN conversations t ON t.phone = f.phone
WHERE f.state = 'open' AND (f.outage_id IS NULL OR f.still_out = 1)
  AND (f.made_at >= :since OR f.danger = 1 OR f.still_out = 1) {which}
ORDER BY f.made_at, f.id
"""
_OLDER = """
SELECT count(*) AS n FROM fault_reports
WHERE state = 'open' AND outage_id IS NULL AND danger = 0 AND still_out = 0 AND made_at < :since
"""


def unexplained(
    tx: Tx, since: datetime, *, transformer: str = "", feeder: str = "", town: str = ""
) -> list[Row]:
    """Open reports that no outage explains, the oldest first: those made since then, and dangers
    and answers "still dark" of any age. `words`: what was written about a danger.

    `transformer`, `feeder`: only from there; `town`: only those there without a transformer.
    """
    which = ""
    if transformer:
        which = "AND f.transformer = :transformer"
    elif feeder:
        which = "AND f.feeder = :feeder"
    elif town:
        which = "AND f.town = :town AND f.transformer = ''"
    values = {"transformer": transformer, "feeder": feeder, "town": town}
    return tx.all(*spell(_REPORTS.replace("{which}", which), since=stamp(since), **values))


_DANGERS = """
SELECT f.id, f.address, f.town, f.transformer, f.made_at, f.state, f.outage_id,
       o.external_id AS outage, t.id AS talk_id, f.phone, m.body AS words
FROM fault_reports f
LEFT JOIN outages o ON o.id = f.outage_id
LEFT JOIN conversations t ON t.phone = f.phone
LEFT JOIN messages m ON m.id = f.message_id
WHERE f.danger = 1 AND (f.state = 'open' OR (f.state = 'closed' AND f.made_at >= :since))
  AND NOT EXISTS (SELECT 1 FROM danger_looks l WHERE l.report_id = f.id)
ORDER BY f.made_at, f.id LIMIT :limit
"""


def dangers(tx: Tx, since: datetime, *, limit: int) -> list[Row]:
    """Reports of danger that nobody has looked at, the oldest first: those that are open, and those
    made since then that ended with their outage."""
    return tx.all(_DANGERS, {"since": stamp(since), "limit": limit})


def look_at_danger(tx: Tx, report_id: str, by: str, now: datetime) -> bool:
    """Somebody has looked at a report of danger; False when it is none, or was looked at before."""
    return bool(
        tx.run(
            """INSERT INTO danger_looks (report_id, by, at)
               SELECT id, ?, ? FROM fault_reports WHERE id = ? AND danger = 1
               ON CONFLICT DO NOTHING""",
            (by, stamp(now), report_id),
        )
    )


def older_count(tx: Tx, since: datetime) -> int:
    """How many open reports without an outage are older than that."""
    row = tx.one(_OLDER, {"since": stamp(since)})
    return 0 if row is None else int(row["n"])


# Grouped by an expression: by the column, SQLite would read the index of all reports there were.
_BY_OUTAGE = """
SELECT outage_id || '' AS outage_id, count(*) AS reports, sum(danger) AS dangers,
       sum(still_out) AS still_dark
FROM fault_reports WHERE state = 'open' AND made_at > '' AND outage_id || '' <> ''
GROUP BY outage_id || ''
"""


def reports_by_outage(tx: Tx) -> dict[str, Row]:
    """Open reports that belong to outages: `reports`, `dangers`, `still_dark`, by outage id."""
    return {str(row["outage_id"]): row for row in tx.all(_BY_OUTAGE)}


# --- where ----------------------------------------------------------------------------------

_SUPPLY = """
SELECT p.{column} AS name, count(*) AS premises, sum(p.life_support) AS life_support,
       avg(p.lat) AS lat, avg(p.lon) AS lon
FROM premises p WHERE p.{column} IN ({names}) GROUP BY p.{column}
"""
_PLACES = """
SELECT op.outage_id, count(*) AS premises, sum(p.life_support) AS life_support,
       count(DISTINCT p.transformer) AS transformers, min(p.transformer) AS transformer,
       min(p.feeder) AS feeder, count(DISTINCT p.feeder) AS feeders,
       count(DISTINCT p.town) AS towns, min(p.town) AS town, min(p.address) AS address,
       avg(p.lat) AS lat, avg(p.lon) AS lon
FROM outage_premises op CROSS JOIN premises p
WHERE op.outage_id IN ({ids}) AND op.until_revision IS NULL AND p.eic = op.eic
GROUP BY op.outage_id
"""


def supply(tx: Tx, column: str, names: Sequence[str]) -> dict[str, Row]:
    """What hangs on transformers or feeders (`column`): `premises`, how many of them with
    `life_support`, and their middle (`lat`, `lon`, degrees; NULL where it is not known)."""
    sql = _SUPPLY.replace("{column}", {"transformer": "transformer", "feeder": "feeder"}[column])
    found: dict[str, Row] = {}
    for some in in_chunks(sorted({*names} - {""}), AT_ONCE):
        found |= {str(row["name"]): row for row in tx.all(*spell(sql, names=some))}
    return found


def places(tx: Tx, outage_ids: Sequence[str]) -> dict[str, Row]:
    """Where outages are, by id: how many `premises` (with `life_support`), `transformers`,
    `feeders`, `towns`; the first of each by name; their middle."""
    found: dict[str, Row] = {}
    for some in in_chunks(outage_ids, AT_ONCE):
        found |= {str(row["outage_id"]): row for row in tx.all(*spell(_PLACES, ids=some))}
    return found


def towns(tx: Tx, limit: int) -> list[Row]:
    """The towns with most premises, the largest first: `town`, `premises` and about where it is
    (`lat`, `lon`). Counts all premises: keep the answer for a while."""
    rows = tx.all(
        "SELECT town, count(*) AS premises FROM premises GROUP BY town ORDER BY 2 DESC, 1 LIMIT ?",
        [limit],
    )
    sql = """
    SELECT ? AS town, ? AS premises, avg(lat) AS lat, avg(lon) AS lon
    FROM (SELECT lat, lon FROM premises WHERE town = ? AND lat IS NOT NULL LIMIT ?) AS a_few
    """
    found = [tx.one(sql, [row["town"], row["premises"], row["town"], _ON_TOWN_MAP]) for row in rows]
    return [row for row in found if row is not None and row["lat"] is not None]


# --- what an outage would be ----------------------------------------------------------------

_SCOPES = {
    "transformer": "SELECT eic FROM premises WHERE transformer = :name",
    "feeder": "SELECT eic FROM premises WHERE feeder = :name",
    "eics": "SELECT eic FROM premises WHERE eic IN ({name})",
}
_HOMES = """
WITH homes AS (SELECT p.* FROM premises p WHERE p.eic IN ({scope}))
SELECT count(*) AS premises, COALESCE(sum(life_support), 0) AS life_support,
       count(DISTINCT customer_number) AS customers, count(DISTINCT transformer) AS transformers,
       min(address) AS address, min(town) AS town
FROM homes
"""
# CROSS JOIN: from the premises to their contacts, not from all mobile phones there are.
_CUSTOMERS = """
WITH homes AS (SELECT DISTINCT p.customer_number FROM premises p WHERE p.eic IN ({scope}))
SELECT {columns} FROM homes h CROSS JOIN contacts c
WHERE c.customer_number = h.customer_number AND c.kind = '{kind}' AND c.dead_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = c.kind AND x.value = c.value) {rest}
"""
_PHONES = (
    _CUSTOMERS.replace("{columns}", "c.language, count(DISTINCT c.value) AS phones")
    .replace("{kind}", "mobile")
    .replace("{rest}", "GROUP BY c.language")
)
_BY_MAIL = (
    _CUSTOMERS.replace("{columns}", "count(DISTINCT h.customer_number) AS customers")
    .replace("{kind}", "email")
    .replace(
        "{rest}",
        """
  AND NOT EXISTS (SELECT 1 FROM contacts m
                  WHERE m.customer_number = h.customer_number AND m.kind || '' = 'mobile'
                    AND m.dead_at IS NULL)""",
    )
)
_THERE = """
SELECT DISTINCT o.id, o.external_id FROM premises p
CROSS JOIN outage_premises op CROSS JOIN outages o
WHERE p.eic IN ({scope}) AND op.eic = p.eic AND op.until_revision IS NULL AND o.id = op.outage_id
  AND o.kind = 'unplanned' AND o.state = 'active'
ORDER BY o.external_id
"""
Scope = tuple[str, str | list[str]]


def _of(sql: str, scope: Scope) -> tuple[str, list[object]]:
    column, name = scope
    return spell(sql.replace("{scope}", _SCOPES[column]), name=name)


def homes(tx: Tx, scope: Scope) -> Row:
    """What an outage there would touch: ('transformer' or 'feeder', its name) or ('eics', list).

    `premises`, `life_support`, `customers`, `transformers`, and one `address` and `town`.
    """
    row = tx.one(*_of(_HOMES, scope))
    assert row is not None
    return row


def phones(tx: Tx, scope: Scope) -> dict[str, int]:
    """How many phones of customers there may be written to, by language."""
    return {str(row["language"]): int(row["phones"]) for row in tx.all(*_of(_PHONES, scope))}


def by_mail(tx: Tx, scope: Scope) -> int:
    """How many customers there have an open e-mail address and no mobile phone."""
    row = tx.one(*_of(_BY_MAIL, scope))
    return 0 if row is None else int(row["customers"])


def dark_there(tx: Tx, scope: Scope) -> list[Row]:
    """Unplanned outages that last there now: `id`, `external_id`."""
    return tx.all(*_of(_THERE, scope))
