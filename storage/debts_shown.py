"""Debts as people look at them: how many have come how far, a page of them, and what was told of
one. Reads only; what changes them is in `debts`."""

from __future__ import annotations

from storage.database import Row, Tx
from storage.debts import ITS_NOTICES, WITH_TOLD, WITH_TOLD_OF

# The page is cut before its notices are looked up: for all of 50,000 debts that took half a second.
_PAGE = """(
    SELECT * FROM debts
    WHERE (stage = :stage OR :stage = 'open' AND stage <> 'paid' OR :stage = 'all')
      AND (:sought = '' OR reference = :sought OR customer_number = :sought)
      AND (due_on > :due_on OR due_on = :due_on AND reference > :reference)
    ORDER BY due_on, reference LIMIT :limit)"""
_LISTED = f"""
SELECT s.*, u.name FROM ({WITH_TOLD_OF.format(debts=_PAGE)}) AS s
JOIN customers u ON u.customer_number = s.customer_number
ORDER BY s.due_on, s.reference
"""  # noqa: S608 - constants


def stages(tx: Tx) -> dict[str, tuple[int, int]]:
    """(debts, cents) by stage, of the stages that are there."""
    rows = tx.all("SELECT stage, count(*) AS n, sum(sum_cents) AS cents FROM debts GROUP BY stage")
    return {str(row["stage"]): (int(row["n"]), int(row["cents"])) for row in rows}


def campaigns_version(tx: Tx) -> str:
    """Another text when a campaign about debts was made, approved, stopped or is over."""
    rows = tx.all(
        """SELECT state, count(*) AS n, max(updated_at) AS at FROM campaigns WHERE kind = 'debt'
           GROUP BY state ORDER BY state"""
    )
    return "/".join(f"{row['state']} {row['n']} {row['at']}" for row in rows)


def page(
    tx: Tx, stage: str, *, sought: str = "", after: tuple[str, str] = ("", ""), limit: int
) -> list[Row]:  # fmt: skip
    """Debts behind (due_on, reference) `after`, the longest due first: columns of `list_debts` and
    `name`. `stage`: one of them, 'open' (not paid) or 'all'; `sought`: a reference or a customer.
    """
    values = {"stage": stage, "sought": sought, "limit": limit}
    return tx.all(_LISTED, {**values, "due_on": after[0], "reference": after[1]})


def one(tx: Tx, debt_id: str) -> Row | None:
    """A debt with the columns of `page`."""
    return tx.one(
        f"SELECT s.*, u.name, u.language FROM ({WITH_TOLD} WHERE d.id = ?) AS s"  # noqa: S608 - constants
        " JOIN customers u ON u.customer_number = s.customer_number",
        [debt_id],
    )


def told(tx: Tx, debt_id: str) -> list[Row]:
    """Its notices, the first first, a row for each message (`channel`, `status`, `sent_at`, null
    where there is none yet): `kind`, `state`, `made_at`, `due_at`, `campaign_id`,
    `campaign_state`, `pay_by`, `disconnect_on`."""
    return tx.all(
        f"""SELECT n.id, n.kind, n.state, n.made_at, n.due_at, n.campaign_id,
                   c.state AS campaign_state, t.pay_by, t.disconnect_on,
                   m.channel, m.status, m.sent_at
            FROM debts d JOIN notices n ON {ITS_NOTICES}
            JOIN campaigns c ON c.id = n.campaign_id
            LEFT JOIN debt_days t ON t.notice_id = n.id
            LEFT JOIN notice_messages nm ON nm.notice_id = n.id
            LEFT JOIN messages m ON m.id = nm.message_id
            WHERE d.id = ? ORDER BY n.id, m.id""",  # noqa: S608 - constants
        [debt_id],
    )
