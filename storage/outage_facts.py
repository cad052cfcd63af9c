"""What the page of one outage shows, and how outages are found by a name, a place, a street."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import in_chunks, spell

EICS_AT_ONCE = 500


def revisions(tx: Tx, outage_id: str) -> list[Row]:
    """What was said of an outage, when and by whom; the latest first."""
    return tx.all(
        "SELECT * FROM outage_revisions WHERE outage_id = ? ORDER BY revision DESC", [outage_id]
    )


_TREE = """
WITH RECURSIVE above (id, nested_in, depth) AS (
    SELECT id, nested_in, 0 FROM outages WHERE id = :id
    UNION ALL
    SELECT o.id, o.nested_in, above.depth + 1 FROM above
    JOIN outages o ON o.id = above.nested_in WHERE above.depth < 20
), tree (id, path, depth) AS (
    SELECT a.id, a.id, 0 FROM above a WHERE a.nested_in IS NULL
    UNION ALL
    SELECT o.id, tree.path || '/' || o.id, tree.depth + 1 FROM tree
    JOIN outages o ON o.nested_in = tree.id WHERE tree.depth < 20
)
SELECT o.*, tree.depth FROM tree JOIN outages o ON o.id = tree.id ORDER BY tree.path
"""


def tree(tx: Tx, outage_id: str) -> list[Row]:
    """The outage that this one is nested in, at the top, and all that are nested in that, each
    after the one that it is a part of; `depth` is 0 at the top."""
    return tx.all(_TREE, {"id": outage_id})


def supplied(tx: Tx, outage_id: str) -> list[Row]:
    """The transformers of an outage: `transformer`, `feeder`, `town`, `address` (the first),
    `premises`, `life_support`; the most premises first."""
    return tx.all(
        """SELECT p.transformer, min(p.feeder) AS feeder, min(p.town) AS town,
                  min(p.address) AS address, count(*) AS premises,
                  sum(p.life_support) AS life_support
           FROM outage_premises op CROSS JOIN premises p
           WHERE op.outage_id = ? AND op.until_revision IS NULL AND p.eic = op.eic
           GROUP BY p.transformer ORDER BY count(*) DESC, p.transformer""",
        [outage_id],
    )


def told_counts(tx: Tx, outage_id: str) -> list[Row]:
    """How many notices of an outage there are, by `kind`, `notice_state`, `channel` and `status`
    of their messages (both '' for one without a message yet)."""
    return tx.all(
        """SELECT n.kind, n.state AS notice_state, COALESCE(m.channel, '') AS channel,
                  COALESCE(m.status, '') AS status, count(*) AS n
           FROM notices n
           LEFT JOIN notice_messages nm ON nm.notice_id = n.id
           LEFT JOIN messages m ON m.id = nm.message_id
           WHERE n.outage_id = ? AND n.outage_id IS NOT NULL AND n.state <> 'withdrawn'
           GROUP BY n.kind, n.state, COALESCE(m.channel, ''), COALESCE(m.status, '')
           ORDER BY min(n.id)""",
        [outage_id],
    )


def campaigns_of(tx: Tx, outage_id: str) -> list[Row]:
    """The campaigns that tell of an outage, the latest first, but those ended before they went."""
    return tx.all(
        """SELECT c.id, c.kind, c.state, c.made_at, c.paused_why FROM campaigns c
           WHERE c.id IN (SELECT n.campaign_id FROM notices n
                          WHERE n.outage_id = ? AND n.outage_id IS NOT NULL
                            AND n.state <> 'withdrawn')
           ORDER BY c.id DESC""",
        [outage_id],
    )


_UNHEARD = """
SELECT w.id, w.since FROM (
    SELECT o.id, (SELECT c.made_at FROM notices n JOIN campaigns c ON c.id = n.campaign_id
                  WHERE n.outage_id = o.id AND n.outage_id IS NOT NULL AND n.state = 'draft'
                    AND c.state = 'draft' LIMIT 1) AS since
    FROM outages o WHERE o.id IN ({ids})
) AS w
WHERE w.since IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.outage_id = w.id
                  AND n.state NOT IN ('draft', 'withdrawn', 'unreachable'))
"""


def unheard(tx: Tx, outage_ids: Sequence[str]) -> dict[str, str]:
    """Outages of which nobody has been told yet, for the first message waits for approval: since
    when, by id."""
    if not outage_ids:
        return {}
    rows = tx.all(*spell(_UNHEARD, ids=list(outage_ids)))
    return {str(row["id"]): str(row["since"]) for row in rows}


def reports_of(tx: Tx, outage_id: str, *, limit: int) -> list[Row]:
    """Fault reports that belong to an outage: open ones first, dangers first, then the newest.
    `words`: what was written about a danger."""
    return tx.all(
        """SELECT f.*, t.id AS talk_id, CASE WHEN EXISTS (SELECT 1 FROM premises p
                                          WHERE p.eic = f.eic AND p.life_support = 1)
                            THEN 1 ELSE 0 END AS life_support,
               CASE f.danger WHEN 1 THEN (SELECT m.body FROM messages m WHERE m.id = f.message_id)
                   END AS words
           FROM fault_reports f LEFT JOIN conversations t ON t.phone = f.phone
           WHERE f.outage_id = ? AND f.outage_id IS NOT NULL
           ORDER BY CASE f.state WHEN 'open' THEN 0 ELSE 1 END, f.danger DESC, f.still_out DESC,
                    f.made_at DESC LIMIT ?""",
        [outage_id, limit],
    )


def reports_digest(tx: Tx, outage_id: str) -> str:
    """Another text when its reports have changed."""
    row = tx.one(
        """SELECT count(*) AS n, COALESCE(sum(still_out), 0) AS dark, count(closed_at) AS closed
           FROM fault_reports WHERE outage_id = ? AND outage_id IS NOT NULL""",
        [outage_id],
    )
    return "" if row is None else f"{row['n']}/{row['dark']}/{row['closed']}"


# --- finding --------------------------------------------------------------------------------


def named(tx: Tx, text: str) -> list[str]:
    """Ids of outages whose external id has this in it."""
    sql = "SELECT id FROM outages WHERE lower(external_id) LIKE ? ORDER BY id DESC LIMIT 300"
    return [str(row["id"]) for row in tx.all(sql, [f"%{text.lower()}%"])]


_ON_NETWORK = """
SELECT DISTINCT op.outage_id FROM premises p CROSS JOIN outage_premises op
WHERE (p.transformer IN (:text, :upper) OR p.feeder IN (:text, :upper))
  AND op.eic = p.eic AND op.until_revision IS NULL
"""


def on_network(tx: Tx, text: str) -> list[str]:
    """Ids of outages that touch the transformer or feeder of this name."""
    rows = tx.all(_ON_NETWORK, {"text": text, "upper": text.upper()})
    return [str(row["outage_id"]) for row in rows]


_ON_STREETS = """
SELECT DISTINCT op.outage_id FROM premises p CROSS JOIN outage_premises op
WHERE {where} AND op.eic = p.eic AND op.until_revision IS NULL
"""


def on_streets(tx: Tx, streets: Sequence[tuple[str, str]]) -> list[str]:
    """Ids of outages on streets (name, town); at most a few."""
    if not streets:
        return []
    each = "(p.town = ? AND p.address >= ? AND p.address < ?)"
    bounds = [part for name, town in streets for part in (town, f"{name} ", f"{name}!")]
    sql = _ON_STREETS.replace("{where}", f"({' OR '.join([each] * len(streets))})")
    return [str(row["outage_id"]) for row in tx.all(sql, bounds)]


def in_town(tx: Tx, town: str) -> list[str]:
    """Ids of outages in a town."""
    sql = _ON_STREETS.replace("{where}", "p.town = ?")
    return [str(row["outage_id"]) for row in tx.all(sql, [town])]


def at_premises(tx: Tx, eics: Sequence[str]) -> list[str]:
    """Ids of outages at these premises."""
    found: set[str] = set()
    for some in in_chunks(eics, EICS_AT_ONCE):
        sql = _ON_STREETS.replace("{where}", "p.eic IN ({eics})")
        found |= {str(row["outage_id"]) for row in tx.all(*spell(sql, eics=some))}
    return sorted(found)


_PAGE = """
SELECT o.* FROM outages o WHERE {which} ORDER BY {order} LIMIT :limit
"""
_WHICH = {
    "now": """(o.state = 'active' OR o.kind = 'planned' AND o.state = 'scheduled'
               AND o.starts_at <= :now)
              AND (o.kind = 'unplanned' OR o.ends_at > :now)""",
    "planned": "o.state = 'scheduled' AND o.starts_at > :now",
    "past": """(o.state IN ('restored', 'cancelled') OR o.kind = 'planned'
                AND o.state IN ('scheduled', 'active') AND o.ends_at <= :now)""",
}
_ORDERS = {
    "now": "o.kind DESC, o.starts_at DESC",
    "planned": "o.starts_at",
    "past": "o.starts_at DESC",
}


def page(
    tx: Tx, show: str, now: datetime, *, ids: Sequence[str] | None = None, limit: int = 300
) -> list[Row]:
    """Outages that last (`show` 'now'), are to come ('planned') or are over ('past').

    `ids`: only these, at most some hundreds.
    """
    if ids is not None and not ids:
        return []
    which = _WHICH[show] + ("" if ids is None else " AND o.id IN ({ids})")
    sql = _PAGE.replace("{which}", which).replace("{order}", _ORDERS[show])
    values = {"now": stamp(now), "limit": limit}
    return tx.all(*spell(sql, **values, **({} if ids is None else {"ids": list(ids)[-5000:]})))
