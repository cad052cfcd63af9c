"""Messages on their way out: claims, results, doubts. A status only moves forward.

    queued -> sending -> unknown -> accepted -> sent -> failed -> delivered
    withdrawn, expired and set_aside end a message that was not sent (or of which we know nothing).

Only one way leads back: to `queued`, with proof that the provider has nothing of the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, maybe_stamp, new_id, stamp
from storage.dialect import locked, skip_locked
from storage.lists import spell
from storage.restored import MAY_GO

RANKS = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "accepted": 3,
    "sent": 4,
    "failed": 5,
    "delivered": 6,
}
ENDED = ("withdrawn", "expired", "set_aside")
LANES = ("answer", "alert")

# How `channel` of a message is called as `kind` of a contact and of an opt-out.
CONTACT_KIND = {"sms": "mobile", "email": "email"}


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be sent. `body` None: it is written when the message is claimed."""

    channel: str
    kind: str
    lane: str
    peer: str
    body: str | None = None
    segments: int = 0
    customer_number: str = ""
    campaign_id: str | None = None
    topic_id: str = ""
    language: str = ""
    due_at: datetime | None = None
    valid_until: datetime | None = None
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims, through which way out, how many, and until when nobody else may.

    `channel` is sms or email, `provider` the name of the way out that will be called.
    """

    holder: str
    channel: str
    provider: str
    now: datetime
    lease_until: datetime
    limit: int
    max_tries: int
    held: tuple[str, ...] = ()  # kinds that quiet hours hold at this moment
    segment_cents: float = 0  # what each segment costs on this channel, and each message besides
    each_cents: float = 0

    def cost(self, segments: int) -> int:
        """What a message of so many segments costs, in cents."""
        return round(segments * self.segment_cents + self.each_cents)


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of one message: `status` and what the provider called it."""

    message_id: str
    status: str
    provider: str
    provider_id: str = ""
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who speaks of which attempt. A call that comes back after its lease was given to another
    attempt must not end that one. `status`: sending after a call, unknown after a question."""

    holder: str
    claimed_at: datetime
    status: str


# --- into the outbox ------------------------------------------------------------------------


def enqueue(tx: Tx, messages: Iterable[NewMessage], now: datetime) -> list[str]:
    """Store messages that wait to be sent; their ids in the same order.

    Campaigns with many recipients are written set-based by their own module instead.
    """
    rows = [(new_id(), m) for m in messages]
    tx.many(
        """INSERT INTO messages (id, direction, channel, kind, lane, peer, body, segments,
               customer_number, campaign_id, topic_id, language, status, due_at, valid_until,
               made_at, made_by)
           VALUES (?, 'out', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)""",
        [
            (
                message_id, m.channel, m.kind, m.lane, m.peer, m.body, m.segments,
                m.customer_number, m.campaign_id, m.topic_id, m.language,
                stamp(m.due_at or now), maybe_stamp(m.valid_until), stamp(now), m.made_by,
            )
            for message_id, m in rows
        ],
    )  # fmt: skip
    return [message_id for message_id, _ in rows]


# --- claims ---------------------------------------------------------------------------------


def candidates(tx: Tx, claim: Claim, lane: str, *, take: bool = False) -> list[Row]:
    """The messages of this lane whose turn it is, oldest first, with `opted_out` (0 or 1).

    Those of a campaign that is paused or stopped are left where they are. `take`: they are for
    this transaction, and those that another worker is taking are passed over.
    """
    return tx.all(
        *spell(
            """SELECT m.id, m.kind, m.attempts, m.valid_until,
                      CASE WHEN o.value IS NULL THEN 0 ELSE 1 END AS opted_out
               FROM messages m
               LEFT JOIN opt_outs o ON o.value = m.peer
                    AND o.kind = CASE m.channel WHEN 'sms' THEN 'mobile' ELSE m.channel END
               WHERE m.status = 'queued' AND m.channel = :channel AND m.lane = :lane
                 AND m.due_at <= :now AND m.kind NOT IN ({held})
                 AND (:lane = 'answer' OR {may_go})
                 AND (m.campaign_id IS NULL OR m.campaign_id NOT IN (
                      SELECT id FROM campaigns WHERE state IN ('draft', 'paused', 'stopped')))
               ORDER BY m.due_at LIMIT :limit {taken}""".replace("{may_go}", MAY_GO).replace(
                "{taken}", skip_locked(tx, "m") if take else ""
            ),
            channel=claim.channel,
            lane=lane,
            now=stamp(claim.now),
            held=list(claim.held) or [""],
            limit=claim.limit,
        )
    )


def claim(tx: Tx, ids: Sequence[str], claim: Claim) -> list[Row]:
    """Lease these queued messages to the holder; the rows of those that are now its own."""
    if not ids:
        return []
    return tx.all(
        *spell(
            """UPDATE messages SET status = 'sending', attempts = attempts + 1, lookups = 0,
                   provider = :provider, leased_by = :holder, lease_until = :lease_until,
                   claimed_at = :now, error_code = NULL
               WHERE status = 'queued' AND id IN ({ids})
               RETURNING id, channel, peer, body, kind, lane, segments, attempts, claimed_at,
                   lease_until, valid_until, provider, lookups, error_code, leased_by, language""",
            provider=claim.provider,
            holder=claim.holder,
            lease_until=stamp(claim.lease_until),
            now=stamp(claim.now),
            ids=list(ids),
        )
    )


def write_bodies(tx: Tx, bodies: Sequence[tuple[str, int, int, str]]) -> None:
    """(text, segments, cents, message id): the texts of messages that were queued without one."""
    if bodies:
        sql = """
        UPDATE messages SET body = w.column1, segments = w.column2, cost_cents = w.column3
        FROM (VALUES {bodies}) AS w WHERE messages.id = w.column4
        """
        tx.run(*spell(sql, bodies=list(bodies)))


def end(tx: Tx, ids: Sequence[str], status: str, *, error_code: str, now: datetime) -> int:
    """Withdraw, expire or set aside messages that are queued, claimed or unknown; how many."""
    if not ids:
        return 0
    return tx.run(
        *spell(
            """UPDATE messages SET status = :status, error_code = :error_code, done_at = :now,
                   leased_by = NULL, lease_until = NULL
               WHERE status IN ('queued', 'sending', 'unknown') AND id IN ({ids})""",
            status=status,
            error_code=error_code or None,
            now=stamp(now),
            ids=list(ids),
        )
    )


def find_expired(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Queued messages whose time has passed, also where sending is stopped."""
    rows = tx.all(
        "SELECT id FROM messages WHERE status = 'queued' AND valid_until <= ? LIMIT ?",
        (stamp(now), limit),
    )
    return [str(row["id"]) for row in rows]


def find_held(
    tx: Tx, kinds: Sequence[str], channels: Sequence[str], until: datetime, limit: int
) -> list[str]:
    """Queued alerts of these kinds and channels that are due before this time."""
    rows = tx.all(
        *spell(
            """SELECT id FROM messages
               WHERE status = 'queued' AND lane = 'alert' AND channel IN ({channels})
                 AND due_at < :until AND kind IN ({kinds}) LIMIT :limit""",
            channels=list(channels),
            kinds=list(kinds),
            until=stamp(until),
            limit=limit,
        )
    )
    return [str(row["id"]) for row in rows]


def postpone(tx: Tx, ids: Sequence[str], due_at: datetime) -> int:
    """Let these queued messages wait until then; how many do."""
    if not ids:
        return 0
    return tx.run(
        *spell(
            "UPDATE messages SET due_at = :due_at WHERE status = 'queued' AND id IN ({ids})",
            due_at=stamp(due_at),
            ids=list(ids),
        )
    )


# --- results --------------------------------------------------------------------------------


# What nearly every result is: ours, on its way until now, and with an id that nobody has.
_ACCEPT = """
UPDATE messages SET status = 'accepted', provider_id = done.column2, sent_at = :at,
    leased_by = NULL, lease_until = NULL, error_code = NULL
FROM (VALUES {done}) AS done
WHERE messages.id = done.column1 AND messages.status = 'sending' AND messages.provider = :provider
  AND messages.provider_id IS NULL AND messages.sent_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM messages o
                  WHERE o.provider = :provider AND o.provider_id = done.column2)
"""


def accept(tx: Tx, steps: Sequence[Progress], now: datetime) -> int:
    """`move_forward` for accepted messages: at a third of its cost when none is unusual."""
    moved = 0
    for provider in {step.provider for step in steps}:
        done = [(s.message_id, s.provider_id) for s in steps if s.provider == provider]
        moved += tx.run(*spell(_ACCEPT, done=done, provider=provider, at=stamp(now)))
    return moved if moved == len(steps) else moved + move_forward(tx, steps, now)


def move_forward(tx: Tx, steps: Sequence[Progress], now: datetime) -> int:
    """Record what became of messages; how many moved. A status never moves back.

    The provider's own id is kept too, unless another message has it already.
    """
    at = stamp(now)
    moved = tx.many(
        """UPDATE messages SET status = :status, leased_by = NULL, lease_until = NULL,
               error_code = NULLIF(:error_code, ''),
               sent_at = CASE WHEN :told = 1 THEN COALESCE(sent_at, :at) ELSE sent_at END,
               done_at = CASE WHEN :done = 1 THEN :at ELSE done_at END
           WHERE id = :id AND direction = 'out' AND :rank > CASE status
               WHEN 'queued' THEN 0 WHEN 'sending' THEN 1 WHEN 'unknown' THEN 2
               WHEN 'accepted' THEN 3 WHEN 'sent' THEN 4 WHEN 'failed' THEN 5 ELSE 9 END""",
        [
            {
                "id": step.message_id,
                "status": step.status,
                "rank": RANKS[step.status],
                "error_code": step.error_code,
                "told": int(step.status in ("accepted", "sent", "delivered")),
                "done": int(step.status in ("failed", "delivered")),
                "at": at,
            }
            for step in steps
        ],
    )
    name_at_provider(tx, [(s.message_id, s.provider, s.provider_id) for s in steps])
    return moved


def name_at_provider(tx: Tx, names: Iterable[tuple[str, str, str]]) -> None:
    """(message id, provider, its id there): kept where there is none yet, unless another message
    has it already. In the order of those ids: so nobody waits for one who waits for them."""
    tx.many(
        """UPDATE messages SET provider = :provider, provider_id = :provider_id
           WHERE id = :id AND provider_id IS NULL AND NOT EXISTS (
               SELECT 1 FROM messages o
               WHERE o.provider = :provider AND o.provider_id = :provider_id)""",
        [
            {"provider": provider, "provider_id": provider_id, "id": message_id}
            for message_id, provider, provider_id in sorted(names, key=lambda each: each[1:])
            if provider_id
        ],
    )


def requeue(
    tx: Tx, message_id: str, lease: Lease, *, due_at: datetime, error_code: str, count_try: bool
) -> int:
    """Back to the queue: certainly not sent. Only who holds the lease may say so; 1 or 0.

    `count_try` False: the provider has not even seen it, so it speaks not against the message.
    """
    return tx.run(
        """UPDATE messages SET status = 'queued', due_at = ?, error_code = ?,
               attempts = attempts - ?, lookups = 0, leased_by = NULL, lease_until = NULL
           WHERE id = ? AND leased_by = ? AND claimed_at = ? AND status = ?""",
        (
            stamp(due_at), error_code or None, int(not count_try), message_id,
            lease.holder, stamp(lease.claimed_at), lease.status,
        ),
    )  # fmt: skip


# --- one message, one reader ----------------------------------------------------------------


def outgoing(tx: Tx, message_id: str, *, take: bool = False) -> Row | None:
    """A message of ours by its id; None when there is none. `take`: nobody else changes it until
    this transaction ends."""
    sql = "SELECT * FROM messages WHERE id = ? AND direction = 'out'"
    return tx.one(sql + locked(tx) if take else sql, (message_id,))


def mark_dead(tx: Tx, channel: str, peer: str, now: datetime) -> int:
    """Nobody can be reached at this number or address, says the provider; contacts marked."""
    return tx.run(
        "UPDATE contacts SET dead_at = ? WHERE kind = ? AND value = ? AND dead_at IS NULL",
        (stamp(now), CONTACT_KIND.get(channel, channel), peer),
    )


def is_opted_out(tx: Tx, phone: str) -> bool:
    """Whether the owner of this number wants no SMS."""
    row = tx.one("SELECT 1 AS n FROM opt_outs WHERE kind = 'mobile' AND value = ?", (phone,))
    return row is not None


def count_statuses(tx: Tx, campaign_id: str | None = None) -> dict[str, int]:
    """How many outgoing messages have each status, of one campaign or of all."""
    where, values = ("campaign_id = ?", [campaign_id]) if campaign_id else ("1 = 1", [])
    rows = tx.all(
        f"""SELECT status, count(*) AS n FROM messages
            WHERE direction = 'out' AND {where} GROUP BY status""",  # noqa: S608
        values,
    )
    return {str(row["status"]): int(row["n"]) for row in rows}
