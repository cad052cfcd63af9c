"""How a campaign fares while it is sent: the first few and their receipts, failures, leftovers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database, Row, Tx, maybe_stamp, stamp
from storage.lists import spell
from storage.ways import ALSO_BY_LETTER

# So many rows in one transaction keep inbound texts from waiting.
CHUNK = 300


@dataclass(frozen=True)
class Course:
    """Messages of a campaign by what is known of them, without what a person has seen before.

    `waiting`: not handed over yet; `handed`: a provider has them, or they failed; `silent`: those
    of `handed` of which a receipt may still come.
    """

    waiting: int
    handed: int
    failed: int
    silent: int

    @property
    def failed_percent(self) -> float:
        """Of what was handed over; 0 before anything was."""
        return 100 * self.failed / self.handed if self.handed else 0.0


_COURSE = """
SELECT count(CASE WHEN m.status IN ('queued', 'sending', 'unknown') THEN 1 END) AS waiting,
       count(CASE WHEN m.status IN ('accepted', 'sent', 'delivered', 'failed', 'set_aside')
                  THEN 1 END) - max(c.seen_handed) AS handed,
       count(CASE WHEN m.status IN ('failed', 'set_aside') THEN 1 END) - max(c.seen_failed)
           AS failed,
       count(CASE WHEN m.status IN ('accepted', 'sent') AND m.channel = 'sms' THEN 1 END) AS silent
FROM messages m JOIN campaigns c ON c.id = m.campaign_id
WHERE m.campaign_id = ? AND m.channel IN ('sms', 'email')
"""


def course(tx: Tx, campaign_id: str) -> Course:
    """How the messages of a campaign fare. Letters are not counted: they wait for days."""
    row = tx.one(_COURSE, [campaign_id])
    names = ("waiting", "handed", "failed", "silent")
    return Course(*(0 if row is None else max(0, int(row[name] or 0)) for name in names))


def letters_left(tx: Tx, campaign_id: str) -> tuple[int, bool]:
    """(letters not posted yet, whether nothing else of the campaign is still to go)."""
    sql = """
    SELECT count(CASE WHEN channel = 'letter' THEN 1 END) AS letters, count(*) AS still_open,
           EXISTS (SELECT 1 FROM notices n WHERE n.campaign_id = :id
                   AND n.state IN ('draft', 'approved', 'in_doubt')) AS unmade
    FROM messages WHERE campaign_id = :id AND status IN ('queued', 'sending', 'unknown')
    """
    row = tx.one(sql, {"id": campaign_id})
    letters = 0 if row is None else int(row["letters"])
    return letters, row is not None and letters == row["still_open"] and not row["unmade"]


def any_failed(tx: Tx, campaign_id: str) -> bool:
    """Whether more messages failed than a person has seen; an index is enough to know."""
    sql = """
    SELECT (SELECT count(*) FROM messages m
            WHERE m.campaign_id = c.id AND m.status IN ('failed', 'set_aside')) > c.seen_failed AS n
    FROM campaigns c WHERE c.id = ?
    """
    row = tx.one(sql, [campaign_id])
    return row is not None and bool(row["n"])


def set_off(tx: Tx, campaign_id: str) -> None:
    """A person has seen how it went until now: only what comes after counts."""
    sql = """
    UPDATE campaigns SET
        seen_failed = (SELECT count(*) FROM messages m WHERE m.campaign_id = campaigns.id
                       AND m.status IN ('failed', 'set_aside') AND m.channel IN ('sms', 'email')),
        seen_handed = (SELECT count(*) FROM messages m WHERE m.campaign_id = campaigns.id
                       AND m.status IN ('accepted', 'sent', 'delivered', 'failed', 'set_aside')
                       AND m.channel IN ('sms', 'email'))
    WHERE id = ?
    """
    tx.run(sql, [campaign_id])


def head(tx: Tx, campaign_id: str) -> Row | None:
    """The campaign's own row, without the counts of `campaigns.campaign` that walk its notices."""
    return tx.one("SELECT * FROM campaigns WHERE id = ?", [campaign_id])


def in_state(tx: Tx, state: str) -> list[Row]:
    """The campaigns of a state: all columns."""
    return tx.all("SELECT * FROM campaigns WHERE state = ? ORDER BY id", [state])


def count_messages(tx: Tx, campaign_id: str) -> int:
    """How many messages the campaign has, letters left out: these tell nothing for days."""
    sql = "SELECT count(*) AS n FROM messages WHERE campaign_id = ? AND channel <> 'letter'"
    row = tx.one(sql, [campaign_id])
    return 0 if row is None else int(row["n"])


def waits_for_letters(tx: Tx, campaign_id: str) -> bool:
    """Whether its SMS go only when its letters are posted: there is nothing to wait for before."""
    sql = "SELECT 1 AS n FROM notices WHERE campaign_id = :id AND kind IN ({kinds}) LIMIT 1"
    return tx.one(*spell(sql, id=campaign_id, kinds=list(ALSO_BY_LETTER))) is not None


def count_people(tx: Tx, campaign_id: str) -> int:
    """How many readers the campaign has that are not withdrawn, those of letters left out."""
    sql = """
    SELECT count(*) AS n FROM (SELECT DISTINCT customer_number, phone FROM notices
        WHERE campaign_id = ? AND state <> 'withdrawn' AND by_letter = 0) AS people
    """
    row = tx.one(sql, [campaign_id])
    return 0 if row is None else int(row["n"])


def await_receipts(tx: Tx, campaign_id: str, until: datetime | None) -> None:
    """The first few are queued: nothing more goes before they are judged."""
    tx.run("UPDATE campaigns SET canary_until = ? WHERE id = ?", [maybe_stamp(until), campaign_id])


# --- what is left of stopped campaigns ------------------------------------------------------


def take_back(database: Database, campaign_id: str, now: datetime) -> int:
    """Withdraw all that waits of a stopped campaign, a chunk at a time; how many notices."""
    taken = 0
    while True:
        some = database.transaction(lambda tx: take_some_back(tx, campaign_id, now), bulk=True)
        if some is None:
            return taken
        taken += some


def take_some_back(tx: Tx, campaign_id: str, now: datetime) -> int | None:
    """Withdraw a chunk of what waits of a campaign; how many notices, None when nothing waits."""
    gone = tx.all(
        "UPDATE messages SET status = 'withdrawn', done_at = ? WHERE id IN ("
        " SELECT id FROM messages WHERE campaign_id = ? AND status = 'queued' LIMIT ?)"
        " RETURNING id",
        [stamp(now), campaign_id, CHUNK],
    )
    unsent = tx.run(
        "UPDATE notices SET state = 'withdrawn' WHERE id IN (SELECT id FROM notices"
        " WHERE campaign_id = ? AND state IN ('draft', 'approved') LIMIT ?)",
        [campaign_id, CHUNK],
    )
    told = tx.many(
        "UPDATE notices SET state = 'withdrawn' WHERE state = 'queued' AND id IN ("
        " SELECT notice_id FROM notice_messages WHERE message_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id"
        "                 WHERE nm.notice_id = notices.id AND m.status <> 'withdrawn')",
        [(row["id"],) for row in gone],
    )
    return unsent + max(told, 0) if gone or unsent else None


def with_leftovers(tx: Tx) -> list[str]:
    """Campaigns that are over and of which something waits still: a message came back to the queue
    from a worker that had it, or whoever took it back was cut short."""
    sql = """
    SELECT c.id FROM campaigns c
    WHERE c.state IN ('stopped', 'expired') AND (
        EXISTS (SELECT 1 FROM messages m WHERE m.campaign_id = c.id AND m.status = 'queued')
        OR EXISTS (SELECT 1 FROM notices n
                   WHERE n.campaign_id = c.id AND n.state IN ('draft', 'approved')))
    """
    return [str(row["id"]) for row in tx.all(sql)]


def held_messages(tx: Tx) -> list[str]:
    """Messages that a worker has claimed and must not hand over: their campaign does not go on."""
    sql = """
    SELECT m.id FROM messages m JOIN campaigns c ON c.id = m.campaign_id
    WHERE m.status = 'sending' AND m.lane = 'alert' AND c.state IN ('paused', 'stopped')
    """
    return [str(row["id"]) for row in tx.all(sql)]
