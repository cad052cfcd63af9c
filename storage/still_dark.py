"""Who is still in the dark after "power is back": their reports, counted by transformer."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx
from storage.reports import file_report, promise_news


def note(
    tx: Tx, phone: str, outage_id: str, *, eics: tuple[str, ...], message_id: str, now: datetime
) -> str:
    """The phone says that it is still dark where this outage was; the id of its report.

    Its earlier report is opened again, else one is filed at the premises that it was told about
    (`eics` when none is known). Where a new outage explains the dark already, it belongs to that.
    Said twice, it is one report.
    """
    where = _told_premises(tx, outage_id, phone) or eics
    explained = _explained_by(tx, outage_id, where)
    about = explained or outage_id
    if known := _own_report(tx, phone, {about, outage_id}):
        return _open_again(tx, known, about, still_out=not explained)
    report_id = file_report(
        tx, phone, address="", town="", eics=where, scope="whole", still_out=not explained,
        outage_id=about or None, message_id=message_id, now=now,
    )  # fmt: skip
    tx.run(_FROM_OUTAGE, {"id": report_id, "outage_id": outage_id})
    return report_id


_TOLD = """
SELECT DISTINCT n.eic FROM messages m
JOIN notice_messages nm ON nm.message_id = m.id
JOIN notices n ON n.id = nm.notice_id
WHERE m.peer = ? AND n.outage_id = ? AND n.eic <> '' ORDER BY n.eic
"""


def _told_premises(tx: Tx, outage_id: str, phone: str) -> tuple[str, ...]:
    return tuple(str(row["eic"]) for row in tx.all(_TOLD, (phone, outage_id)))


# The outage itself, active again, or a part of it that was entered as one of its own.
_EXPLAINED = """
SELECT o.id FROM outages o
WHERE o.state = 'active' AND (o.id = ? OR (o.nested_in = ? AND EXISTS (
    SELECT 1 FROM outage_premises op
    WHERE op.outage_id = o.id AND op.until_revision IS NULL AND op.eic = ?)))
ORDER BY o.id DESC LIMIT 1
"""


def _explained_by(tx: Tx, outage_id: str, eics: tuple[str, ...]) -> str:
    row = tx.one(_EXPLAINED, (outage_id, outage_id, eics[0] if eics else ""))
    return "" if row is None else str(row["id"])


def _own_report(tx: Tx, phone: str, outage_ids: set[str]) -> str:
    """The latest report of the phone about these outages that nobody took back."""
    first, last = min(outage_ids), max(outage_ids)
    row = tx.one(
        """SELECT id FROM fault_reports
           WHERE outage_id IN (?, ?) AND phone = ? AND state <> 'cancelled'
           ORDER BY made_at DESC, id DESC LIMIT 1""",
        (first, last, phone),
    )
    return "" if row is None else str(row["id"])


def _open_again(tx: Tx, report_id: str, outage_id: str, *, still_out: bool) -> str:
    tx.run(
        """UPDATE fault_reports SET state = 'open', closed_at = NULL, outage_id = ?, still_out = ?
           WHERE id = ?""",
        (outage_id, int(still_out), report_id),
    )
    return report_id


# Of a sender whose home is not known: an outage on one transformer tells where.
_FROM_OUTAGE = """
UPDATE fault_reports SET transformer = COALESCE((
    SELECT CASE WHEN count(DISTINCT p.transformer) = 1 THEN min(p.transformer) END
    FROM outage_premises op JOIN premises p ON p.eic = op.eic
    WHERE op.outage_id = :outage_id AND op.until_revision IS NULL), '')
WHERE id = :id AND transformer = ''
"""


def counts(tx: Tx) -> list[Row]:
    """Outages that are over and transformers where somebody is still in the dark.

    Columns `outage_id`, `outage`, `transformer`, `town`, `feeder`, `answers` (phones), `first_at`,
    `last_at`; the most answers first.
    """
    return tx.all(
        """SELECT f.outage_id, o.external_id AS outage, f.transformer, max(f.town) AS town,
                  max(f.feeder) AS feeder, count(DISTINCT f.phone) AS answers,
                  min(f.made_at) AS first_at, max(f.made_at) AS last_at
           FROM fault_reports f JOIN outages o ON o.id = f.outage_id
           WHERE f.state = 'open' AND f.still_out = 1
           GROUP BY f.outage_id, o.external_id, f.transformer
           ORDER BY count(DISTINCT f.phone) DESC, o.external_id, f.transformer"""
    )


# --- a part, or all, is dark again ----------------------------------------------------------

_ARE_EXPLAINED = """
UPDATE fault_reports SET outage_id = :outage_id, still_out = 0
WHERE outage_id IN (:outage_id, :parent_id) AND state = 'open' AND still_out = 1
  AND (outage_id = :outage_id
       OR eic IN (SELECT op.eic FROM outage_premises op
                  WHERE op.outage_id = :outage_id AND op.until_revision IS NULL)
       OR eic = '' AND transformer IN (SELECT p.transformer FROM outage_premises op
                          JOIN premises p ON p.eic = op.eic
                          WHERE op.outage_id = :outage_id AND op.until_revision IS NULL))
"""
# Those that its own end closed, not those that a person did.
_REOPENED = """
UPDATE fault_reports SET state = 'open', closed_at = NULL
WHERE outage_id = :outage_id AND state = 'closed' AND closed_at IN (
    SELECT r.at FROM outage_revisions r
    WHERE r.outage_id = :outage_id AND r.state IN ('restored', 'cancelled'))
"""


def explain(tx: Tx, outage_id: str, parent_id: str, now: datetime) -> None:
    """The outage is active: answers "still dark", also of the outage that it is a part of, are
    explained by it; reports that an earlier end of it closed are open again."""
    ids = {"outage_id": outage_id, "parent_id": parent_id or outage_id}
    if tx.run(_ARE_EXPLAINED, ids) + tx.run(_REOPENED, {"outage_id": outage_id}):
        promise_news(tx, outage_id, now)


def premises_on(tx: Tx, outage_id: str, transformer: str) -> list[str]:
    """The premises of an outage that hang on one transformer."""
    rows = tx.all(
        """SELECT op.eic FROM outage_premises op JOIN premises p ON p.eic = op.eic
           WHERE op.outage_id = ? AND op.until_revision IS NULL AND p.transformer = ?
           ORDER BY op.eic""",
        (outage_id, transformer),
    )
    return [str(row["eic"]) for row in rows]


def nested_count(tx: Tx, outage_id: str) -> int:
    """How many outages are nested in this one."""
    row = tx.one("SELECT count(*) AS n FROM outages WHERE nested_in = ?", (outage_id,))
    return 0 if row is None else int(row["n"])
