"""Who gets a campaign on which channel, before it is approved: the same choice as fan-out makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storage import debts
from storage.database import Row, Tx, stamp
from storage.fanout import FACTS, REACHED_BY
from storage.lists import spell
from storage.ways import (
    ALSO_BY_LETTER,
    BY_LETTER,
    EMAIL_OPEN,
    LETTER_IN_TIME,
    LETTER_OPEN,
    NOT_SILENCED,
    REQUIRED,
)

# Each notice of a customer and its way: 'sms', 'email', 'letter', or '' when none is open.
_WAY = """
told_by AS ({told_by}),
open_by AS (
    SELECT n.id, COALESCE(n.outage_id, n.topic_id) AS topic, n.kind, n.customer_number,
           COALESCE(t.place, 0) AS told,
           CASE WHEN EXISTS (
               SELECT 1 FROM contacts c
               WHERE c.customer_number = n.customer_number AND c.kind = 'mobile'
                 AND c.dead_at IS NULL AND NOT EXISTS (
                     SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = c.value))
           THEN 1 ELSE 0 END AS sms,
           CASE WHEN :email = 1 AND (n.kind IN ({required}) OR {not_silenced}) AND EXISTS (
               SELECT 1 FROM contacts c
               WHERE c.customer_number = n.customer_number AND {email_open})
           THEN 1 ELSE 0 END AS email,
           CASE WHEN n.kind IN ({by_letter}) AND {in_time} AND EXISTS (
               SELECT 1 FROM customers u
               WHERE u.customer_number = n.customer_number AND {letter_open})
           THEN 1 ELSE 0 END AS letter
    FROM notices n
    LEFT JOIN outages o ON o.id = n.outage_id
    LEFT JOIN told_by t ON t.id = n.id
    WHERE n.campaign_id = :id AND n.state <> 'withdrawn' AND n.customer_number <> ''
),
way AS MATERIALIZED (
    SELECT id, topic, kind, customer_number, letter,
           CASE WHEN told = 1 AND email = 1 THEN 'email' WHEN told = 2 AND letter = 1 THEN 'letter'
                WHEN sms = 1 THEN 'sms' WHEN email = 1 THEN 'email' WHEN letter = 1 THEN 'letter'
                ELSE '' END AS channel
    FROM open_by
)
"""
_WAY = _WAY.replace("{not_silenced}", NOT_SILENCED).replace("{email_open}", EMAIL_OPEN)
_WAY = _WAY.replace("{in_time}", LETTER_IN_TIME).replace("{letter_open}", LETTER_OPEN)
_NOBODY = "SELECT '' AS id, 0 AS place WHERE 1 = 0"
# Grouped, as SQLite then looks readers up by an index of its own making; without, it walked all of
# them for each: 50 seconds for 20,000 customers.
_REACHED = "SELECT id, min(place) AS place FROM ({all}) AS each_one WHERE place > 0 GROUP BY id"
_REACHED = _REACHED.replace(
    "{all}", REACHED_BY.replace("{picked}", "n.campaign_id = :id AND n.state <> 'withdrawn'")
)
# One message for all works that are cancelled, else one for each.
_TOPIC = "CASE WHEN w.kind = 'cancelled' THEN '' ELSE w.topic END"
_COUNTS = """
WITH {way}, told AS (
    SELECT DISTINCT 'email' AS channel, c.language, c.value AS peer, w.customer_number,
           {topic} AS topic
    FROM way w JOIN contacts c ON c.customer_number = w.customer_number AND {email_open}
    WHERE w.channel = 'email'
    UNION ALL
    SELECT DISTINCT 'letter', u.language, w.customer_number, w.customer_number, {topic}
    FROM way w JOIN customers u ON u.customer_number = w.customer_number
    WHERE w.channel = 'letter')
SELECT channel, language, count(*) AS messages FROM told GROUP BY channel, language
{and_sms}ORDER BY channel, language
""".replace("{topic}", _TOPIC).replace("{email_open}", EMAIL_OPEN)
_AND_SMS = """UNION ALL
SELECT 'sms', language, count(*) FROM (
    SELECT c.value, min(c.language) AS language
    FROM way w JOIN contacts c ON c.customer_number = w.customer_number AND c.kind = 'mobile'
        AND c.dead_at IS NULL
    WHERE w.channel = 'sms' AND NOT EXISTS (
        SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = c.value)
    GROUP BY c.value, {topic}) AS texts GROUP BY language
""".replace("{topic}", _TOPIC)
_UNREACHED = """
WITH {way} SELECT count(*) AS people FROM (
    SELECT DISTINCT customer_number FROM way WHERE channel = '') AS nobody
"""
_LETTER_WORKS = "WITH {way} SELECT DISTINCT topic FROM way WHERE channel = 'letter'"
_LETTER_NOTICES = "WITH {way} SELECT id FROM way WHERE channel = 'letter' AND topic IN ({topics})"
# Some readers of each language, in the order of their numbers: the same at each look.
_PICKED = """
WITH {way}, picked AS (
    SELECT customer_number, topic, language FROM (
        SELECT customer_number, topic, language,
               row_number() OVER (PARTITION BY language ORDER BY customer_number, topic) AS place
        FROM (SELECT DISTINCT w.customer_number, {topic} AS topic, r.language
              FROM way w {readers} WHERE {chosen}) AS readers) AS ordered
    WHERE place <= :limit)
SELECT {facts}, k.customer_number || ' ' || k.topic || ' ' || k.language AS message_id, n.kind,
       k.language, :channel AS channel
FROM picked k
JOIN way w ON w.customer_number = k.customer_number AND {topic} = k.topic
JOIN notices n ON n.id = w.id
{about}
WHERE {chosen}
"""
_READERS = {
    "email": "JOIN contacts r ON r.customer_number = w.customer_number AND "
    + EMAIL_OPEN.replace("c.", "r."),
    "letter": "JOIN customers r ON r.customer_number = w.customer_number",
}
_CHOSEN = "(w.channel = :channel OR :channel = 'letter' AND w.letter = 1 AND w.kind IN ({also}))"
_OF_WORKS = _PICKED.replace("{facts}", FACTS).replace(
    "{about}", "JOIN outages o ON o.id = n.outage_id LEFT JOIN premises p ON p.eic = n.eic"
)
_OF_WORKS += "ORDER BY message_id, told_from, n.outage_id, address, n.eic"
_OF_DEBTS = _PICKED.replace("{facts}", debts.FACTS).replace(
    "{about}",
    f"JOIN debts d ON {debts.DEBT_OF} JOIN customers u ON u.customer_number = d.customer_number",
)
# A reader of the language, for words that are the same for everybody.
_READER = """
SELECT u.customer_number, u.name, u.kind AS customer_kind FROM notices n
CROSS JOIN customers u {joined}
WHERE n.campaign_id = :id AND n.state <> 'withdrawn' AND u.customer_number = n.customer_number
  AND r.language = :language LIMIT 1
"""


@dataclass(frozen=True)
class Terms:
    """A campaign, what it tells, and what is open to it: as `fanout.Validity`."""

    campaign_id: str
    letters_from: datetime
    email: bool = True
    same_way: bool = False  # moved and cancelled: as their reader was told of the works


def _all(tx: Tx, sql: str, terms: Terms, **values: object) -> Sequence[Row]:
    way = _WAY.replace("{told_by}", _REACHED if terms.same_way else _NOBODY)
    given = {
        "id": terms.campaign_id,
        "letters_from": stamp(terms.letters_from),
        "email": int(terms.email),
        "required": list(REQUIRED),
        "by_letter": list(BY_LETTER),
    }
    return tx.all(*spell(sql.replace("{way}", way), **given, **values))


def by_channel(tx: Tx, terms: Terms) -> dict[str, dict[str, int]]:
    """How many e-mails and letters in each language: {"email": {"lv": 3}, "letter": {}}.

    With `same_way` also SMS: only those whose readers were not told on another channel.
    """
    found: dict[str, dict[str, int]] = {"email": {}, "letter": {}}
    for row in _all(tx, _COUNTS.replace("{and_sms}", _AND_SMS if terms.same_way else ""), terms):
        of_one = found.setdefault(str(row["channel"]), {})
        of_one[str(row["language"])] = int(row["messages"])
    return found


def unreached(tx: Tx, terms: Terms) -> int:
    """How many customers no channel is open to."""
    # By which way they were told decides among open ones only.
    rows = _all(tx, _UNREACHED, replace(terms, same_way=False))
    return int(rows[0]["people"]) if rows else 0


def works_by_letter(tx: Tx, terms: Terms) -> set[str]:
    """The outages (or topics) of which somebody is told by letter."""
    return {str(row["topic"]) for row in _all(tx, _LETTER_WORKS, terms)}


def notices_by_letter(tx: Tx, terms: Terms, topics: Sequence[str]) -> list[str]:
    """The notices about these outages that go by letter."""
    return [str(row["id"]) for row in _all(tx, _LETTER_NOTICES, terms, topics=list(topics))]


def samples(
    tx: Tx, terms: Terms, channel: str, limit: int, *, of_debts: bool = False
) -> Sequence[Row]:  # fmt: skip
    """Facts for so many e-mails or letters in each language: of works as
    `fanout.facts_of_messages` gives them, or as `debts.facts_of_messages`."""
    sql = (_OF_DEBTS if of_debts else _OF_WORKS).replace("{readers}", _READERS[channel])
    sql = sql.replace("{chosen}", _CHOSEN).replace("{topic}", _TOPIC)
    also = list(ALSO_BY_LETTER)
    return _all(tx, sql, terms, channel=channel, limit=limit, also=also)


def some_reader(tx: Tx, campaign_id: str, channel: str, language: str) -> Row | None:
    """`customer_number`, `name` and `customer_kind` of one who gets it so, in the language."""
    sql = _READER.replace("{joined}", _READERS[channel].replace("w.", "n."))
    return tx.one(sql, {"id": campaign_id, "language": language})


def given_up(tx: Tx, campaign_id: str) -> int:
    """How many customers could be reached on no channel once the campaign went out."""
    sql = """
    SELECT count(DISTINCT customer_number) AS people FROM notices
    WHERE campaign_id = ? AND state = 'unreachable' AND customer_number <> ''
    """
    row = tx.one(sql, [campaign_id])
    return 0 if row is None else int(row["people"])


# As `calls` lists them: where somebody lives by a device, and who can be reached on no channel.
_CALLS = """
WITH {way} SELECT count(DISTINCT customer_number) AS people, count(*) AS premises FROM (
    SELECT n.customer_number, n.eic, n.outage_id
    FROM way w JOIN notices n ON n.id = w.id WHERE w.channel = ''
    UNION
    SELECT n.customer_number, n.eic, n.outage_id
    FROM premises p
    JOIN notices n ON n.customer_number = p.customer_number AND n.eic = p.eic
    WHERE p.life_support = 1 AND n.campaign_id = :id AND n.state <> 'withdrawn'
      AND (n.kind <> 'cancelled' OR EXISTS (
          SELECT 1 FROM calls d WHERE d.customer_number = n.customer_number AND d.eic = n.eic
            AND d.reason = 'life_support' AND d.outage_id = n.outage_id AND d.state = 'done'))
    ) AS rung
"""


def calls(tx: Tx, terms: Terms) -> tuple[int, int]:
    """How many customers the campaign has rung up, and about how many premises: each once for each
    of the works, as each is a call of its own."""
    # By which way they were told decides among open ones only.
    row = _all(tx, _CALLS, replace(terms, same_way=False))[0]
    return int(row["people"]), int(row["premises"])


# A letter to a customer for each of the works.
_LATER = """
SELECT count(*) AS letters, min(due_at) AS first, max(due_at) AS last FROM (
    SELECT n.customer_number, n.outage_id, min(n.due_at) AS due_at
    FROM notices n JOIN campaigns c ON c.id = n.campaign_id
    WHERE n.by_letter = 1 AND n.state = 'approved' AND n.due_at > :now
      AND (:id = '' OR c.id = :id) AND c.state IN ('approved', 'canary', 'sending')
    GROUP BY n.campaign_id, n.customer_number, n.outage_id) AS waiting
"""


def letters_later(tx: Tx, now: datetime, campaign_id: str = "") -> tuple[int, str, str]:
    """How many approved letters wait for their day, of one campaign or of all, and the first and
    the last of these days; times '' for none."""
    row = tx.one(_LATER, {"now": stamp(now), "id": campaign_id})
    return (0, "", "") if row is None else (int(row["letters"]), row["first"], row["last"])
