"""Receipts: every word of a provider about a message of ours, kept once; singly, or those of one
moment in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, new_id, stamp
from storage.dialect import skip_locked, with_rows


@dataclass(frozen=True, slots=True)
class Heard:
    """One receipt: `word` is the provider's own, `status` what it means to us ('': nothing)."""

    message_id: str
    provider: str
    provider_id: str
    word: str
    error_code: str
    status: str
    at: datetime


# --- one by one -----------------------------------------------------------------------------


def add(
    tx: Tx, message_id: str, provider_id: str, word: str, *, error_code: str, now: datetime
) -> bool:
    """Keep what the provider said of a message; False when it has said the same before."""
    return bool(
        tx.run(
            """INSERT INTO receipts (id, message_id, provider_id, status, error_code, at)
               VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (message_id, provider_id, status) DO NOTHING""",
            (new_id(), message_id, provider_id, word, error_code or None, stamp(now)),
        )
    )


def words_of(tx: Tx, message_id: str, provider_id: str) -> set[str]:
    """Everything the provider has said of this attempt, in its own words."""
    rows = tx.all(
        "SELECT status FROM receipts WHERE message_id = ? AND provider_id = ?",
        (message_id, provider_id),
    )
    return {str(row["status"]) for row in rows}


def heard_of(tx: Tx, message_id: str) -> set[str]:
    """The provider's ids of all attempts at a message that it has said anything of."""
    rows = tx.all("SELECT DISTINCT provider_id FROM receipts WHERE message_id = ?", (message_id,))
    return {str(row["provider_id"]) for row in rows}


# --- those of one moment: at most one a message ---------------------------------------------


_TAKE = """
WITH {wanted}
SELECT m.id, m.status, m.attempts, m.provider, m.provider_id, m.followed
FROM messages m WHERE m.id IN (SELECT id FROM wanted) AND m.direction = 'out'
"""


def take_messages(tx: Tx, message_ids: Iterable[str]) -> dict[str, Row]:
    """Messages of ours that nobody else is at, by id; nobody changes them until we are done.

    Others are passed over, not waited for: who waits for nobody is waited for by nobody in turn.
    """
    sql = _TAKE + skip_locked(tx, "m")
    rows = tx.all(*with_rows(tx, sql, "wanted", {"id": sorted(message_ids)}))
    return {str(row["id"]): row for row in rows}


_WORDS = """
WITH {wanted}
SELECT r.message_id, r.status FROM receipts r JOIN wanted
ON wanted.message_id = r.message_id AND wanted.provider_id = r.provider_id
"""


def words_of_all(tx: Tx, heard: Sequence[Heard]) -> dict[str, set[str]]:
    """`words_of` the attempt that each of these receipts is about, by message."""
    if not heard:
        return {}
    columns = {
        "message_id": [each.message_id for each in heard],
        "provider_id": [each.provider_id for each in heard],
    }
    found: dict[str, set[str]] = {}
    for row in tx.all(*with_rows(tx, _WORDS, "wanted", columns)):
        found.setdefault(str(row["message_id"]), set()).add(str(row["status"]))
    return found


# WHERE true: else SQLite takes ON for the beginning of a join.
_ADD = """
WITH {heard}
INSERT INTO receipts (id, message_id, provider_id, status, error_code, at)
SELECT new_id(), message_id, provider_id, word, NULLIF(error_code, ''), at FROM heard WHERE true
ON CONFLICT (message_id, provider_id, status) DO NOTHING
RETURNING message_id
"""


def add_all(tx: Tx, heard: Sequence[Heard]) -> set[str]:
    """Keep these receipts; the messages of which the provider had not said the same before."""
    if not heard:
        return set()
    ordered = sorted(heard, key=lambda each: each.message_id)
    columns = {
        "message_id": [each.message_id for each in ordered],
        "provider_id": [each.provider_id for each in ordered],
        "word": [each.word for each in ordered],
        "error_code": [each.error_code for each in ordered],
        "at": [stamp(each.at) for each in ordered],
    }
    rows = tx.all(*with_rows(tx, _ADD, "heard", columns))
    return {str(row["message_id"]) for row in rows}


_MOVE_ON = """
WITH {heard}
UPDATE messages SET status = heard.status, leased_by = NULL, lease_until = NULL,
    error_code = NULLIF(heard.error_code, ''), sent_at = COALESCE(messages.sent_at, heard.at),
    done_at = CASE heard.status WHEN 'delivered' THEN heard.at ELSE messages.done_at END
FROM heard WHERE messages.id = heard.id
"""


def move_on(tx: Tx, heard: Sequence[Heard]) -> int:
    """Messages taken before get the status that is told of them: accepted, sent or delivered.

    Whether each comes after the one it has, who took them has seen. How many moved.
    """
    if not heard:
        return 0
    columns = {
        "id": [each.message_id for each in heard],
        "status": [each.status for each in heard],
        "error_code": [each.error_code for each in heard],
        "at": [stamp(each.at) for each in heard],
    }
    return tx.run(*with_rows(tx, _MOVE_ON, "heard", columns))
