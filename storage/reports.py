"""Fault reports: who says that it is dark where, and until when the report is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, new_id, stamp
from storage.lists import spell


def file_report(
    tx: Tx, phone: str, *, address: str, town: str, eics: tuple[str, ...], scope: str,
    message_id: str, now: datetime, danger: bool = False, outage_id: str | None = None,
    still_out: bool = False,
) -> str:  # fmt: skip
    """A new open report; transformer and feeder come from the premises, when one is known."""
    where = _supply(tx, eics)
    report_id = new_id()
    tx.run(
        """INSERT INTO fault_reports (id, phone, eic, address, town, transformer, feeder, scope,
               danger, still_out, outage_id, state, message_id, made_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)""",
        (
            report_id,
            phone,
            eics[0] if len(eics) == 1 else "",
            address or (str(where["address"]) if where else ""),
            town or (str(where["town"]) if where else ""),
            str(where["transformer"]) if where else "",
            str(where["feeder"]) if where else "",
            scope,
            int(danger),
            int(still_out),
            outage_id,
            message_id,
            stamp(now),
        ),
    )
    return report_id


def cancel_report(tx: Tx, report_id: str, phone: str, now: datetime) -> bool:
    """The sender takes it back; only their own, only while it is open."""
    return bool(
        tx.run(
            """UPDATE fault_reports SET state = 'cancelled', closed_at = ?
               WHERE id = ? AND phone = ? AND state = 'open'""",
            (stamp(now), report_id, phone),
        )
    )


def open_reports(tx: Tx, phone: str) -> list[Row]:
    """Open reports of the phone, oldest first; `outage_*`: the outage that explains it, if any."""
    return tx.all(
        """SELECT f.*, o.kind AS outage_kind, o.state AS outage_state, o.reason AS outage_reason,
                  o.crew AS outage_crew,
                  o.starts_at AS outage_starts_at, o.ends_at AS outage_ends_at,
                  o.updated_at AS outage_updated_at
           FROM fault_reports f LEFT JOIN outages o ON o.id = f.outage_id
           WHERE f.phone = ? AND f.state = 'open' ORDER BY f.made_at""",
        (phone,),
    )


_LIST = """
SELECT f.*, o.external_id AS outage FROM fault_reports f
LEFT JOIN outages o ON o.id = f.outage_id
WHERE f.state IN ({states})
ORDER BY CASE WHEN f.state = 'open' THEN f.danger ELSE 0 END DESC, f.made_at DESC, f.id DESC
LIMIT :limit
"""
STATES = ("open", "cancelled", "closed")


def list_reports(tx: Tx, *, states: Sequence[str] = ("open",), limit: int = 1000) -> list[Row]:
    """Reports in these states: open dangers first, then the newest.

    Columns of `fault_reports`, and `outage`: the external id of the outage that explains it.
    """
    return tx.all(*spell(_LIST, states=list(states), limit=limit))


def clusters(tx: Tx, since: datetime) -> list[Row]:
    """Transformers with two or more open reports since then that no outage explains yet.

    Columns `transformer`, `town`, `feeder`, `reports`, `phones`, `danger`, `first_at`, `last_at`;
    most reports first.
    """
    return tx.all(
        """SELECT transformer, min(town) AS town, min(feeder) AS feeder, count(*) AS reports,
                  count(DISTINCT phone) AS phones, max(danger) AS danger,
                  min(made_at) AS first_at, max(made_at) AS last_at
           FROM fault_reports
           WHERE state = 'open' AND outage_id IS NULL AND transformer <> '' AND made_at >= ?
           GROUP BY transformer HAVING count(*) >= 2
           ORDER BY count(*) DESC, transformer""",
        (stamp(since),),
    )


def _supply(tx: Tx, eics: tuple[str, ...]) -> Row | None:
    """The premises that stand for a house: flats of one house hang on one transformer."""
    if not eics:
        return None
    return tx.one("SELECT * FROM premises WHERE eic = ?", (eics[0],))


# Open reports that an outage explains: at its premises. Of a house without a flat, and of a place
# known only by its transformer, when nothing of that house or transformer is outside of the outage:
# else the fault may be another one, and its sender would be told of a repair elsewhere. A danger is
# never explained by what is dark around it.
_LINK = """
UPDATE fault_reports SET outage_id = :outage_id
WHERE state = 'open' AND outage_id IS NULL AND made_at > :since
  AND (eic IN (SELECT op.eic FROM outage_premises op
               WHERE op.outage_id = :outage_id AND op.until_revision IS NULL)
       OR eic = '' AND danger = 0 AND (
          transformer IN (SELECT p.transformer FROM outage_premises op
              JOIN premises p ON p.eic = op.eic
              WHERE op.outage_id = :outage_id AND op.until_revision IS NULL
                AND p.transformer <> ''
              GROUP BY p.transformer HAVING count(*) = (
                  SELECT count(*) FROM premises q WHERE q.transformer = p.transformer))
          OR id IN (SELECT f.id FROM fault_reports f
              JOIN premises p ON p.town = f.town AND p.address >= f.address
                   AND p.address < f.address || '.'
              LEFT JOIN outage_premises op ON op.eic = p.eic AND op.outage_id = :outage_id
                   AND op.until_revision IS NULL
              WHERE f.state = 'open' AND f.outage_id IS NULL AND f.made_at > :since
                AND f.eic = '' AND f.danger = 0 AND f.address <> ''
              GROUP BY f.id HAVING count(*) = count(op.eic))))
"""
# Who reported was promised the news. Customers there get it as customers, in their own language.
_PROMISED = """
INSERT INTO outage_subscribers (outage_id, phone, language, at, told)
SELECT DISTINCT f.outage_id, f.phone,
       COALESCE((SELECT min(c.language) FROM contacts c
                 WHERE c.kind = 'mobile' AND c.value = f.phone),
                (SELECT t.language FROM turns t WHERE t.message_id = f.message_id), 'lv'),
       :now, 0
FROM fault_reports f
WHERE f.outage_id = :outage_id AND f.state = 'open' AND NOT EXISTS (
    SELECT 1 FROM contacts c
    JOIN premises p ON p.customer_number = c.customer_number
    JOIN outage_premises op ON op.eic = p.eic AND op.outage_id = :outage_id
        AND op.until_revision IS NULL
    WHERE c.kind = 'mobile' AND c.value = f.phone)
ON CONFLICT (outage_id, phone) DO NOTHING
"""


def link_reports(tx: Tx, outage_id: str, *, since: datetime, now: datetime) -> int:
    """Count open reports made after `since` to an outage that explains them; how many.

    Their senders hear of the outage from now on, as they were promised.
    """
    values = {"outage_id": outage_id, "since": stamp(since), "now": stamp(now)}
    linked = tx.run(_LINK, {k: values[k] for k in ("outage_id", "since")})
    promise_news(tx, outage_id, now)
    return linked


def link_report(tx: Tx, report_id: str, outage_id: str, now: datetime) -> bool:
    """A person says which outage explains an open report; its sender hears of it from now on.
    False when the report is not open, or explained already."""
    linked = tx.run(
        """UPDATE fault_reports SET outage_id = ?
           WHERE id = ? AND state = 'open' AND outage_id IS NULL""",
        (outage_id, report_id),
    )
    if linked:
        promise_news(tx, outage_id, now)
    return bool(linked)


def promise_news(tx: Tx, outage_id: str, now: datetime) -> None:
    """Who reported what this outage explains hears of it, unless as a customer there anyway."""
    tx.run(_PROMISED, {"outage_id": outage_id, "now": stamp(now)})


def close_report(tx: Tx, report_id: str, now: datetime) -> bool:
    """Somebody has looked: the report is done. False when it was not open."""
    sql = "UPDATE fault_reports SET state = 'closed', closed_at = ? WHERE id = ? AND state = 'open'"
    return bool(tx.run(sql, (stamp(now), report_id)))


def reports_ending(tx: Tx, part: str) -> list[str]:
    """Ids of open reports that end so (at most three)."""
    sql = """SELECT id FROM fault_reports WHERE state = 'open'
             AND substr(id, length(id) - length(CAST(:part AS TEXT)) + 1) = :part LIMIT 3"""
    return [str(row["id"]) for row in tx.all(sql, {"part": part})]


def close_reports(tx: Tx, outage_id: str, now: datetime) -> int:
    """The outage is over: its reports are closed; how many. A danger stays open
    until somebody has looked, and who is still dark reports anew."""
    return tx.run(
        """UPDATE fault_reports SET state = 'closed', closed_at = ?
           WHERE outage_id = ? AND state = 'open' AND still_out = 0 AND danger = 0""",
        (stamp(now), outage_id),
    )
