"""Notices become messages: where each goes is read first, then written in three statements.

Reading needs no lock. What is written names its values, so that no rule is weighed, and no
function of ours called, while those who answer texts wait for their turn to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage.database import Row, Tx, maybe_stamp, new_id, stamp
from storage.lists import in_chunks, spell
from storage.ways import WAYS

# Of 8 values each: SQLite takes 32,766 in one statement.
ROWS_AT_ONCE = 2000

# The time until which it is of use: what the works say, or the kind.
_FIND = """
WITH {ways}
SELECT w.id, w.campaign_id, w.kind, w.peer, w.message_topic, w.customer_number, w.language,
       CASE WHEN w.kind IN ('planned_notice', 'reminder', 'moved') THEN o.starts_at
            WHEN w.kind = 'cancelled' AND w.old_starts_at > :in_12_hours THEN w.old_starts_at
            WHEN w.kind IN ('cancelled', 'restored') THEN :in_12_hours
            WHEN o.id IS NULL THEN :in_5_days
            ELSE :in_6_hours END AS valid_until
FROM ways w LEFT JOIN outages o ON o.id = w.outage_id
"""
_FINDING = {
    channel: _FIND.replace("{ways}", text).replace("{picked}", "n.id IN ({ids})")
    for channel, text in WAYS.items()
}
_INSERT = """
INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
                      topic_id, language, status, due_at, valid_until, made_at)
WITH made (id, campaign_id, kind, peer, topic_id, customer_number, language, valid_until)
AS (VALUES {made})
SELECT id, 'out', :channel, kind, 'alert', peer, customer_number, campaign_id, topic_id, language,
       'queued', :due_at, valid_until, :now
FROM made WHERE true
ON CONFLICT (campaign_id, channel, peer, topic_id) WHERE campaign_id IS NOT NULL DO NOTHING
"""
_LINK = """
INSERT INTO notice_messages (notice_id, message_id)
WITH links (notice_id, message_id) AS (VALUES {links})
SELECT notice_id, message_id FROM links WHERE true
ON CONFLICT (notice_id, message_id) DO NOTHING
"""
# Where somebody has a message of this campaign already: the notice joins it.
_JOIN = """
INSERT INTO notice_messages (notice_id, message_id)
WITH links (notice_id, campaign_id, peer, topic_id) AS (VALUES {links})
SELECT l.notice_id, m.id FROM links l
CROSS JOIN messages m
WHERE m.campaign_id = l.campaign_id AND m.channel = :channel AND m.peer = l.peer
  AND m.topic_id = l.topic_id
ON CONFLICT (notice_id, message_id) DO NOTHING
"""


@dataclass(frozen=True)
class Validity:
    """Until when messages made now make sense, where the works themselves do not say it.

    `letters_from`: when a letter posted now has come. `email` False: no e-mail can be sent here.
    `ends`: when the campaign itself is of no use any more.
    """

    in_6_hours: datetime
    in_12_hours: datetime
    in_5_days: datetime
    letters_from: datetime
    email: bool = True
    ends: datetime | None = None

    def stamps(self) -> dict[str, str]:
        """The times by name, as parameters."""
        return {
            "in_6_hours": stamp(self.in_6_hours),
            "in_12_hours": stamp(self.in_12_hours),
            "in_5_days": stamp(self.in_5_days),
            "letters_from": stamp(self.letters_from),
        }


@dataclass
class _Message:
    """One message to be: who reads it, and until when it makes sense."""

    customer_number: str
    language: str
    valid_until: str | None
    id: str = field(default_factory=new_id)

    def add(self, row: Row) -> None:
        """One more notice that it tells: of those who share the place, one speaks for all."""
        self.customer_number = max(self.customer_number, row["customer_number"])
        self.language = min(self.language, row["language"])
        self.valid_until = max(self.valid_until or "", row["valid_until"] or "") or None


def find_ways(
    tx: Tx, channel: str, ids: Sequence[str], validity: Validity, *, strangers: bool = True
) -> list[Row]:
    """Where these notices (at most a few hundred) go on one channel, a row a place; none for those
    to whose readers it is closed. `strangers`: some may be to phones of no customer."""
    if not ids or (channel == "email" and not validity.email):
        return []
    finding = "sms of customers" if channel == "sms" and not strangers else channel
    return tx.all(*spell(_FINDING[finding], ids=list(ids), **validity.stamps()))


def write(
    tx: Tx, channel: str, ways: Iterable[Row], now: datetime, *, validity: Validity
) -> int:  # fmt: skip
    """Queue the messages that these ways come to; how many. A notice never goes twice to the same
    place: it joins the message that its campaign has there."""
    rows = sorted(ways, key=lambda row: (row["peer"], row["message_topic"]))
    return sum(
        _write(tx, channel, part, now, validity) for part in in_chunks(rows, ROWS_AT_ONCE)
    )  # fmt: skip


def write_waiting(
    tx: Tx, channel: str, ways: Sequence[Row], now: datetime, *, validity: Validity
) -> int:
    """The same; they go once the letter is posted that they speak of (`release_beside`)."""
    made = write(tx, channel, ways, now, validity=validity)
    places = {(row["campaign_id"], row["peer"], row["message_topic"]) for row in ways}
    sql = """UPDATE messages SET due_at = NULL, valid_until = NULL
             WHERE status = 'queued' AND channel = ? AND campaign_id = ? AND peer = ?
               AND topic_id = ?"""
    tx.many(sql, [(channel, *place) for place in places])
    return made


# Beside letters: the other messages of their notices that wait for them.
_BESIDE = """status = 'queued' AND due_at IS NULL AND id IN (
    SELECT other.message_id FROM notice_messages mine
    JOIN notice_messages other ON other.notice_id = mine.notice_id
    WHERE mine.message_id IN ({ids}))"""
_RELEASE = f"UPDATE messages SET due_at = :now, valid_until = :until WHERE {_BESIDE}"  # noqa: S608
_GIVE_UP = f"""
UPDATE messages SET status = 'withdrawn', error_code = 'no_letter', done_at = :now
WHERE {_BESIDE}
"""  # noqa: S608 - a constant
_DAYS_OF_USE = timedelta(days=5)


def release_beside(tx: Tx, letter_ids: Sequence[str], now: datetime) -> int:
    """These letters are posted: what waited for them goes now; how many messages."""
    if not letter_ids:
        return 0
    until = stamp(now + _DAYS_OF_USE)
    return tx.run(*spell(_RELEASE, ids=list(letter_ids), now=stamp(now), until=until))


def give_up_beside(tx: Tx, letter_ids: Sequence[str], now: datetime) -> int:
    """These letters are not sent: nobody is told of them either; how many messages."""
    return tx.run(*spell(_GIVE_UP, ids=list(letter_ids), now=stamp(now)))


def _write(
    tx: Tx, channel: str, rows: Sequence[Row], now: datetime, validity: Validity
) -> int:  # fmt: skip
    messages: dict[tuple[str, ...], _Message] = {}
    links = []
    for row in rows:
        place = (row["campaign_id"], row["kind"], row["peer"], row["message_topic"])
        known = messages.get(place)
        if known is None:
            known = _Message(row["customer_number"], row["language"], row["valid_until"])
            messages[place] = known
        else:
            known.add(row)
        links.append((row["id"], known.id))
    ends = maybe_stamp(validity.ends)
    made = [
        (m.id, *place, m.customer_number, m.language, _sooner(m.valid_until, ends))
        for place, m in messages.items()
    ]
    count = tx.run(*spell(_INSERT, made=made, channel=channel, now=stamp(now), due_at=stamp(now)))
    if count == len(made):
        tx.run(*spell(_LINK, links=links))
        return count
    places = [(r["id"], r["campaign_id"], r["peer"], r["message_topic"]) for r in rows]
    tx.run(*spell(_JOIN, links=places, channel=channel))
    return count


def _sooner(valid_until: str | None, ends: str | None) -> str | None:
    return min(valid_until, ends) if valid_until and ends else valid_until or ends


def queue_by(
    tx: Tx, channel: str, ids: Sequence[str], now: datetime, *, validity: Validity
) -> int:  # fmt: skip
    """Queue messages for these notices on one channel, where it is open; how many were made."""
    return write(tx, channel, find_ways(tx, channel, ids, validity), now, validity=validity)
