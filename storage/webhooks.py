"""Webhooks out: who is told of which events, what happened, and what was delivered.

Events are written by triggers, in the transaction of the thing itself, whichever statement does
it. A trigger is there only while somebody subscribes to its event: else nothing costs anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, maybe_stamp, new_id, stamp
from storage.lists import spell

_AT = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_REPORT = """new.id, json_object('id', new.id, 'state', new.state, 'eic', new.eic,
    'address', new.address, 'town', new.town, 'transformer', new.transformer,
    'feeder', new.feeder, 'scope', new.scope,
    'danger', json(CASE new.danger WHEN 1 THEN 'true' ELSE 'false' END),
    'still_out', json(CASE new.still_out WHEN 1 THEN 'true' ELSE 'false' END),
    'outage', (SELECT external_id FROM outages WHERE id = new.outage_id),
    'made_at', new.made_at, 'closed_at', new.closed_at)"""
_MESSAGE = """new.id, json_object('id', new.id, 'channel', new.channel, 'kind', new.kind,
    'status', new.status, 'error_code', new.error_code, 'customer_number', new.customer_number,
    'campaign_id', new.campaign_id, 'outage', (SELECT external_id FROM outages
    WHERE id = new.topic_id), 'made_at', new.made_at, 'sent_at', new.sent_at)"""
_CONVERSATION = """new.id, json_object('id', new.id, 'topic', new.topic,
    'urgent', json(CASE new.urgent WHEN 1 THEN 'true' ELSE 'false' END),
    'waiting_since', new.waiting_since)"""
_OUTAGE = """new.outage_id, (SELECT json_object('external_id', o.external_id, 'kind', o.kind,
    'state', new.state, 'sequence', new.sequence, 'revision', new.revision,
    'starts_at', new.starts_at, 'ends_at', new.ends_at, 'reason', new.reason,
    'crew', CASE new.crew WHEN '' THEN 'none' ELSE new.crew END, 'made_by', new.made_by)
    FROM outages o WHERE o.id = new.outage_id)"""
# By event: after what, when, and what is told. Phone numbers are added when it is delivered.
_TRIGGERS = {
    "fault_report.created": ("INSERT ON fault_reports", "1 = 1", _REPORT),
    "fault_report.updated": (
        "UPDATE OF state, outage_id, still_out ON fault_reports",
        "old.state <> new.state OR old.outage_id IS NOT new.outage_id"
        " OR old.still_out <> new.still_out",
        _REPORT,
    ),
    "message.receipt": (
        "UPDATE OF status ON messages",
        "new.direction = 'out' AND old.status <> new.status AND new.status IN"
        " ('delivered', 'failed', 'expired', 'withdrawn', 'set_aside')",
        _MESSAGE,
    ),
    "conversation.handed_off": (
        "UPDATE OF waiting_since, urgent ON conversations",
        "new.waiting_since IS NOT NULL AND new.owner = 'bot'"
        " AND (old.waiting_since IS NULL OR old.urgent < new.urgent)",
        _CONVERSATION,
    ),
    "outage.changed": ("INSERT ON outage_revisions", "1 = 1", _OUTAGE),
}
EVENTS = tuple(_TRIGGERS)
TEST = "webhook.test"


def set_triggers(tx: Tx) -> None:
    """Have exactly the events written that somebody subscribes to."""
    wanted = {
        event
        for row in tx.all("SELECT events FROM webhooks WHERE state = 'active'")
        for event in str(row["events"]).split()
    }
    for event, (after, when, told) in _TRIGGERS.items():
        name = "event_" + event.replace(".", "_")
        body = f"""INSERT INTO webhook_events (id, event, at, subject_id, data)
            SELECT new_id(), '{event}', {_AT}, {told}"""
        make = _make_in_sqlite if tx.engine == "sqlite" else _make_in_postgres
        make(tx, name, (after, when, body) if event in wanted else None)


Trigger = tuple[str, str, str]  # after what, when, and the statement


def _make_in_sqlite(tx: Tx, name: str, trigger: Trigger | None) -> None:
    tx.run(f"DROP TRIGGER IF EXISTS {name}")
    if trigger is not None:
        after, when, body = trigger
        tx.run(f"CREATE TRIGGER {name} AFTER {after} WHEN {when} BEGIN {body}; END")


# What PostgreSQL calls otherwise.
_OTHERWISE = (
    ("json_object(", "json_build_object("),
    ("json(CASE", "CAST(CASE"),
    ("'false' END)", "'false' END AS json)"),
    (_AT, """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""),
    ("IS NOT new.", "IS DISTINCT FROM new."),
)


def _make_in_postgres(tx: Tx, name: str, trigger: Trigger | None) -> None:
    tx.run(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
    if trigger is None:
        return
    after, when, body = trigger
    for ours, theirs in _OTHERWISE:
        when, body = when.replace(ours, theirs), body.replace(ours, theirs)
    tx.run(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {body}; RETURN NULL; END $$"""
    )
    tx.run(
        f"""CREATE TRIGGER {name} AFTER {after} FOR EACH ROW WHEN ({when})
            EXECUTE FUNCTION {name}()"""
    )


# --- subscriptions --------------------------------------------------------------------------


def add(
    tx: Tx, url: str, events: str, secret: str, *, contacts: bool, by: str, now: datetime
) -> str:
    """A new subscription; its id."""
    webhook_id = new_id()
    tx.run(
        """INSERT INTO webhooks (id, url, events, secret, contacts, made_by, made_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (webhook_id, url, events, secret, int(contacts), by, stamp(now)),
    )
    return webhook_id


def active(tx: Tx) -> list[Row]:
    """The subscriptions that are told, the oldest first."""
    return tx.all("SELECT * FROM webhooks WHERE state = 'active' ORDER BY id")


def ending(tx: Tx, part: str) -> list[Row]:
    """The subscriptions that are not removed and whose id ends so (at most two)."""
    return tx.all(
        """SELECT * FROM webhooks WHERE state <> 'removed'
           AND substr(id, length(id) - length(CAST(:part AS TEXT)) + 1) = :part LIMIT 2""",
        {"part": part},
    )


def everything(tx: Tx) -> list[Row]:
    """All subscriptions that are not removed, with how many deliveries are in each state."""
    return tx.all(
        """SELECT w.*, count(d.event_id) AS deliveries,
                  sum(CASE WHEN d.state = 'waiting' THEN 1 ELSE 0 END) AS waiting,
                  sum(CASE WHEN d.state = 'delivered' THEN 1 ELSE 0 END) AS delivered,
                  sum(CASE WHEN d.state = 'set_aside' THEN 1 ELSE 0 END) AS set_aside
           FROM webhooks w LEFT JOIN webhook_deliveries d ON d.webhook_id = w.id
           WHERE w.state <> 'removed' GROUP BY w.id ORDER BY w.id"""
    )


def set_state(tx: Tx, webhook_id: str, state: str) -> None:
    """removed: nobody wants it any more. gone: the other side said so. Nothing waits for it."""
    tx.run("UPDATE webhooks SET state = ? WHERE id = ?", (state, webhook_id))
    tx.run(
        """UPDATE webhook_deliveries SET state = 'set_aside', answer = 'no longer subscribed'
           WHERE webhook_id = ? AND state = 'waiting'""",
        (webhook_id,),
    )
    set_triggers(tx)


def rotate(tx: Tx, webhook_id: str, secret: str, until: datetime) -> None:
    """Another secret; both sign until then."""
    tx.run(
        """UPDATE webhooks SET old_secret = secret, old_secret_until = ?, secret = ?
           WHERE id = ?""",
        (maybe_stamp(until), secret, webhook_id),
    )


# --- events and deliveries ------------------------------------------------------------------


def add_event(tx: Tx, event: str, subject_id: str, data: str, now: datetime) -> str:
    """An event that no trigger makes; its id."""
    event_id = new_id()
    tx.run(
        "INSERT INTO webhook_events (id, event, subject_id, data, at) VALUES (?, ?, ?, ?, ?)",
        (event_id, event, subject_id, data, stamp(now)),
    )
    return event_id


def add_delivery(tx: Tx, event_id: str, webhook_id: str, now: datetime) -> None:
    """An event to be delivered to one subscription only."""
    tx.run("UPDATE webhook_events SET spread = 1 WHERE id = ?", (event_id,))
    tx.run(
        "INSERT INTO webhook_deliveries (event_id, webhook_id, due_at) VALUES (?, ?, ?)",
        (event_id, webhook_id, stamp(now)),
    )


def any_new(tx: Tx) -> bool:
    """Whether an event waits to be spread: a look at an empty index while there is none."""
    return tx.one("SELECT 1 AS n FROM webhook_events WHERE spread = 0 LIMIT 1") is not None


def spread(tx: Tx, now: datetime, limit: int) -> int:
    """Make the deliveries of the oldest new events; how many events."""
    rows = tx.all("SELECT id FROM webhook_events WHERE spread = 0 ORDER BY id LIMIT ?", (limit,))
    if not rows:
        return 0
    ids = [str(row["id"]) for row in rows]
    sql = """
    INSERT INTO webhook_deliveries (event_id, webhook_id, due_at)
    SELECT e.id, w.id, :now FROM webhook_events e JOIN webhooks w ON w.state = 'active'
        AND ' ' || w.events || ' ' LIKE '% ' || e.event || ' %'
    WHERE e.id IN ({ids})
    """
    tx.run(*spell(sql, now=stamp(now), ids=ids))
    tx.run(*spell("UPDATE webhook_events SET spread = 1 WHERE id IN ({ids})", ids=ids))
    return len(ids)


def due(tx: Tx, webhook_id: str, now: datetime) -> bool:
    """Whether something waits for this subscription now."""
    sql = """SELECT 1 AS n FROM webhook_deliveries
             WHERE webhook_id = ? AND state = 'waiting' AND due_at <= ? LIMIT 1"""
    return tx.one(sql, (webhook_id, stamp(now))) is not None


def claim(tx: Tx, webhook_id: str, now: datetime, until: datetime, limit: int) -> list[Row]:
    """Lease what is due for this subscription: `event_id`, `attempts` with this one, and of the
    event `event`, `subject_id`, `data`, `at` and `phone` (of the report or conversation)."""
    rows = tx.all(
        """SELECT event_id FROM webhook_deliveries
           WHERE webhook_id = ? AND state = 'waiting' AND due_at <= ?
           ORDER BY due_at, event_id LIMIT ?""",
        (webhook_id, stamp(now), limit),
    )
    ids = [str(row["event_id"]) for row in rows]
    if not ids:
        return []
    tx.run(
        *spell(
            """UPDATE webhook_deliveries SET attempts = attempts + 1, due_at = :until
               WHERE webhook_id = :webhook_id AND event_id IN ({ids})""",
            until=stamp(until), webhook_id=webhook_id, ids=ids,
        )
    )  # fmt: skip
    sql = """
    SELECT d.event_id, d.attempts, e.event, e.subject_id, e.data, e.at,
           COALESCE((SELECT f.phone FROM fault_reports f WHERE f.id = e.subject_id),
                    (SELECT c.phone FROM conversations c WHERE c.id = e.subject_id),
                    (SELECT m.peer FROM messages m WHERE m.id = e.subject_id)) AS phone
    FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
    WHERE d.webhook_id = :webhook_id AND d.event_id IN ({ids}) ORDER BY d.event_id
    """
    return tx.all(*spell(sql, webhook_id=webhook_id, ids=ids))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt. `due_at`: when the next is; None for none."""

    event_id: str
    state: str
    answer: str
    due_at: datetime | None = None


def record(tx: Tx, webhook_id: str, results: Sequence[Result], now: datetime) -> None:
    """Keep what came of attempts. What was delivered stays so."""
    tx.many(
        """UPDATE webhook_deliveries SET state = ?, answer = ?, due_at = ?,
               done_at = CASE WHEN ? = 'waiting' THEN NULL ELSE ? END
           WHERE event_id = ? AND webhook_id = ? AND state = 'waiting'""",
        [
            (
                each.state, each.answer, stamp(each.due_at or now), each.state, stamp(now),
                each.event_id, webhook_id,
            )
            for each in results
        ],
    )  # fmt: skip


def retry(tx: Tx, webhook_id: str, now: datetime) -> int:
    """What was set aside is delivered again, from the first try on; how many."""
    return tx.run(
        """UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, due_at = ?, done_at = NULL
           WHERE webhook_id = ? AND state = 'set_aside'""",
        (stamp(now), webhook_id),
    )


def deliveries(tx: Tx, webhook_id: str, limit: int, state: str = "") -> list[Row]:
    """The latest deliveries of a subscription, or those in one state."""
    where = "AND d.state = :state" if state else ""
    return tx.all(
        *spell(
            f"""SELECT d.*, e.event, e.at, e.subject_id FROM webhook_deliveries d
            JOIN webhook_events e ON e.id = d.event_id
            WHERE d.webhook_id = :webhook_id {where}
            ORDER BY d.event_id DESC LIMIT :limit""",  # noqa: S608 - a constant
            webhook_id=webhook_id, state=state, limit=limit,
        )
    )  # fmt: skip


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Forget events of before for which nothing waits; how many."""
    rows = tx.all(
        """SELECT id FROM webhook_events e WHERE at < ? AND spread = 1 AND NOT EXISTS (
               SELECT 1 FROM webhook_deliveries d WHERE d.event_id = e.id AND d.state = 'waiting')
           ORDER BY at LIMIT ?""",
        (stamp(before), limit),
    )
    ids = [str(row["id"]) for row in rows]
    if ids:
        tx.run(*spell("DELETE FROM webhook_deliveries WHERE event_id IN ({ids})", ids=ids))
        tx.run(*spell("DELETE FROM webhook_events WHERE id IN ({ids})", ids=ids))
    return len(ids)


def counts(tx: Tx) -> dict[str, int]:
    """How many deliveries are in each state, for those who watch."""
    rows = tx.all("SELECT state, count(*) AS n FROM webhook_deliveries GROUP BY state")
    return {str(row["state"]): int(row["n"]) for row in rows}
