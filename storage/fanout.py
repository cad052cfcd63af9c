"""Approved notices become messages, a chunk of customers at a time; and what their texts need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import calls, queueing
from storage.database import Row, Tx, stamp
from storage.lists import spell
from storage.outages import AT_ONE_TIME, WHOLE_IS_OVER
from storage.queueing import Validity
from storage.ways import ALSO_BY_LETTER, CHANNELS, ON_THE_SAME_WAY

# These wait for the end of quiet hours.
HELD = ("planned_notice", "reminder", "moved", "cancelled", "debt", "announcement")


def campaigns_due(tx: Tx, now: datetime, *, held: bool) -> list[str]:
    """Approved campaigns with notices whose time has come; `held` leaves out the HELD kinds."""
    sql = """
    SELECT c.id FROM campaigns c
    WHERE (c.state IN ('approved', 'sending') OR c.state = 'canary' AND c.canary_until IS NULL)
      AND c.kind NOT IN ({without})
      AND EXISTS (SELECT 1 FROM notices n
                  WHERE n.campaign_id = c.id AND n.state = 'approved' AND n.due_at <= :now)
    ORDER BY c.id
    """
    without = list(HELD) if held else [""]
    return [str(row["id"]) for row in tx.all(*spell(sql, now=stamp(now), without=without))]


def letters_due(tx: Tx, now: datetime) -> list[str]:
    """Approved campaigns with notices whose time has come and whose readers get letters: these
    know neither quiet hours nor a canary."""
    sql = """
    SELECT c.id FROM campaigns c
    WHERE c.state IN ('approved', 'canary', 'sending') AND EXISTS (
        SELECT 1 FROM notices n WHERE n.campaign_id = c.id AND n.by_letter = 1
          AND n.state = 'approved' AND n.due_at <= :now)
    ORDER BY c.id
    """
    return [str(row["id"]) for row in tx.all(sql, {"now": stamp(now)})]


def others_left(tx: Tx, campaign_id: str) -> bool:
    """Whether anything of a campaign that goes otherwise than by letter waits for its time."""
    sql = """SELECT 1 AS n FROM notices
             WHERE campaign_id = ? AND state = 'approved' AND by_letter = 0 LIMIT 1"""
    return tx.one(sql, [campaign_id]) is not None


_DUE = "n.campaign_id = :campaign_id AND n.state = 'approved' AND n.due_at <= :now"
# Those due at one time in the order in which they were made, which is that of the phone numbers:
# rows and index entries that lie side by side cost a fraction of what scattered ones do.
_NEXT = """
SELECT n.id, n.kind, n.customer_number FROM notices n WHERE {due} ORDER BY n.due_at LIMIT :chunk
""".replace("{due}", _DUE)
_LETTERS = """
SELECT n.id, n.kind, n.customer_number FROM notices n INDEXED BY notices_by_letter
WHERE {due} AND n.by_letter = 1 ORDER BY n.due_at LIMIT :chunk
""".replace("{due}", _DUE)
# Where somebody lives by a device, first of all. The time is spelled so that their own index is
# chosen: in that of times SQLite would walk all that are left in each chunk.
_URGENT = """
SELECT n.id, n.kind, n.customer_number FROM notices n
WHERE {due} AND n.life_support = 1 ORDER BY n.customer_number LIMIT :chunk
""".replace("{due}", _DUE.replace("n.due_at", "n.due_at || ''"))
# With them go the other notices of the same customers, and everybody who shares a phone with them:
# one phone gets one message. Written as it should run, the customers first: by campaign and state,
# or by the kind of contact, SQLite would begin with all there are.
_BESIDE = """
WITH people (customer_number) AS (VALUES {numbers})
SELECT n.id FROM people CROSS JOIN notices n
WHERE n.customer_number = people.customer_number AND {due}
UNION
SELECT n.id FROM people
CROSS JOIN contacts mine
CROSS JOIN contacts other
CROSS JOIN notices n
WHERE mine.customer_number = people.customer_number AND mine.kind <> 'email'
  AND other.kind = 'mobile' AND other.value = mine.value
  AND other.customer_number <> mine.customer_number
  AND n.customer_number = other.customer_number AND {due}
""".replace(
    "{due}",
    "n.campaign_id || '' = :campaign_id AND n.state || '' = 'approved' AND n.due_at <= :now",
)
_MARK = "UPDATE notices SET state = :state WHERE id IN ({ids}) AND state = 'approved'"
# On which of the dearer ways a customer was told of these works; where several works have become
# one message, the cheapest of their ways serves all. Who shares a phone with somebody that is told
# by SMS is named in that, and gets nothing else.
REACHED_BY = """
WITH reached AS (
    SELECT n.id, n.customer_number, n.outage_id, n.kind, 2 - min(
               CASE m.status WHEN 'delivered' THEN 0 ELSE 3 END
               + CASE m.channel WHEN 'letter' THEN 0 WHEN 'email' THEN 1 ELSE 2 END) % 3 AS place
    FROM notices n
    CROSS JOIN notices t
    CROSS JOIN notice_messages nm
    CROSS JOIN messages m
    WHERE {picked} AND n.customer_number <> ''
      AND t.customer_number = n.customer_number AND t.eic = n.eic AND t.phone = ''
      AND t.outage_id = n.outage_id AND t.id <> n.id AND nm.notice_id = t.id
      AND m.id = nm.message_id AND m.status IN ('accepted', 'sent', 'delivered')
    GROUP BY n.id, n.customer_number, n.outage_id, n.kind)
SELECT r.id, cheapest.place
FROM (SELECT customer_number, min(place) AS place FROM reached
      GROUP BY customer_number HAVING min(place) > 0) AS cheapest
JOIN reached r ON r.customer_number = cheapest.customer_number
WHERE NOT EXISTS (
    SELECT 1 FROM contacts mine
    CROSS JOIN contacts other
    CROSS JOIN reached b
    WHERE mine.customer_number = r.customer_number AND mine.kind <> 'email'
      AND other.kind = 'mobile' AND other.value = mine.value AND mine.dead_at IS NULL
      AND other.customer_number <> mine.customer_number AND other.dead_at IS NULL
      AND b.customer_number = other.customer_number AND b.place = 0
      AND (b.outage_id = r.outage_id OR b.kind = 'cancelled')
      AND NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = mine.value))
"""


def queue_chunk(
    tx: Tx, campaign_id: str, now: datetime, *, chunk: int, validity: Validity,
    letters: bool = False,
) -> int | None:  # fmt: skip
    """Make messages for the next notices of a campaign, at most `chunk`; how many were made.
    `letters`: only for those whose readers had neither phone nor e-mail.

    None when nothing of the campaign is due any more. Each notice goes the cheapest way that is
    permitted; who can be reached on none becomes unreachable, and is rung up where that is due.
    """
    due = {"campaign_id": campaign_id, "now": stamp(now)}
    of_these = (_LETTERS,) if letters else (_URGENT, _NEXT)
    first = next(filter(None, (tx.all(sql, {**due, "chunk": chunk}) for sql in of_these)), None)
    if not first:
        return None
    kind = str(first[0]["kind"])
    strangers = any(not row["customer_number"] for row in first)
    ids = _with_those_beside(tx, first, due)
    going = _Going(tx, now, validity, dict.fromkeys(ids), strangers)
    if kind in ON_THE_SAME_WAY:
        for channel, same in _reached_by(tx, ids).items():
            going.by(channel, same)
    if kind in ALSO_BY_LETTER:
        going.with_letter(ids)
    for channel in () if kind in ALSO_BY_LETTER else CHANNELS:
        going.by(channel, list(going.left))
    _mark(tx, ids, going.left, now)
    return going.made


@dataclass
class _Going:
    """Notices on their way: `left` are those that no channel has taken yet. `strangers`: some are
    to phones of no customer."""

    tx: Tx
    now: datetime
    validity: Validity
    left: dict[str, None]
    strangers: bool
    made: int = 0

    def by(self, channel: str, ids: Sequence[str]) -> None:
        """Queue these on one channel, where it is open."""
        ways = queueing.find_ways(
            self.tx, channel, ids, self.validity, strangers=self.strangers
        )  # fmt: skip
        if ways:
            self.made += queueing.write(self.tx, channel, ways, self.now, validity=self.validity)
        for row in ways:
            self.left.pop(row["id"], None)

    def with_letter(self, ids: Sequence[str]) -> None:
        """Queue letters, and beside each a word of it that goes when it is posted."""
        self.by("letter", ids)
        rest = [id_ for id_ in ids if id_ not in self.left]
        for channel in CHANNELS[:-1]:
            ways = queueing.find_ways(self.tx, channel, rest, self.validity)
            if ways:
                self.made += queueing.write_waiting(
                    self.tx, channel, ways, self.now, validity=self.validity
                )
            found = {str(row["id"]) for row in ways}
            rest = [id_ for id_ in rest if id_ not in found]


def _mark(tx: Tx, ids: Sequence[str], lost: Collection[str], now: datetime) -> None:
    told = [id_ for id_ in ids if id_ not in lost]
    if told:
        tx.run(*spell(_MARK, ids=told, state="queued"))
    if lost:
        calls.add_not_reached(tx, list(lost), now)
        tx.run(*spell(_MARK, ids=list(lost), state="unreachable"))


def _with_those_beside(tx: Tx, first: Sequence[Row], due: Mapping[str, object]) -> list[str]:
    """The ids of these notices, and of those that must go in one with them."""
    ids = {str(row["id"]): None for row in first}
    numbers = {(str(row["customer_number"]),): None for row in first if row["customer_number"]}
    if numbers:
        beside = tx.all(*spell(_BESIDE, numbers=list(numbers), **due))
        ids |= {str(row["id"]): None for row in beside}
    return list(ids)


def _reached_by(tx: Tx, ids: list[str]) -> dict[str, list[str]]:
    """The notices whose readers were told on a dearer way, by that channel."""
    found: dict[str, list[str]] = {}
    sql = REACHED_BY.replace("{picked}", "n.id IN ({ids})")
    for row in tx.all(*spell(sql, ids=ids)):
        if row["place"]:
            found.setdefault(CHANNELS[row["place"]], []).append(str(row["id"]))
    return found


# --- what the texts need --------------------------------------------------------------------

# Of notices n, outages o, premises p. `planned_reason`: the reason of the works themselves, which
# says nothing of why they are cancelled. `state`: a fault was real when another one there was.
FACTS = """n.outage_id, n.old_starts_at, n.old_ends_at, o.starts_at, o.ends_at, o.reason,
       CASE WHEN o.kind = 'unplanned' AND o.state = 'cancelled' AND (EXISTS (
            SELECT 1 FROM outage_premises yp JOIN outages y ON y.id = yp.outage_id
            WHERE yp.eic = n.eic AND y.id <> o.id AND y.kind = 'unplanned'
              AND y.state = 'restored' AND {at_one_time}) OR {whole_is_over})
            THEN 'restored' ELSE o.state END AS state,
       n.eic,
       COALESCE(p.address, (SELECT f.address FROM fault_reports f
                            WHERE n.phone <> '' AND f.phone = n.phone AND f.outage_id = o.id
                            ORDER BY f.made_at DESC LIMIT 1), '') AS address,
       p.town,
       COALESCE(n.old_starts_at, o.starts_at) AS told_from,
       (SELECT r.reason FROM outage_revisions r
        WHERE r.outage_id = o.id AND r.state <> 'cancelled'
        ORDER BY r.revision DESC LIMIT 1) AS planned_reason,
       (SELECT min(q.town) FROM outage_premises oq JOIN premises q ON q.eic = oq.eic
        WHERE oq.outage_id = o.id AND n.eic = '') AS outage_town,
       n.customer_number,
       (SELECT u.kind FROM customers u
        WHERE u.customer_number = n.customer_number) AS customer_kind"""
FACTS = FACTS.replace("{at_one_time}", AT_ONE_TIME).replace("{whole_is_over}", WHOLE_IS_OVER)
_FACTS = """
SELECT m.id AS message_id, m.channel, m.kind, m.language, {facts}
FROM messages m
JOIN notice_messages nm ON nm.message_id = m.id
JOIN notices n ON n.id = nm.notice_id AND n.state = 'queued'
JOIN outages o ON o.id = n.outage_id
LEFT JOIN premises p ON p.eic = n.eic
WHERE m.id IN ({ids})
ORDER BY m.id, told_from, n.outage_id, address, n.eic
""".replace("{facts}", FACTS)


def facts_of_messages(tx: Tx, message_ids: Sequence[str]) -> list[Row]:
    """What each message must say: one row a notice that still holds, in the order of telling."""
    if not message_ids:
        return []
    return tx.all(*spell(_FACTS, ids=list(message_ids)))
