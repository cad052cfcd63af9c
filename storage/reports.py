"""Fault reports: who says that it is dark where, and until when the report is open."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, new_id, stamp


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
    return tx.all(
        "SELECT * FROM fault_reports WHERE phone = ? AND state = 'open' ORDER BY made_at", (phone,)
    )


def _supply(tx: Tx, eics: tuple[str, ...]) -> Row | None:
    """The premises that stand for a house: flats of one house hang on one transformer."""
    if not eics:
        return None
    return tx.one("SELECT * FROM premises WHERE eic = ?", (eics[0],))
