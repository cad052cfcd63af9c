"""What measurements do to a database of their own: many customers, results, floors to compare.

Nothing of this runs in service. Rows are made by the engine itself, as a million of them would
take minutes through Python.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.database import Tx, stamp


def mark_sent(tx: Tx, now: datetime) -> int:
    """As if the carrier had taken every message that waits; how many."""
    return tx.run(
        "UPDATE messages SET status = 'sent', sent_at = ? WHERE status = 'queued'", [stamp(now)]
    )


def id_at_provider(message_id: str) -> str:
    """What the provider calls a message after `mark_accepted`."""
    return f"SM{message_id}"


def mark_accepted(tx: Tx) -> list[str]:
    """As if the provider had just taken every message that waits; their ids."""
    tx.run(
        """UPDATE messages SET status = 'accepted', attempts = 1, provider = 'twilio',
               provider_id = 'SM' || id WHERE status = 'queued'"""
    )
    rows = tx.all("SELECT id FROM messages WHERE status = 'accepted' ORDER BY id")
    return [str(row["id"]) for row in rows]


_BARE = """
INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
                      topic_id, language, status, due_at, valid_until, made_at)
SELECT new_id(), 'out', 'sms', n.kind, 'alert', c.value, n.customer_number, n.campaign_id, 'bare',
       c.language, 'withdrawn', n.made_at, n.made_at, n.made_at
FROM notices n JOIN contacts c ON c.customer_number = n.customer_number AND c.kind = 'mobile'
WHERE n.campaign_id = ?
"""


def insert_bare(tx: Tx, campaign_id: str) -> int:
    """One message for each notice of a campaign, with no rule applied; how many. The floor."""
    return tx.run(_BARE, [campaign_id])


# Numbers from :first to :last; names, streets and towns recur.
_NUMBERS = """
WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
"""
# Leading zeros: a function for them has another name in each engine.
_CUSTOMER = "'C' || substr(CAST(100000000 + n AS TEXT), 2)"


def _numbered_rows(sql: str) -> str:
    return sql.replace("{numbers}", _NUMBERS).replace("{customer}", _CUSTOMER)


_CUSTOMERS = _numbered_rows(
    """INSERT INTO customers (customer_number, name, kind, language, postal_address,
           postcode, updated_at)
{numbers}
SELECT {customer}, 'Uzvārds ' || n,
           CASE n % 12 WHEN 0 THEN 'business' ELSE 'household' END,
           CASE n % 10 WHEN 0 THEN 'en' WHEN 1 THEN 'ru' WHEN 2 THEN 'ru' ELSE 'lv' END,
           'Garā iela ' || (n % 300) || '-' || (n % 60) || ', Pilsēta ' || (n % 90), 'LV-1001', :now
       FROM numbers"""
)
_PREMISES = _numbered_rows(
    """INSERT INTO premises (eic, customer_number, address, town, postcode, meter_number,
           transformer, feeder, updated_at)
{numbers}
SELECT '43X' || substr(CAST(10000000000000 + n AS TEXT), 2), {customer},
           'Garā iela ' || (n % 300) || '-' || (n % 60), 'Pilsēta ' || (n % 90), 'LV-1001',
           'M' || n, 'TP-' || (n / 100), 'F-' || (n / 5000), :now
       FROM numbers"""
)
# A phone number tells nothing of the customer number: their orders differ, as in life.
_CONTACTS = _numbered_rows(
    """INSERT INTO contacts (id, customer_number, kind, value, language, source, consent_at)
{numbers}
SELECT 'c' || substr(CAST(100000000 + n AS TEXT), 2), {customer}, 'mobile',
           '+3712' || substr(CAST(10000000 + ((n * 7919) % 9999991) AS TEXT), 2),
           CASE n % 10 WHEN 0 THEN 'en' WHEN 1 THEN 'ru' WHEN 2 THEN 'ru' ELSE 'lv' END,
           'file', :now
       FROM numbers WHERE n % 1000 < :per_mille"""
)


def add_people(tx: Tx, first: int, last: int, *, per_mille: int, now: datetime) -> None:
    """Customers number `first` to `last`, one premises each; `per_mille` of them with a mobile."""
    values = {"first": first, "last": last, "now": stamp(now)}
    tx.run(_CUSTOMERS, values)
    tx.run(_PREMISES, values)
    tx.run(_CONTACTS, {**values, "per_mille": per_mille})


def add_campaign(tx: Tx, campaign_id: str, recipients: int, now: datetime) -> int:
    """An approved campaign about one fault, with a due notice for so many who have a mobile.

    It is paused: `set_state` of a campaign lets it go. How many notices were made.
    """
    at = {"id": campaign_id, "now": stamp(now), "ends_at": stamp(now + timedelta(hours=4))}
    tx.run(
        """INSERT INTO outages (id, external_id, kind, state, sequence, revision, starts_at,
               ends_at, reason, updated_at)
           VALUES (:id, :id, 'unplanned', 'active', 1, 1, :now, :ends_at, 'Vētra', :now)""",
        at,
    )
    tx.run(
        """INSERT INTO outage_revisions (outage_id, revision, sequence, state, starts_at, ends_at,
               reason, at, made_by)
           VALUES (:id, 1, 1, 'active', :now, :ends_at, 'Vētra', :now, 'bench')""",
        at,
    )
    tx.run(
        """INSERT INTO campaigns (id, kind, state, title, made_by, made_at, updated_at)
           VALUES (:id, 'unplanned', 'paused', 'Storm', 'bench', :now, :now)""",
        at,
    )
    return tx.run(
        """INSERT INTO notices (id, campaign_id, outage_id, revision, kind, customer_number, eic,
               state, due_at, made_at)
           SELECT new_id(), :id, :id, 1, 'unplanned', p.customer_number, p.eic, 'approved', :now,
                  :now
           FROM contacts c CROSS JOIN premises p
           WHERE c.kind = 'mobile' AND p.customer_number = c.customer_number
           ORDER BY c.value LIMIT :recipients""",
        {**at, "recipients": recipients},
    )


def settle_plans(tx: Tx) -> None:
    """Let the engine count its rows, where it goes by such counts: in service it does by itself."""
    if tx.engine != "sqlite":
        tx.run("ANALYZE customers, premises, contacts, notices, messages")


_BARE_FAN_OUT = (
    """INSERT INTO messages (id, direction, channel, kind, lane, peer, customer_number, campaign_id,
           topic_id, language, status, due_at, valid_until, made_at)
       SELECT new_id(), 'out', 'sms', n.kind, 'alert', c.value, n.customer_number, n.campaign_id,
              n.outage_id, c.language, 'queued', :now, :until, :now
       FROM notices n CROSS JOIN contacts c
       WHERE n.campaign_id = :id AND n.state = 'approved'
         AND c.customer_number = n.customer_number AND c.kind = 'mobile'
       ORDER BY c.value""",
    """INSERT INTO notice_messages (notice_id, message_id)
       SELECT n.id, m.id FROM messages m CROSS JOIN notices n
       WHERE m.campaign_id = :id AND n.campaign_id || '' = :id AND n.state || '' = 'approved'
         AND n.customer_number = m.customer_number""",
    "UPDATE notices SET state = 'queued' WHERE campaign_id = :id AND state = 'approved'",
)


def queue_bare(tx: Tx, campaign_id: str, now: datetime) -> int:
    """The floor: the rows of a fan-out in one piece, without rules, chunks or other ways out.

    Messages are made in the order of the phone numbers, which is the quickest. How many.
    """
    values = {"id": campaign_id, "now": stamp(now), "until": stamp(now + timedelta(hours=6))}
    made = tx.run(_BARE_FAN_OUT[0], values)
    for sql in _BARE_FAN_OUT[1:]:
        tx.run(sql, {"id": campaign_id})
    return made


# Conversations of the customers with a mobile, each of three texts with their answers.
_NUMBERED = "'019a0000-0000-7{kind}00-8000-' || substr(CAST(1000000000000 + {number} AS TEXT), 2)"
_PHONE = "'+3712' || substr(CAST(10000000 + ((n * 7919) % 9999991) AS TEXT), 2)"
_CONVERSATIONS = """INSERT INTO conversations (id, phone, owner, agent, topic, urgent,
           waiting_since, last_in_at, made_at)
{numbers}
SELECT {id}, {phone}, CASE WHEN n % :each = 1 THEN 'agent' ELSE 'bot' END,
       CASE WHEN n % :each = 1 THEN 'agent' || (n % :agents) ELSE '' END,
       CASE WHEN n % :each < 2 THEN 'agent' ELSE '' END,
       CASE WHEN n % (40 * :each) = 0 THEN 1 ELSE 0 END,
       CASE WHEN n % :each = 0 THEN :now END, :now, :now
FROM numbers"""
_TEXTS = """INSERT INTO messages (id, direction, channel, kind, lane, provider, provider_id, peer,
           in_reply_to, language, body, segments, status, made_at, sent_at)
{numbers}, three (m) AS (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2)
SELECT {id}, '{way}', 'sms', '{kind}', '{lane}', 'bench', {provider_id}, {phone}, NULL, 'lv',
       '{body}', 1, '{status}', :now, :now
FROM numbers CROSS JOIN three"""
_TURNS = """INSERT INTO turns (message_id, conversation_id, reply_id, at, language, intent, score,
           sure, because, answers, events)
{numbers}, three (m) AS (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2)
SELECT {id}, {conversation}, {reply}, :now, 'lv', 'report_fault', 0.9, 1, '', 'fault.filed', ''
FROM numbers CROSS JOIN three"""


def _numbered(kind: int, number: str) -> str:
    return _NUMBERED.replace("{kind}", str(kind)).replace("{number}", number)


def add_conversations(
    tx: Tx, first: int, last: int, *, each: int, agents: int, now: datetime
) -> None:
    """A conversation for customers number `first` to `last` (`add_people`), all with a mobile.

    One of `each` waits for a person (every fortieth urgently), one of `each` has one of so many
    agents.
    """
    span = {"first": first, "last": last, "now": stamp(now)}
    text, answer = _numbered(1, "(n * 3 + m)"), _numbered(2, "(n * 3 + m)")
    holes = {"{numbers}": _NUMBERS, "{phone}": _PHONE}
    tx.run(
        _filled(_CONVERSATIONS, {**holes, "{id}": _numbered(0, "n")}),
        {**span, "each": each, "agents": agents},
    )
    ways = (
        ("in", "text", "", "received", text, "'b' || (n * 3 + m)", "Nav elektrības jau stundu"),
        ("out", "answer", "answer", "delivered", answer, "NULL", "Bojājums pieteikts."),
    )
    for way, kind, lane, status, id_, provider_id, body in ways:
        told = {"{way}": way, "{kind}": kind, "{lane}": lane, "{status}": status, "{id}": id_,
                "{provider_id}": provider_id, "{body}": body}  # fmt: skip
        tx.run(_filled(_TEXTS, {**holes, **told}), span)
    turn = {"{id}": text, "{reply}": answer, "{conversation}": _numbered(0, "n")}
    tx.run(_filled(_TURNS, {**holes, **turn}), span)


def _filled(sql: str, holes: dict[str, str]) -> str:
    for hole, part in holes.items():
        sql = sql.replace(hole, part)
    return sql
