"""Announcements and corrections: campaigns with words of their own, and who reads them.

An announcement has one notice a customer and goes like any other notice. A correction has one for
each place that a message of the corrected campaign reached (`phone` holds its number or address),
and goes the same way to the same place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, login, maybe_stamp, stamp
from storage.lists import spell
from storage.ways import IN_ORDER_OF_PHONES

TOLD = "('accepted', 'sent', 'delivered')"


@dataclass(frozen=True)
class NewBroadcast:
    """A draft to be; `texts` by language. `valid_until`: after it nobody gets it any more."""

    id: str
    kind: str
    title: str
    made_by: str
    texts: Mapping[str, str]
    corrects_id: str | None = None
    valid_until: datetime | None = None


def add_draft(tx: Tx, new: NewBroadcast, now: datetime) -> None:
    """Store the draft without readers; until `finish_draft` it cannot be approved."""
    at = stamp(now)
    tx.run(
        "INSERT INTO campaigns (id, kind, state, title, corrects_id, valid_until, made_by,"
        " made_login, made_at, updated_at) VALUES (?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?)",
        [
            new.id, new.kind, new.title, new.corrects_id, maybe_stamp(new.valid_until),
            new.made_by, login(), at, at,
        ],
    )  # fmt: skip
    tx.many(
        "INSERT INTO campaign_texts (campaign_id, language, text) VALUES (?, ?, ?)",
        [(new.id, language, text) for language, text in new.texts.items()],
    )


def finish_draft(tx: Tx, campaign_id: str, audience: str) -> None:
    """All readers are in it; `audience` says in words who they are."""
    tx.run("UPDATE campaigns SET audience = ? WHERE id = ?", [audience, campaign_id])


def add_readers(tx: Tx, campaign_id: str, numbers: Sequence[str], now: datetime) -> int:
    """One notice for each of these customers (at most a few hundred); how many were new."""
    sql = """
    INSERT INTO notices (id, campaign_id, topic_id, revision, kind, customer_number, state, due_at,
                         made_at)
    SELECT new_id(), c.id, c.id, 0, c.kind, u.customer_number, 'draft', :now, :now
    FROM customers u JOIN campaigns c ON c.id = :id
    WHERE u.customer_number IN ({numbers})
    ORDER BY {by_phone}
    ON CONFLICT (topic_id, kind, customer_number, phone) WHERE outage_id IS NULL DO NOTHING
    """.replace("{by_phone}", IN_ORDER_OF_PHONES.replace("{number}", "u.customer_number"))
    return tx.run(*spell(sql, id=campaign_id, numbers=list(numbers), now=stamp(now)))


def texts_of(tx: Tx, campaign_id: str) -> dict[str, str]:
    """The text in each language; empty for a campaign that tells of outages."""
    rows = tx.all("SELECT language, text FROM campaign_texts WHERE campaign_id = ?", [campaign_id])
    return {str(row["language"]): str(row["text"]) for row in rows}


# --- corrections ----------------------------------------------------------------------------


def told_messages(tx: Tx, campaign_id: str) -> list[str]:
    """The messages of a campaign that reached somebody, as far as is known."""
    sql = f"SELECT id FROM messages WHERE campaign_id = ? AND status IN {TOLD}"  # noqa: S608 - a constant
    return [str(row["id"]) for row in tx.all(sql, [campaign_id])]


def add_corrected(tx: Tx, campaign_id: str, message_ids: Sequence[str], now: datetime) -> int:
    """One notice for each place that these messages reached; how many were new."""
    sql = """
    INSERT INTO notices (id, campaign_id, topic_id, revision, kind, customer_number, phone, state,
                         due_at, made_at)
    SELECT new_id(), :id, :id, 0, 'correction', min(m.customer_number), m.peer, 'draft', :now, :now
    FROM messages m
    WHERE m.id IN ({ids})
      AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.topic_id = :id AND n.kind = 'correction'
                      AND n.outage_id IS NULL AND n.phone = m.peer)
    GROUP BY m.channel, m.peer
    ON CONFLICT (topic_id, kind, customer_number, phone) WHERE outage_id IS NULL DO NOTHING
    """
    return tx.run(*spell(sql, id=campaign_id, ids=list(message_ids), now=stamp(now)))


# Where each correction goes: as the message that it corrects. The index needs the channel.
_WAYS = """
ways AS (
    SELECT n.id, n.state, n.customer_number, o.channel, o.peer, o.language
    FROM notices n
    JOIN campaigns c ON c.id = n.campaign_id
    CROSS JOIN messages o
    WHERE {picked} AND o.campaign_id = c.corrects_id AND o.channel IN ('sms', 'email', 'letter')
      AND o.peer = n.phone AND o.status IN {told}
      AND NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.value = o.peer
                      AND x.kind = CASE o.channel WHEN 'sms' THEN 'mobile' ELSE o.channel END)
)
""".replace("{told}", TOLD)
_QUEUE = """
INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
                      topic_id, language, status, due_at, valid_until, made_at)
WITH {ways}
SELECT new_id(), 'out', w.channel, 'correction', 'alert', w.peer, min(w.customer_number),
       :campaign_id, '', min(w.language), 'queued', :now, :until, :now
FROM ways w WHERE true
GROUP BY w.channel, w.peer
ON CONFLICT (campaign_id, channel, peer, topic_id) WHERE campaign_id IS NOT NULL DO NOTHING
""".replace("{ways}", _WAYS.replace("{picked}", "n.id IN ({ids})"))
_LINK = """
INSERT INTO notice_messages (notice_id, message_id)
SELECT n.id, m.id FROM notices n
CROSS JOIN messages m
WHERE n.id IN ({ids}) AND m.campaign_id = :campaign_id AND m.channel IN ('sms', 'email', 'letter')
  AND m.peer = n.phone AND m.topic_id = ''
ON CONFLICT (notice_id, message_id) DO NOTHING
"""
_MARK = """
UPDATE notices SET state = CASE
    WHEN EXISTS (SELECT 1 FROM notice_messages nm WHERE nm.notice_id = notices.id)
    THEN 'queued' ELSE 'unreachable' END
WHERE id IN ({ids})
"""


def queue_corrections(
    tx: Tx, campaign_id: str, now: datetime, *, chunk: int, until: datetime
) -> int | None:
    """Make messages for the next `chunk` readers of a correction; None when none is left.

    Who has opted out since becomes unreachable.
    """
    picked = tx.all(
        "SELECT id FROM notices WHERE campaign_id = ? AND state = 'approved' AND due_at <= ?"
        " ORDER BY customer_number, phone LIMIT ?",
        [campaign_id, stamp(now), chunk],
    )
    if not picked:
        return None
    ids = [str(row["id"]) for row in picked]
    values = {"ids": ids, "campaign_id": campaign_id}
    made = tx.run(*spell(_QUEUE, now=stamp(now), until=stamp(until), **values))
    tx.run(*spell(_LINK, **values))
    tx.run(*spell(_MARK, ids=ids))
    return made


# --- counts ---------------------------------------------------------------------------------

_COUNT_CORRECTIONS = """
WITH {ways}
SELECT channel, language, count(*) AS messages FROM (
    SELECT channel, peer, min(language) AS language FROM ways GROUP BY channel, peer) AS each_one
GROUP BY channel, language ORDER BY channel, language
""".replace("{ways}", _WAYS.replace("{picked}", "n.campaign_id = :id AND n.state <> 'withdrawn'"))
# As the fan-out does it: every usable phone, else every usable e-mail address of who is not silent.
_COUNT_READERS = """
WITH sms AS (
    SELECT n.customer_number, c.value AS peer, c.language
    FROM notices n
    CROSS JOIN contacts c
    WHERE n.campaign_id = :id AND n.state <> 'withdrawn' AND c.customer_number = n.customer_number
      AND c.kind = 'mobile' AND c.dead_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = c.value)
),
email AS (
    SELECT n.customer_number, c.value AS peer, c.language
    FROM notices n
    CROSS JOIN contacts c
    WHERE n.campaign_id = :id AND n.state <> 'withdrawn' AND c.customer_number = n.customer_number
      AND c.kind = 'email' AND c.dead_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = 'email' AND x.value = c.value)
      AND n.customer_number NOT IN (SELECT customer_number FROM sms)
      AND NOT EXISTS (SELECT 1 FROM contacts s JOIN opt_outs x
                      ON x.kind = 'mobile' AND x.value = s.value
                      WHERE s.customer_number = n.customer_number AND s.kind = 'mobile')
)
SELECT 'sms' AS channel, language, count(*) AS messages FROM (
    SELECT peer, min(language) AS language FROM sms GROUP BY peer) AS phones GROUP BY language
UNION ALL
SELECT 'email', language, count(*) FROM email GROUP BY language
UNION ALL
SELECT '', '', count(*) FROM (
    SELECT DISTINCT n.customer_number FROM notices n
    WHERE n.campaign_id = :id AND n.state <> 'withdrawn'
      AND n.customer_number NOT IN (SELECT customer_number FROM sms)
      AND n.customer_number NOT IN (SELECT customer_number FROM email)) AS nobody
"""


def count_messages(tx: Tx, campaign_id: str) -> dict[tuple[str, str], int]:
    """(channel, language) to how many messages an announcement makes; ('', '') to how many of its
    customers it cannot reach."""
    rows = tx.all(_COUNT_READERS, {"id": campaign_id})
    return {(str(row["channel"]), str(row["language"])): int(row["messages"]) for row in rows}


def count_corrections(tx: Tx, campaign_id: str) -> dict[tuple[str, str], int]:
    """As `count_messages`, of a correction; ('', '') are the places that have opted out since."""
    rows = tx.all(_COUNT_CORRECTIONS, {"id": campaign_id})
    found = {(str(row["channel"]), str(row["language"])): int(row["messages"]) for row in rows}
    sql = "SELECT count(*) AS n FROM notices WHERE campaign_id = ? AND state <> 'withdrawn'"
    row = tx.one(sql, [campaign_id])
    found["", ""] = max(0, (int(row["n"]) if row else 0) - sum(found.values()))
    return found


# --- their course ---------------------------------------------------------------------------


def overdue(tx: Tx, now: datetime) -> list[str]:
    """Campaigns not begun whose own time has passed."""
    sql = "SELECT id FROM campaigns WHERE state IN ('draft', 'approved') AND valid_until <= ?"
    return [str(row["id"]) for row in tx.all(sql, [stamp(now)])]


def facts_of_messages(tx: Tx, message_ids: Sequence[str]) -> list[Row]:
    """What those of the messages say that belong to campaigns with texts; a row a language."""
    if not message_ids:
        return []
    sql = """
    SELECT m.id AS message_id, m.kind, m.channel, m.language, m.customer_number, m.campaign_id,
           COALESCE(u.name, '') AS name, COALESCE(u.kind, 'household') AS customer_kind
    FROM messages m
    LEFT JOIN customers u ON u.customer_number = m.customer_number
    WHERE m.id IN ({ids}) AND EXISTS (
        SELECT 1 FROM campaign_texts t WHERE t.campaign_id = m.campaign_id)
    """
    return tx.all(*spell(sql, ids=list(message_ids)))
