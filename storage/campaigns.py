"""Campaigns: a batch of notices with its approval, its course and its count.

States: draft, approved, canary, sending, paused, stopped, done, expired. Who may approve what is
decided by `bot.campaigns.rules`; here are only the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import calls
from storage.database import Row, Tx, login, maybe_stamp, stamp
from storage.fanout import FACTS
from storage.lists import spell
from storage.outages import WHOLE_IS_OVER
from storage.retries import WHOLE_ID

RUNNING = ("approved", "canary", "sending")
OPEN = (*RUNNING, "paused")


@dataclass(frozen=True)
class NewCampaign:
    """A draft to be; made only once whatever is repeated, as its id is given."""

    id: str
    kind: str
    title: str
    made_by: str
    parent_id: str | None = None


def add_drafts(tx: Tx, drafts: Sequence[NewCampaign], now: datetime) -> None:
    """Make the drafts that are not there yet."""
    at = stamp(now)
    tx.many(
        "INSERT INTO campaigns (id, kind, state, title, parent_id, made_by, made_login, made_at,"
        " updated_at) VALUES (?, ?, 'draft', ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        [(d.id, d.kind, d.title, d.parent_id, d.made_by, login(), at, at) for d in drafts],
    )


_NO_NOTICES = "NOT EXISTS (SELECT 1 FROM notices n WHERE n.campaign_id = campaigns.id)"


def drop_empty(tx: Tx, campaign_ids: Sequence[str], now: datetime) -> None:
    """Forget those of the drafts that got no notice; end older ones that lost all of theirs before
    anybody was told."""
    if campaign_ids:
        sql = f"DELETE FROM campaigns WHERE id IN ({{ids}}) AND state = 'draft' AND {_NO_NOTICES}"  # noqa: S608 - a constant
        tx.run(*spell(sql, ids=list(campaign_ids)))
    tx.run(
        "UPDATE campaigns SET state = 'stopped', updated_at = ?,"
        " paused_why = 'Nothing is left in it: the works changed before it was '"
        "     || CASE state WHEN 'draft' THEN 'approved.' ELSE 'told.' END"
        " WHERE (state = 'draft' AND NOT EXISTS (SELECT 1 FROM notices n"
        "     WHERE n.campaign_id = campaigns.id AND n.state IN ('draft', 'unreachable')))"
        " OR (state = 'approved' AND NOT EXISTS (SELECT 1 FROM notices n"
        "     WHERE n.campaign_id = campaigns.id AND n.state <> 'withdrawn'))",
        [stamp(now)],
    )


def lost_outages(tx: Tx, outage_ids: Collection[str]) -> list[str]:
    """Campaigns that wait and have lost notices about one of these outages."""
    rows = tx.all(
        "SELECT DISTINCT n.campaign_id, n.outage_id FROM campaigns c"
        " CROSS JOIN notices n ON n.campaign_id = c.id AND n.state = 'withdrawn'"
        " WHERE c.state IN ('draft', 'approved')"
    )
    return sorted({str(row["campaign_id"]) for row in rows if row["outage_id"] in outage_ids})


_WORKS = """
SELECT n.campaign_id, n.kind, o.id AS outage_id, o.external_id, o.starts_at, o.ends_at,
       CASE WHEN o.state = 'cancelled' AND {whole_is_over} THEN 'restored' ELSE o.state END
           AS state, min(n.due_at) AS due_at,
       min(CASE WHEN n.by_letter = 0 THEN n.due_at END) AS sms_due_at,
       min(CASE WHEN n.by_letter = 1 THEN n.due_at END) AS letter_due_at, count(*) AS notices,
       max(CASE WHEN n.kind <> 'moved' OR n.old_starts_at IS NULL OR n.old_starts_at <> o.starts_at
                  OR COALESCE(n.old_ends_at, '') < o.ends_at THEN 1 ELSE 0 END) AS adds_time
FROM notices n JOIN outages o ON o.id = n.outage_id
WHERE n.campaign_id IN ({ids}) AND n.state <> 'withdrawn'
GROUP BY n.campaign_id, n.kind, o.id ORDER BY o.starts_at, o.external_id
""".replace("{whole_is_over}", WHOLE_IS_OVER)


def works(tx: Tx, campaign_ids: Sequence[str]) -> list[Row]:
    """The outages of the campaigns with their times, first due time and count of notices;
    `adds_time` 0: their readers know of all of that time already, the works only end sooner."""
    return tx.all(*spell(_WORKS, ids=list(campaign_ids))) if campaign_ids else []


def describe(
    tx: Tx, campaign_id: str, title: str, deadline_at: datetime | None, of_it: Sequence[Row]
) -> None:  # fmt: skip
    """Set what a list shows of a campaign; `of_it` are its own `works`."""
    tx.run(
        "UPDATE campaigns SET title = ?, deadline_at = ?, works = ?, first_at = ?, last_at = ?"
        " WHERE id = ?",
        [
            title, maybe_stamp(deadline_at), len(of_it), of_it[0]["starts_at"],
            of_it[-1]["starts_at"], campaign_id,
        ],
    )  # fmt: skip


# --- look-ups -------------------------------------------------------------------------------

_LEFT = "EXISTS (SELECT 1 FROM notices n WHERE n.campaign_id = c.id AND n.state <> 'withdrawn')"
# A customer with two premises and three phones is one recipient.
_LIST = """
SELECT c.*, (
    SELECT count(*) FROM (
        SELECT DISTINCT n.customer_number, n.phone FROM notices n
        WHERE n.campaign_id = c.id AND n.state <> 'withdrawn') AS people) AS recipients,
    (SELECT min(n.due_at) FROM notices n
     WHERE n.campaign_id = c.id AND n.state IN ('draft', 'approved')) AS due_at
FROM campaigns c
"""


# Of no use to whoever looks for what is to be done or has been told.
_NOT_EMPTY = f"(c.state IN ('draft', {', '.join(map(repr, OPEN))}) OR {_LEFT})"


def list_campaigns(tx: Tx, *, limit: int = 200, empty: bool = True) -> list[Row]:
    """The latest campaigns first: columns of the table, `recipients` (people) and `due_at`.

    `empty` False: without those that are over and have nobody in them.
    """
    where = "" if empty else f" WHERE {_NOT_EMPTY}"
    return tx.all(f"{_LIST}{where} ORDER BY c.id DESC LIMIT ?", [limit])


def empty_count(tx: Tx) -> int:
    """How many campaigns `list_campaigns` leaves out as empty."""
    row = tx.one(f"SELECT count(*) AS n FROM campaigns c WHERE NOT {_NOT_EMPTY}")  # noqa: S608 - constants
    return 0 if row is None else int(row["n"])


def campaign(tx: Tx, campaign_id: str) -> Row | None:
    """One campaign, as in `list_campaigns`."""
    return tx.one(_LIST + " WHERE c.id = ?", [campaign_id])


def state_of(tx: Tx, campaign_id: str) -> str:
    """The state of a campaign, '' when there is none: cheaper than `campaign`."""
    row = tx.one("SELECT state FROM campaigns WHERE id = ?", [campaign_id])
    return "" if row is None else str(row["state"])


def children(tx: Tx, campaign_id: str) -> list[Row]:
    """The reminders that go with a campaign, as in `list_campaigns`."""
    return tx.all(_LIST + " WHERE c.parent_id = ?", [campaign_id])


def find_ids(tx: Tx, part: str) -> list[str]:
    """The ids of campaigns that begin or end so. Ids of one day share their beginning."""
    sql = """SELECT id FROM campaigns WHERE substr(id, 1, length(CAST(:part AS TEXT))) = :part
             OR substr(id, length(id) - length(CAST(:part AS TEXT)) + 1) = :part LIMIT 3"""
    if len(part) == WHOLE_ID:  # found by the index: else every campaign there is is looked at
        sql = "SELECT id FROM campaigns WHERE id = :part"
    return [str(row["id"]) for row in tx.all(sql, {"part": part})]


def campaigns_in(tx: Tx, states: Sequence[str], kinds: Sequence[str] | None = None) -> list[str]:
    """Ids of the campaigns in these states (and of these kinds), the oldest first."""
    if kinds is None:
        rows = tx.all(*spell(_IN_STATES + " ORDER BY id", states=list(states)))
    else:
        sql = _IN_STATES + " AND kind IN ({kinds}) ORDER BY id"
        rows = tx.all(*spell(sql, states=list(states), kinds=list(kinds)))
    return [str(row["id"]) for row in rows]


_IN_STATES = "SELECT id FROM campaigns WHERE state IN ({states})"


def siblings(tx: Tx, outage_id: str) -> dict[tuple[str, str], str]:
    """(kind, parent id or '') to the latest campaign that tells of the outage as it is now."""
    rows = tx.all(
        # That of the SMS comes last, and holds: letters that are late have one of their own.
        "SELECT DISTINCT c.kind, COALESCE(c.parent_id, '') AS parent_id, c.id, n.by_letter"
        " FROM notices n"
        " JOIN outages o ON o.id = n.outage_id AND o.revision = n.revision"
        " JOIN campaigns c ON c.id = n.campaign_id AND c.state NOT IN ('stopped', 'expired')"
        " WHERE n.outage_id = ? ORDER BY n.by_letter DESC, c.id",
        [outage_id],
    )
    return {(str(row["kind"]), str(row["parent_id"])): str(row["id"]) for row in rows}


# --- who gets it ----------------------------------------------------------------------------

_AUDIENCE = """
ways AS (
    SELECT n.id, n.outage_id, n.kind, n.customer_number AS person, c.value AS peer, c.language
    FROM notices n
    JOIN contacts c ON c.customer_number = n.customer_number AND c.kind = 'mobile'
        AND c.dead_at IS NULL
    WHERE n.campaign_id = :id AND n.state <> 'withdrawn' AND n.customer_number <> ''
    UNION ALL
    SELECT n.id, n.outage_id, n.kind, n.phone, n.phone, s.language
    FROM notices n
    JOIN outage_subscribers s ON s.outage_id = n.outage_id AND s.phone = n.phone
    WHERE n.campaign_id = :id AND n.state <> 'withdrawn' AND n.phone <> ''
),
open_ways AS (
    SELECT * FROM ways
    WHERE NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = ways.peer)
)
"""
_LANGUAGES = """
WITH {audience}, texts AS (
    SELECT peer, min(language) AS language FROM open_ways
    GROUP BY peer, CASE WHEN kind = 'cancelled' THEN '' ELSE outage_id END)
SELECT language, count(*) AS messages FROM texts GROUP BY language ORDER BY language
""".replace("{audience}", _AUDIENCE)
# The longest addresses make the longest texts, so these are the ones to measure. With the phones
# first each of them walked all the others: 2 seconds a language for 20,000 customers.
_SAMPLES = """
WITH {audience}, texts AS (
    SELECT w.peer, w.outage_id, min(w.language) AS language, max(length(p.address)) AS longest
    FROM open_ways w JOIN notices n ON n.id = w.id LEFT JOIN premises p ON p.eic = n.eic
    GROUP BY w.peer, w.outage_id),
picked AS (SELECT * FROM texts WHERE language = :language ORDER BY longest DESC, peer LIMIT :limit)
SELECT * FROM (
    SELECT DISTINCT {facts},
           k.peer || ' ' || CASE WHEN n.kind = 'cancelled' THEN '' ELSE k.outage_id END
               AS message_id, n.kind, k.language
    FROM open_ways w
    CROSS JOIN picked k
    JOIN notices n ON n.id = w.id
    JOIN outages o ON o.id = n.outage_id
    LEFT JOIN premises p ON p.eic = n.eic
    WHERE w.peer IN (SELECT peer FROM picked) AND w.peer = k.peer
      AND (w.outage_id = k.outage_id OR w.kind = 'cancelled')) AS told
ORDER BY message_id, told_from, outage_id, address, eic
""".replace("{audience}", _AUDIENCE).replace("{facts}", FACTS)


def messages_by_language(tx: Tx, campaign_id: str) -> dict[str, int]:
    """How many messages the campaign makes in each language."""
    rows = tx.all(_LANGUAGES, {"id": campaign_id})
    return {str(row["language"]): int(row["messages"]) for row in rows}


def samples(tx: Tx, campaign_id: str, language: str, limit: int) -> list[Row]:
    """Facts for texts in a language, of the longest addresses; rows as `fanout.facts_of_messages`
    gives them."""
    return tx.all(_SAMPLES, {"id": campaign_id, "language": language, "limit": limit})


def notice_counts(tx: Tx, campaign_id: str) -> dict[str, int]:
    """How many notices of the campaign have each state."""
    sql = "SELECT state, count(*) AS n FROM notices WHERE campaign_id = ? GROUP BY state"
    return {str(row["state"]): int(row["n"]) for row in tx.all(sql, [campaign_id])}


# --- its course -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Approval:
    """Who approved, when, why although late, and the first moment at which it may go; and who is
    logged in there."""

    by: str
    at: datetime
    late_reason: str
    soonest: datetime
    login: str = ""


def approve(tx: Tx, campaign_id: str, approval: Approval) -> bool:
    """Draft to approved, with its notices; False when it was no draft any more."""
    at = stamp(approval.at)
    moved = tx.run(
        "UPDATE campaigns SET state = 'approved', approved_by = ?, approved_login = ?,"
        " approved_at = ?, late_reason = ?, updated_at = ? WHERE id = ? AND state = 'draft'",
        [approval.by, approval.login, at, approval.late_reason or None, at, campaign_id],
    )
    if moved:
        tx.run(
            "UPDATE notices SET state = 'approved',"
            " due_at = max(due_at, CASE by_letter WHEN 1 THEN :at ELSE :soonest END)"
            " WHERE campaign_id = :id AND state = 'draft'",
            {"soonest": stamp(approval.soonest), "at": at, "id": campaign_id},
        )
        calls.add_for_devices(tx, campaign_id, approval.at)
    return moved > 0


def withdraw_late_reminders(tx: Tx, campaign_id: str, now: datetime) -> int:
    """Drop reminders whose time has passed; a reminder after its time only confuses."""
    return tx.run(
        "UPDATE notices SET state = 'withdrawn'"
        " WHERE campaign_id = ? AND kind = 'reminder' AND state = 'draft' AND due_at <= ?",
        [campaign_id, stamp(now)],
    )


def set_state(
    tx: Tx, campaign_id: str, state: str, *, when: Sequence[str], now: datetime, why: str = ""
) -> bool:
    """Move a campaign to a state from any of the states `when`; False when it is in no such."""
    sql = (
        "UPDATE campaigns SET state = :state, paused_why = :why, updated_at = :now"
        " WHERE id = :id AND state IN ({states})"
    )
    values = {"state": state, "why": why or None, "now": stamp(now), "id": campaign_id}
    return tx.run(*spell(sql, **values, states=list(when))) > 0


def has_begun(tx: Tx, campaign_id: str) -> bool:
    """Whether any message of the campaign was made."""
    sql = "SELECT 1 AS n FROM messages WHERE campaign_id = ? LIMIT 1"
    return tx.one(sql, [campaign_id]) is not None


def withdraw_unsent(tx: Tx, campaign_id: str, now: datetime) -> int:
    """Take back every message of the campaign that is not on its way; how many notices ended."""
    tx.run(
        "UPDATE messages SET status = 'withdrawn', done_at = ?"
        " WHERE campaign_id = ? AND status = 'queued'",
        [stamp(now), campaign_id],
    )
    return tx.run(
        "UPDATE notices SET state = 'withdrawn' WHERE campaign_id = ?"
        " AND (state IN ('draft', 'approved') OR (state = 'queued' AND NOT EXISTS ("
        "   SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id"
        "   WHERE nm.notice_id = notices.id AND m.status <> 'withdrawn')))",
        [campaign_id],
    )


_WORKS_BEGUN = """
UPDATE notices SET state = 'withdrawn'
WHERE state = 'draft' AND kind IN ('planned_notice', 'reminder', 'moved')
  AND campaign_id IN (SELECT id FROM campaigns WHERE state = 'draft')
  AND outage_id IN (SELECT id FROM outages WHERE starts_at <= :now)
"""
# A campaign all of whose works began while it was a draft; one that changed is ended elsewhere.
_EXPIRE_DRAFTS = """
UPDATE campaigns SET state = 'expired', updated_at = :now
WHERE state = 'draft' AND kind IN ('planned_notice', 'reminder', 'moved')
  AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.campaign_id = campaigns.id
                  AND n.state IN ('draft', 'unreachable'))
"""
_NOTHING_OPEN = """
state IN ('approved', 'sending', 'canary')
  AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.campaign_id = campaigns.id
                  AND n.state IN ('draft', 'approved', 'in_doubt'))
  AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.campaign_id = campaigns.id
                  AND m.status IN ('queued', 'sending', 'unknown'))
"""
_FINISH = """
UPDATE campaigns SET updated_at = :now, state = CASE
    WHEN EXISTS (SELECT 1 FROM messages m WHERE m.campaign_id = campaigns.id
                 AND m.status = 'expired')
     AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.campaign_id = campaigns.id
                     AND m.status IN ('accepted', 'sent', 'delivered', 'failed'))
    THEN 'expired' ELSE 'done' END
WHERE {nothing_open}
""".replace("{nothing_open}", _NOTHING_OPEN)
_MAY_SETTLE = """
SELECT 1 AS n WHERE EXISTS (SELECT 1 FROM campaigns WHERE {nothing_open})
    OR EXISTS (SELECT 1 FROM outages o JOIN notices n ON n.outage_id = o.id AND n.state = 'draft'
                   AND n.kind IN ('planned_notice', 'reminder', 'moved')
               WHERE o.kind = 'planned' AND o.state IN ('scheduled', 'active')
                 AND o.starts_at <= :now AND o.starts_at > :lately)
""".replace("{nothing_open}", _NOTHING_OPEN)


def may_settle(tx: Tx, now: datetime) -> bool:
    """Whether `settle` has anything to do; only works of the last days are looked at."""
    values = {"now": stamp(now), "lately": stamp(now - timedelta(days=3))}
    return tx.one(_MAY_SETTLE, values) is not None


def settle(tx: Tx, now: datetime) -> int:
    """End the campaigns with nothing left open (done, expired); how many."""
    at = {"now": stamp(now)}
    ended = tx.run(_EXPIRE_DRAFTS, at) if tx.run(_WORKS_BEGUN, at) else 0
    return ended + tx.run(_FINISH, at)


def reopen(tx: Tx, campaign_ids: Sequence[str], now: datetime) -> None:
    """Campaigns that were done and got another approved notice are sent on."""
    if campaign_ids:
        sql = """
        UPDATE campaigns SET state = 'sending', updated_at = :now
        WHERE id IN ({ids}) AND state = 'done' AND EXISTS (
            SELECT 1 FROM notices n WHERE n.campaign_id = campaigns.id AND n.state = 'approved')
        """
        tx.run(*spell(sql, ids=list(campaign_ids), now=stamp(now)))
