"""Notices: who must be told what about an outage. How they become messages: `fanout`.

The rules compare what each (customer, premises) was last told with what holds now. Told means: a
message linked to the notice was accepted, sent or delivered. All of it is set-based, one pass for
a group of outages; nothing here walks customers one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import cancellation
from storage.database import Tx, maybe_stamp, stamp
from storage.lists import spell
from storage.outages import AT_ONE_TIME
from storage.ways import IN_ORDER_OF_PHONES


@dataclass(frozen=True)
class Bounds:
    """One outage and the restoration times, around its own, that are not worth telling anew."""

    outage_id: str
    ends_from: datetime | None
    ends_to: datetime | None


@dataclass(frozen=True)
class Target:
    """Into which campaign the notices of one kind about one outage go, and when they are due.

    A reminder names in `with_kind` the notice that it goes with. `letters`: campaign and due time
    for those who have neither phone nor e-mail, where these differ.
    """

    outage_id: str
    kind: str
    campaign_id: str
    due_at: datetime
    with_kind: str = ""
    letters: tuple[str, datetime] | None = None

    def row(self) -> tuple[str, ...]:
        """As the statement that makes notices takes it."""
        campaign_id, due_at = self.letters or ("", self.due_at)
        return (
            self.outage_id, self.kind, self.campaign_id, stamp(self.due_at), campaign_id,
            stamp(due_at),
        )  # fmt: skip


# Nobody, or not every phone of the customer, has got it yet.
_UNSENT = """(n.state IN ('draft', 'approved', 'unreachable')
           OR (n.state = 'queued' AND EXISTS (
               SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
               WHERE nm.notice_id = n.id AND m.status IN ('queued', 'sending', 'unknown'))))"""
# Everything that must be told now, one row for each customer and premises (or subscribed phone).
# `heads` names of which outages what was told counts for them; of each, `told` looks only for the
# last word, so that the hundredth word about a fault costs what the second did.
# `base` holds the last thing told; what a subscriber knows by asking counts as told. Of several
# unplanned outages at one premises one speaks, and goes on from what was told of the others there:
# the first while it lasts, then the one that is over last. So no two messages contradict. A part
# that stayed dark goes on from what was told of the whole, also to who only asked.
_WANT = """
bounds (outage_id, ends_from, ends_to) AS (VALUES {bounds}),
crewed (outage_id, since) AS (
    SELECT b.outage_id, COALESCE((SELECT max(r.revision) FROM outage_revisions r
                                  WHERE r.outage_id = o.id AND r.crew <> o.crew), 0)
    FROM bounds b JOIN outages o ON o.id = b.outage_id
),
who AS (
    SELECT op.outage_id, p.customer_number, op.eic, '' AS phone,
           CASE WHEN op.until_revision IS NULL THEN 1 ELSE 0 END AS present
    FROM bounds b
    JOIN outage_premises op ON op.outage_id = b.outage_id
    JOIN premises p ON p.eic = op.eic
    UNION ALL
    SELECT s.outage_id, '', '', s.phone, 1
    FROM bounds b
    JOIN outage_subscribers s ON s.outage_id = b.outage_id
    JOIN outages o ON o.id = s.outage_id AND o.kind = 'unplanned'
),
heads (outage_id, about, customer_number, eic, phone, only_kind, is_long) AS (
    SELECT w.outage_id, o.id, w.customer_number, w.eic, w.phone, '',
           o.kind = 'unplanned' AND o.starts_at <= :long_since
    FROM who w
    CROSS JOIN outages o
    WHERE o.id = w.outage_id
    UNION ALL
    SELECT w.outage_id, y.id, w.customer_number, w.eic, '',
           CASE WHEN y.kind = 'unplanned' AND {at_one_time} THEN '' ELSE 'restored' END,
           o.starts_at <= :long_since
    FROM who w
    CROSS JOIN outages o
    CROSS JOIN outage_premises yp
    CROSS JOIN outages y
    WHERE w.phone = '' AND o.id = w.outage_id AND o.kind = 'unplanned'
      AND yp.eic = w.eic AND yp.outage_id <> o.id AND y.id = yp.outage_id
      AND (y.kind = 'unplanned' AND {at_one_time} OR y.id = o.nested_in)
    UNION ALL
    SELECT w.outage_id, o.nested_in, '', '', w.phone, '', o.starts_at <= :long_since
    FROM who w
    CROSS JOIN outages o
    WHERE w.phone <> '' AND o.id = w.outage_id AND o.nested_in IS NOT NULL
),
told AS (
    SELECT h.outage_id, h.customer_number, h.eic, h.phone, n.revision, n.id, n.kind,
           h.about, r.starts_at, r.ends_at,
           (SELECT min(m.sent_at) FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
            WHERE nm.notice_id = n.id) AS told_at,
           CASE WHEN h.is_long AND h.only_kind = '' AND EXISTS (
               SELECT 1 FROM notices x
               WHERE x.outage_id = h.about AND x.customer_number = h.customer_number
                 AND x.eic = h.eic AND x.phone = h.phone AND x.kind = 'long_outage' AND {told})
           THEN 1 ELSE 0 END AS knows_long
    FROM heads h
    CROSS JOIN notices n
    JOIN outage_revisions r ON r.outage_id = n.outage_id AND r.revision = n.revision
    WHERE n.id = (
        SELECT x.id FROM notices x
        WHERE x.customer_number = h.customer_number AND x.eic = h.eic AND x.phone = h.phone
          AND x.outage_id = h.about AND (h.only_kind = '' OR x.kind = h.only_kind) AND {told}
        ORDER BY x.revision DESC, x.id DESC LIMIT 1)
    UNION ALL
    SELECT s.outage_id, '', '', s.phone, r.revision, '',
           CASE WHEN r.state = 'active' THEN 'unplanned' ELSE 'restored' END,
           s.outage_id, r.starts_at, r.ends_at, r.at, 0
    FROM bounds b
    JOIN outage_subscribers s ON s.outage_id = b.outage_id AND s.told = 1
    JOIN outage_revisions r ON r.outage_id = s.outage_id AND r.revision = (
        SELECT max(q.revision) FROM outage_revisions q
        WHERE q.outage_id = s.outage_id AND (q.at <= s.at OR q.revision = 1))
),
base AS (
    SELECT * FROM (
        SELECT outage_id, customer_number, eic, phone, id, kind, about, starts_at, ends_at, told_at,
            row_number() OVER (
                PARTITION BY outage_id, customer_number, eic, phone
                ORDER BY CASE WHEN phone = '' THEN id ELSE '' END DESC,
                         about = outage_id DESC, revision DESC, id DESC
            ) AS place,
            max(CASE WHEN id = '' THEN revision ELSE 0 END)
                OVER (PARTITION BY outage_id, customer_number, eic, phone) AS asked,
            max(knows_long)
                OVER (PARTITION BY outage_id, customer_number, eic, phone) AS knows_long
        FROM told) AS ranked
    WHERE place = 1
),
want AS {weighed} (
    SELECT w.outage_id, w.customer_number, w.eic, w.phone, w.present, o.revision,
           base.starts_at AS old_starts_at, base.ends_at AS old_ends_at,
           CASE
           WHEN o.kind = 'unplanned' AND EXISTS (
               SELECT 1 FROM outage_premises yp JOIN outages y ON y.id = yp.outage_id
               WHERE yp.eic = w.eic AND yp.until_revision IS NULL AND y.id <> o.id
                 AND y.kind = 'unplanned'
                 AND CASE WHEN y.state = 'active'
                          THEN o.state <> 'active' OR w.present = 0 OR y.id < o.id
                          ELSE o.state <> 'active' AND {at_one_time}
                               AND (y.updated_at > o.updated_at
                                    OR (y.updated_at = o.updated_at AND y.id > o.id)) END)
           THEN NULL
           WHEN base.kind IS NULL OR base.kind IN ('cancelled', 'restored') THEN
               CASE
               WHEN w.present = 0 THEN NULL
               WHEN base.id <> '' AND base.about IN (o.id, o.nested_in) AND o.state = 'active'
               THEN 'correction'
               WHEN w.phone <> '' AND base.kind IS NOT NULL THEN NULL
               WHEN o.state = 'scheduled' THEN 'planned_notice'
               WHEN o.state = 'active' AND o.kind = 'unplanned' THEN 'unplanned'
               END
           WHEN o.state = 'restored' THEN 'restored'
           WHEN o.kind = 'unplanned' AND (o.state = 'cancelled' OR w.present = 0) THEN 'restored'
           WHEN o.state = 'cancelled' OR w.present = 0 THEN
               CASE WHEN COALESCE(base.ends_at, base.starts_at) > :now THEN 'cancelled' END
           WHEN o.state = 'scheduled' AND (base.starts_at <> o.starts_at
                OR COALESCE(base.ends_at, '') <> COALESCE(o.ends_at, '')) THEN 'moved'
           WHEN o.state <> 'active' OR o.ends_at <= :now THEN NULL
           WHEN o.ends_at IS NOT NULL AND {crewed} THEN {crew}
           WHEN o.ends_at IS NULL AND base.ends_at <= :now THEN 'no_news'
           WHEN (base.ends_at IS NULL) <> (o.ends_at IS NULL)
                OR base.ends_at < b.ends_from OR base.ends_at > b.ends_to THEN 'time_changed'
           WHEN o.kind <> 'unplanned' THEN NULL
           WHEN o.ends_at IS NULL AND base.told_at <= :promised THEN 'no_news'
           WHEN {crewed} THEN {crew}
           WHEN base.knows_long = 0 AND o.starts_at <= :long_since AND base.told_at <= :quiet_since
           THEN 'long_outage'
           END AS kind
    FROM who w
    JOIN outages o ON o.id = w.outage_id
    JOIN bounds b ON b.outage_id = w.outage_id
    JOIN crewed c ON c.outage_id = w.outage_id
    LEFT JOIN base ON base.outage_id = w.outage_id AND base.customer_number = w.customer_number
        AND base.eic = w.eic AND base.phone = w.phone
)
""".replace("{at_one_time}", AT_ONE_TIME).replace("{crew}", "'crew_' || o.crew")
# That a crew has been given the fault is said to who asks; it is worth no message.
_CREWED = """o.crew IN ('on_way', 'working') AND base.asked <= c.since AND NOT EXISTS (
                SELECT 1 FROM notices x
                WHERE x.customer_number = w.customer_number AND x.eic = w.eic AND x.phone = w.phone
                  AND x.outage_id = o.id AND x.revision > c.since
                  AND x.kind IN ('crew_on_way', 'crew_working') AND {told})"""
_TOLD = """EXISTS (
            SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
            WHERE nm.notice_id = x.id AND m.status IN ('accepted', 'sent', 'delivered'))"""
_WANT = _WANT.replace("{crewed}", _CREWED).replace("{told}", _TOLD)

# What is not told yet, wholly or in part, and no longer holds. A reminder holds as long as the
# works do; anything else as long as it is what must be told, with the times that hold now; and
# nothing for somebody whose premises they are no more. CROSS JOIN: the wants come first, as the
# other way round is quadratic in the premises of one outage.
_OVERTAKE = """
UPDATE notices SET state = 'in_doubt' WHERE id IN (
    WITH {want}
    SELECT n.id
    FROM want w
    CROSS JOIN notices n
    JOIN outages o ON o.id = n.outage_id
    JOIN outage_revisions r ON r.outage_id = n.outage_id AND r.revision = n.revision
    WHERE n.customer_number = w.customer_number AND n.eic = w.eic AND n.phone = w.phone
      AND n.outage_id = w.outage_id AND {unsent}
      AND NOT (r.starts_at = o.starts_at AND COALESCE(r.ends_at, '') = COALESCE(o.ends_at, '')
        AND CASE WHEN n.kind = 'reminder' THEN o.state = 'scheduled' AND w.present = 1
                 WHEN w.kind = n.kind THEN n.old_starts_at IS NULL
                      OR (n.old_starts_at = w.old_starts_at
                          AND COALESCE(n.old_ends_at, '') = COALESCE(w.old_ends_at, ''))
                 ELSE w.kind IS NULL AND n.state = 'queued' AND EXISTS (
                      SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
                      WHERE nm.notice_id = n.id
                        AND m.status IN ('accepted', 'sent', 'delivered'))
            END)
    UNION ALL
    SELECT n.id FROM bounds b
    CROSS JOIN notices n
    WHERE n.outage_id = b.outage_id AND n.eic <> '' AND NOT EXISTS (
        SELECT 1 FROM premises p WHERE p.eic = n.eic AND p.customer_number = n.customer_number)
      AND {unsent}
)
""".replace("{want}", _WANT.replace("{weighed}", "")).replace("{unsent}", _UNSENT)

# Materialized, as each row is asked for its kind more than once: else it is weighed anew for every
# kind that there is a target for, and 30,000 premises took 2.5 s instead of 0.6.
_MAKE = (
    """
INSERT INTO notices (id, campaign_id, outage_id, revision, kind, customer_number, eic, phone,
                     state, due_at, old_starts_at, old_ends_at, by_letter, made_at)
WITH targets (outage_id, kind, campaign_id, due_at, letters_id, letters_due)
AS (VALUES {targets}), {want},
lacking AS MATERIALIZED (
    SELECT w.*, t.campaign_id, t.due_at, t.letters_id, t.letters_due,
           CASE WHEN t.letters_id <> '' AND w.phone = '' AND NOT EXISTS (
               SELECT 1 FROM contacts c
               WHERE c.customer_number = w.customer_number AND c.dead_at IS NULL AND NOT EXISTS (
                   SELECT 1 FROM opt_outs x WHERE x.kind = c.kind AND x.value = c.value))
           THEN 1 ELSE 0 END AS by_letter
    FROM want w
    JOIN targets t ON t.outage_id = w.outage_id AND t.kind = w.kind
    WHERE NOT EXISTS (
        SELECT 1 FROM notices n
        WHERE n.customer_number = w.customer_number AND n.eic = w.eic AND n.phone = w.phone
          AND n.outage_id = w.outage_id AND n.kind = w.kind AND {unsent})
)
SELECT new_id(), c.id, w.outage_id, w.revision, w.kind, w.customer_number, w.eic, w.phone,
       CASE WHEN c.state = 'draft' THEN 'draft' ELSE 'approved' END,
       CASE w.by_letter WHEN 1 THEN w.letters_due ELSE w.due_at END,
       CASE WHEN w.kind IN ('moved', 'cancelled') THEN w.old_starts_at END,
       CASE WHEN w.kind IN ('moved', 'cancelled') THEN w.old_ends_at END, w.by_letter, :now
FROM lacking w
JOIN campaigns c ON c.id = CASE w.by_letter WHEN 1 THEN w.letters_id ELSE w.campaign_id END
WHERE true
ORDER BY {by_phone}
ON CONFLICT (customer_number, eic, phone, outage_id, revision, kind) DO NOTHING
""".replace("{want}", _WANT.replace("{weighed}", "MATERIALIZED"))
    .replace("{unsent}", _UNSENT)
    .replace("{by_phone}", IN_ORDER_OF_PHONES.replace("{number}", "w.customer_number"))
)

_REMIND = """
INSERT INTO notices (id, campaign_id, outage_id, revision, kind, customer_number, eic, phone,
                     state, due_at, made_at)
WITH targets (outage_id, with_kind, campaign_id, due_at) AS (VALUES {targets})
SELECT new_id(), t.campaign_id, n.outage_id, n.revision, 'reminder', n.customer_number, n.eic, '',
       n.state, t.due_at, :now
FROM targets t
JOIN outages o ON o.id = t.outage_id
JOIN notices n ON n.outage_id = t.outage_id AND n.kind = t.with_kind
    AND n.revision = o.revision AND n.state IN ('draft', 'approved')
JOIN campaigns c ON c.id = t.campaign_id AND c.parent_id = n.campaign_id
WHERE true
ON CONFLICT (customer_number, eic, phone, outage_id, revision, kind) DO NOTHING
"""


@dataclass(frozen=True)
class Moment:
    """Now, and times before it.

    Who was told by `promised` that the end is unknown is due a word. An outage that began by
    `long_since` is a long one; that is told to who has heard nothing since `quiet_since`.
    """

    now: datetime
    promised: datetime
    long_since: datetime
    quiet_since: datetime

    def stamps(self) -> dict[str, str]:
        """All of them by name, as parameters."""
        return {name: stamp(at) for name, at in vars(self).items()}


def apply_rules(tx: Tx, bounds: Sequence[Bounds], targets: Sequence[Target], when: Moment) -> int:
    """Withdraw what no longer holds and make the notices that must be told; how many were made.

    `bounds` names the outages; a notice without a target for its outage and kind is not made.
    The campaigns of the targets must exist; in one that is approved the notices are approved too.
    """
    if not bounds:
        return 0
    times = when.stamps()
    ids = [b.outage_id for b in bounds]
    if cancellation.is_plain(tx, ids):
        cancellation.withdraw(tx, ids)
        settle_doubts(tx, when.now)
        over = [t for t in targets if t.kind == "cancelled"]
        named = [(t.outage_id, t.campaign_id, stamp(t.due_at)) for t in over]
        return cancellation.make(tx, named, times["now"])
    plan = [(b.outage_id, maybe_stamp(b.ends_from), maybe_stamp(b.ends_to)) for b in bounds]
    tx.run(*spell(_OVERTAKE, bounds=plan, **times))
    settle_doubts(tx, when.now)
    made = 0
    rows = [t.row() for t in targets if not t.with_kind]
    if rows:
        made += tx.run(*spell(_MAKE, bounds=plan, targets=rows, **times))
    rows = [
        (t.outage_id, t.with_kind, t.campaign_id, stamp(t.due_at)) for t in targets if t.with_kind
    ]
    if rows:
        made += tx.run(*spell(_REMIND, targets=rows, now=times["now"]))
    return made


# --- doubts ---------------------------------------------------------------------------------

_TAKE_BACK = """
UPDATE messages SET status = 'withdrawn', done_at = :now
WHERE status = 'queued' AND id IN (
    SELECT nm.message_id FROM notices n JOIN notice_messages nm ON nm.notice_id = n.id
    WHERE n.state = 'in_doubt')
  AND NOT EXISTS (
    SELECT 1 FROM notice_messages nm JOIN notices n ON n.id = nm.notice_id
    WHERE nm.message_id = messages.id AND n.state = 'queued')
"""
# The revision of a notice that was told after all stays what this customer was last told.
_RESOLVE = """
UPDATE notices SET state = CASE
    WHEN EXISTS (SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
                 WHERE nm.notice_id = notices.id AND m.status IN ('accepted', 'sent', 'delivered'))
    THEN 'queued' ELSE 'withdrawn' END
WHERE state = 'in_doubt' AND NOT EXISTS (
    SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
    WHERE nm.notice_id = notices.id AND m.status IN ('sending', 'unknown'))
RETURNING outage_id, state
"""


def settle_doubts(tx: Tx, now: datetime) -> list[str]:
    """Take back overtaken messages that are not on their way; resolve what is known by now.

    The ids of outages of which somebody turned out to have been told something overtaken: the
    rules must be applied to them again. Costs nothing while there are no doubts.
    """
    tx.run(_TAKE_BACK, {"now": stamp(now)})
    rows = tx.all(_RESOLVE)
    return sorted({str(row["outage_id"]) for row in rows if row["state"] == "queued"})
