"""Letters: batches for the print shop. Who gets one is decided by `fanout` and `escalation`.

A batch is open from the first letter claimed to the last one recorded. Its letters are `sending`
without a lease, so that nothing else takes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import queueing
from storage.database import Row, Tx, new_id, set_switch, stamp, switch
from storage.lists import spell
from storage.restored import MAY_GO

PROVIDER = "post"
SUMS = "letters_written"  # the switch: "batch pdf list"


def open_batch(tx: Tx) -> Row | None:
    """The batch that was begun and not recorded to its end."""
    return tx.one("SELECT * FROM letter_batches WHERE state = 'open' ORDER BY id LIMIT 1")


def begin_batch(tx: Tx, folder: str, *, by: str, now: datetime) -> Row:
    """A new batch to be written into the folder; or the one that is open, whatever its folder."""
    found = open_batch(tx)
    if found is None:
        tx.run(
            "INSERT INTO letter_batches (id, state, file, made_by, made_at)"
            " VALUES (?, 'open', ?, ?, ?)",
            [new_id(), folder, by, stamp(now)],
        )
        found = open_batch(tx)
    assert found is not None
    return found


def keep_sums(tx: Tx, batch_id: str, pdf: str, manifest: str, *, by: str, now: datetime) -> None:
    """The sums of the files of the open batch, before they have their names."""
    set_switch(tx, SUMS, f"{batch_id} {pdf} {manifest}", by=by, now=now)


def sums_of(tx: Tx, batch_id: str) -> tuple[str, str]:
    """Those of the PDF and of the list; '' for files that were never written."""
    found, _, sums = switch(tx, SUMS).partition(" ")
    pdf, _, manifest = sums.partition(" ")
    return (pdf, manifest) if found == batch_id else ("", "")


def drop_batch(tx: Tx, batch_id: str) -> None:
    """Forget a batch without letters."""
    tx.run("DELETE FROM letter_batches WHERE id = ? AND state = 'open'", [batch_id])


_WAITING = """
SELECT m.id FROM messages m
WHERE m.status = 'queued' AND m.channel = 'letter' AND m.due_at <= :now AND {may_go}
  AND (m.campaign_id IS NULL OR m.campaign_id NOT IN (
       SELECT id FROM campaigns WHERE state IN ('draft', 'paused', 'stopped')))
""".replace("{may_go}", MAY_GO)
_DUE = f"{_WAITING} ORDER BY m.id LIMIT :limit"
_CLAIM = """
UPDATE messages SET status = 'sending', provider = 'post', leased_by = :batch_id, claimed_at = :now,
    attempts = attempts + 1
WHERE status = 'queued' AND id IN ({ids})
"""


def due_letters(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Letters that wait; those of a campaign that is paused or stopped are left where they are."""
    return [str(row["id"]) for row in tx.all(_DUE, {"now": stamp(now), "limit": limit})]


def claim_letters(tx: Tx, batch_id: str, ids: Sequence[str], now: datetime) -> int:
    """Take letters into the batch; how many."""
    return tx.run(*spell(_CLAIM, batch_id=batch_id, ids=list(ids), now=stamp(now)))


_IN_BATCH = """
SELECT m.id, m.body, m.claimed_at,
       CASE WHEN EXISTS (SELECT 1 FROM campaigns c
                         WHERE c.id = m.campaign_id AND c.state = 'stopped') THEN 0
            WHEN EXISTS (
                SELECT 1 FROM notice_messages nm JOIN notices n ON n.id = nm.notice_id
                WHERE nm.message_id = m.id AND n.state = 'queued') THEN 1
            WHEN EXISTS (SELECT 1 FROM notice_messages nm WHERE nm.message_id = m.id) THEN 0
            ELSE 1 END AS holds
FROM messages m
WHERE m.status IN ('sending', 'unknown') AND m.lease_until IS NULL AND m.status = 'sending'
  AND m.leased_by = :batch_id AND m.id > :after
ORDER BY m.id LIMIT :limit
"""


def letters_in(tx: Tx, batch_id: str, *, after: str = "", limit: int) -> list[Row]:
    """The next letters of a batch that are not recorded; `holds` 0: everything in it has been
    overtaken."""
    return tx.all(_IN_BATCH, {"batch_id": batch_id, "after": after, "limit": limit})


# Without a postal address a letter goes to the premises that it tells of, else to the first.
_ADDRESSES = """
SELECT m.id, u.name,
       CASE WHEN u.postal_address <> '' THEN u.postal_address
            ELSE COALESCE(p.address || ', ' || p.town, '') END AS address,
       CASE WHEN u.postal_address <> '' THEN u.postcode ELSE COALESCE(p.postcode, '') END
           AS postcode
FROM messages m
CROSS JOIN customers u
LEFT JOIN premises p ON p.eic = COALESCE(
    (SELECT min(h.eic) FROM notice_messages nm
     CROSS JOIN notices n CROSS JOIN premises h
     WHERE nm.message_id = m.id AND n.id = nm.notice_id AND h.eic = n.eic
       AND h.customer_number = u.customer_number AND h.address <> ''),
    (SELECT min(h.eic) FROM premises h
     WHERE h.customer_number = u.customer_number AND h.address <> ''))
WHERE m.id IN ({ids}) AND u.customer_number = m.customer_number
"""


def addresses(tx: Tx, ids: Sequence[str]) -> list[Row]:
    """`id`, `name`, `address` and `postcode` of letters, as the envelope shall have them."""
    return tx.all(*spell(_ADDRESSES, ids=list(ids)))


def keep_bodies(tx: Tx, bodies: Iterable[tuple[str, str]]) -> None:
    """(document, message id): what the letters say."""
    tx.many("UPDATE messages SET body = ? WHERE id = ?", bodies)


@dataclass(frozen=True)
class Posted:
    """One letter that is in the files: what it costs in all, and on which page it begins."""

    message_id: str
    first_page: int
    cents: int


def record_posted(tx: Tx, batch_id: str, letters: Sequence[Posted], now: datetime) -> int:
    """Letters are with the print shop, and what waited for them goes; how many were not known to
    be there. May be repeated."""
    done = tx.many(
        """UPDATE messages SET status = 'accepted', sent_at = :now, cost_cents = :cents,
               provider_id = :provider_id, leased_by = NULL, error_code = NULL
           WHERE id = :id AND status = 'sending' AND leased_by = :batch_id""",
        [
            {
                "id": each.message_id, "cents": each.cents, "now": stamp(now),
                "provider_id": f"{batch_id}/{each.message_id}", "batch_id": batch_id,
            }
            for each in letters
        ],
    )  # fmt: skip
    queueing.release_beside(tx, [each.message_id for each in letters], now)
    return done


def end_letters(
    tx: Tx, batch_id: str, ids: Sequence[str], status: str, *, error_code: str, now: datetime
) -> int:
    """Letters of the batch that are not in the files: failed, or withdrawn."""
    if not ids:
        return 0
    queueing.give_up_beside(tx, ids, now)
    return tx.run(
        *spell(
            """UPDATE messages SET status = :status, error_code = :error_code, done_at = :now,
                   leased_by = NULL
               WHERE status = 'sending' AND leased_by = :batch_id AND id IN ({ids})""",
            batch_id=batch_id, status=status, error_code=error_code, now=stamp(now), ids=list(ids),
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Written:
    """The files of a batch: the PDF's path, and totals."""

    file: str
    letters: int
    pages: int
    postage_cents: int


def close_batch(tx: Tx, batch_id: str, written: Written, now: datetime) -> None:
    """All of the batch is recorded."""
    tx.run(
        "UPDATE letter_batches SET state = 'written', file = ?, letters = ?, pages = ?,"
        " postage_cents = ?, written_at = ? WHERE id = ? AND state = 'open'",
        [
            written.file, written.letters, written.pages, written.postage_cents, stamp(now),
            batch_id,
        ],
    )  # fmt: skip


def list_batches(tx: Tx, *, limit: int = 100) -> list[Row]:
    """The latest batches first."""
    return tx.all("SELECT * FROM letter_batches ORDER BY id DESC LIMIT ?", [limit])


def count_waiting(tx: Tx, now: datetime) -> int:
    """How many letters are due."""
    row = tx.one(f"SELECT count(*) AS n FROM ({_WAITING}) AS due", {"now": stamp(now)})  # noqa: S608
    return 0 if row is None else int(row["n"])
